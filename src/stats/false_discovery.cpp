#include "stats/false_discovery.h"

#include <algorithm>
#include <cmath>

namespace waymark::stats {

std::vector<std::uint8_t> discoveries(std::span<const double> probability, double rate) {
  std::vector<double> sorted;
  for (const double p : probability) {
    if (!std::isnan(p)) sorted.push_back(p);
  }
  std::ranges::sort(sorted);
  const auto count = static_cast<double>(sorted.size());
  double limit = -1;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] <= rate * static_cast<double>(i + 1) / count) limit = sorted[i];
  }
  std::vector<std::uint8_t> kept;
  kept.reserve(probability.size());
  for (const double p : probability) kept.push_back(p <= limit);
  return kept;
}

}  // namespace waymark::stats
