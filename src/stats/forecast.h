#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace waymark::stats {

// How often each row counts, by its position in the data: what a bootstrap draws. Empty: once each.
using Weights = std::span<const std::uint32_t>;

// One bin of a reliability diagram: forecasts in [low, high), the last bin closed.
struct ReliabilityBin {
  double low = 0, high = 0;
  double predicted = 0;  // mean forecast; NaN in an empty bin
  double observed = 0;   // share that came true; NaN in an empty bin
  std::size_t count = 0;
};

struct CurvePoint {
  double x = 0, y = 0;
};

// Forecasts of a yes-or-no event beside what came true. Sorted once, so that every measure takes
// one pass over the rows whatever the weights. A measure that does not exist (one class only, no
// rows) is NaN.
class Forecast {
 public:
  // `score`: higher means more likely; a probability in [0, 1] for the measures that say so. Not
  // NaN. `positive`: 0 or 1. Both of one size.
  Forecast(std::span<const double> score, std::span<const std::uint8_t> positive);

  std::size_t size() const { return rows_.size(); }

  // The share of positive-negative pairs put in the right order, ties counting half (Hanley and
  // McNeil 1982).
  double roc_auc(Weights weights = {}) const;

  // Area under the precision-recall curve as the step sum over thresholds of
  // (R_n - R_{n-1}) P_n, without interpolation (Davis and Goadrich 2006).
  double average_precision(Weights weights = {}) const;

  // Mean of the F1 of both classes when scores >= threshold are called positive; a class never
  // called and never there has F1 = 0.
  double macro_f1(double threshold, Weights weights = {}) const;

  // The threshold of the highest macro_f1: half-way between two neighbouring scores.
  double best_threshold() const;

  // The threshold at which positives below it, each at the cost of `missed`, and negatives at or
  // above it, each at that of `false_alarm`, cost least in sum; half-way between two scores, above
  // the highest where calling nothing is cheapest.
  double cheapest_threshold(double missed, double false_alarm) const;

  // Rows from one score on and below another are left to somebody who costs `left` for each: the
  // two at which that, positives below the first and negatives from the second on cost least in sum
  // (Chow 1970, "On optimum recognition error and reject tradeoff", by what was seen instead of by
  // the probabilities). Both are the same where nothing is left.
  struct Band {
    double from = 0, below = 0;
  };
  Band cheapest_band(double missed, double false_alarm, double left) const;

  // For drawing: x the false-positive rate, y the true-positive rate; from (0, 0) to (1, 1), at
  // most about kCurvePoints points. Empty where one class is missing.
  std::vector<CurvePoint> roc_curve() const;
  // For drawing: x the recall, y the precision, by falling score.
  std::vector<CurvePoint> precision_recall_curve() const;
  static constexpr std::size_t kCurvePoints = 200;

  // Probabilities: mean squared error (Brier 1950).
  double brier_score(Weights weights = {}) const;

  // Probabilities: mean of -log of the probability given to what came true, forecasts kept within
  // [2^-52, 1 - 2^-52].
  double log_loss(Weights weights = {}) const;

  // Probabilities: mean over kBins bins of equal width, weighted by count, of
  // |observed - predicted| (Guo et al. 2017, expected calibration error).
  double calibration_error(Weights weights = {}) const;
  std::vector<ReliabilityBin> reliability() const;
  static constexpr std::size_t kBins = 10;

 private:
  struct Row {
    double score;
    std::uint32_t position;
    bool positive;
  };
  struct Bin {
    double weight = 0, score = 0, positive = 0;
  };
  std::vector<Bin> bins(Weights weights) const;
  template <typename Visit>
  void for_each_threshold(Visit&& visit) const;
  std::vector<Row> rows_;  // by falling score
};

}  // namespace waymark::stats
