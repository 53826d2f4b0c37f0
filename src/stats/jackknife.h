#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "stats/bootstrap.h"

namespace waymark::stats {

// Several statistics of the same rows, with intervals by the delete-a-group jackknife (Kott 2001,
// "The delete-a-group jackknife"): whole clusters are put into kJackknifeGroups groups by chance,
// and each statistic is worked out of all rows and again without each group: variance = (G - 1) / G
// * the sum of squared differences, Student's t with G - 1 degrees of freedom. For what costs too
// much to be worked out a thousand times, as bootstrap_intervals() does. `cluster`: each row's, 0 …
// n - 1. `statistics` is given rows by their places, and returns the same number of values each
// time. The same for equal arguments.
std::vector<Estimate> jackknife_estimates(
    std::span<const std::uint32_t> cluster, std::uint64_t seed,
    const std::function<std::vector<double>(std::span<const std::uint32_t> rows)>& statistics);
inline constexpr std::size_t kJackknifeGroups = 20;

}  // namespace waymark::stats
