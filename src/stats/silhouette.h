#pragma once

#include <cstdint>
#include <span>

#include "stats/points.h"

namespace waymark::stats {

// How much nearer points lie to their own cluster than to the next, from -1 to 1, as the mean over
// all points; a point that is alone in its cluster counts 0. NaN where there are not two clusters.
// Rousseeuw 1987, "Silhouettes: a graphical aid to the interpretation and validation of cluster
// analysis". `cluster`: of each point, from 0. Takes O(points² * columns).
double mean_silhouette(const Points& points, std::span<const std::uint32_t> cluster);

}  // namespace waymark::stats
