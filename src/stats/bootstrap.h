#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "stats/forecast.h"

namespace waymark::stats {

struct Interval {
  double low = 0, high = 0;
};
// A number with its 95 % interval; NaN where it does not exist.
struct Estimate {
  double value = 0;
  Interval interval;
};

struct BootstrapOptions {
  std::size_t replicates = 1000;
  double confidence = 0.95;
  std::uint64_t seed = 1;
};

// An interval, and the mean of the statistic over the replicates: less its value of the rows
// themselves, that is the bias that drawing makes (Efron and Tibshirani 1993, chapter 10).
struct BootstrapInterval : Interval {
  double mean = 0;
};

// Percentile intervals (Efron and Tibshirani 1993, chapter 13) of several statistics of the same
// rows when whole clusters are drawn with replacement: rows of one learner are not independent.
// `cluster`: each row's cluster, 0 … n - 1. `statistics` is called once per replicate and returns
// the same number of values each time; NaN ones are left out. The same for equal arguments.
std::vector<BootstrapInterval> bootstrap_intervals(
    std::span<const std::uint32_t> cluster, const BootstrapOptions& options,
    const std::function<std::vector<double>(Weights)>& statistics);

}  // namespace waymark::stats
