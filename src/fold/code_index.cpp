#include "fold/code_index.h"

#include <algorithm>
#include <bit>

#include "base/error.h"

namespace waymark::fold {

// Where the code stands, or the free slot where it would: by Fibonacci hashing, as codes are small
// and dense.
std::size_t CodeIndex::slot_of(Code code) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = (code * 0x9E3779B97F4A7C15u) >> (64 - std::bit_width(mask));
  while (slots_[slot] != 0 && codes_[slots_[slot] - 1] != code) slot = (slot + 1) & mask;
  return slot;
}

CodeIndex::Added CodeIndex::add(Code code) {
  if (2 * (codes_.size() + 1) > slots_.size()) grow();
  std::uint32_t& entry = slots_[slot_of(code)];
  if (entry != 0) return {entry - 1, false};
  codes_.push_back(code);
  entry = size();
  return {entry - 1, true};
}

void CodeIndex::grow() {
  slots_.assign(std::max<std::size_t>(8, 2 * slots_.size()), 0);
  for (std::uint32_t i = 0; i < size(); ++i) slots_[slot_of(codes_[i])] = i + 1;
}

void CodeIndex::clear() {
  // Emptying a table must not cost more than filling it did.
  constexpr std::size_t kWorthKeeping = 64;
  if (slots_.size() > kWorthKeeping) slots_.clear();
  std::fill(slots_.begin(), slots_.end(), 0);
  codes_.clear();
}

CodeIndex CodeIndex::load(ByteReader& reader) {
  CodeIndex index;
  for (const Code code : reader.values<Code>()) {
    if (!index.add(code).is_new) {
      throw Error(ErrorCode::kCorrupt, "state.corrupt", "a saved state names a code twice");
    }
  }
  return index;
}

}  // namespace waymark::fold
