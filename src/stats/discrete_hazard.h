#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "stats/distribution.h"
#include "stats/effects.h"
#include "stats/lifetimes.h"
#include "stats/points.h"

namespace waymark::stats {

// The probability of the event in a period, for those who came to it without: the log-odds are the
// period's own plus the effect of the row.
struct DiscreteHazardFit {
  std::vector<std::uint32_t> period;    // those with events, by rising number
  std::vector<double> period_log_odds;  // of a row of mean columns; infinite where all had it
  Effects effects;                      // a unit of a column multiplies the odds by e^coefficient
  double null_log_likelihood = 0;       // of the periods alone
  double log_likelihood = 0;
  ChiSquaredTest likelihood_ratio;
  std::size_t rows = 0, events = 0;
  std::uint64_t learner_periods = 0;  // rows of the table of learners and periods
  bool converged = false;

  // The probability of the event in a period for a row that has come to it; 0 in a period without
  // events.
  double hazard(std::span<const double> row, std::uint32_t at_period) const;
};

// Cox 1972 and Singer and Willett 1993, "It's about time: using discrete-time survival analysis":
// a logistic regression over learners and periods with a level for each period, by maximum
// likelihood. Times are whole numbers of periods: a row (start, stop] is at risk in the periods
// start + 1 … stop, so that a learner may be one row, or one for each period. Strata do not count.
// Takes O(learner periods * columns^2) per round whatever the number of periods.
DiscreteHazardFit fit_discrete_hazard(const Lifetimes& lifetimes, const Points& covariates);

}  // namespace waymark::stats
