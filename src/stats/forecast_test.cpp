#include "stats/forecast.h"

#include <gtest/gtest.h>

#include <cmath>

#include "stats/random.h"

namespace waymark::stats {
namespace {

using Scores = std::vector<double>;
using Outcomes = std::vector<std::uint8_t>;

// The examples in scikit-learn's reference pages of roc_auc_score, average_precision_score,
// brier_score_loss and log_loss.
TEST(Forecast, ReferenceExamples) {
  const Forecast small(Scores{0.1, 0.4, 0.35, 0.8}, Outcomes{0, 0, 1, 1});
  EXPECT_DOUBLE_EQ(small.roc_auc(), 0.75);
  EXPECT_NEAR(small.average_precision(), 0.83, 0.005);
  const Forecast brier(Scores{0.1, 0.9, 0.8, 0.3}, Outcomes{0, 1, 1, 0});
  EXPECT_NEAR(brier.brier_score(), 0.0375, 1e-12);
  const Forecast spam(Scores{0.9, 0.1, 0.2, 0.65}, Outcomes{1, 0, 0, 1});
  EXPECT_NEAR(spam.log_loss(), 0.21616, 5e-6);
}

// Hanley and McNeil 1982 (Radiology 143:29-36), table I: 109 CT images rated 1 to 5; the area under
// the curve is 0.893.
TEST(Forecast, HanleyAndMcNeilRatings) {
  const int normal[] = {33, 6, 6, 11, 2}, abnormal[] = {3, 2, 2, 11, 33};
  Scores scores;
  Outcomes outcomes;
  for (int rating = 0; rating < 5; ++rating) {
    for (int i = 0; i < normal[rating]; ++i) scores.push_back(rating), outcomes.push_back(0);
    for (int i = 0; i < abnormal[rating]; ++i) scores.push_back(rating), outcomes.push_back(1);
  }
  EXPECT_NEAR(Forecast(scores, outcomes).roc_auc(), 0.893, 0.0005);
}

// Oracle: scikit-learn 1.2.1 on the same numbers, with ties, without and with sample_weight.
TEST(Forecast, MatchesScikitLearn) {
  const Forecast f(Scores{.1, .4, .35, .8, .35, .9, .05, .6, .35, .7},
                   Outcomes{0, 0, 1, 1, 0, 1, 0, 0, 1, 1});
  EXPECT_DOUBLE_EQ(f.roc_auc(), 0.8);
  EXPECT_DOUBLE_EQ(f.average_precision(), 0.85);
  EXPECT_DOUBLE_EQ(f.brier_score(), 0.164);
  EXPECT_DOUBLE_EQ(f.log_loss(), 0.4799376341686101);
  EXPECT_DOUBLE_EQ(f.macro_f1(0.5), 0.6969696969696968);

  const std::vector<std::uint32_t> weights = {2, 0, 1, 3, 1, 1, 0, 2, 1, 4};
  EXPECT_DOUBLE_EQ(f.roc_auc(weights), 0.9);
  EXPECT_DOUBLE_EQ(f.average_precision(weights), 0.9538461538461539);
  EXPECT_DOUBLE_EQ(f.brier_score(weights), 0.1465);
  EXPECT_DOUBLE_EQ(f.log_loss(weights), 0.4516813737006105);
  EXPECT_DOUBLE_EQ(f.macro_f1(0.5, weights), 0.7);
}

TEST(Forecast, WeightsAreRepetitions) {
  const std::uint64_t seed = 20240817;
  SCOPED_TRACE(seed);
  Random random(seed);
  for (int round = 0; round < 50; ++round) {
    Scores scores, repeated_scores;
    Outcomes outcomes, repeated_outcomes;
    std::vector<std::uint32_t> weights;
    for (int i = 0; i < 40; ++i) {
      scores.push_back(static_cast<double>(random.below(20)) / 20);
      outcomes.push_back(static_cast<std::uint8_t>(random.below(2)));
      weights.push_back(static_cast<std::uint32_t>(random.below(4)));
      repeated_scores.insert(repeated_scores.end(), weights.back(), scores.back());
      repeated_outcomes.insert(repeated_outcomes.end(), weights.back(), outcomes.back());
    }
    const Forecast weighted(scores, outcomes), repeated(repeated_scores, repeated_outcomes);
    EXPECT_DOUBLE_EQ(weighted.roc_auc(weights), repeated.roc_auc());
    EXPECT_DOUBLE_EQ(weighted.average_precision(weights), repeated.average_precision());
    EXPECT_DOUBLE_EQ(weighted.macro_f1(0.4, weights), repeated.macro_f1(0.4));
    EXPECT_NEAR(weighted.brier_score(weights), repeated.brier_score(), 1e-12);
    EXPECT_NEAR(weighted.calibration_error(weights), repeated.calibration_error(), 1e-12);
  }
}

TEST(Forecast, BestThresholdIsBest) {
  Random random(7);
  Scores scores;
  Outcomes outcomes;
  for (int i = 0; i < 60; ++i) {
    outcomes.push_back(static_cast<std::uint8_t>(random.below(2)));
    scores.push_back(static_cast<double>(random.below(30) + 10 * outcomes.back()) / 40);
  }
  const Forecast f(scores, outcomes);
  const double best = f.macro_f1(f.best_threshold());
  for (const double threshold : scores) EXPECT_LE(f.macro_f1(threshold), best);
}

TEST(Forecast, ReliabilityByHand) {
  const Forecast f(Scores{0.05, 0.15, 0.15, 0.95, 1.0}, Outcomes{0, 0, 1, 1, 1});
  const auto bins = f.reliability();
  ASSERT_EQ(bins.size(), Forecast::kBins);
  EXPECT_EQ(bins[1].count, 2u);
  EXPECT_DOUBLE_EQ(bins[1].observed, 0.5);
  EXPECT_DOUBLE_EQ(bins[1].predicted, 0.15);
  EXPECT_EQ(bins[9].count, 2u);
  EXPECT_TRUE(std::isnan(bins[5].observed));
  // (0.05 * 1 + 0.35 * 2 + 0.025 * 2) / 5
  EXPECT_NEAR(f.calibration_error(), 0.16, 1e-12);
}

TEST(Forecast, OneClassOrNoRowsHasNoRanking) {
  const Forecast one(Scores{0.2, 0.7}, Outcomes{1, 1});
  EXPECT_TRUE(std::isnan(one.roc_auc()));
  EXPECT_DOUBLE_EQ(one.average_precision(), 1);
  const Forecast none(Scores{}, Outcomes{});
  EXPECT_TRUE(std::isnan(none.roc_auc()));
  EXPECT_TRUE(std::isnan(none.brier_score()));
  EXPECT_TRUE(std::isnan(none.best_threshold()));
}

// Thresholds at 0.9, 0.8 (a tie of both classes) and 0.1: by hand.
TEST(Forecast, CurvesPassThroughEveryThreshold) {
  const std::vector<double> score{0.9, 0.8, 0.8, 0.1};
  const std::vector<std::uint8_t> positive{1, 1, 0, 0};
  const Forecast forecast(score, positive);
  const auto roc = forecast.roc_curve();
  ASSERT_EQ(roc.size(), 4u);
  EXPECT_EQ(roc[1].x, 0);
  EXPECT_EQ(roc[1].y, 0.5);
  EXPECT_EQ(roc[2].x, 0.5);
  EXPECT_EQ(roc[2].y, 1);
  EXPECT_EQ(roc[3].x, 1);
  const auto pr = forecast.precision_recall_curve();
  ASSERT_EQ(pr.size(), 3u);
  EXPECT_EQ(pr[1].x, 1);
  EXPECT_DOUBLE_EQ(pr[1].y, 2.0 / 3);
  EXPECT_TRUE(Forecast(std::vector<double>{0.5}, std::vector<std::uint8_t>{1}).roc_curve().empty());
}

// By trying all pairs of cuts.
TEST(Forecast, CheapestBandMatchesBruteForce) {
  Random random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> score;
    std::vector<std::uint8_t> positive;
    for (std::size_t i = 0, rows = 1 + random.below(12); i < rows; ++i) {
      score.push_back(static_cast<double>(random.below(6)) / 5);
      positive.push_back(static_cast<std::uint8_t>(random.below(2)));
    }
    const double missed = static_cast<double>(1 + random.below(5)), alarm = 1, left = 0.5;
    const auto cost = [&](double from, double below) {
      double sum = 0;
      for (std::size_t i = 0; i < score.size(); ++i) {
        if (score[i] >= below) {
          sum += positive[i] ? 0 : alarm;
        } else {
          sum += score[i] >= from ? left : positive[i] ? missed : 0;
        }
      }
      return sum;
    };
    double least = 1e9;
    for (double from = -0.1; from < 1.2; from += 0.1) {
      for (double below = from; below < 1.2; below += 0.1)
        least = std::min(least, cost(from, below));
    }
    const Forecast::Band band = Forecast(score, positive).cheapest_band(missed, alarm, left);
    EXPECT_LE(band.from, band.below);
    EXPECT_NEAR(cost(band.from, band.below), least, 1e-12) << round;
  }
}

}  // namespace
}  // namespace waymark::stats
