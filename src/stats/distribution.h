#pragma once

#include <cstddef>

namespace waymark::stats {

// What a test that is distributed as chi-squared says.
struct ChiSquaredTest {
  double statistic = 0;
  std::size_t degrees = 0;
  double probability = 1;  // of a statistic as large or larger where nothing is there
};

// 0 degrees: nothing is tested, with probability 1. A statistic that is NaN has a probability of
// NaN.
ChiSquaredTest chi_squared_test(double statistic, std::size_t degrees);

// The probability that a standard normal number lies farther from 0 than `z`.
double two_sided_probability(double z);

// The `probability` quantile of the standard normal distribution, 0 < probability < 1.
double normal_quantile(double probability);

// The 97.5 % quantile of it: 95 % lie no farther from 0.
inline constexpr double kNormal95 = 1.959963984540054;

// The probability of `hits` or more out of `trials`, each a hit with `probability`; 0 < probability
// < 1.
double binomial_tail(double hits, double trials, double probability);

// The log of the probability that a standard normal number exceeds `z`; exact far into the tail.
double log_normal_tail(double z);

}  // namespace waymark::stats
