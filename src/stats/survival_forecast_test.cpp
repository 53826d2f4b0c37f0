#include "stats/survival_forecast.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "stats/rossi.h"
#include "stats/survival_curve.h"

namespace waymark::stats {
namespace {

TEST(SurvivalForecast, WithoutCensoringItIsTheMeanSquaredError) {
  const Lifetimes all{{}, {1, 2, 3, 4}, {1, 1, 1, 1}, {}};
  const std::vector<double> survival{0.1, 0.4, 0.5, 0.9};
  EXPECT_NEAR(brier_score_at(all, survival, 2), (0.01 + 0.16 + 0.25 + 0.01) / 4, 1e-15);
  EXPECT_TRUE(std::isnan(brier_score_at(all, survival, 5)));
}

// By hand: the second of four is censored at 2, so those after it count 3 / 2.
TEST(SurvivalForecast, ThoseWhoStayStandForThoseCensored) {
  const Lifetimes rows{{}, {1, 2, 3, 4}, {1, 0, 1, 0}, {}};
  const std::vector<double> survival{0.2, 0.5, 0.6, 0.7};
  EXPECT_NEAR(brier_score_at(rows, survival, 3), (0.04 + 0.36 * 1.5 + 0.09 * 1.5) / 4, 1e-15);
}

// Where a forecast is the share of all, Graf's score is that share's own spread.
TEST(SurvivalForecast, TheCurveItselfScoresItsSpread) {
  const Lifetimes rossi = rossi_lifetimes();
  const auto curve = survival_curves(rossi).at(0);
  for (const double week : {10.0, 30.0, 52.0}) {
    const double share = survival_at(curve, week);
    EXPECT_NEAR(brier_score_at(rossi, std::vector<double>(rossi.size(), share), week),
                share * (1 - share), 1e-12);
  }
}

}  // namespace
}  // namespace waymark::stats
