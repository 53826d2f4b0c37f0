#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "stats/class_forecast.h"

namespace waymark::model {

// By what it is decided which class is called; by neither: by macro-F1.
struct DecisionRule {
  struct Costs {
    double missed = 1, false_alarm = 1;  // of one learner each
    std::optional<double> left;          // of one who is left to people
  };
  std::optional<Costs> costs;
  std::size_t capacity = 0;  // so many can be helped at once; 0: any number
  double left_share = 0;     // of learners, those about whom least is known are left to people

  bool leaves_some() const { return left_share > 0 || (costs && costs->left); }
};

// Which class is called. Of two: the second, from a probability of `threshold` on, or of the
// `capacity` rows where it is likeliest. Of more: the one of the largest weight * probability.
struct Decision {
  double threshold = 0.5;
  std::vector<double> weights;  // of more than two classes: one for each
  std::size_t capacity = 0;     // 0: any number
  // Who is left to people, as the class is too close to call. Of two: from one probability on and
  // below another. Of more: who is less certain() than that.
  double left_from = 0, left_below = 0;
  double least_certain = 0;

  // `probability`: row by row, stats::outputs_of(classes) each; all rows between which a capacity
  // is to be shared.
  std::vector<std::uint8_t> called(std::span<const double> probability) const;
  // 1 for each row that is left to people, whatever it is called.
  std::vector<std::uint8_t> left(std::span<const double> probability) const;
  // How far each row is from being called otherwise. Of two classes: between probability and
  // threshold; of more: between the two largest weight * probability, over the sum of all.
  std::vector<double> certain(std::span<const double> probability) const;
};

// What is decided best about rows of which the truth is known: the threshold, or weights, of best
// macro-F1 or least cost, and who is left to people.
Decision decision_by(const DecisionRule& rule, std::span<const double> probability,
                     std::size_t classes, std::span<const std::uint8_t> truth);

}  // namespace waymark::model
