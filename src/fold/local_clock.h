#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace waymark::fold {

// From Monday, which is 0; 1970-01-01 was a Thursday. Whole weeks make every day positive.
constexpr std::int64_t weekday_of(std::int64_t day) {
  constexpr std::int64_t kWeeks = 1'000'000;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(day + 3 + 7 * kWeeks) % 7);
}

// day_of() of each.
void days_of(const Micros* local, std::size_t n, std::int64_t* days);

// Local times of a learner's events, in order: looks the zone up only where its offset may have
// changed. Make one per run; not thread-safe.
class LocalClock {
 public:
  explicit LocalClock(const Zone& zone) : zone_(zone) {}

  // The span in which the time falls.
  const ZoneSpan& span(Micros utc) {
    if (utc < span_.begin || utc >= span_.end) span_ = zone_.span_at(utc);
    return span_;
  }
  Micros local(Micros utc) { return utc + span(utc).offset; }
  void local(const Micros* utc, std::size_t n, Micros* out) {
    for (std::size_t i = 0; i < n;) {
      out[i] = local(utc[i]);
      const Micros offset = span_.offset;
      const std::size_t end = utc[n - 1] < span_.end ? n : i + 1;
      for (++i; i < end; ++i) out[i] = utc[i] + offset;
    }
  }
  std::int64_t day(Micros utc) { return day_of(local(utc)); }

 private:
  const Zone& zone_;
  ZoneSpan span_;
};

}  // namespace waymark::fold
