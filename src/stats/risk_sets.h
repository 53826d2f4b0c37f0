#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "stats/lifetimes.h"

namespace waymark::stats {

// One time at which rows stop, within one stratum.
struct Moment {
  double time = 0;
  std::uint32_t stratum = 0;
  // RiskSets::order: the rows that stop then, those with the event first.
  std::uint32_t begin = 0, end = 0;
  std::uint32_t events = 0;
  // RiskSets::leaving, going back in time: the rows that start then or later.
  std::uint32_t leave_begin = 0, leave_end = 0;
  // Rows at risk: those that stop then or later without those that start then or later.
  std::uint32_t at_risk = 0;
};

// The rows of each stratum, back from the last time to the first: what every estimator of survival
// walks along, taking rows in where they stop and letting them go where they start.
struct RiskSets {
  std::vector<std::uint32_t> order;    // rows, by stratum, falling stop
  std::vector<std::uint32_t> leaving;  // positions in `order`, by stratum, falling start
  std::vector<Moment> moments;         // by stratum, falling time

  explicit RiskSets(const Lifetimes& lifetimes);

  // Where each stratum's moments end.
  std::vector<std::uint32_t> ends() const;
};

}  // namespace waymark::stats
