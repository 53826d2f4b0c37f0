#include "event/only_codes.h"

#include <algorithm>

#include "base/wide_loops.h"

namespace waymark {
namespace {

// Whether any is in [lowest, lowest + n): without a branch, so that it is vector code.
WAYMARK_WIDE_LOOPS
bool any_near(const Code* codes, std::size_t rows, Code lowest, std::size_t n) {
  const auto width = static_cast<Code>(n);
  std::uint32_t any = 0;
  for (std::size_t i = 0; i < rows; ++i) any |= codes[i] - lowest < width ? 1 : 0;
  return any != 0;
}

}  // namespace

OnlyCodes::OnlyCodes(Column column, const std::vector<Code>& codes) : column_(column) {
  std::vector<Code> known = codes;
  std::erase(known, kAbsentCode);
  if (known.empty()) return;
  const auto [lowest, highest] = std::ranges::minmax(known);
  lowest_ = lowest;
  is_wanted_.resize(highest - lowest + std::size_t{1});
  for (const Code code : known) is_wanted_[code - lowest] = 1;
}

bool OnlyCodes::any(const Code* codes, std::size_t n) const {
  const auto is_wanted = [&](Code code) {
    return code - lowest_ < is_wanted_.size() && is_wanted_[code - lowest_] != 0;
  };
  if (n != 0 && is_wanted(codes[0])) return true;
  return any_near(codes, n, lowest_, is_wanted_.size()) && std::any_of(codes, codes + n, is_wanted);
}

}  // namespace waymark
