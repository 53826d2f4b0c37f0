#include "stats/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"

namespace waymark::stats {
namespace {

// Log-likelihood of the line with its gradient and (negated) second derivatives.
struct Likelihood {
  double value = 0;
  double g0 = 0, g1 = 0;
  double h00 = 0, h01 = 0, h11 = 0;
};

Likelihood likelihood(const LogOddsLine& line, std::span<const double> log_odds,
                      std::span<const double> target) {
  Likelihood sum;
  for (std::size_t i = 0; i < log_odds.size(); ++i) {
    const double x = log_odds[i];
    const double z = line.apply(x);
    const double p = logistic(z);
    const double y = target[i];
    const double spread = p * (1 - p);
    sum.value += y * z - std::max(z, 0.0) - std::log1p(std::exp(-std::abs(z)));
    sum.g0 += y - p;
    sum.g1 += (y - p) * x;
    sum.h00 += spread;
    sum.h01 += spread * x;
    sum.h11 += spread * x * x;
  }
  return sum;
}

LogOddsLine fit(std::span<const double> log_odds, std::span<const double> target) {
  WAYMARK_CHECK(log_odds.size() == target.size());
  constexpr int kSteps = 100;
  constexpr double kCertain = -1e-6;  // a likelihood of 1 means separated classes, an endless slope
  LogOddsLine line{.intercept = 0, .slope = 0};
  Likelihood now = likelihood(line, log_odds, target);
  for (int step = 0; step < kSteps; ++step) {
    const double determinant = now.h00 * now.h11 - now.h01 * now.h01;
    if (!(determinant > 1e-12 * now.h00 * now.h11)) return {};
    double d0 = (now.h11 * now.g0 - now.h01 * now.g1) / determinant;
    double d1 = (now.h00 * now.g1 - now.h01 * now.g0) / determinant;
    LogOddsLine next{line.intercept + d0, line.slope + d1};
    Likelihood there = likelihood(next, log_odds, target);
    for (int halving = 0; there.value < now.value && halving < 30; ++halving) {
      d0 /= 2;
      d1 /= 2;
      next = {line.intercept + d0, line.slope + d1};
      there = likelihood(next, log_odds, target);
    }
    line = next;
    now = there;
    if (now.value > kCertain) return {};
    if (std::abs(d0) + std::abs(d1) < 1e-12) return line;
  }
  return line;
}

}  // namespace

double logistic(double x) {
  if (x >= 0) return 1 / (1 + std::exp(-x));
  const double e = std::exp(x);
  return e / (1 + e);
}

double logit(double p) {
  constexpr double kLeast = std::numeric_limits<double>::epsilon();
  const double kept = std::clamp(p, kLeast, 1 - kLeast);
  return std::log(kept / (1 - kept));
}

LogOddsLine fit_log_odds_line(std::span<const double> log_odds,
                              std::span<const std::uint8_t> positive) {
  std::vector<double> target;
  for (const std::uint8_t is_positive : positive) target.push_back(is_positive != 0 ? 1 : 0);
  return fit(log_odds, target);
}

LogOddsLine fit_platt_line(std::span<const double> log_odds,
                           std::span<const std::uint8_t> positive) {
  const auto negatives = static_cast<double>(std::ranges::count(positive, 0));
  const double positives = static_cast<double>(positive.size()) - negatives;
  std::vector<double> target;
  for (const std::uint8_t is_positive : positive) {
    target.push_back(is_positive != 0 ? (positives + 1) / (positives + 2) : 1 / (negatives + 2));
  }
  return fit(log_odds, target);
}

}  // namespace waymark::stats
