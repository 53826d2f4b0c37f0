#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "stats/bootstrap.h"
#include "stats/distribution.h"
#include "stats/lifetimes.h"

namespace waymark::stats {

// The share still without the event, from `time` on until the next step.
struct SurvivalStep {
  double time = 0;
  std::size_t at_risk = 0;  // just before
  std::size_t events = 0, censored = 0;
  double survival = 1;
  double standard_error = 0;  // of `survival`
  Interval interval;          // [0, 1] where no event has been seen, NaN where survival is 0
};

// On which scale an interval is symmetric.
enum class SurvivalScale {
  kLogLog,  // log(-log S): never outside [0, 1], the best for few rows
  kLog,     // log S: what R's survfit does where it is not told otherwise
};

// Kaplan and Meier 1958, "Nonparametric estimation from incomplete observations", with Greenwood's
// 1926 variance and 95 % intervals (Kalbfleisch and Prentice 1980), one curve for each stratum: a
// step at each time at which a row stops, by rising time. Rows that start late join late.
std::vector<std::vector<SurvivalStep>> survival_curves(
    const Lifetimes& lifetimes, SurvivalScale scale = SurvivalScale::kLogLog);

struct SurvivalQuantile {
  double time = 0;
  Interval interval;
};

// When `share` of all have had the event, 0 < share < 1: the first time at which the curve falls to
// 1 - share or below; half-way to the next step with an event where it lies just there. The
// interval holds the times at which the curve's does (Brookmeyer and Crowley 1982). NaN where a
// curve never falls so far.
SurvivalQuantile survival_quantile(const std::vector<SurvivalStep>& curve, double share);

// The share still without the event at `time`.
double survival_at(const std::vector<SurvivalStep>& curve, double time);

// What a group saw, and what it would have seen had all groups been alike.
struct GroupEvents {
  std::size_t rows = 0, observed = 0;
  double expected = 0;
};

struct LogRank {
  std::vector<GroupEvents> groups;
  ChiSquaredTest test;
};

// Whether groups have different survival: Mantel 1966, "Evaluation of survival data and two new
// rank order statistics", for any number of groups (hypergeometric variance), within strata where
// `lifetimes` has them. `group`: each row's, 0 … n - 1.
LogRank log_rank(const Lifetimes& lifetimes, const std::vector<std::uint32_t>& group);

}  // namespace waymark::stats
