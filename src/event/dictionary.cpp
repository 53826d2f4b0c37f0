#include "event/dictionary.h"

#include "base/error.h"

namespace waymark {

Dictionary::Dictionary() { intern(""); }

Dictionary::Dictionary(const Dictionary& other) {
  for (const std::string& text : other.texts_) intern(text);
}

Dictionary& Dictionary::operator=(const Dictionary& other) {
  if (this != &other) *this = Dictionary(other);
  return *this;
}

Code Dictionary::intern(std::string_view text) {
  if (const auto found = index_.find(text); found != index_.end()) return found->second;
  const auto code = static_cast<Code>(texts_.size());
  WAYMARK_CHECK(code != kAbsentCode);
  index_.emplace(texts_.emplace_back(text), code);
  return code;
}

Code Dictionary::find(std::string_view text) const {
  const auto found = index_.find(text);
  return found == index_.end() ? kAbsentCode : found->second;
}

}  // namespace waymark
