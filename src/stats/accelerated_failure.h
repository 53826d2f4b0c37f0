#pragma once

#include <cstddef>
#include <span>

#include "stats/distribution.h"
#include "stats/effects.h"
#include "stats/lifetimes.h"
#include "stats/points.h"

namespace waymark::stats {

// How log time spreads around its line: the smallest of many, normal, logistic.
enum class TimeDistribution { kWeibull, kLogNormal, kLogLogistic };

// log(time) = intercept + coefficients . row + scale * e
struct AcceleratedFailureFit {
  TimeDistribution distribution = TimeDistribution::kWeibull;
  double intercept = 0, scale = 1;
  double intercept_error = 0, log_scale_error = 0;  // standard errors
  Effects effects;                 // a unit of a column multiplies times by e^coefficient
  double mean_log_time = 0;        // of a row of mean columns: the intercept and their effects
  double null_log_likelihood = 0;  // of the intercept and a scale alone
  double log_likelihood = 0;
  ChiSquaredTest likelihood_ratio;
  std::size_t rows = 0, events = 0;
  bool converged = false;

  // The share of such rows still without the event at `time` > 0.
  double survival(std::span<const double> row, double time) const;
  // When `share` of such rows have had it, 0 < share < 1.
  double quantile(std::span<const double> row, double share) const;
};

// By maximum likelihood (Kalbfleisch and Prentice 2002, "The statistical analysis of failure time
// data", chapter 3; R's survreg) over rows that stop after 0 and of which at least one has an
// event. Late starts and strata do not count.
AcceleratedFailureFit fit_accelerated_failure(const Lifetimes& lifetimes, const Points& covariates,
                                              TimeDistribution distribution);

}  // namespace waymark::stats
