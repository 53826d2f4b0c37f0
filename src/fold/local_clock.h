#pragma once

#include "base/time.h"

namespace waymark::fold {

// Local times of a run of events, fast where neighbours are close in time: looks the zone up only
// where its offset may have changed. Make one per run; not thread-safe.
class LocalClock {
 public:
  explicit LocalClock(const Zone& zone) : zone_(zone) {}

  Micros local(Micros utc) {
    if (utc < span_.begin || utc >= span_.end) span_ = zone_.span_at(utc);
    return utc + span_.offset;
  }
  std::int64_t day(Micros utc) { return day_of(local(utc)); }

 private:
  const Zone& zone_;
  ZoneSpan span_;
};

}  // namespace waymark::fold
