#include "stats/survival_curve.h"

#include <gtest/gtest.h>

#include <cmath>

#include "stats/lung.h"
#include "stats/rossi.h"

namespace waymark::stats {
namespace {

std::vector<std::uint32_t> lung_sex() {
  std::vector<std::uint32_t> sex;
  for (const auto& row : kLung) sex.push_back(static_cast<std::uint32_t>(row[3] - 1));
  return sex;
}

// Remission of leukaemia under 6-MP in weeks: Gehan 1965; survival and standard errors as in
// Kleinbaum and Klein 2012, "Survival analysis", chapter 2, and in Cox and Oakes 1984.
Lifetimes leukaemia() {
  return {.start = {},
          .stop = {6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35},
          .event = {1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0},
          .stratum = {}};
}

TEST(SurvivalCurve, LeukaemiaIsThePublishedCurve) {
  const auto curve = survival_curves(leukaemia()).at(0);
  const struct {
    double time, survival, standard_error;
    std::size_t at_risk;
  } published[] = {{6, 0.857, 0.0764, 21},  {7, 0.807, 0.0869, 17},  {10, 0.753, 0.0963, 15},
                   {13, 0.690, 0.1068, 12}, {16, 0.627, 0.1141, 11}, {22, 0.538, 0.1282, 7},
                   {23, 0.448, 0.1346, 6}};
  std::size_t row = 0;
  for (const SurvivalStep& step : curve) {
    if (step.events == 0) continue;
    EXPECT_EQ(step.time, published[row].time);
    EXPECT_EQ(step.at_risk, published[row].at_risk);
    EXPECT_NEAR(step.survival, published[row].survival, 5e-4);
    EXPECT_NEAR(step.standard_error, published[row].standard_error, 5e-5);
    ++row;
  }
  EXPECT_EQ(row, std::size(published));
  EXPECT_EQ(survival_quantile(curve, 0.5).time, 23);
  EXPECT_EQ(survival_at(curve, 5.9), 1);
  EXPECT_NEAR(survival_at(curve, 15), 0.690, 5e-4);
}

// R's survival: survfit(Surv(time, status) ~ 1, lung), and by sex.
TEST(SurvivalCurve, LungHasThePublishedMedian) {
  Lifetimes lung = lung_lifetimes();
  const auto check = [](const SurvivalQuantile& median, double time, double low, double high) {
    EXPECT_NEAR(median.time, time, 1e-8);
    EXPECT_NEAR(median.interval.low, low, 1e-8);
    EXPECT_NEAR(median.interval.high, high, 1e-8);
  };
  check(survival_quantile(survival_curves(lung, SurvivalScale::kLog).at(0), 0.5), 310, 285, 363);
  check(survival_quantile(survival_curves(lung).at(0), 0.5), 310, 284, 361);
  lung.stratum = lung_sex();
  const auto by_sex = survival_curves(lung, SurvivalScale::kLog);
  check(survival_quantile(by_sex.at(0), 0.5), 270, 212, 310);
  check(survival_quantile(by_sex.at(1), 0.5), 426, 348, 550);
}

TEST(SurvivalCurve, LateRowsJoinLateAndCompleteOnesCountAlike) {
  // A learner cut into three rows is the same learner.
  Lifetimes whole = leukaemia(), cut;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const double from : {0.0, 7.0, 16.0}) {
      if (whole.stop[i] <= from) continue;
      const double to = std::min(whole.stop[i], from == 0 ? 7.0 : from == 7 ? 16.0 : 1e9);
      cut.start.push_back(from);
      cut.stop.push_back(to);
      cut.event.push_back(to == whole.stop[i] ? whole.event[i] : 0);
    }
  }
  const auto one = survival_curves(whole).at(0), other = survival_curves(cut).at(0);
  for (const SurvivalStep& step : one) {
    if (step.events == 0) continue;
    EXPECT_NEAR(survival_at(other, step.time), step.survival, 1e-15) << step.time;
  }
  const Lifetimes late{{0, 2}, {1, 3}, {1, 1}, {}};
  const auto curve = survival_curves(late).at(0);
  EXPECT_EQ(curve.at(0).at_risk, 1u);
  EXPECT_EQ(curve.at(1).at_risk, 1u);
}

TEST(SurvivalCurve, AMedianOnAStepLiesHalfWayToTheNext) {
  const Lifetimes four{{}, {1, 2, 3, 4}, {1, 1, 0, 1}, {}};
  EXPECT_EQ(survival_quantile(survival_curves(four).at(0), 0.5).time, 3);
  const Lifetimes none{{}, {1, 2}, {0, 0}, {}};
  EXPECT_TRUE(std::isnan(survival_quantile(survival_curves(none).at(0), 0.5).time));
  EXPECT_TRUE(survival_curves({}).empty());
}

// R's survival: survdiff(Surv(time, status) ~ sex, lung).
TEST(SurvivalCurve, LogRankOfLungIsThePublishedOne) {
  const LogRank test = log_rank(lung_lifetimes(), lung_sex());
  EXPECT_NEAR(test.test.statistic, 10.3267419549, 1e-8);
  EXPECT_EQ(test.test.degrees, 1u);
  EXPECT_NEAR(test.test.probability, 0.00131, 5e-6);
  EXPECT_EQ(test.groups.at(0).observed, 112u);
  EXPECT_NEAR(test.groups.at(0).expected, 91.6, 0.05);
  EXPECT_NEAR(test.groups.at(1).expected, 73.4, 0.05);
}

TEST(SurvivalCurve, LogRankComparesWithinStrata) {
  // Twice the same people, apart: twice the excess, twice the variance.
  Lifetimes twice;
  std::vector<std::uint32_t> group;
  for (std::uint32_t stratum : {0u, 1u}) {
    for (const auto& row : kRossi) {
      twice.stop.push_back(row[0]);
      twice.event.push_back(row[1] == 1);
      twice.stratum.push_back(stratum);
      group.push_back(static_cast<std::uint32_t>(std::min(row[8], 3)));
    }
  }
  std::vector<std::uint32_t> once(group.begin(), group.begin() + 432);
  const LogRank apart = log_rank(twice, group), alone = log_rank(rossi_lifetimes(), once);
  EXPECT_EQ(alone.test.degrees, 3u);
  EXPECT_NEAR(apart.test.statistic, 2 * alone.test.statistic, 1e-9);
  EXPECT_EQ(log_rank({}, {}).test.probability, 1);
}

TEST(SurvivalCurve, WithoutAnEventNothingIsKnownOfTheMedian) {
  const Lifetimes none{.start = {}, .stop = {1, 2, 3}, .event = {0, 0, 0}, .stratum = {}};
  const SurvivalQuantile median = survival_quantile(survival_curves(none).at(0), 0.5);
  EXPECT_TRUE(std::isnan(median.time));
  EXPECT_TRUE(std::isnan(median.interval.low));
  EXPECT_TRUE(std::isnan(median.interval.high));
}

}  // namespace
}  // namespace waymark::stats
