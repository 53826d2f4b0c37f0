#include "stats/class_forecast.h"

#include <gtest/gtest.h>

#include <cmath>

namespace waymark::stats {
namespace {

// Six rows of three classes, their measures counted by hand.
const std::vector<double> kProbability = {0.7, 0.2, 0.1, 0.3, 0.4, 0.3, 0.2, 0.2,  0.6,
                                          0.5, 0.3, 0.2, 0.1, 0.6, 0.3, 0.4, 0.35, 0.25};
const std::vector<std::uint8_t> kTruth = {0, 1, 2, 1, 1, 0};

TEST(ClassForecast, OfSeveralClasses) {
  const ClassForecast forecast(kProbability, 3, kTruth);
  // One against the rest: 7 of 8 pairs in the right order, 8 of 9, 5 of 5.
  EXPECT_NEAR(forecast.roc_auc(), (7.0 / 8 + 8.0 / 9 + 1) / 3, 1e-12);
  EXPECT_NEAR(forecast.log_loss(),
              -(std::log(0.7) + std::log(0.4) + std::log(0.6) + std::log(0.3) + std::log(0.6) +
                std::log(0.4)) /
                  6,
              1e-12);
  double brier = 0;
  for (std::size_t row = 0; row < kTruth.size(); ++row) {
    for (std::size_t c = 0; c < 3; ++c) {
      brier += std::pow(kProbability[row * 3 + c] - (kTruth[row] == c ? 1 : 0), 2) / 6;
    }
  }
  EXPECT_NEAR(forecast.brier_score(), brier, 1e-12);
  const std::vector<std::uint32_t> twice(6, 2);
  EXPECT_NEAR(forecast.roc_auc(twice), forecast.roc_auc(), 1e-12);
  EXPECT_NEAR(forecast.log_loss(twice), forecast.log_loss(), 1e-12);
}

TEST(ClassForecast, OfTwoIsAForecast) {
  const std::vector<double> p = {0.1, 0.8, 0.4, 0.6};
  const std::vector<std::uint8_t> truth = {0, 1, 1, 0};
  const ClassForecast both(p, 2, truth);
  const Forecast one(p, truth);
  EXPECT_EQ(both.roc_auc(), one.roc_auc());
  EXPECT_EQ(both.log_loss(), one.log_loss());
  EXPECT_EQ(both.brier_score(), one.brier_score());
}

TEST(ClassForecast, AClassThatNeverComesHasNoRanking) {
  const std::vector<std::uint8_t> truth = {0, 1, 0, 1, 1, 0};
  const ClassForecast forecast(kProbability, 3, truth);
  EXPECT_TRUE(std::isnan(forecast.each()[2].roc_auc()));
  EXPECT_FALSE(std::isnan(forecast.roc_auc()));
}

TEST(Forecast, TheCheapestThreshold) {
  const std::vector<double> p = {0.1, 0.2, 0.4, 0.6};
  const std::vector<std::uint8_t> truth = {0, 1, 0, 1};
  const Forecast forecast(p, truth);
  EXPECT_DOUBLE_EQ(forecast.cheapest_threshold(1, 1), 0.5);   // one missed
  EXPECT_DOUBLE_EQ(forecast.cheapest_threshold(3, 1), 0.15);  // one false alarm
  EXPECT_GT(Forecast(p, std::vector<std::uint8_t>{0, 0, 0, 0}).cheapest_threshold(1, 1), 0.6);
}

TEST(Confusion, CountsWhatWasCalled) {
  const std::vector<std::uint8_t> calls = called(kProbability, std::vector<double>{1, 1, 1});
  EXPECT_EQ(calls, (std::vector<std::uint8_t>{0, 1, 2, 0, 1, 0}));
  const Confusion confusion(3, kTruth, calls);
  EXPECT_EQ(confusion.count(1, 0), 1);
  EXPECT_EQ(confusion.there(1), 3);
  EXPECT_EQ(confusion.called(0), 3);
  EXPECT_NEAR(confusion.accuracy(), 5.0 / 6, 1e-12);
  EXPECT_NEAR(confusion.f1(0), 0.8, 1e-12);
  EXPECT_NEAR(confusion.macro_f1(), (0.8 + 0.8 + 1) / 3, 1e-12);
}

// By weights alone all six rows can be called right: the fourth needs more for the second class.
TEST(Confusion, WeightsAreFoundThatCallBetter) {
  const std::vector<double> weights = weights_for_macro_f1(kProbability, 3, kTruth);
  const double plain =
      Confusion(3, kTruth, called(kProbability, std::vector<double>{1, 1, 1})).macro_f1();
  EXPECT_GE(Confusion(3, kTruth, called(kProbability, weights)).macro_f1(), plain);

  // A class of a tenth of the rows, never the likeliest one.
  std::vector<double> p;
  std::vector<std::uint8_t> truth;
  for (int i = 0; i < 100; ++i) {
    truth.push_back(i % 10 == 0 ? 2 : i % 2);
    const bool rare = truth.back() == 2;
    p.insert(p.end(), {rare                ? 0.4
                       : truth.back() == 0 ? 0.55
                                           : 0.35,
                       rare                ? 0.4
                       : truth.back() == 0 ? 0.35
                                           : 0.55,
                       rare ? 0.2 : 0.1});
  }
  EXPECT_EQ(Confusion(3, truth, called(p, weights_for_macro_f1(p, 3, truth))).macro_f1(), 1);
}

}  // namespace
}  // namespace waymark::stats
