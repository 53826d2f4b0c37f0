#pragma once

#include <span>
#include <vector>

namespace waymark::stats {

// Every function here skips missing values (NaN) and gives NaN where none is left.

double mean(std::span<const double> values);

// Square root of the mean squared deviation (divided by n).
double standard_deviation(std::span<const double> values);

// Fisher's g1: the third central moment over the standard deviation's cube; 0 for a constant.
double skewness(std::span<const double> values);

// The p-quantile, 0 <= p <= 1, interpolated linearly between order statistics (type 7 of Hyndman
// and Fan 1996, "Sample quantiles in statistical packages").
double quantile(std::span<const double> values, double p);
double median(std::span<const double> values);

// Each value's rank from 1 upwards, ties sharing their average; NaN where the value is NaN.
std::vector<double> average_ranks(std::span<const double> values);

}  // namespace waymark::stats
