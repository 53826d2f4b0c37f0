// Clocks that run until something happens, from definition to forecasts.

#include "model/survival.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <numeric>

#include "base/file.h"
#include "model/sample.h"

namespace waymark::model {
namespace {

constexpr double kHazard = 0.02;  // a day, of a learner of score 50

SurvivalDefinition definition() {
  SurvivalDefinition out{.name = "leaving"};
  out.on = {"score", "region"};
  out.by = {"region"};
  out.methods = {{stats::SurvivalMethod::kCox, {}},
                 {stats::SurvivalMethod::kWeibull, {}},
                 {stats::SurvivalMethod::kDiscrete, {}}};
  out.at = {7, 28};
  return out;
}

// Three courses, one after the other; a learner leaves at an exponential time, sooner with a low
// score and in the north, unless the course is over by then.
SurvivalRows rows_of(std::size_t learners) {
  SurvivalRows rows{.data = sample(learners), .watched_until = {}, .happened = {}};
  stats::Random random(7);
  const DataColumn& score = *rows.data.find("score");
  const DataColumn& region = *rows.data.find("region");
  for (std::size_t row = 0; row < rows.data.size(); ++row) {
    const Cohort& cohort = rows.data.cohorts[rows.data.cohort[row]];
    const double of_score = std::isnan(score.numbers[row]) ? 50 : score.numbers[row];
    const bool is_north = region.categories[region.codes[row]] == "north";
    const double hazard = kHazard * std::exp(0.03 * (50 - of_score) + (is_north ? 0.7 : 0));
    const double days = -std::log(1 - uniform(random)) / hazard;
    const auto left = cohort.as_of + static_cast<Micros>(days * static_cast<double>(kMicrosPerDay));
    rows.happened.push_back(left < cohort.end ? 1 : 0);
    rows.watched_until.push_back(std::min(left, cohort.end));
  }
  return rows;
}

TEST(Survival, FindsWhatMakesLearnersLeave) {
  const SurvivalRows rows = rows_of(1500);
  const SurvivalStudy study = study_survival(definition(), rows);
  EXPECT_EQ(study.training + study.test, rows.data.size());
  const auto score = std::ranges::find(study.effects, "score", &SurvivalEffect::input);
  ASSERT_NE(score, study.effects.end());
  const double sign = study.explained == std::size_t{1} ? -1 : 1;
  EXPECT_NEAR(sign * score->coefficient, -0.03, 0.004);
  EXPECT_EQ(score->unit, "1");
  for (const SurvivalJudgement& judged : study.judged) {
    EXPECT_TRUE(judged.converged);
    EXPECT_GT(judged.quality.concordance.value, 0.65);
    EXPECT_LT(judged.quality.brier[1].value, study.curve.brier[1].value);
  }
  EXPECT_EQ(std::ranges::count(study.judged, true, &SurvivalJudgement::chosen), 1);
  EXPECT_EQ(study.judged[study.chosen].over_chosen.brier[0].interval.high, 0);
  EXPECT_GT(study.curve_over_chosen.brier[1].interval.low, 0) << "surely worse than who is asked";
  EXPECT_EQ(study.curve.concordance.value, 0.5);
  ASSERT_EQ(study.groups.size(), 5u) << "all, three regions and who has said none";
  EXPECT_EQ(study.groups[0].rows, rows.data.size());
  EXPECT_LT(study.groups[1].probability, 0.001);
}

// Forecasts are probabilities that come true as often as they say.
TEST(Survival, ForecastsAreCalibrated) {
  const SurvivalRows rows = rows_of(1500);
  const SurvivalStudy study = study_survival(definition(), rows);
  ASSERT_EQ(study.test_rows.size(), 1500u);
  double expected = 0, stayed = 0;
  for (std::size_t i = 0; i < study.test_rows.size(); ++i) {
    const std::uint32_t row = study.test_rows[i];
    const Cohort& cohort = rows.data.cohorts[rows.data.cohort[row]];
    expected += study.forecasts.without[1][i];
    stayed += rows.watched_until[row] >= cohort.as_of + 28 * kMicrosPerDay ? 1 : 0;
    EXPECT_GE(study.forecasts.without[0][i], study.forecasts.without[1][i]);
  }
  EXPECT_NEAR(expected / 1500, stayed / 1500, 0.04);
}

// What happens once the test's courses have been scored teaches nothing.
TEST(Survival, NothingAfterTheFirstForecastIsLearnedFrom) {
  SurvivalRows rows = rows_of(300);
  const Micros first_test = 150 * kMicrosPerDay;  // while A/1 runs
  for (Cohort& cohort : rows.data.cohorts) {
    if (cohort.course != "A/2") continue;
    cohort.start = 120 * kMicrosPerDay;
    cohort.as_of = first_test;
  }
  const auto forecast = [&] { return study_survival(definition(), rows).forecasts.without; };
  const auto before = forecast();
  std::size_t changed = 0;
  for (std::size_t row = 0; row < rows.data.size(); ++row) {
    const bool is_test = rows.data.cohorts[rows.data.cohort[row]].course == "A/2";
    if (is_test || rows.watched_until[row] < first_test) continue;
    rows.happened[row] = 1 - rows.happened[row];
    rows.watched_until[row] += kMicrosPerDay;
    ++changed;
  }
  EXPECT_GT(changed, 50u);
  EXPECT_EQ(forecast(), before);
}

std::vector<double> told(const SurvivalStudy& study) {
  std::vector<double> out = study.forecasts.risk;
  for (const auto& numbers : study.forecasts.without)
    out.insert(out.end(), numbers.begin(), numbers.end());
  for (const SurvivalJudgement& judged : study.judged) {
    out.insert(out.end(), {judged.held_out_brier, judged.quality.concordance.interval.low,
                           judged.chosen ? 1.0 : 0.0});
    for (const stats::Estimate& brier : judged.quality.brier) out.push_back(brier.value);
  }
  for (const Explanation& reasons : study.reasons)
    for (const Reason& reason : reasons.raising) out.push_back(reason.contribution);
  return out;
}

// While learners are watched for longer, nothing is learned anew; where others are asked about,
// methods learn again, but how they do on learners held apart stands; where others teach, nothing.
TEST(Survival, WhatLearnsFromTheSameIsNotFittedAgain) {
  const TemporaryFolder folder;
  const auto study = [&](const SurvivalRows& rows, std::size_t found) {
    const KeptFits kept(folder.path());
    const SurvivalStudy found_again = study_survival(definition(), rows, 2, kept);
    EXPECT_EQ(kept.found(), found);
    kept.clear_unused();
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 7)
        << "of each method what it says and how it did, and the reasons of the chosen one";
    const std::vector<double> whole = told(found_again);
    EXPECT_EQ(whole, told(study_survival(definition(), rows)));
    return whole;
  };
  SurvivalRows rows = rows_of(300);
  const std::vector<double> before = study(rows, 0);
  for (std::size_t row = 0; row < rows.data.size(); ++row) {
    if (rows.data.cohorts[rows.data.cohort[row]].course != "A/2") continue;
    rows.watched_until[row] += kMicrosPerDay;
  }
  EXPECT_NE(study(rows, 7), before) << "judged by what is known now";
  const auto of_test = std::ranges::find_if(rows.data.cohort, [&](std::uint32_t cohort) {
    return rows.data.cohorts[cohort].course == "A/2";
  });
  for (DataColumn& column : rows.data.columns) {
    if (!column.categorical) column.numbers[of_test - rows.data.cohort.begin()] = 12.5;
  }
  study(rows, 3);
  rows.happened[0] = 1 - rows.happened[0];
  study(rows, 0);
}

TEST(Survival, ACourseAloneHasCurvesAndNoForecasts) {
  SurvivalRows rows = rows_of(200);
  const std::vector<std::uint32_t> first =
      rows_where(rows.data, [](const Cohort& cohort) { return cohort.course == "A/0"; });
  SurvivalRows alone{.data = select(rows.data, first), .watched_until = {}, .happened = {}};
  for (const std::uint32_t row : first) {
    alone.watched_until.push_back(rows.watched_until[row]);
    alone.happened.push_back(rows.happened[row]);
  }
  const SurvivalStudy study = study_survival(definition(), alone);
  EXPECT_TRUE(study.judged.empty());
  EXPECT_TRUE(study.test_rows.empty());
  EXPECT_FALSE(study.groups.empty());
  EXPECT_FALSE(study.effects.empty());
  EXPECT_TRUE(study_survival(definition(), {}).groups.empty());
}

}  // namespace
}  // namespace waymark::model
