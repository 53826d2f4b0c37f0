// Hazards by period, learned by trainers.

#include "model/survival_method.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "model/sample.h"
#include "model/survival.h"

namespace waymark::model {
namespace {

using stats::Lifetimes;

const SurvivalMethod kCox{stats::SurvivalMethod::kCox, {}};
const SurvivalMethod kDiscrete{stats::SurvivalMethod::kDiscrete, {}};

SurvivalMethod by(const std::string& trainer, std::map<std::string, double> parameters = {}) {
  return {stats::SurvivalMethod::kDiscrete,
          TrainerSetting{.name = trainer, .parameters = std::move(parameters)}};
}

// Each row's days until it happened, hazards being as `hazard` says of (row, day), or until day 90.
Lifetimes lived(const DataSet& data, const std::function<double(std::size_t, double)>& hazard,
                std::uint64_t seed = 5) {
  stats::Random random(seed);
  Lifetimes lifetimes;
  for (std::size_t row = 0; row < data.size(); ++row) {
    double day = 0;
    bool happened = false;
    while (!happened && day < 90) {
      happened = uniform(random) < hazard(row, day);
      day += happened ? uniform(random) : 1;
    }
    lifetimes.stop.push_back(day);
    lifetimes.event.push_back(happened ? 1 : 0);
  }
  return lifetimes;
}

double score_of(const DataSet& data, std::size_t row) {
  const double score = data.find("score")->numbers[row];
  return std::isnan(score) ? 50 : score;
}

double of_score(const DataSet& data, std::size_t row) {
  return 0.02 * std::exp(0.03 * (50 - score_of(data, row)));
}

// As a study takes it, watched from each course's as-of.
SurvivalRows rows_of(const DataSet& data, const Lifetimes& lifetimes) {
  SurvivalRows rows{.data = data, .watched_until = {}, .happened = lifetimes.event};
  for (std::size_t row = 0; row < data.size(); ++row) {
    rows.watched_until.push_back(
        data.cohorts[data.cohort[row]].as_of +
        static_cast<Micros>(lifetimes.stop[row] * static_cast<double>(kMicrosPerDay)));
  }
  return rows;
}

// Courses that are over before the next one comes to its as-of.
DataSet apart(DataSet data) {
  for (std::size_t i = 0; i < data.cohorts.size(); ++i) {
    Cohort& cohort = data.cohorts[i];
    cohort.start = static_cast<Micros>(i) * 200 * kMicrosPerDay;
    cohort.as_of = cohort.start + 10 * kMicrosPerDay;
    cohort.end = cohort.as_of + 90 * kMicrosPerDay;
  }
  return data;
}

SurvivalStudy study(const DataSet& data, const Lifetimes& lifetimes,
                    std::vector<SurvivalMethod> methods) {
  SurvivalDefinition definition{.name = "leaving"};
  for (const DataColumn& column : data.columns) definition.on.push_back(column.feature);
  definition.methods = std::move(methods);
  definition.at = {14, 56};
  return study_survival(definition, rows_of(data, lifetimes));
}

TEST(SurvivalMethod, LogisticRegressionHardlyPenalisedIsMaximumLikelihood) {
  const DataSet data = sample(300);
  const Lifetimes lifetimes = lived(data, [&](auto row, double) { return of_score(data, row); });
  const std::vector<double> at{7, 30, 63};
  const auto forecasts = [&](const SurvivalMethod& method) {
    return learn_survival(method, lifetimes, data, 1)->forecasts(data, at);
  };
  const SurvivalForecasts by_trainer = forecasts(by("logistic", {{"l2", 0.001}}));
  const SurvivalForecasts by_likelihood = forecasts(kDiscrete);
  for (std::size_t row = 0; row < data.size(); ++row) {
    for (std::size_t i = 0; i < at.size(); ++i) {
      EXPECT_NEAR(by_trainer.without[i][row], by_likelihood.without[i][row], 2e-3);
    }
  }
}

// A row for each learner and week, laid out by hand, and one minus hazards multiplied.
TEST(SurvivalMethod, ForecastsAreProductsOfWhatTheTrainerSaysOfEachWeek) {
  DataSet data = sample(200);
  const Lifetimes lifetimes = lived(data, [&](auto row, double) { return of_score(data, row); });
  const auto weeks_of = [](double days) { return static_cast<std::uint32_t>(std::ceil(days / 7)); };
  const auto in_weeks = [&](std::vector<std::uint32_t> rows, std::vector<double> weeks) {
    DataSet out = select(data, rows);
    out.columns.push_back({.name = "week", .feature = "week", .numbers = std::move(weeks)});
    return out;
  };
  std::vector<std::uint32_t> rows;
  std::vector<double> weeks;
  std::vector<std::uint8_t> target;
  std::uint32_t last = 0;
  double last_day = 0;
  for (std::uint32_t row = 0; row < data.size(); ++row) {
    for (std::uint32_t week = 1; week <= weeks_of(lifetimes.stop[row]); ++week) {
      rows.push_back(row);
      weeks.push_back(week);
      const bool is_last = week == weeks_of(lifetimes.stop[row]);
      target.push_back(is_last ? lifetimes.event[row] : 0);
      if (target.back() == 0) continue;
      last = std::max(last, week);
      last_day = std::max(last_day, lifetimes.stop[row]);
    }
  }
  DataSet table = in_weeks(rows, weeks);
  table.target = target;
  for (const char* trainer : {"boosting", "forest", "neural"}) {
    const TrainerSetting setting{.name = trainer};
    const auto predictor = make_trainer(setting, 3)->fit(table);
    const auto forecasts =
        learn_survival({stats::SurvivalMethod::kDiscrete, setting}, lifetimes, data, 3)
            ->forecasts(data, {6, 14, 40, 1000});
    for (std::uint32_t row = 0; row < 60; ++row) {
      std::vector<double> without{1};
      for (std::uint32_t week = 1; week <= last; ++week) {
        const double margin = predictor->margins(in_weeks({row}, {double(week)})).at(0);
        without.push_back(without.back() * (1 - stats::logistic(margin)));
      }
      EXPECT_NEAR(forecasts.without[0][row], 1, 1e-12);
      EXPECT_NEAR(forecasts.without[1][row], without[2], 1e-12) << trainer;
      EXPECT_NEAR(forecasts.without[2][row], without[5], 1e-12) << trainer;
      EXPECT_NEAR(forecasts.without[3][row], without[last], 1e-12) << trainer;
      double expected = 0;
      for (const double share : without) expected += share / (last + 1);
      EXPECT_NEAR(forecasts.risk[row], 1 - expected, 1e-12);
      const double median = forecasts.median_days[row];
      if (std::isnan(median)) {
        EXPECT_GT(without[static_cast<std::size_t>(last_day / 7)], 0.5);
      } else {
        EXPECT_LE(without[static_cast<std::size_t>(median / 7)], 0.5);
        EXPECT_GT(without[static_cast<std::size_t>(std::max(median - 7, 0.0) / 7)], 0.5);
      }
    }
  }
}

// In the north those with high scores leave, elsewhere those with low ones.
TEST(SurvivalMethod, BoostingFindsWhatCoxCannotSay) {
  const DataSet data = apart(sample(1000));
  const Lifetimes lifetimes = lived(data, [&](auto row, double) {
    const bool is_north = data.find("region")->codes[row] == 1;
    EXPECT_EQ(data.find("region")->categories[1], "north");
    return (score_of(data, row) > 50) == is_north ? 0.03 : 0.003;
  });
  const SurvivalStudy found = study(data, lifetimes, {kCox, kDiscrete, by("boosting")});
  EXPECT_EQ(found.chosen, 2u);
  EXPECT_TRUE(found.judged[2].chosen);
  EXPECT_GT(found.judged[2].quality.concordance.value,
            found.judged[0].quality.concordance.value + 0.03);
  EXPECT_LT(found.judged[2].quality.brier[1].value, found.judged[0].quality.brier[1].value - 0.01);
  EXPECT_NE(found.explained, 2u);
  EXPECT_FALSE(found.effects.empty());
  EXPECT_EQ(found.forecasts.median_days.size(), found.test_rows.size());
}

// Those with low scores leave in the first three weeks or stay, those with high ones leave later.
TEST(SurvivalMethod, HazardsMayCross) {
  const DataSet data = apart(sample(1500));
  const Lifetimes lifetimes = lived(data, [&](auto row, double day) {
    return (score_of(data, row) < 50) == (day < 21) ? 0.04 : 0.002;
  });
  // Every tree sees the week.
  const SurvivalStudy found = study(data, lifetimes, {kCox, by("boosting", {{"column_share", 1}})});
  EXPECT_EQ(found.chosen, 1u);
  EXPECT_LT(found.judged[1].quality.brier[0].value, found.judged[0].quality.brier[0].value);
  double early[2]{}, late[2]{}, learners[2]{};
  for (std::size_t i = 0; i < found.test_rows.size(); ++i) {
    const bool is_low = score_of(data, found.test_rows[i]) < 50;
    learners[is_low] += 1;
    early[is_low] += found.forecasts.without[0][i];
    late[is_low] += found.forecasts.without[1][i] / found.forecasts.without[0][i];
  }
  for (const int is_low : {0, 1}) {
    // 14 days in the first three weeks; then 7 days of these and 35 of those.
    EXPECT_NEAR(early[is_low] / learners[is_low], std::pow(is_low ? 0.96 : 0.998, 14), 0.06);
    EXPECT_NEAR(
        late[is_low] / learners[is_low],
        is_low ? std::pow(0.96, 7) * std::pow(0.998, 35) : std::pow(0.998, 7) * std::pow(0.96, 35),
        0.08);
  }
}

TEST(SurvivalMethod, TheSeedAloneDecidesWhatIsDrawn) {
  const DataSet data = sample(200);
  const Lifetimes lifetimes = lived(data, [&](auto row, double) { return of_score(data, row); });
  const auto risk = [&](std::uint64_t seed) {
    return learn_survival(by("boosting", {{"rounds", 20}}), lifetimes, data, seed)
        ->forecasts(data, {28})
        .risk;
  };
  EXPECT_EQ(risk(1), risk(1));
  EXPECT_NE(risk(1), risk(2));
}

// The same learners in two courses, each leaving after as long in both, and a number that says no
// more than who somebody is: a forest that has seen the one row would know the other.
TEST(SurvivalMethod, LearnersAreHeldApartWhenItIsChosen) {
  DataSet data = apart(sample(300));
  data.columns = {{.name = "number", .feature = "number"}};
  std::map<std::string, std::uint32_t> numbers;
  const auto number_of = [&](std::size_t row) {
    std::string key = data.learner[row].reveal();
    return numbers.try_emplace(key, static_cast<std::uint32_t>(numbers.size())).first->second;
  };
  stats::Random random(2);
  std::vector<double> names, days;
  for (int i = 0; i < 3000; ++i) {
    names.push_back(uniform(random));
    days.push_back(120 * uniform(random));
  }
  Lifetimes lifetimes;
  for (std::size_t row = 0; row < data.size(); ++row) {
    data.columns[0].numbers.push_back(names[number_of(row)]);
    lifetimes.stop.push_back(std::min(days[number_of(row)], 90.0));
    lifetimes.event.push_back(days[number_of(row)] < 90 ? 1 : 0);
  }
  const SurvivalStudy found =
      study(data, lifetimes, {by("forest", {{"leaf_rows", 1}, {"trees", 100}})});
  double of_curve = 0;
  for (const stats::Estimate& brier : found.curve.brier) of_curve += brier.value / 2;
  EXPECT_GT(found.judged[0].held_out_brier, of_curve * 0.98);
}

TEST(SurvivalMethod, NothingSeenOrAllAtOnce) {
  const DataSet data = sample(20);
  Lifetimes lifetimes;
  lifetimes.stop.assign(data.size(), 30);
  lifetimes.event.assign(data.size(), 0);
  const auto never = learn_survival(by("boosting"), lifetimes, data, 1)->forecasts(data, {28});
  EXPECT_EQ(never.without[0][0], 1);
  EXPECT_TRUE(std::isnan(never.median_days[0]));
  lifetimes.stop.assign(data.size(), 3);
  lifetimes.event.assign(data.size(), 1);
  const auto at_once = learn_survival(by("boosting"), lifetimes, data, 1)->forecasts(data, {6, 7});
  EXPECT_EQ(at_once.without[0][0], 1);
  EXPECT_NEAR(at_once.without[1][0], 0, 1e-9);
}

// Of two learners alike but for one column, what it adds parts their cumulative hazards.
TEST(SurvivalMethod, WhatColumnsAddIsWhatPartsTwoWhoAreAlikeButForOne) {
  DataSet data = sample(300);
  std::erase_if(data.columns, [](const DataColumn& column) { return column.name == "clicks"; });
  const Lifetimes lifetimes = lived(data, [&](auto row, double) { return of_score(data, row); });
  DataSet two = select(data, std::vector<std::uint32_t>{0, 0});
  two.columns[0].numbers = {30, 70};
  const auto parts_of = [&](const SurvivalMethod& method, double& margin) {
    const auto predictor = learn_survival(method, lifetimes, data, 1);
    const SurvivalContributions parts = predictor->contributions(two, 28);
    EXPECT_EQ(parts.columns, two.columns.size());
    const SurvivalForecasts forecasts = predictor->forecasts(two, {28});
    const auto& without = forecasts.without[0];
    margin = std::log(std::log(without[0]) / std::log(without[1]));
    EXPECT_EQ(forecasts.risk[0] > forecasts.risk[1], parts.at(0, 0)[0] > parts.at(1, 0)[0]);
    return parts.at(0, 0)[0] - parts.at(1, 0)[0];
  };
  double margin = 0;
  const double of_cox = parts_of(kCox, margin);
  EXPECT_NEAR(of_cox, margin, 1e-6) << "log hazards differ by as much at all times";
  // 40 points at 0.03 each.
  for (const SurvivalMethod& method :
       {kCox, kDiscrete, SurvivalMethod{stats::SurvivalMethod::kWeibull, {}},
        by("logistic", {{"l2", 1}}), by("boosting", {{"column_share", 1}})}) {
    EXPECT_NEAR(parts_of(method, margin), 1.2, 0.4) << method.name();
  }
}

// The base, columns and time give the forecast itself, whatever the method.
TEST(SurvivalMethod, WhatColumnsAddComesToTheCumulativeHazard) {
  const DataSet data = sample(100);
  const Lifetimes lifetimes = lived(data, [&](auto row, double day) {
    return (score_of(data, row) < 50) == (day < 21) ? 0.03 : 0.004;
  });
  std::vector<SurvivalMethod> methods;
  for (const auto& known : stats::kSurvivalMethods) methods.push_back({known.method, {}});
  for (const SurvivalMethod& method : {by("logistic"), by("boosting", {{"rounds", 20}}),
                                       by("forest", {{"trees", 10}, {"depth", 3}}), by("neural")}) {
    methods.push_back(method);
  }
  for (const SurvivalMethod& method : methods) {
    const auto predictor = learn_survival(method, lifetimes, data, 1);
    for (const double day : {7.0, 30.0, 63.0}) {
      const SurvivalContributions parts = predictor->contributions(data, day);
      const auto without = predictor->forecasts(data, {day}).without[0];
      for (std::size_t row = 0; row < data.size(); ++row) {
        const auto of_row = parts.at(row, 0);
        const double sum =
            std::accumulate(of_row.begin(), of_row.end(), parts.base[0] + parts.of_time[row]);
        EXPECT_NEAR(sum, std::log(-std::log(without[row])), 1e-7) << method.name() << " " << day;
      }
    }
  }
}

// Low scores make it sooner in the first three weeks and later after them: what is told depends on
// how far the forecast reaches.
TEST(SurvivalMethod, ReasonsAreOfTheWholeTimeThatIsForecast) {
  const DataSet data = sample(600);
  const Lifetimes lifetimes = lived(data, [&](auto row, double day) {
    return (score_of(data, row) < 50) == (day < 21) ? 0.03 : 0.001;
  });
  const auto predictor =
      learn_survival(by("boosting", {{"column_share", 1}, {"rounds", 100}}), lifetimes, data, 1);
  const auto of_low = [&](double day) {
    const SurvivalContributions parts = predictor->contributions(data, day);
    double sum = 0, learners = 0;
    for (std::size_t row = 0; row < data.size(); ++row) {
      if (score_of(data, row) > 30) continue;
      sum += parts.at(row, 0)[0];
      learners += 1;
    }
    return sum / learners;
  };
  EXPECT_EQ(data.columns[0].name, "score");
  EXPECT_GT(of_low(14), 0.1);
  EXPECT_LT(of_low(84), of_low(14) - 0.2);
}

TEST(SurvivalMethod, LearnersAreToldWhyInTheWordsOfTheirFeatures) {
  DataSet data = apart(sample(600));
  const Lifetimes lifetimes = lived(data, [&](auto row, double) { return of_score(data, row); });
  for (const SurvivalMethod& method :
       {kCox, by("boosting", {{"column_share", 1}, {"rounds", 60}})}) {
    const SurvivalStudy found = study(data, lifetimes, {method});
    ASSERT_EQ(found.reasons.size(), found.test_rows.size());
    std::size_t told = 0;
    for (std::size_t i = 0; i < found.test_rows.size(); ++i) {
      const double score = data.find("score")->numbers[found.test_rows[i]];
      if (!(score < 20)) continue;
      ++told;
      ASSERT_FALSE(found.reasons[i].raising.empty()) << method.name();
      EXPECT_EQ(found.reasons[i].raising[0].feature, "score") << method.name();
      EXPECT_EQ(
          found.reasons[i].raising[0].words.rfind(fmt::format("score: {} (typical: ", score), 0),
          0u);
    }
    EXPECT_GT(told, 50u);
  }
}

TEST(SurvivalMethod, IsNamedByWhatTheDefinitionSets) {
  EXPECT_EQ(kCox.name(), "cox");
  EXPECT_EQ(by("boosting", {{"depth", 3}, {"learning_rate", 0.05}}).name(),
            "discrete boosting depth=3 learning_rate=0.05");
  EXPECT_EQ(by("forest").words(), "Hazard by period (forest)");
}

}  // namespace
}  // namespace waymark::model
