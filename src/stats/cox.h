#pragma once

#include <cstddef>
#include <vector>

#include "stats/distribution.h"
#include "stats/effects.h"
#include "stats/lifetimes.h"
#include "stats/points.h"

namespace waymark::stats {

// How events at one time are counted that cannot have been at one time. Efron 1977, "The efficiency
// of Cox's likelihood function for censored data"; Breslow 1974, "Covariance analysis of censored
// survival data", coarser where many fall together.
enum class Ties { kEfron, kBreslow };

struct CoxFit {
  Effects effects;                 // a unit of a column multiplies the hazard by e^coefficient
  std::vector<double> covariance;  // of the coefficients, columns * columns; 0 where there is none
  double null_log_likelihood = 0, log_likelihood = 0;
  ChiSquaredTest likelihood_ratio, wald, score;
  std::size_t rows = 0, events = 0;
  bool converged = false;
};

// Cox 1972, "Regression models and life-tables", by Newton's method; strata with a baseline of
// their own; rows that start late for covariates that change. A column that is the same within each
// stratum has no coefficient. Takes O(rows * columns^2) per round, ties or none, and one copy of
// the covariates.
CoxFit fit_cox(const Lifetimes& lifetimes, const Points& covariates, Ties ties = Ties::kEfron);

// Whether each column's effect stays the same over time, and whether all do: the score test of a
// product of each column with 1 - S(t), S the survival of all (Grambsch and Therneau 1994,
// "Proportional hazards tests and diagnostics based on weighted residuals", the sums of
// Schoenfeld's residuals with their exact variance as R's survival takes it since version 3).
struct ProportionalHazards {
  std::vector<ChiSquaredTest> columns;  // 0 degrees for a column without a coefficient
  ChiSquaredTest all;
};
ProportionalHazards test_proportional_hazards(const Lifetimes& lifetimes, const Points& covariates,
                                              const CoxFit& fit, Ties ties = Ties::kEfron);

// The cumulative hazard of a row of mean covariates, from `time` on until the next step.
struct HazardStep {
  double time = 0, cumulative = 0;
};
// One for each stratum, by rising time: Breslow's 1972 estimator, events over the risk of all at
// risk. survival(t | row) = exp(-cumulative(t) * exp(effects.of(row))).
std::vector<std::vector<HazardStep>> baseline_hazards(const Lifetimes& lifetimes,
                                                      const Points& covariates, const CoxFit& fit);

// The share of rows of that effect that are still without the event at `time`.
double survival_at(const std::vector<HazardStep>& baseline, double effect, double time);

}  // namespace waymark::stats
