#include "stats/forecast.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace waymark::stats {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double weight_of(Weights weights, std::uint32_t position) {
  return weights.empty() ? 1.0 : static_cast<double>(weights[position]);
}

double f1(double hits, double called, double there) {
  return called + there == 0 ? 0 : 2 * hits / (called + there);
}

double macro_f1_of(double true_positive, double called, double positive, double all) {
  const double true_negative = all - called - (positive - true_positive);
  return (f1(true_positive, called, positive) + f1(true_negative, all - called, all - positive)) /
         2;
}

}  // namespace

Forecast::Forecast(std::span<const double> score, std::span<const std::uint8_t> positive) {
  WAYMARK_CHECK(score.size() == positive.size());
  rows_.reserve(score.size());
  for (std::size_t i = 0; i < score.size(); ++i) {
    WAYMARK_CHECK(!std::isnan(score[i]));
    rows_.push_back({score[i], static_cast<std::uint32_t>(i), positive[i] != 0});
  }
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return a.score != b.score ? a.score > b.score : a.position < b.position;
  });
}

double Forecast::roc_auc(Weights weights) const {
  double positives = 0, negatives = 0, ordered = 0;
  for (std::size_t begin = 0, end = 0; begin < rows_.size(); begin = end) {
    double tied_positives = 0, tied_negatives = 0;
    for (; end < rows_.size() && rows_[end].score == rows_[begin].score; ++end) {
      (rows_[end].positive ? tied_positives : tied_negatives) +=
          weight_of(weights, rows_[end].position);
    }
    ordered += tied_negatives * (positives + tied_positives / 2);
    positives += tied_positives;
    negatives += tied_negatives;
  }
  return positives == 0 || negatives == 0 ? kNone : ordered / (positives * negatives);
}

// Calls visit(true positives, false positives) at about kCurvePoints thresholds, the lowest
// included.
template <typename Visit>
void Forecast::for_each_threshold(Visit&& visit) const {
  const std::size_t step = std::max<std::size_t>(1, rows_.size() / kCurvePoints);
  std::size_t positives = 0, shown = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    positives += rows_[i].positive ? 1 : 0;
    const bool is_last = i + 1 == rows_.size();
    const bool is_tied = !is_last && rows_[i + 1].score == rows_[i].score;
    if (is_tied || (!is_last && i + 1 - shown < step)) continue;
    shown = i + 1;
    visit(static_cast<double>(positives), static_cast<double>(shown - positives));
  }
}

std::vector<CurvePoint> Forecast::roc_curve() const {
  const double positives = static_cast<double>(std::ranges::count_if(rows_, &Row::positive));
  const double negatives = static_cast<double>(rows_.size()) - positives;
  if (positives == 0 || negatives == 0) return {};
  std::vector<CurvePoint> curve{{0, 0}};
  for_each_threshold([&](double hits, double misses) {
    curve.push_back({misses / negatives, hits / positives});
  });
  return curve;
}

std::vector<CurvePoint> Forecast::precision_recall_curve() const {
  const double positives = static_cast<double>(std::ranges::count_if(rows_, &Row::positive));
  if (positives == 0) return {};
  std::vector<CurvePoint> curve;
  for_each_threshold([&](double hits, double misses) {
    curve.push_back({hits / positives, hits / (hits + misses)});
  });
  return curve;
}

double Forecast::average_precision(Weights weights) const {
  double positives = 0, called = 0, sum = 0;
  for (std::size_t begin = 0, end = 0; begin < rows_.size(); begin = end) {
    double tied_positives = 0;
    for (; end < rows_.size() && rows_[end].score == rows_[begin].score; ++end) {
      const double weight = weight_of(weights, rows_[end].position);
      called += weight;
      if (rows_[end].positive) tied_positives += weight;
    }
    positives += tied_positives;
    if (called > 0) sum += tied_positives * positives / called;
  }
  return positives == 0 ? kNone : sum / positives;
}

double Forecast::macro_f1(double threshold, Weights weights) const {
  double hits = 0, called = 0, positives = 0, all = 0;
  for (const Row& row : rows_) {
    const double weight = weight_of(weights, row.position);
    all += weight;
    if (row.positive) positives += weight;
    if (row.score < threshold) continue;
    called += weight;
    if (row.positive) hits += weight;
  }
  return all == 0 ? kNone : macro_f1_of(hits, called, positives, all);
}

double Forecast::best_threshold() const {
  if (rows_.empty()) return kNone;
  double positives = 0;
  for (const Row& row : rows_) positives += row.positive ? 1 : 0;
  const auto all = static_cast<double>(rows_.size());
  double best = -1, threshold = kNone, hits = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    hits += rows_[i].positive ? 1 : 0;
    const bool last = i + 1 == rows_.size();
    if (!last && rows_[i + 1].score == rows_[i].score) continue;
    const double value = macro_f1_of(hits, static_cast<double>(i + 1), positives, all);
    if (value <= best) continue;
    best = value;
    threshold = last ? rows_[i].score : std::midpoint(rows_[i].score, rows_[i + 1].score);
  }
  return threshold;
}

double Forecast::cheapest_threshold(double missed, double false_alarm) const {
  if (rows_.empty()) return kNone;
  double cost = 0;  // against calling nothing
  double least = 0, threshold = std::nextafter(rows_.front().score, 2);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    cost += rows_[i].positive ? -missed : false_alarm;
    const bool last = i + 1 == rows_.size();
    if (!last && rows_[i + 1].score == rows_[i].score) continue;
    if (cost >= least) continue;
    least = cost;
    threshold = last ? rows_[i].score : std::midpoint(rows_[i].score, rows_[i + 1].score);
  }
  return threshold;
}

Forecast::Band Forecast::cheapest_band(double missed, double false_alarm, double left) const {
  if (rows_.empty()) return {kNone, kNone};
  // Of so many rows of the highest scores: a threshold between them and the others.
  const auto cut = [&](std::size_t rows) {
    if (rows == 0) return std::nextafter(rows_.front().score, 2);
    if (rows == rows_.size()) return rows_.back().score;
    return std::midpoint(rows_[rows - 1].score, rows_[rows].score);
  };
  double alarms = 0, misses = 0;  // what calling these rows, and not calling the others, costs
  for (const Row& row : rows_) misses += row.positive ? missed : 0;
  double upper = 0;  // least of what calling and then leaving costs, less leaving all so far
  std::size_t called = 0, best_called = 0, best_left = 0;
  double least = misses;
  for (std::size_t rows = 1; rows <= rows_.size(); ++rows) {
    const Row& row = rows_[rows - 1];
    (row.positive ? misses : alarms) += row.positive ? -missed : false_alarm;
    if (rows < rows_.size() && rows_[rows].score == row.score) continue;
    const double leaving = left * static_cast<double>(rows);
    if (alarms - leaving < upper) {
      upper = alarms - leaving;
      called = rows;
    }
    const double cost = upper + leaving + misses;
    if (cost >= least) continue;
    least = cost;
    best_called = called;
    best_left = rows;
  }
  return {cut(best_left), cut(best_called)};
}

double Forecast::brier_score(Weights weights) const {
  double sum = 0, all = 0;
  for (const Row& row : rows_) {
    const double weight = weight_of(weights, row.position);
    const double error = row.score - (row.positive ? 1 : 0);
    sum += weight * error * error;
    all += weight;
  }
  return all == 0 ? kNone : sum / all;
}

double Forecast::log_loss(Weights weights) const {
  constexpr double kLeast = std::numeric_limits<double>::epsilon();
  double sum = 0, all = 0;
  for (const Row& row : rows_) {
    const double weight = weight_of(weights, row.position);
    const double p = std::clamp(row.score, kLeast, 1 - kLeast);
    sum -= weight * std::log(row.positive ? p : 1 - p);
    all += weight;
  }
  return all == 0 ? kNone : sum / all;
}

std::vector<Forecast::Bin> Forecast::bins(Weights weights) const {
  std::vector<Bin> bins(kBins);
  for (const Row& row : rows_) {
    const double place = std::clamp(row.score, 0.0, 1.0) * kBins;
    Bin& bin = bins[std::min(static_cast<std::size_t>(place), kBins - 1)];
    const double weight = weight_of(weights, row.position);
    bin.weight += weight;
    bin.score += weight * row.score;
    if (row.positive) bin.positive += weight;
  }
  return bins;
}

double Forecast::calibration_error(Weights weights) const {
  double error = 0, all = 0;
  for (const Bin& bin : bins(weights)) {
    error += std::abs(bin.positive - bin.score);
    all += bin.weight;
  }
  return all == 0 ? kNone : error / all;
}

std::vector<ReliabilityBin> Forecast::reliability() const {
  std::vector<ReliabilityBin> out;
  for (const Bin& bin : bins({})) {
    const double low = static_cast<double>(out.size()) / kBins;
    out.push_back({.low = low,
                   .high = static_cast<double>(out.size() + 1) / kBins,
                   .predicted = bin.weight == 0 ? kNone : bin.score / bin.weight,
                   .observed = bin.weight == 0 ? kNone : bin.positive / bin.weight,
                   .count = static_cast<std::size_t>(bin.weight)});
  }
  return out;
}

}  // namespace waymark::stats
