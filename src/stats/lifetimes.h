#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace waymark::stats {

// How long each row was watched, and whether what is waited for ended it. A row is at risk at the
// times start < t <= stop, so one learner may be several rows, one after the other, with other
// covariates in each. All times of one unit; times are equal only where they are exactly so.
struct Lifetimes {
  std::vector<double> start;           // empty: watched from before the first event
  std::vector<double> stop;            // start < stop
  std::vector<std::uint8_t> event;     // 1: it happened at `stop`; 0: not seen until then, censored
  std::vector<std::uint32_t> stratum;  // 0 … n - 1, compared only among themselves; empty: one

  std::size_t size() const { return stop.size(); }
};

}  // namespace waymark::stats
