#include "stats/kmeans.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "stats/random.h"

namespace waymark::stats {
namespace {

// A number in [0, below), to 53 bits.
double uniform(Random& random, double below) {
  return static_cast<double>(random.next() >> 11) * 0x1p-53 * below;
}

// Each centre a point, drawn with a probability that goes by the square of its distance to the
// nearest of those before; fewer where no point is apart from them.
Points first_centres(const Points& points, std::size_t clusters, Random& random) {
  Points centres{points.columns, {}};
  centres.add(points[random.below(points.size())]);
  std::vector<double> nearest(points.size(), std::numeric_limits<double>::infinity());
  while (centres.size() < clusters) {
    double sum = 0;
    const auto latest = centres[centres.size() - 1];
    for (std::size_t i = 0; i < points.size(); ++i) {
      nearest[i] = std::min(nearest[i], squared_distance(points[i], latest));
      sum += nearest[i];
    }
    if (sum == 0) break;
    double rest = uniform(random, sum);
    std::size_t chosen = points.size();
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (nearest[i] == 0) continue;
      chosen = i;  // the last one where rounding leaves something over
      rest -= nearest[i];
      if (rest < 0) break;
    }
    centres.add(points[chosen]);
  }
  return centres;
}

// Gives each point its nearest centre, the first among equals. Returns whether any changed.
bool assign(const Points& points, Clustering& clustering) {
  bool changed = false;
  for (std::size_t i = 0; i < points.size(); ++i) {
    double least = std::numeric_limits<double>::infinity();
    std::uint32_t nearest = 0;
    for (std::uint32_t k = 0; k < clustering.centres.size(); ++k) {
      const double distance = squared_distance(points[i], clustering.centres[k]);
      if (distance < least) {
        least = distance;
        nearest = k;
      }
    }
    changed |= clustering.cluster[i] != nearest;
    clustering.cluster[i] = nearest;
  }
  return changed;
}

std::vector<std::size_t> sizes_of(const Clustering& clustering) {
  std::vector<std::size_t> sizes(clustering.centres.size());
  for (const std::uint32_t cluster : clustering.cluster) ++sizes[cluster];
  return sizes;
}

// Moves the point that lies farthest from its centre, out of a cluster that has others, into each
// empty cluster.
bool fill_empty(const Points& points, Clustering& clustering) {
  std::vector<std::size_t> sizes = sizes_of(clustering);
  bool filled = false;
  for (std::uint32_t k = 0; k < sizes.size(); ++k) {
    if (sizes[k] != 0) continue;
    double most = -1;
    std::size_t farthest = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const std::uint32_t of = clustering.cluster[i];
      const double distance = squared_distance(points[i], clustering.centres[of]);
      if (sizes[of] > 1 && distance > most) {
        most = distance;
        farthest = i;
      }
    }
    --sizes[clustering.cluster[farthest]];
    clustering.cluster[farthest] = k;
    sizes[k] = 1;
    filled = true;
  }
  return filled;
}

void move_centres(const Points& points, Clustering& clustering) {
  const std::vector<std::size_t> sizes = sizes_of(clustering);
  std::vector<double>& centres = clustering.centres.values;
  std::ranges::fill(centres, 0);
  for (std::size_t i = 0; i < points.size(); ++i) {
    double* const centre = &centres[clustering.cluster[i] * points.columns];
    for (std::size_t c = 0; c < points.columns; ++c) centre[c] += points[i][c];
  }
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    for (std::size_t c = 0; c < points.columns; ++c) {
      centres[k * points.columns + c] /= static_cast<double>(sizes[k]);
    }
  }
}

Clustering cluster_once(const Points& points, const KMeansOptions& options, Random& random) {
  Clustering clustering;
  clustering.centres = first_centres(points, options.clusters, random);
  clustering.cluster.assign(points.size(), std::numeric_limits<std::uint32_t>::max());
  for (std::size_t round = 0; round < options.most_rounds; ++round) {
    const bool changed = assign(points, clustering);
    const bool filled = fill_empty(points, clustering);
    if (!changed && !filled) break;
    move_centres(points, clustering);
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    clustering.inertia += squared_distance(points[i], clustering.centres[clustering.cluster[i]]);
  }
  return clustering;
}

}  // namespace

Clustering k_means(const Points& points, const KMeansOptions& options) {
  Clustering best;
  best.centres.columns = points.columns;
  if (points.size() == 0) return best;
  Random random(options.seed);
  for (std::size_t i = 0; i < std::max<std::size_t>(options.restarts, 1); ++i) {
    Clustering clustering = cluster_once(points, options, random);
    if (i == 0 || clustering.inertia < best.inertia) best = std::move(clustering);
  }
  return best;
}

std::vector<double> cluster_stability(const Points& points, const Clustering& clustering,
                                      const KMeansOptions& options, std::size_t resamples) {
  const std::size_t clusters = clustering.centres.size();
  if (clusters == 0) return {};
  std::vector<double> sums(clusters), times(clusters);
  Random random(options.seed);
  for (std::size_t resample = 0; resample < resamples; ++resample) {
    std::vector<std::size_t> drawn(points.size());
    for (std::size_t& row : drawn) row = random.below(points.size());
    std::ranges::sort(drawn);
    Points sample{points.columns, {}};
    for (const std::size_t row : drawn) sample.add(points[row]);
    KMeansOptions own = options;
    own.seed = random.next();
    const Clustering again = k_means(sample, own);

    // Points that were drawn, once each, by their cluster here and there.
    std::vector<std::vector<double>> both(clusters, std::vector<double>(again.centres.size()));
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      if (i != 0 && drawn[i] == drawn[i - 1]) continue;
      ++both[clustering.cluster[drawn[i]]][again.cluster[i]];
    }
    std::vector<double> there(again.centres.size());
    for (const auto& row : both) {
      for (std::size_t k = 0; k < row.size(); ++k) there[k] += row[k];
    }
    for (std::size_t k = 0; k < clusters; ++k) {
      const double here = std::accumulate(both[k].begin(), both[k].end(), 0.0);
      if (here == 0) continue;
      double most = 0;
      for (std::size_t other = 0; other < there.size(); ++other) {
        most = std::max(most, both[k][other] / (here + there[other] - both[k][other]));
      }
      sums[k] += most;
      ++times[k];
    }
  }
  for (std::size_t k = 0; k < clusters; ++k) sums[k] /= times[k];
  return sums;
}

}  // namespace waymark::stats
