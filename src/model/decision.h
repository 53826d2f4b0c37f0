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
  };
  std::optional<Costs> costs;
  std::size_t capacity = 0;  // so many can be helped at once; 0: any number
};

// Which class is called. Of two: the second, from a probability of `threshold` on, or of the
// `capacity` rows where it is likeliest. Of more: the one of the largest weight * probability.
struct Decision {
  double threshold = 0.5;
  std::vector<double> weights;  // of more than two classes: one for each
  std::size_t capacity = 0;     // 0: any number

  // `probability`: row by row, stats::outputs_of(classes) each; all rows between which a capacity
  // is to be shared.
  std::vector<std::uint8_t> called(std::span<const double> probability) const;
};

}  // namespace waymark::model
