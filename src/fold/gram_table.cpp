#include "fold/gram_table.h"

#include <algorithm>
#include <bit>

namespace waymark::fold {
namespace {

constexpr unsigned kDenseBits = 16;
constexpr std::size_t kFirstSlots = 1'024;

}  // namespace

GramTable::GramTable(unsigned key_bits) : dense_(key_bits <= kDenseBits) {
  slots_.resize(dense_ ? std::size_t{1} << key_bits : kFirstSlots);
}

// By Fibonacci hashing; neighbouring keys differ in their low bits.
std::size_t GramTable::slot_of(std::uint64_t key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = (key * 0x9E3779B97F4A7C15u) >> (64 - std::bit_width(mask));
  while (slots_[slot].key != 0 && slots_[slot].key != key) slot = (slot + 1) & mask;
  return slot;
}

GramTable::Counts& GramTable::find(std::uint64_t key) {
  std::size_t slot = slot_of(key);
  if (slots_[slot].key == key) return slots_[slot];
  if (2 * (used_ + 1) > slots_.size()) {
    grow();
    slot = slot_of(key);
  }
  ++used_;
  slots_[slot].key = key;
  return slots_[slot];
}

void GramTable::grow() {
  std::vector<Counts> before(2 * slots_.size());
  before.swap(slots_);
  for (const Counts& counts : before) {
    if (counts.key != 0) slots_[slot_of(counts.key)] = counts;
  }
}

}  // namespace waymark::fold
