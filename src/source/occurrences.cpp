#include "source/occurrences.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error.h"

namespace waymark::source {
namespace {

constexpr std::size_t kFirstSlots = 1024;

bool too_full(std::size_t used, std::size_t slots) { return used * 5 > slots * 4; }

}  // namespace

Occurrences::Occurrences(std::size_t limit)
    : limit_(limit), slots_(kFirstSlots), range_{0, std::numeric_limits<std::uint64_t>::max(), 0} {
  WAYMARK_CHECK(limit >= 2);
}

std::optional<std::uint32_t> Occurrences::next(const EventId& fingerprint) {
  const std::uint64_t record = record_++;
  const auto in_range = [&] {
    return range_.first <= fingerprint.high && fingerprint.high <= range_.last;
  };
  if (!in_range()) return std::nullopt;
  const auto low = static_cast<std::uint32_t>(fingerprint.low >> 32);
  Slot* slot = &find(fingerprint.high, low);
  if (slot->count == 0) {
    while (used_ == limit_) {
      put_off_upper_half(record);
      if (!in_range()) return std::nullopt;
      slot = &find(fingerprint.high, low);
    }
    if (too_full(used_ + 1, slots_.size())) {
      rebuild(slots_.size() * 2);
      slot = &find(fingerprint.high, low);
    }
    *slot = {fingerprint.high, low, 0};
    ++used_;
  }
  const std::uint32_t number = slot->count++;
  if (record < range_.from) return std::nullopt;
  return number;
}

bool Occurrences::next_pass() {
  if (later_.empty()) return false;
  range_ = later_.back();
  later_.pop_back();
  slots_.assign(kFirstSlots, Slot{});
  used_ = 0;
  record_ = 0;
  ++passes_;
  return true;
}

// Chosen by the lower bits: a range fixes the upper ones.
Occurrences::Slot& Occurrences::find(std::uint64_t high, std::uint32_t low) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = high;; ++at) {
    Slot& slot = slots_[at & mask];
    if (slot.count == 0 || (slot.high == high && slot.low == low)) return slot;
  }
}

void Occurrences::put_off_upper_half(std::uint64_t record) {
  if (range_.first == range_.last) {
    throw Error(ErrorCode::kUnavailable, "source.occurrences",
                "the file holds too many records that one hash cannot tell apart");
  }
  const std::uint64_t middle = range_.first + (range_.last - range_.first) / 2;
  later_.push_back({middle + 1, range_.last, std::max(record, range_.from)});
  range_.last = middle;
  rebuild(slots_.size());
}

// Keeps what is in range.
void Occurrences::rebuild(std::size_t slots) {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots));
  used_ = 0;
  for (const Slot& slot : old) {
    if (slot.count == 0 || slot.high > range_.last) continue;
    find(slot.high, slot.low) = slot;
    ++used_;
  }
}

}  // namespace waymark::source
