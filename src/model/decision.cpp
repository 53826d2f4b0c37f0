#include "model/decision.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "base/error.h"
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

std::string of_two_the_second(const std::vector<std::string>& classes) {
  return fmt::format("of two classes it is the second that is called: '{}'", classes[1]);
}

DecisionRule DecisionRule::for_classes(const std::vector<std::string>& classes) const {
  DecisionRule out = *this;
  std::vector<std::string> mistakes;
  if (costs) mistakes = costs->unlike(classes);
  if (capacity > 0 && !capacity_of.empty()) {
    const auto found = std::ranges::find(classes, capacity_of);
    out.capacity_at = static_cast<std::size_t>(found - classes.begin());
    if (found == classes.end()) {
      mistakes.push_back(no_class(capacity_of, classes));
    } else if (classes.size() == 2 && out.capacity_at == 0) {
      mistakes.push_back(of_two_the_second(classes));
    }
  }
  if (!mistakes.empty()) {
    throw Error(ErrorCode::kInvalid, "model.decide",
                fmt::format("decide: {}", fmt::join(mistakes, "; ")));
  }
  if (costs) out.costs = costs->in_order(classes);
  return out;
}

std::vector<double> Decision::worth(std::span<const double> probability) const {
  const std::size_t classes = weights.size();
  std::vector<double> out(probability.size());
  for (std::size_t row = 0; row < probability.size(); row += classes) {
    for (std::size_t c = 0; c < classes; ++c) {
      if (costs.empty()) out[row + c] = weights[c] * probability[row + c];
      for (std::size_t truth = 0; truth < classes && !costs.empty(); ++truth) {
        out[row + c] -= costs[truth * classes + c] * probability[row + truth];
      }
    }
  }
  return out;
}

std::vector<std::uint8_t> Decision::called(std::span<const double> probability) const {
  const std::size_t outputs = std::max<std::size_t>(1, weights.size());
  std::vector<std::uint8_t> out(probability.size() / outputs);
  if (outputs > 1) {
    std::vector<double> values = worth(probability);
    for (std::size_t row = 0; row < out.size() && capacity > 0; ++row) {
      values[row * outputs + capacity_at] = -std::numeric_limits<double>::infinity();
    }
    out = stats::called(values, std::vector<double>(outputs, 1));
  } else if (capacity == 0) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = probability[i] >= threshold ? 1 : 0;
  }
  if (capacity == 0) return out;
  const std::size_t at = outputs > 1 ? capacity_at : 0, of = outputs > 1 ? capacity_at : 1;
  std::vector<std::size_t> order(out.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater(),
                           [&](std::size_t row) { return probability[row * outputs + at]; });
  order.resize(std::min(order.size(), capacity));
  for (const std::size_t row : order) out[row] = static_cast<std::uint8_t>(of);
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
  const std::vector<double> values = worth(probability);
  const double dearest = costs.empty() ? 0 : std::ranges::max(costs);
  for (std::size_t row = 0; row < values.size(); row += weights.size()) {
    const auto of_row = std::span(values).subspan(row, weights.size());
    if (!costs.empty()) {
      out.push_back(1 + std::ranges::max(of_row) / dearest);
      continue;
    }
    double largest = 0, next = 0, sum = 0;
    for (const double value : of_row) {
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
  Decision out{.capacity = rule.capacity, .capacity_at = rule.capacity_at};
  if (classes > 2) {
    if (rule.costs) {
      out.weights.assign(classes, 1);
      out.costs = rule.costs->cost;
      // Where the call is expected to cost more than people do (Chow 1970).
      const double dearest = std::ranges::max(out.costs);
      if (const auto& left = rule.costs->left) out.least_certain = 1 - *left / dearest;
    } else {
      out.weights = stats::weights_for_macro_f1(probability, classes, truth);
    }
    if (rule.left_share > 0) {
      out.least_certain = least_certain_of(out.certain(probability), rule.left_share);
    }
    return out;
  }
  const stats::Forecast forecast(probability, truth);
  if (!rule.costs) {
    out.threshold = forecast.best_threshold();
  } else {
    const double missed = rule.costs->of(1, 0), false_alarm = rule.costs->of(0, 1);
    out.threshold = forecast.cheapest_threshold(missed, false_alarm);
    if (const auto& left = rule.costs->left) {
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
