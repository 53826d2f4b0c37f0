#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "event/slice.h"

namespace waymark {

// Which learners somebody wants: those with an event that has one of these codes in this column. A
// reader may leave others out.
class OnlyCodes {
 public:
  OnlyCodes(Column column, const std::vector<Code>& codes);

  Column column() const { return column_; }
  // Whether any of n events has such a code, by their codes in the column.
  bool any(const Code* codes, std::size_t n) const;

 private:
  Column column_;
  Code lowest_ = 0;
  std::vector<std::uint8_t> is_wanted_;  // from the lowest to the highest
};

}  // namespace waymark
