#include "stats/descriptive.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace waymark::stats {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::vector<double> present(std::span<const double> values) {
  std::vector<double> kept;
  kept.reserve(values.size());
  for (const double value : values) {
    if (!std::isnan(value)) kept.push_back(value);
  }
  return kept;
}

// The mean of (value - center)^power over the present values.
double moment(std::span<const double> values, double center, int power) {
  double sum = 0;
  std::size_t n = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    double term = value - center;
    for (int i = 1; i < power; ++i) term *= value - center;
    sum += term;
    ++n;
  }
  return n == 0 ? kMissing : sum / static_cast<double>(n);
}

}  // namespace

double mean(std::span<const double> values) {
  const double first = moment(values, 0, 1);
  // A second pass takes back what rounding took.
  return first + moment(values, first, 1);
}

double standard_deviation(std::span<const double> values) {
  return std::sqrt(moment(values, mean(values), 2));
}

double skewness(std::span<const double> values) {
  const double center = mean(values);
  const double deviation = std::sqrt(moment(values, center, 2));
  if (deviation == 0) return 0;
  return moment(values, center, 3) / (deviation * deviation * deviation);
}

double quantile(std::span<const double> values, double p) {
  std::vector<double> kept = present(values);
  if (kept.empty()) return kMissing;
  const double position = p * static_cast<double>(kept.size() - 1);
  const auto lower = static_cast<std::size_t>(position);
  const auto at = kept.begin() + static_cast<std::ptrdiff_t>(lower);
  std::nth_element(kept.begin(), at, kept.end());
  const double low = *at;
  const double share = position - static_cast<double>(lower);
  if (share == 0) return low;
  return low + share * (*std::min_element(at + 1, kept.end()) - low);
}

double median(std::span<const double> values) { return quantile(values, 0.5); }

std::vector<double> average_ranks(std::span<const double> values) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) order.push_back(i);
  }
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size(), kMissing);
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double shared = static_cast<double>(begin + 1 + end) / 2;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = shared;
  }
  return ranks;
}

}  // namespace waymark::stats
