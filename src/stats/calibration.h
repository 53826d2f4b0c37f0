#pragma once

#include <cstdint>
#include <span>

namespace waymark::stats {

// 1 / (1 + e^-x), without overflow.
double logistic(double x);

// log(p / (1 - p)); p is kept within [2^-52, 1 - 2^-52].
double logit(double p);

// A straight line in log-odds that corrects forecasts: p' = logistic(intercept + slope logit(p)).
struct LogOddsLine {
  double intercept = 0;
  double slope = 1;
  double apply(double log_odds) const { return intercept + slope * log_odds; }
};

// The line of maximum likelihood, by Newton's method (Cox 1958, "Two further applications of a
// model for binary regression"; Platt 1999). Also a diagnosis: intercept 0 and slope 1 say that
// forecasts are calibrated, a slope below 1 that they are too extreme. The identity where no
// finite best line exists (one class only, classes separated, a constant forecast).
LogOddsLine fit_log_odds_line(std::span<const double> log_odds,
                              std::span<const std::uint8_t> positive);

// The same for targets (positives + 1) / (positives + 2) and 1 / (negatives + 2) in place of 1 and
// 0 (Platt 1999, "Probabilistic outputs for support vector machines"), so that there is a best line
// for separated classes, too.
LogOddsLine fit_platt_line(std::span<const double> log_odds,
                           std::span<const std::uint8_t> positive);

}  // namespace waymark::stats
