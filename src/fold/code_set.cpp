#include "fold/code_set.h"

#include <algorithm>
#include <bit>

namespace waymark::fold {
namespace {

// Fibonacci hashing: codes are dense small numbers.
std::size_t slot_of(Code code, std::size_t slots) {
  return (code * 0x9E3779B97F4A7C15u) >> (64 - std::bit_width(slots - 1));
}

}  // namespace

bool CodeSet::insert(Code code) {
  if (code == kNoCode) return false;
  if (2 * (size_ + std::size_t{1}) > slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = slot_of(code, slots_.size());
  while (slots_[at] != kNoCode) {
    if (slots_[at] == code) return false;
    at = (at + 1) & mask;
  }
  slots_[at] = code;
  ++size_;
  return true;
}

void CodeSet::clear() {
  // Emptying a table must not cost more than filling it did.
  constexpr std::size_t kWorthKeeping = 64;
  if (slots_.size() > kWorthKeeping) slots_.clear();
  std::fill(slots_.begin(), slots_.end(), kNoCode);
  size_ = 0;
}

void CodeSet::grow() {
  std::vector<Code> old(slots_.empty() ? 8 : 2 * slots_.size(), kNoCode);
  old.swap(slots_);
  size_ = 0;
  for (const Code code : old) {
    if (code != kNoCode) insert(code);
  }
}

void CodeSet::save(ByteWriter& writer) const {
  std::vector<Code> codes;
  codes.reserve(size_);
  std::copy_if(slots_.begin(), slots_.end(), std::back_inserter(codes),
               [](Code code) { return code != kNoCode; });
  std::sort(codes.begin(), codes.end());
  writer.values(codes);
}

CodeSet CodeSet::load(ByteReader& reader) {
  CodeSet set;
  for (const Code code : reader.values<Code>()) set.insert(code);
  return set;
}

}  // namespace waymark::fold
