#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "stats/points.h"

namespace waymark::stats {

// Points and the centre that each is nearest to.
struct Clustering {
  std::vector<std::uint32_t> cluster;  // of each point: 0 … centres.size() - 1
  Points centres;                      // the mean of each cluster; no cluster is empty
  double inertia = 0;                  // the sum of squared distances to the centres
};

struct KMeansOptions {
  std::size_t clusters = 2;
  std::size_t restarts = 10;      // the one of least inertia is kept, the first among equals
  std::size_t most_rounds = 100;  // of each
  std::uint64_t seed = 1;
};

// Lloyd 1982, "Least squares quantization in PCM", from centres drawn as Arthur and Vassilvitskii
// 2007, "k-means++: the advantages of careful seeding". There are no more clusters than distinct
// points. Where rounds leave a cluster empty, it takes the point that lies farthest from its
// centre. The same for equal arguments. Takes O(points * clusters * columns) per round.
Clustering k_means(const Points& points, const KMeansOptions& options);

// How much of each cluster is found again when the points are drawn anew: the mean, over resamples,
// of the largest Jaccard similarity that the cluster, as far as it was drawn, has with a cluster of
// the resample. Hennig 2007, "Cluster-wise assessment of cluster stability" (bootstrap); he takes
// 0.75 or more for a stable cluster, less than 0.6 for none. NaN for a cluster that was never
// drawn. `options`: how resamples are clustered, from a seed of their own each.
std::vector<double> cluster_stability(const Points& points, const Clustering& clustering,
                                      const KMeansOptions& options, std::size_t resamples);

}  // namespace waymark::stats
