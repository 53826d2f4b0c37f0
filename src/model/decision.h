#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stats/class_forecast.h"

namespace waymark::model {

// Which class is called. Of two: the second, from a probability of `threshold` on. Of more: the one
// of the largest weight * probability.
struct Decision {
  double threshold = 0.5;
  std::vector<double> weights;  // of more than two classes: one for each

  // `probability`: row by row, stats::outputs_of(classes) each.
  std::vector<std::uint8_t> called(std::span<const double> probability) const {
    if (!weights.empty()) return stats::called(probability, weights);
    std::vector<std::uint8_t> out;
    for (const double p : probability) out.push_back(p >= threshold ? 1 : 0);
    return out;
  }
};

}  // namespace waymark::model
