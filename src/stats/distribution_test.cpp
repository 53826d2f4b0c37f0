#include "stats/distribution.h"

#include <gtest/gtest.h>

#include <cmath>

namespace waymark::stats {
namespace {

// Abramowitz and Stegun 1972, tables 26.1, 26.2, 26.8.
TEST(Distribution, QuantilesAndTailsArePublishedOnes) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-14);
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-15);
  EXPECT_NEAR(two_sided_probability(-1.959963984540054), 0.05, 1e-15);
  EXPECT_NEAR(chi_squared_test(3.84146, 1).probability, 0.05, 1e-6);
  EXPECT_NEAR(chi_squared_test(18.3070, 10).probability, 0.05, 1e-6);
  EXPECT_NEAR(log_normal_tail(5) / std::log(10), -6.54265, 5e-6);
  EXPECT_NEAR(log_normal_tail(50) / std::log(10), -544.96634, 5e-6);
  EXPECT_NEAR(log_normal_tail(-1), std::log(0.841344746068543), 1e-14);
}

TEST(Distribution, NothingTestedIsNothingFound) {
  EXPECT_EQ(chi_squared_test(3, 0).probability, 1);
  EXPECT_EQ(chi_squared_test(-1e-20, 2).probability, 1);
  EXPECT_TRUE(std::isnan(chi_squared_test(std::nan(""), 2).probability));
}

// 20 heads or more of 30 tosses: R's pbinom(19, 30, 0.5, lower.tail = FALSE); and the whole tail.
TEST(Distribution, TailsOfTheBinomial) {
  EXPECT_NEAR(binomial_tail(20, 30, 0.5), 0.04936857, 1e-8);
  EXPECT_NEAR(binomial_tail(3, 3, 0.2), 0.008, 1e-15);
  EXPECT_EQ(binomial_tail(0, 30, 0.5), 1);
}

}  // namespace
}  // namespace waymark::stats
