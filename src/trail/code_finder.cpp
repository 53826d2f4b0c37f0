#include "trail/code_finder.h"

#include <algorithm>

namespace waymark::trail {
namespace {

constexpr std::size_t kDecodedAtOnce = 256;

bool is_narrow(const Packed& packed) {
  return (packed.encoding == Encoding::kInteger || packed.encoding == Encoding::kTable) &&
         packed.width <= 2;
}

// The numbers that stand for these codes in the column, as far as any do.
CodeSet stored_numbers(const Packed& packed, const CodeSet& wanted) {
  std::vector<Code> numbers;
  if (packed.encoding == Encoding::kTable) {
    for (Code place = 0; place < packed.unit; ++place) {
      if (wanted.has(static_cast<Code>(packed.table[place]))) numbers.push_back(place);
    }
    return CodeSet(std::move(numbers));
  }
  const std::uint64_t highest = (std::uint64_t{1} << (8 * packed.width)) - 1;
  for (const Code code : wanted.codes()) {
    const std::uint64_t above = code - packed.base;
    const std::uint64_t number = above / packed.unit + (packed.has_absent ? 1 : 0);
    if (code >= packed.base && above % packed.unit == 0 && number <= highest) {
      numbers.push_back(static_cast<Code>(number));
    }
  }
  return CodeSet(std::move(numbers));
}

}  // namespace

CodeFinder::CodeFinder(const StoredColumn& column, const CodeSet& wanted)
    : column_(column),
      wanted_(is_narrow(column.packed()) ? stored_numbers(column.packed(), wanted) : wanted) {}

std::size_t CodeFinder::find(std::size_t row, std::size_t end) const {
  const Packed& packed = column_.packed();
  if (column_.is_constant()) return wanted_.has(static_cast<Code>(packed.base)) ? row : end;
  if (is_narrow(packed) && packed.width == 1) {
    return row + wanted_.find(reinterpret_cast<const std::uint8_t*>(packed.low) + row, end - row);
  }
  if (is_narrow(packed)) {
    return row + wanted_.find(reinterpret_cast<const std::uint16_t*>(packed.low) + row, end - row);
  }
  Code codes[kDecodedAtOnce];
  while (row < end) {
    const std::size_t some = std::min(kDecodedAtOnce, end - row);
    column_.read(row, some, codes);
    const std::size_t found = wanted_.find(codes, some);
    row += found;
    if (found != some) break;
  }
  return row;
}

}  // namespace waymark::trail
