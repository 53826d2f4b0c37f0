#include "stats/isotonic.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace waymark::stats {
namespace {

struct Pool {
  double first, last;  // x
  double sum = 0, weight = 0;
  double mean() const { return sum / weight; }
};

}  // namespace

double RisingCurve::apply(double x) const {
  if (at.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto above = std::ranges::upper_bound(at, x);
  if (above == at.begin()) return value.front();
  if (above == at.end()) return value.back();
  const auto i = static_cast<std::size_t>(above - at.begin());
  return std::lerp(value[i - 1], value[i], (x - at[i - 1]) / (at[i] - at[i - 1]));
}

RisingCurve fit_rising(std::span<const double> x, std::span<const double> y) {
  WAYMARK_CHECK(x.size() == y.size());
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return x[i]; });
  std::vector<Pool> pools;
  const auto join_last = [&] {
    const Pool last = pools.back();
    pools.pop_back();
    pools.back().last = last.last;
    pools.back().sum += last.sum;
    pools.back().weight += last.weight;
  };
  for (std::size_t k = 0; k < order.size();) {
    Pool& here = pools.emplace_back(Pool{.first = x[order[k]], .last = x[order[k]]});
    for (; k < order.size() && x[order[k]] == here.last; ++k) {
      here.sum += y[order[k]];
      here.weight += 1;
    }
    while (pools.size() > 1 && pools[pools.size() - 2].mean() >= pools.back().mean()) join_last();
  }
  RisingCurve curve;
  for (const Pool& pool : pools) {
    for (const double end : {pool.first, pool.last}) {
      if (!curve.at.empty() && curve.at.back() == end) continue;
      curve.at.push_back(end);
      curve.value.push_back(pool.mean());
    }
  }
  return curve;
}

}  // namespace waymark::stats
