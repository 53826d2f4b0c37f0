#include "stats/fairness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "stats/forecast.h"
#include "stats/random.h"

namespace waymark::stats {
namespace {

// Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10.
TEST(Fairness, DifferencesHaveNewcombesIntervals) {
  const struct {
    Share one, other;
    double low, high;
  } published[] = {{{56, 70}, {48, 80}, 0.0524, 0.3339}, {{9, 10}, {3, 10}, 0.1705, 0.8090},
                   {{6, 7}, {2, 7}, 0.0582, 0.8062},     {{5, 56}, {0, 29}, -0.0381, 0.1926},
                   {{0, 10}, {0, 20}, -0.1611, 0.2775},  {{0, 10}, {0, 10}, -0.2775, 0.2775},
                   {{10, 10}, {0, 20}, 0.6791, 1.0000},  {{10, 10}, {0, 10}, 0.6075, 1.0000}};
  for (const auto& row : published) {
    const Estimate difference = share_difference(row.one, row.other);
    EXPECT_DOUBLE_EQ(difference.value, row.one.value() - row.other.value());
    EXPECT_NEAR(difference.interval.low, row.low, 5e-5) << row.one.part << " of " << row.one.whole;
    EXPECT_NEAR(difference.interval.high, row.high, 5e-5);
  }
}

// Koopman 1984, Biometrics 40, 513-517: his example, 36 of 40 against 16 of 80.
TEST(Fairness, RatiosHaveKoopmansInterval) {
  const Estimate ratio = share_ratio({36, 40}, {16, 80});
  EXPECT_DOUBLE_EQ(ratio.value, 4.5);
  EXPECT_NEAR(ratio.interval.low, 2.94, 0.005);
  EXPECT_NEAR(ratio.interval.high, 7.15, 0.005);
}

TEST(Fairness, RatiosTurnedRoundAreTurnedRound) {
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    const auto draw = [&] {
      const auto whole = 1 + random.below(60);
      return Share{static_cast<double>(random.below(whole + 1)), static_cast<double>(whole)};
    };
    const Share one = draw(), other = draw();
    const Estimate ratio = share_ratio(one, other), back = share_ratio(other, one);
    SCOPED_TRACE(testing::Message()
                 << one.part << "/" << one.whole << " " << other.part << "/" << other.whole);
    if (one.part + other.part == 0) {
      EXPECT_TRUE(std::isnan(ratio.value));
      continue;
    }
    EXPECT_LE(ratio.interval.low, ratio.value);
    EXPECT_GE(ratio.interval.high, ratio.value);
    if (one.part == 0 || other.part == 0) continue;
    EXPECT_NEAR(ratio.interval.low * back.interval.high, 1, 1e-6);
  }
  EXPECT_EQ(share_ratio({0, 20}, {5, 20}).interval.low, 0);
  EXPECT_TRUE(std::isinf(share_ratio({5, 20}, {0, 20}).interval.high));
}

TEST(Fairness, RatesAreCounted) {
  const std::vector<double> p{0.9, 0.8, 0.3, 0.6, 0.1};
  const std::vector<std::uint8_t> called{1, 1, 0, 1, 0}, positive{1, 0, 1, 1, 0};
  const GroupRates rates = group_rates(p, called, positive);
  EXPECT_EQ(rates.rows, 5u);
  EXPECT_EQ(rates.positives, 3u);
  EXPECT_DOUBLE_EQ(rates.selected.value(), 0.6);
  EXPECT_DOUBLE_EQ(rates.true_positive.value(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(rates.false_positive.value(), 0.5);
  EXPECT_NEAR(rates.predicted, 0.54, 1e-12);
  EXPECT_DOUBLE_EQ(rates.observed.value(), 0.6);
  EXPECT_DOUBLE_EQ(rates.roc_auc, 4.0 / 6);
  EXPECT_TRUE(std::isnan(group_rates({}, {}, {}).selected.value()));
}

// The area summed in small steps over the curves as they are drawn.
double in_steps(const std::vector<CurvePoint>& one, const std::vector<CurvePoint>& other) {
  const auto height = [](const std::vector<CurvePoint>& curve, double x) {
    for (std::size_t i = 1; i < curve.size(); ++i) {
      if (curve[i].x <= x) continue;
      return curve[i - 1].y +
             (curve[i].y - curve[i - 1].y) * (x - curve[i - 1].x) / (curve[i].x - curve[i - 1].x);
    }
    return 1.0;
  };
  constexpr int kSteps = 20'000;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double x = (i + 0.5) / kSteps;
    sum += std::abs(height(one, x) - height(other, x)) / kSteps;
  }
  return sum;
}

TEST(Fairness, TheAreaBetweenCurvesIsThatOfSmallSteps) {
  Random random(11);
  for (int round = 0; round < 30; ++round) {
    std::vector<double> score;
    std::vector<std::uint8_t> positive, group;
    std::vector<double> of[2];
    std::vector<std::uint8_t> truth[2];
    const std::uint64_t levels = 2 + random.below(60);  // few: ties
    for (int row = 0; row < 120; ++row) {
      group.push_back(static_cast<std::uint8_t>(random.below(2)));
      positive.push_back(static_cast<std::uint8_t>(random.below(2)));
      score.push_back(static_cast<double>(random.below(levels) + positive.back() * group.back()));
      of[group.back()].push_back(score.back());
      truth[group.back()].push_back(positive.back());
    }
    const double area = curve_gap(score, positive, group, 0, 1).area;
    EXPECT_NEAR(
        area,
        in_steps(Forecast(of[0], truth[0]).roc_curve(), Forecast(of[1], truth[1]).roc_curve()),
        1e-3);
  }
}

TEST(Fairness, CurvesApartCurvesThatCrossAndOneCurve) {
  // The first group is ranked perfectly, the second the wrong way round.
  const std::vector<double> score{4, 3, 2, 1, 4, 3, 2, 1};
  const std::vector<std::uint8_t> group{0, 0, 0, 0, 1, 1, 1, 1};
  EXPECT_DOUBLE_EQ(
      curve_gap(score, std::vector<std::uint8_t>{1, 1, 0, 0, 0, 0, 1, 1}, group, 0, 1).area, 1);
  EXPECT_DOUBLE_EQ(
      curve_gap(score, std::vector<std::uint8_t>{1, 0, 1, 0, 1, 0, 1, 0}, group, 0, 1).area, 0);
  // Half of the positives first and half last, beside a tie of all: areas 1/4 less 2 x 1/8 above
  // and below the diagonal.
  const std::vector<double> tied{4, 3, 2, 1, 5, 5, 5, 5};
  EXPECT_DOUBLE_EQ(
      curve_gap(tied, std::vector<std::uint8_t>{1, 0, 0, 1, 1, 0, 0, 1}, group, 0, 1).area, 0.25);
  EXPECT_TRUE(std::isnan(
      curve_gap(score, std::vector<std::uint8_t>{1, 1, 1, 1, 0, 1, 0, 1}, group, 10, 1).area));
}

// Every assignment of 6 rows to two groups of 3, tried out.
TEST(Fairness, ThePermutationTestIsThatOfAllAssignments) {
  const std::vector<double> score{6, 5, 4, 3, 2, 1};
  const std::vector<std::uint8_t> positive{1, 0, 1, 0, 1, 0};
  const std::vector<std::uint8_t> group{0, 0, 1, 1, 0, 1};
  const double area = curve_gap(score, positive, group, 0, 1).area;
  std::vector<std::uint8_t> each{0, 0, 0, 1, 1, 1};
  double as_large = 0, all = 0;
  do {
    const double other = curve_gap(score, positive, each, 0, 1).area;
    if (std::isnan(other)) continue;
    all += 1;
    as_large += other >= area - 1e-12 ? 1 : 0;
  } while (std::ranges::next_permutation(each).found);
  EXPECT_NEAR(curve_gap(score, positive, group, 20'000, 5).probability, as_large / all, 0.02);
}

// Where groups are alike, small probabilities are as rare as they say.
TEST(Fairness, ThePermutationTestKeepsItsLevel) {
  Random random(17);
  int below = 0;
  constexpr int kRounds = 300;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> score;
    std::vector<std::uint8_t> positive, group;
    for (int row = 0; row < 60; ++row) {
      group.push_back(static_cast<std::uint8_t>(random.below(4) == 0));
      positive.push_back(static_cast<std::uint8_t>(random.below(2)));
      score.push_back(static_cast<double>(random.below(1000)) + 300 * positive.back());
    }
    below +=
        curve_gap(score, positive, group, 99, static_cast<std::uint64_t>(round)).probability <= 0.1;
  }
  EXPECT_NEAR(below, 0.1 * kRounds, 4 * std::sqrt(0.09 * kRounds));
}

}  // namespace
}  // namespace waymark::stats
