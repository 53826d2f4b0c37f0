#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "stats/forecast.h"

namespace waymark::stats {

// How many numbers forecast one of so many classes: of two, the probability of the second; of more,
// one for each.
inline std::size_t outputs_of(std::size_t classes) { return classes <= 2 ? 1 : classes; }

// Whether the class that came true is the one whose probability that output is.
inline bool is_of(std::uint8_t truth, std::size_t output, std::size_t outputs) {
  return truth == (outputs == 1 ? 1 : output);
}
// The same for each row, as 1 and 0: a class against the rest.
std::vector<std::uint8_t> one_against_rest(std::span<const std::uint8_t> truth, std::size_t output,
                                           std::size_t outputs);

// Forecasts of which of several classes comes true, beside the one that did. Of two classes it is a
// Forecast of the second. A measure that does not exist is NaN.
class ClassForecast {
 public:
  // `probability`: row by row, outputs_of(classes) each. `truth`: below `classes`.
  ClassForecast(std::span<const double> probability, std::size_t classes,
                std::span<const std::uint8_t> truth);

  // One against the rest, for each output.
  const std::vector<Forecast>& each() const { return each_; }

  // Means over the outputs that have both sides (Provost and Domingos 2000 without their weights;
  // the classwise calibration error of Kull et al. 2019).
  double roc_auc(Weights weights = {}) const;
  double average_precision(Weights weights = {}) const;
  double calibration_error(Weights weights = {}) const;
  // Of more than two classes the sum over them, as Brier 1950 has it; in [0, 2].
  double brier_score(Weights weights = {}) const;
  double log_loss(Weights weights = {}) const;

 private:
  double mean(double (Forecast::*measure)(Weights) const, Weights weights) const;

  std::vector<Forecast> each_;
  std::vector<double> given_;  // the probability given to what came true
};

// What came true beside what was called.
class Confusion {
 public:
  Confusion() = default;
  Confusion(std::size_t classes, std::vector<double> counts);
  Confusion(std::size_t classes, std::span<const std::uint8_t> truth,
            std::span<const std::uint8_t> called, Weights weights = {});

  std::size_t classes() const { return classes_; }
  double count(std::size_t truth, std::size_t called) const {
    return counts_[truth * classes_ + called];
  }
  double there(std::size_t of_class) const;   // rows of that class
  double called(std::size_t as_class) const;  // rows called so
  double rows() const;
  double accuracy() const;
  // Of one class: the harmonic mean of precision and recall; 0 where it is never called and never
  // there.
  double f1(std::size_t of_class) const;
  double macro_f1() const;

 private:
  std::size_t classes_ = 0;
  std::vector<double> counts_;
};

// The class of the largest weight * probability in each row, the first of equals. As many
// probabilities in a row as weights.
std::vector<std::uint8_t> called(std::span<const double> probability,
                                 std::span<const double> weights);

// Weights for called() by which macro-F1 is highest on these rows: found by going up one weight
// after the other over a grid, so a good place and not always the best.
std::vector<double> weights_for_macro_f1(std::span<const double> probability, std::size_t classes,
                                         std::span<const std::uint8_t> truth);

}  // namespace waymark::stats
