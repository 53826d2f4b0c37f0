#include "stats/class_forecast.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace waymark::stats {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

std::vector<std::uint8_t> one_against_rest(std::span<const std::uint8_t> truth, std::size_t output,
                                           std::size_t outputs) {
  std::vector<std::uint8_t> out;
  out.reserve(truth.size());
  for (const std::uint8_t of_row : truth) out.push_back(is_of(of_row, output, outputs) ? 1 : 0);
  return out;
}

ClassForecast::ClassForecast(std::span<const double> probability, std::size_t classes,
                             std::span<const std::uint8_t> truth) {
  const std::size_t outputs = outputs_of(classes), rows = truth.size();
  WAYMARK_CHECK(probability.size() == rows * outputs);
  std::vector<double> score(rows);
  for (std::size_t output = 0; output < outputs; ++output) {
    for (std::size_t row = 0; row < rows; ++row) {
      score[row] = probability[row * outputs + output];
    }
    each_.emplace_back(score, one_against_rest(truth, output, outputs));
  }
  if (outputs == 1) return;
  for (std::size_t row = 0; row < rows; ++row) {
    given_.push_back(probability[row * outputs + truth[row]]);
  }
}

double ClassForecast::mean(double (Forecast::*measure)(Weights) const, Weights weights) const {
  double sum = 0, known = 0;
  for (const Forecast& forecast : each_) {
    const double value = (forecast.*measure)(weights);
    if (std::isnan(value)) continue;
    sum += value;
    ++known;
  }
  return known == 0 ? kNone : sum / known;
}

double ClassForecast::roc_auc(Weights weights) const { return mean(&Forecast::roc_auc, weights); }

double ClassForecast::average_precision(Weights weights) const {
  return mean(&Forecast::average_precision, weights);
}

double ClassForecast::calibration_error(Weights weights) const {
  return mean(&Forecast::calibration_error, weights);
}

double ClassForecast::brier_score(Weights weights) const {
  return mean(&Forecast::brier_score, weights) * static_cast<double>(each_.size());
}

double ClassForecast::log_loss(Weights weights) const {
  if (each_.size() == 1) return each_.front().log_loss(weights);
  double sum = 0, all = 0;
  for (std::size_t row = 0; row < given_.size(); ++row) {
    const double weight = weights.empty() ? 1 : static_cast<double>(weights[row]);
    sum -= weight * std::log(std::max(given_[row], std::numeric_limits<double>::epsilon()));
    all += weight;
  }
  return all == 0 ? kNone : sum / all;
}

Confusion::Confusion(std::size_t classes, std::vector<double> counts)
    : classes_(classes), counts_(std::move(counts)) {
  WAYMARK_CHECK(counts_.size() == classes * classes);
}

Confusion::Confusion(std::size_t classes, std::span<const std::uint8_t> truth,
                     std::span<const std::uint8_t> called, Weights weights)
    : classes_(classes), counts_(classes * classes) {
  for (std::size_t row = 0; row < truth.size(); ++row) {
    counts_[truth[row] * classes + called[row]] +=
        weights.empty() ? 1 : static_cast<double>(weights[row]);
  }
}

double Confusion::there(std::size_t of_class) const {
  const auto begin = counts_.begin() + static_cast<std::ptrdiff_t>(of_class * classes_);
  return std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(classes_), 0.0);
}

double Confusion::called(std::size_t as_class) const {
  double sum = 0;
  for (std::size_t truth = 0; truth < classes_; ++truth) sum += count(truth, as_class);
  return sum;
}

double Confusion::rows() const { return std::accumulate(counts_.begin(), counts_.end(), 0.0); }

double Confusion::accuracy() const {
  double hits = 0;
  for (std::size_t c = 0; c < classes_; ++c) hits += count(c, c);
  const double all = rows();
  return all == 0 ? kNone : hits / all;
}

double Confusion::f1(std::size_t of_class) const {
  const double either = there(of_class) + called(of_class);
  return either == 0 ? 0 : 2 * count(of_class, of_class) / either;
}

double Confusion::macro_f1() const {
  if (rows() == 0) return kNone;
  double sum = 0;
  for (std::size_t c = 0; c < classes_; ++c) sum += f1(c);
  return sum / static_cast<double>(classes_);
}

std::vector<std::uint8_t> called(std::span<const double> probability,
                                 std::span<const double> weights) {
  const std::size_t classes = weights.size();
  std::vector<std::uint8_t> out(probability.size() / classes);
  for (std::size_t row = 0; row < out.size(); ++row) {
    double most = -std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < classes; ++c) {
      const double value = weights[c] * probability[row * classes + c];
      if (value <= most) continue;
      most = value;
      out[row] = static_cast<std::uint8_t>(c);
    }
  }
  return out;
}

std::vector<double> weights_for_macro_f1(std::span<const double> probability, std::size_t classes,
                                         std::span<const std::uint8_t> truth) {
  constexpr double kStep = 1.1;
  constexpr int kSteps = 12;  // each way
  std::vector<double> weights(classes, 1.0);
  const auto value = [&] {
    return Confusion(classes, truth, called(probability, weights)).macro_f1();
  };
  double best = value();
  for (bool rises = true; rises;) {
    rises = false;
    for (double& weight : weights) {
      const double before = weight;
      double kept = before;
      for (int step = -kSteps; step <= kSteps; ++step) {
        weight = before * std::pow(kStep, step);
        // What is as good as chance rounding is no gain, so that equal data give equal weights.
        if (const double now = value(); now > best + 1e-9) {
          best = now;
          kept = weight;
          rises = true;
        }
      }
      weight = kept;
    }
  }
  return weights;
}

}  // namespace waymark::stats
