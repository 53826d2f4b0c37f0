#include "stats/isotonic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "stats/random.h"

namespace waymark::stats {
namespace {

std::vector<double> fitted(const std::vector<double>& y) {
  std::vector<double> x(y.size()), out;
  std::iota(x.begin(), x.end(), 1.0);
  const RisingCurve curve = fit_rising(x, y);
  for (const double at : x) out.push_back(curve.apply(at));
  return out;
}

// Oracles: the examples of isoreg() in R, and of isotonic_regression() in scikit-learn.
TEST(Isotonic, MatchesRAndScikitLearn) {
  EXPECT_EQ(fitted({1, 0, 4, 3, 3, 5, 4, 2, 0}),
            (std::vector<double>{0.5, 0.5, 3, 3, 3, 3, 3, 3, 3}));
  const auto values = fitted({5, 3, 1, 2, 8, 10, 7, 9, 6, 4});
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(values[i], i < 4 ? 2.75 : 44.0 / 6, 1e-12) << i;
  }
}

TEST(Isotonic, TakesEqualPlacesTogetherAndIsLevelOutside) {
  // By hand: at 1 the mean of 0 and 1, at 2 a 0 that is pooled with it, at 4 a 1.
  const RisingCurve curve =
      fit_rising(std::vector<double>{4, 1, 2, 1}, std::vector<double>{1, 0, 0, 1});
  EXPECT_EQ(curve.at, (std::vector<double>{1, 2, 4}));
  EXPECT_DOUBLE_EQ(curve.apply(0), 1.0 / 3);
  EXPECT_DOUBLE_EQ(curve.apply(2), 1.0 / 3);
  EXPECT_DOUBLE_EQ(curve.apply(3), 2.0 / 3);
  EXPECT_DOUBLE_EQ(curve.apply(9), 1);
  EXPECT_TRUE(std::isnan(fit_rising({}, {}).apply(1)));
}

// The least sum of squares among rising curves, by the min-max formula (Barlow et al. 1972):
// max over i <= k of min over j >= k of mean(y[i..j]).
TEST(Isotonic, MatchesTheMinMaxFormula) {
  Random random(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<double> y(1 + random.below(20));
    for (double& value : y) value = static_cast<double>(random.below(5));
    const auto values = fitted(y);
    for (std::size_t k = 0; k < y.size(); ++k) {
      double most = -1;
      for (std::size_t i = 0; i <= k; ++i) {
        double least = 1e9, sum = 0;
        for (std::size_t j = i; j < y.size(); ++j) {
          sum += y[j];
          if (j >= k) least = std::min(least, sum / static_cast<double>(j - i + 1));
        }
        most = std::max(most, least);
      }
      EXPECT_NEAR(values[k], most, 1e-12);
    }
  }
}

}  // namespace
}  // namespace waymark::stats
