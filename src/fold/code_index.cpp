#include "fold/code_index.h"

#include <algorithm>
#include <bit>

#include "base/error.h"

namespace waymark::fold {
namespace {

// So few codes are looked through one by one.
constexpr std::size_t kScanned = 8;

}  // namespace

// Where the code stands, or the free slot where it would: by Fibonacci hashing, as codes are small
// and dense.
std::size_t CodeIndex::slot_of(Code code) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = (code * 0x9E3779B97F4A7C15u) >> (64 - std::bit_width(mask));
  while (slots_[slot] != 0 && codes_[slots_[slot] - 1] != code) slot = (slot + 1) & mask;
  return slot;
}

CodeIndex::Added CodeIndex::add(Code code) {
  if (slots_.empty()) {
    const auto found = std::ranges::find(codes_, code);
    if (found != codes_.end()) return {static_cast<std::uint32_t>(found - codes_.begin()), false};
    if (codes_.size() < kScanned) {
      codes_.push_back(code);
      return {size() - 1, true};
    }
  }
  if (2 * (codes_.size() + 1) > slots_.size()) grow();
  std::uint32_t& entry = slots_[slot_of(code)];
  if (entry != 0) return {entry - 1, false};
  codes_.push_back(code);
  entry = size();
  return {entry - 1, true};
}

void CodeIndex::grow() {
  slots_.assign(std::max<std::size_t>(4 * kScanned, 2 * slots_.size()), 0);
  for (std::uint32_t i = 0; i < size(); ++i) slots_[slot_of(codes_[i])] = i + 1;
}

void CodeIndex::clear() {
  slots_.clear();
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
