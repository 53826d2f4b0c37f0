#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/time.h"
#include "fold/fold.h"

namespace waymark::fold {

// In which zone a learner's days begin: the workspace's or, where a definition names a property,
// the one that the learner's events tell.
class LearnerZones {
 public:
  // `property`: empty for the workspace's; else asked of `reads`.
  LearnerZones(const std::string& property, const Zone& workspace, const Names& names,
               Reads& reads);

  // What rows [begin, end) tell last; `otherwise` where they tell nothing.
  Code told(const Slice& slice, std::size_t begin, std::size_t end, Code otherwise) const;
  // The zone in which a learner who told this one is counted.
  Zone of(Code told) const;
  // Who named it: "property"; or "workspace" where nothing was told, "unknown" where what was told
  // is no zone.
  std::string_view from(Code told) const;
  // Whether a saved state may say so.
  bool may_be(std::uint64_t told) const { return told < texts_->size(); }

 private:
  Zone workspace_;
  bool own_;
  std::size_t property_ = 0;  // its position in a slice's properties
  const Dictionary* texts_;
};

}  // namespace waymark::fold
