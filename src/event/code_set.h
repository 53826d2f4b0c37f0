#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "event/dictionary.h"

namespace waymark {

// A few codes that are looked for among many.
class CodeSet {
 public:
  CodeSet() = default;
  // kAbsentCode, which nothing has, is left out.
  explicit CodeSet(std::vector<Code> codes);

  const std::vector<Code>& codes() const { return codes_; }  // sorted
  bool has(Code code) const { return std::ranges::binary_search(codes_, code); }
  // Which of n codes is the first in the set; n where none is.
  std::size_t find(const std::uint8_t* codes, std::size_t n) const;
  std::size_t find(const std::uint16_t* codes, std::size_t n) const;
  std::size_t find(const std::uint32_t* codes, std::size_t n) const;

 private:
  std::vector<Code> codes_;
};

}  // namespace waymark
