#include "model/decision.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "stats/calibration.h"

namespace waymark::model {
namespace {

// So that the share of the rows that are least certain is less certain than that.
double least_certain_of(std::vector<double> certain, double share) {
  if (certain.empty()) return 0;
  const auto rows = static_cast<double>(certain.size());
  const auto at = std::min(certain.size() - 1, static_cast<std::size_t>(std::round(share * rows)));
  std::ranges::nth_element(certain, certain.begin() + static_cast<std::ptrdiff_t>(at));
  return certain[at];
}

}  // namespace

std::vector<std::uint8_t> Decision::called(std::span<const double> probability) const {
  if (!weights.empty()) return stats::called(probability, weights);
  std::vector<std::uint8_t> out(probability.size());
  if (capacity == 0) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = probability[i] >= threshold ? 1 : 0;
    return out;
  }
  std::vector<std::size_t> order(out.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return probability[i]; });
  order.resize(std::min(order.size(), capacity));
  for (const std::size_t i : order) out[i] = 1;
  return out;
}

std::vector<double> Decision::certain(std::span<const double> probability) const {
  std::vector<double> out;
  if (weights.empty()) {
    // In log-odds, so that a low threshold is as far from its sides as one in the middle.
    const double from = stats::logit(threshold);
    for (const double p : probability) out.push_back(std::abs(stats::logit(p) - from));
    return out;
  }
  for (std::size_t row = 0; row < probability.size(); row += weights.size()) {
    double largest = 0, next = 0, sum = 0;
    for (std::size_t c = 0; c < weights.size(); ++c) {
      const double value = weights[c] * probability[row + c];
      sum += value;
      next = std::max(next, std::min(value, largest));
      largest = std::max(largest, value);
    }
    out.push_back((largest - next) / sum);
  }
  return out;
}

std::vector<std::uint8_t> Decision::left(std::span<const double> probability) const {
  std::vector<std::uint8_t> out;
  if (weights.empty()) {
    for (const double p : probability) out.push_back(p >= left_from && p < left_below ? 1 : 0);
    return out;
  }
  for (const double value : certain(probability)) out.push_back(value < least_certain ? 1 : 0);
  return out;
}

Decision decision_by(const DecisionRule& rule, std::span<const double> probability,
                     std::size_t classes, std::span<const std::uint8_t> truth) {
  Decision out{.capacity = rule.capacity};
  if (classes > 2) {
    out.weights = stats::weights_for_macro_f1(probability, classes, truth);
    if (rule.left_share > 0) {
      out.least_certain = least_certain_of(out.certain(probability), rule.left_share);
    }
    return out;
  }
  const stats::Forecast forecast(probability, truth);
  if (!rule.costs) {
    out.threshold = forecast.best_threshold();
  } else {
    const auto& [missed, false_alarm, left] = *rule.costs;
    out.threshold = forecast.cheapest_threshold(missed, false_alarm);
    if (left) {
      const auto band = forecast.cheapest_band(missed, false_alarm, *left);
      out.left_from = band.from;
      out.left_below = band.below;
      out.threshold = std::clamp(out.threshold, band.from, band.below);
    }
  }
  if (rule.left_share > 0) {
    const double far = least_certain_of(out.certain(probability), rule.left_share);
    out.left_from = stats::logistic(stats::logit(out.threshold) - far);
    out.left_below = stats::logistic(stats::logit(out.threshold) + far);
  }
  return out;
}

}  // namespace waymark::model
