#include "stats/calibration.h"

#include <gtest/gtest.h>

#include <vector>

namespace waymark::stats {
namespace {

// Oracle: sklearn 1.2.1 LogisticRegression(penalty="none", solver="newton-cg") on logit(p) alone,
// which stops some 1e-8 short of the optimum.
TEST(Calibration, LineMatchesScikitLearn) {
  const std::vector<std::uint8_t> positive = {0, 0, 1, 1, 0, 1, 0, 0, 1, 1};
  std::vector<double> log_odds;
  for (const double p : {.1, .4, .35, .8, .35, .9, .05, .6, .35, .7}) log_odds.push_back(logit(p));
  const LogOddsLine line = fit_log_odds_line(log_odds, positive);
  EXPECT_NEAR(line.intercept, 0.28670480047889696, 1e-7);
  EXPECT_NEAR(line.slope, 1.3034112119049102, 1e-7);
}

TEST(Calibration, IdentityWhereNoLineExists) {
  const std::vector<double> x = {-1, 0, 1, 2};
  for (const std::vector<std::uint8_t>& positive :
       {std::vector<std::uint8_t>{1, 1, 1, 1}, std::vector<std::uint8_t>{0, 0, 1, 1}}) {
    const LogOddsLine line = fit_log_odds_line(x, positive);
    EXPECT_EQ(line.intercept, 0);
    EXPECT_EQ(line.slope, 1);
  }
  const std::vector<double> constant(4, 0.3);
  EXPECT_EQ(fit_log_odds_line(constant, std::vector<std::uint8_t>{0, 1, 0, 1}).slope, 1);
  EXPECT_EQ(fit_log_odds_line({}, {}).slope, 1);
}

// Oracle: scikit-learn's test of its Platt scaling, whose digits are LIBSVM's; there the
// probability is 1 / (1 + e^(Ax + B)).
TEST(Calibration, PlattMatchesLibsvm) {
  const LogOddsLine line =
      fit_platt_line(std::vector<double>{5, -4, 1}, std::vector<std::uint8_t>{1, 0, 0});
  EXPECT_NEAR(line.slope, 0.20261354391187855, 1e-5);
  EXPECT_NEAR(line.intercept, -0.65236314980010512, 1e-5);
  // Separated classes have a best line as well.
  const LogOddsLine steep =
      fit_platt_line(std::vector<double>{-2, -1, 1, 2}, std::vector<std::uint8_t>{0, 0, 1, 1});
  EXPECT_GT(steep.slope, 0.1);
  EXPECT_LT(steep.slope, 10);
}

TEST(Calibration, LogisticAndLogitAreInverse) {
  EXPECT_DOUBLE_EQ(logistic(0), 0.5);
  EXPECT_EQ(logistic(-1e6), 0);
  EXPECT_EQ(logistic(1e6), 1);
  for (const double p : {1e-9, 0.2, 0.5, 0.999}) EXPECT_NEAR(logistic(logit(p)), p, 1e-12);
}

}  // namespace
}  // namespace waymark::stats
