#include "stats/windows.h"

#include "base/error.h"

namespace waymark::stats {

void TriesInWindows::add(Micros time, bool is_right) {
  WAYMARK_CHECK(tries_.empty() || tries_.back().time <= time);
  tries_.push_back({time, is_right});
  for (Count& count : counts_) {
    ++count.all;
    count.right += is_right;
  }
}

const std::array<TriesInWindows::Count, TriesInWindows::kLengths.size()>& TriesInWindows::until(
    Micros now) {
  WAYMARK_CHECK(tries_.empty() || tries_.back().time <= now);
  for (std::size_t window = 0; window < kLengths.size(); ++window) {
    std::size_t& first = first_[window];
    for (; first < tries_.size() && now - tries_[first].time >= kLengths[window]; ++first) {
      --counts_[window].all;
      counts_[window].right -= tries_[first].is_right;
    }
  }
  return counts_;
}

}  // namespace waymark::stats
