#include "stats/jackknife.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "stats/random.h"

namespace waymark::stats {

std::vector<Estimate> jackknife_estimates(
    std::span<const std::uint32_t> cluster, std::uint64_t seed,
    const std::function<std::vector<double>(std::span<const std::uint32_t> rows)>& statistics) {
  constexpr double kStudent = 2.093024;  // the .975 quantile with 19 degrees of freedom
  static_assert(kJackknifeGroups == 20);
  if (cluster.empty()) return {};
  std::vector<std::uint32_t> group(std::ranges::max(cluster) + std::size_t{1});
  for (std::uint32_t i = 0; i < group.size(); ++i) group[i] = i % kJackknifeGroups;
  Random(seed).shuffle(std::span(group));
  const auto without = [&](std::size_t left_out) {
    std::vector<std::uint32_t> rows;
    for (std::uint32_t row = 0; row < cluster.size(); ++row) {
      if (group[cluster[row]] != left_out) rows.push_back(row);
    }
    return statistics(rows);
  };
  const std::vector<double> whole = without(kJackknifeGroups);
  std::vector<double> squares(whole.size());
  for (std::size_t left_out = 0; left_out < kJackknifeGroups; ++left_out) {
    const std::vector<double> part = without(left_out);
    WAYMARK_CHECK(part.size() == whole.size());
    for (std::size_t i = 0; i < whole.size(); ++i) squares[i] += std::pow(part[i] - whole[i], 2);
  }
  std::vector<Estimate> estimates;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    constexpr double kShare = double{kJackknifeGroups - 1} / kJackknifeGroups;
    const double half = kStudent * std::sqrt(kShare * squares[i]);
    estimates.push_back({whole[i], {whole[i] - half, whole[i] + half}});
  }
  return estimates;
}

}  // namespace waymark::stats
