#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace waymark {

// A text's number in a Dictionary. 0 is the empty text, which stands for "none".
using Code = std::uint32_t;
inline constexpr Code kNoCode = 0;
// Stands for a text that a read-only dictionary does not hold: equal to no event's code.
inline constexpr Code kAbsentCode = std::numeric_limits<Code>::max();

// Distinct texts, numbered in the order in which they came; 0 is always "". Numbers never change,
// so a dictionary may grow while older columns keep their codes. Not thread-safe for writing.
class Dictionary {
 public:
  Dictionary();
  Dictionary(const Dictionary& other);
  Dictionary& operator=(const Dictionary& other);
  Dictionary(Dictionary&&) = default;
  Dictionary& operator=(Dictionary&&) = default;

  Code intern(std::string_view text);
  // kAbsentCode where the text is unknown.
  Code find(std::string_view text) const;
  std::string_view text(Code code) const { return texts_[code]; }
  std::size_t size() const { return texts_.size(); }

 private:
  // A deque never moves its texts, so that the index may point into them.
  std::deque<std::string> texts_;
  std::unordered_map<std::string_view, Code> index_;
};

}  // namespace waymark
