#include "stats/silhouette.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace waymark::stats {

double mean_silhouette(const Points& points, std::span<const std::uint32_t> cluster) {
  const std::size_t clusters = cluster.empty() ? 0 : *std::ranges::max_element(cluster) + 1;
  std::vector<double> sizes(clusters);
  for (const std::uint32_t of : cluster) ++sizes[of];
  if (std::ranges::count_if(sizes, [](double size) { return size > 0; }) < 2) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  double sum = 0;
  std::vector<double> distances(clusters);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::uint32_t own = cluster[i];
    if (sizes[own] == 1) continue;
    std::ranges::fill(distances, 0);
    for (std::size_t j = 0; j < points.size(); ++j) {
      distances[cluster[j]] += std::sqrt(squared_distance(points[i], points[j]));
    }
    const double within = distances[own] / (sizes[own] - 1);
    double next = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < clusters; ++k) {
      if (k != own && sizes[k] > 0) next = std::min(next, distances[k] / sizes[k]);
    }
    const double larger = std::max(within, next);
    if (larger > 0) sum += (next - within) / larger;
  }
  return sum / static_cast<double>(points.size());
}

}  // namespace waymark::stats
