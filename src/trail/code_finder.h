#pragma once

// Private to the room: looks for codes in a column as it is stored, without decoding it.

#include <cstddef>

#include "event/code_set.h"
#include "trail/stored_column.h"

namespace waymark::trail {

// A view of the column, which outlives it. Thread-safe.
class CodeFinder {
 public:
  CodeFinder(const StoredColumn& column, const CodeSet& wanted);

  // The first row from `row` on, before `end`, with a wanted code; `end` where there is none. Does
  // not check its range.
  std::size_t find(std::size_t row, std::size_t end) const;

 private:
  StoredColumn column_;
  CodeSet wanted_;  // as stored numbers of 1 or 2 bytes; else as codes
};

}  // namespace waymark::trail
