#include "stats/bootstrap.h"

#include <algorithm>

#include "base/error.h"
#include "stats/descriptive.h"
#include "stats/random.h"

namespace waymark::stats {

std::vector<BootstrapInterval> bootstrap_intervals(
    std::span<const std::uint32_t> cluster, const BootstrapOptions& options,
    const std::function<std::vector<double>(Weights)>& statistics) {
  if (cluster.empty()) return {};
  const std::size_t clusters = *std::max_element(cluster.begin(), cluster.end()) + 1;
  Random random(options.seed);
  std::vector<std::uint32_t> drawn(clusters), weights(cluster.size());
  std::vector<std::vector<double>> samples;  // by statistic
  for (std::size_t replicate = 0; replicate < options.replicates; ++replicate) {
    std::fill(drawn.begin(), drawn.end(), 0);
    for (std::size_t i = 0; i < clusters; ++i) ++drawn[random.below(clusters)];
    for (std::size_t i = 0; i < cluster.size(); ++i) weights[i] = drawn[cluster[i]];
    const std::vector<double> values = statistics(weights);
    if (replicate == 0) samples.resize(values.size());
    WAYMARK_CHECK(values.size() == samples.size());
    for (std::size_t i = 0; i < values.size(); ++i) samples[i].push_back(values[i]);
  }
  const double tail = (1 - options.confidence) / 2;
  std::vector<BootstrapInterval> intervals;
  for (const std::vector<double>& sample : samples) {
    intervals.push_back({{quantile(sample, tail), quantile(sample, 1 - tail)}, mean(sample)});
  }
  return intervals;
}

}  // namespace waymark::stats
