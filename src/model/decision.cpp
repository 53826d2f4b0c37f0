#include "model/decision.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace waymark::model {

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

}  // namespace waymark::model
