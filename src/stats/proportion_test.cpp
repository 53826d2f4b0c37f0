#include "stats/proportion.h"

#include <gtest/gtest.h>

#include <cmath>

namespace waymark::stats {
namespace {

// Newcombe 1998, "Two-sided confidence intervals for the single proportion: comparison of seven
// methods", Statistics in Medicine 17, table I, method 3.
TEST(Proportion, WilsonIntervalsArePublishedOnes) {
  const struct {
    double successes, trials, low, high;
  } published[] = {{81, 263, 0.2553, 0.3662},
                   {15, 148, 0.0624, 0.1605},
                   {0, 20, 0, 0.1611},
                   {1, 29, 0.0061, 0.1718}};
  for (const auto& row : published) {
    const Interval interval = wilson_interval(row.successes, row.trials);
    EXPECT_NEAR(interval.low, row.low, 5e-5) << row.successes << " of " << row.trials;
    EXPECT_NEAR(interval.high, row.high, 5e-5) << row.successes << " of " << row.trials;
  }
}

TEST(Proportion, StaysWithinZeroAndOne) {
  EXPECT_EQ(wilson_interval(0, 3).low, 0);
  EXPECT_EQ(wilson_interval(3, 3).high, 1);
  EXPECT_TRUE(std::isnan(wilson_interval(0, 0).low));
}

}  // namespace
}  // namespace waymark::stats
