#include "stats/descriptive.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace waymark::stats {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Oracle: scipy.stats.skew, numpy std and quantile, scipy.stats.rankdata (scipy 1.10).
TEST(Descriptive, MatchesScipy) {
  const std::vector<double> x = {2, 8, kNaN, 0, 4, 1, 9, 9, 0};
  EXPECT_DOUBLE_EQ(mean(x), 33.0 / 8);
  EXPECT_DOUBLE_EQ(standard_deviation(x), 3.7228181529588578);
  EXPECT_NEAR(skewness(x), 0.2650554122698573, 1e-14);
  EXPECT_DOUBLE_EQ(quantile(x, 0.05), 0);
  EXPECT_DOUBLE_EQ(quantile(x, 0.25), 0.75);
  EXPECT_DOUBLE_EQ(median(x), 3);
  EXPECT_DOUBLE_EQ(quantile(x, 0.9), 9);
  EXPECT_DOUBLE_EQ(quantile(x, 1), 9);
}

TEST(Descriptive, RanksShareTiesAndKeepMissing) {
  const std::vector<double> ranks =
      average_ranks(std::vector<double>{2, 8, kNaN, 0, 4, 1, 9, 9, 0});
  const std::vector<double> expected = {4, 6, kNaN, 1.5, 5, 3, 7.5, 7.5, 1.5};
  ASSERT_EQ(ranks.size(), expected.size());
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(ranks[i]));
    } else {
      EXPECT_EQ(ranks[i], expected[i]);
    }
  }
}

TEST(Descriptive, NothingPresentIsMissing) {
  for (const std::vector<double>& none : {std::vector<double>{}, std::vector<double>{kNaN, kNaN}}) {
    EXPECT_TRUE(std::isnan(mean(none)));
    EXPECT_TRUE(std::isnan(standard_deviation(none)));
    EXPECT_TRUE(std::isnan(median(none)));
  }
  EXPECT_EQ(skewness(std::vector<double>{3, 3, 3}), 0);
}

}  // namespace
}  // namespace waymark::stats
