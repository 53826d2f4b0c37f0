#include "fold/learner_zones.h"

#include "fold/filter_masks.h"

namespace waymark::fold {

LearnerZones::LearnerZones(const std::string& property, const Zone& workspace, const Names& names,
                           Reads& reads)
    : workspace_(workspace),
      own_(!property.empty()),
      texts_(&names.texts(&Symbols::property_texts)) {
  if (own_) property_ = position_in(reads.properties, property);
}

Code LearnerZones::told(const Slice& slice, std::size_t begin, std::size_t end,
                        Code otherwise) const {
  if (!own_) return kNoCode;
  const Code* const told = slice.properties[property_].text;
  if (told == nullptr) return otherwise;
  for (std::size_t row = end; row != begin; --row) {
    if (told[row - 1] != kNoCode) return told[row - 1];
  }
  return otherwise;
}

Zone LearnerZones::of(Code told) const {
  return told == kNoCode ? workspace_ : Zone::find(texts_->text(told)).value_or(workspace_);
}

std::string_view LearnerZones::from(Code told) const {
  if (told == kNoCode) return "workspace";
  return Zone::find(texts_->text(told)) ? "property" : "unknown";
}

}  // namespace waymark::fold
