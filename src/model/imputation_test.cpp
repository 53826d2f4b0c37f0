#include "model/imputation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "fold/feature_rows.h"
#include "model/explanation.h"
#include "model/findings.h"
#include "model/linear.h"
#include "model/sample.h"
#include "model/trial.h"
#include "stats/descriptive.h"

namespace waymark::model {
namespace {

constexpr Micros kDay = kMicrosPerDay;

fold::FeaturesDefinition study() {
  workspace::Diagnostics diagnostics;
  const workspace::Node node = workspace::parse_yaml(R"(
measure: features
features:
  clicks:      {count: true}
  last_week:   {count: true, last: 7d}
  week_before: {count: true, from: 14d, to: 7d}
  days_away:   {recency: true}
  mean_score:  {mean: score, last: 7d}
  first_score: {earliest: score, last: 7d}
  streak:      {current_streak: true}
  region:      {attribute: region}
  change:      {difference: [last_week, week_before]}
  growth:      {ratio: [days_away, last_week]}
)",
                                                     "measures/study.yaml", diagnostics);
  auto measure = fold::parse_features({"study", "features", node, ""}, diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  return measure;
}

// Outages on those days of 1970, `[first, end)`.
OutageRule rule_of(const std::vector<fold::ClosedDays::Run>& days,
                   std::vector<std::string> peers = {}) {
  static const fold::FeaturesDefinition kStudy = study();
  static const std::vector<std::string> kNames = fold::names_of(kStudy);
  workspace::Diagnostics diagnostics;
  OutageRule rule = read_outages({}, kStudy, kNames, {}, diagnostics);
  for (const fold::ClosedDays::Run& run : days) rule.calendar.outages.push_back({run, {}, {}});
  rule.peers = std::move(peers);
  return rule;
}

// One learner in a course that starts on day 100, as of day 128, with those numbers.
DataSet one_learner(const std::map<std::string, double>& numbers) {
  DataSet data{.learner = {LearnerKey("1")},
               .cohort = {0},
               .cohorts = {{.course = "A", .start = 100 * kDay, .as_of = 128 * kDay}}};
  for (const auto& [name, number] : numbers) {
    data.columns.push_back({.name = name, .feature = name, .numbers = {number}});
  }
  return data;
}

std::string spoiled_by(const std::vector<fold::ClosedDays::Run>& days,
                       const std::map<std::string, double>& numbers) {
  DataSet data = one_learner(numbers);
  mark_spoiled(rule_of(days), Zone::utc(), data);
  std::string names;
  for (const DataColumn& column : data.columns) {
    if (!column.spoiled.empty() && column.spoiled[0] != 0) names += column.name + " ";
  }
  return names;
}

TEST(Outages, SpoilWhatGoesByThem) {
  const std::map<std::string, double> all = {
      {"clicks", 9},       {"last_week", 0}, {"week_before", 4},
      {"days_away", 8},    {"streak", 0},    {"mean_score", kMissing},
      {"first_score", 50}, {"change", -4},   {"growth", 2}};
  EXPECT_EQ(spoiled_by({}, all), "");
  // All of the last week: 7 of the 28 days since the start, and of the 8 since the last event.
  EXPECT_EQ(spoiled_by({{121, 128}}, all), "change days_away growth last_week mean_score streak ");
  // Three of its days are less than half, four are more; the day before the as-of is open again.
  EXPECT_EQ(spoiled_by({{121, 124}}, all), "");
  EXPECT_EQ(spoiled_by({{121, 125}}, all), "change days_away growth last_week mean_score ");
  // The week before.
  EXPECT_EQ(spoiled_by({{114, 121}}, all), "change week_before ");
  // Half of the time since the start; days of before it count for nothing.
  EXPECT_EQ(spoiled_by({{100, 114}}, all), "clicks ");
  EXPECT_EQ(spoiled_by({{86, 113}}, all), "");
  EXPECT_EQ(spoiled_by({{128, 200}}, all), "") << "what comes after the as-of";
}

TEST(Outages, WhoCameSinceOrHasAScoreIsNotConcerned) {
  EXPECT_EQ(spoiled_by({{121, 128}}, {{"days_away", 0}, {"mean_score", 70}}), "");
  EXPECT_EQ(spoiled_by({{119, 122}}, {{"days_away", 10}}), "");
  EXPECT_EQ(spoiled_by({{119, 124}}, {{"days_away", 10}}), "days_away ");
  EXPECT_EQ(spoiled_by({{100, 114}}, {{"days_away", kMissing}}), "days_away ") << "nothing yet";
}

TEST(Outages, SpoilOnlyWhatReadsWhatWasLost) {
  const auto spoiled = [](const std::string& kinds) {
    workspace::Diagnostics diagnostics;
    const auto node = workspace::parse_yaml("{kinds: " + kinds + "}", "models/a.yaml", diagnostics);
    fold::FeaturesDefinition measure{.features = {{.name = "all"}, {.name = "clicks"}}};
    for (fold::Feature& feature : measure.features) feature.window.from = 7 * kDay;
    measure.features[1].filter.kinds = {"click", "tap"};
    const OutageRule rule = read_outages(node, measure, {"all", "clicks"}, {}, diagnostics);
    std::string names;
    for (const auto& [name, stretches] : rule.stretches) names += name + " ";
    return names;
  };
  EXPECT_EQ(spoiled("[]"), "all clicks ");
  EXPECT_EQ(spoiled("[tap, other]"), "all clicks ");
  EXPECT_EQ(spoiled("[submitted]"), "all ");
}

TEST(Outages, DaysAreThoseOfTheWorkspace) {
  // In Auckland day 128 begins 12 hours before it does in UTC.
  DataSet data = one_learner({{"last_week", 0}});
  OutageRule rule = rule_of({{121, 128}});
  rule.share = 1;
  mark_spoiled(rule, Zone::named("Pacific/Auckland"), data);
  EXPECT_EQ(data.columns[0].spoiled[0], 0) << "half of the last day is open";
  data.cohorts[0].as_of -= 12 * kMicrosPerHour;
  mark_spoiled(rule, Zone::named("Pacific/Auckland"), data);
  EXPECT_EQ(data.columns[0].spoiled[0], 1);
  EXPECT_TRUE(any_out(rule, Zone::utc(), {.as_of = 120 * kDay}, 2));
  EXPECT_FALSE(any_out(rule, Zone::utc(), {.as_of = 120 * kDay}, 1));
  EXPECT_FALSE(any_out(rule, Zone::utc(), {.as_of = 128 * kDay}, 99));
}

// Learners of two regions whose last week goes by the week before it: `spoiled` of the rows, the
// last ones, have lost it.
DataSet two_regions(std::size_t rows, std::size_t spoiled, std::uint64_t seed = 3) {
  stats::Random random(seed);
  DataSet data{.cohorts = {{.course = "A", .start = 100 * kDay, .as_of = 128 * kDay}}};
  data.columns = {{.name = "last_week", .feature = "last_week"},
                  {.name = "week_before", .feature = "week_before"},
                  {.name = "region", .feature = "region", .categorical = true}};
  data.columns[2].categories = {"", "north", "south"};
  for (std::size_t row = 0; row < rows; ++row) {
    data.learner.emplace_back("learner " + std::to_string(row));
    data.cohort.push_back(0);
    const double before = std::floor(40 * uniform(random));
    const std::uint32_t region = 1 + static_cast<std::uint32_t>(random.below(2));
    const double last = before + 10 * region + std::floor(5 * uniform(random));
    const bool is_out = row + spoiled >= rows;
    data.columns[0].numbers.push_back(is_out ? 0 : last);
    data.columns[0].spoiled.push_back(is_out);
    data.columns[1].numbers.push_back(before);
    data.columns[2].codes.push_back(region);
    data.target.push_back(uniform(random) < stats::logistic(5 - 0.15 * last) ? 1 : 0);
  }
  return data;
}

TEST(Imputation, TakesTheMedianOfPeers) {
  const OutageRule rule = rule_of({}, {"region", "week_before"});
  const DataSet data = two_regions(1'000, 100);
  const Imputation imputation = Imputation::fit(rule, data);
  const DataSet imputed = imputation.apply(data);
  const std::vector<double>& before = data.columns[1].numbers;
  for (std::size_t row = 0; row < 900; ++row) {
    EXPECT_EQ(imputed.columns[0].numbers[row], data.columns[0].numbers[row]);
  }
  std::vector<double> quarters;
  for (const double p : {0.25, 0.5, 0.75}) quarters.push_back(stats::quantile(before, p));
  const auto quarter = [&](double number) {
    return std::ranges::count_if(quarters, [&](double least) { return number >= least; });
  };
  for (std::size_t row = 900; row < 1'000; ++row) {
    std::vector<double> peers;
    for (std::size_t other = 0; other < 900; ++other) {
      if (data.columns[2].codes[other] == data.columns[2].codes[row] &&
          quarter(before[other]) == quarter(before[row])) {
        peers.push_back(data.columns[0].numbers[other]);
      }
    }
    EXPECT_EQ(imputed.columns[0].numbers[row], stats::median(peers));
    EXPECT_EQ(imputed.columns[0].spoiled[row], 1) << "stays marked";
  }
  JsonWriter out;
  imputation.write(out);
  const Imputation again = Imputation::read(Json::parse(out.take()));
  EXPECT_EQ(content_hash(again.apply(data)), content_hash(imputed));
}

TEST(Imputation, GivesUpPeersUntilThereAreEnough) {
  const OutageRule rule = rule_of({}, {"region", "week_before"});
  DataSet data = two_regions(200, 0);
  // One quarter of the north has too few left.
  DataSet few = select(data, [&] {
    std::vector<std::uint32_t> rows;
    for (std::uint32_t row = 0; row < data.size(); ++row) {
      if (data.columns[2].codes[row] == 2 || rows.size() < 30) rows.push_back(row);
    }
    return rows;
  }());
  std::vector<double> north, all = few.columns[0].numbers;
  for (std::size_t row = 0; row < few.size(); ++row) {
    if (few.columns[2].codes[row] == 1) north.push_back(all[row]);
  }
  const auto imputed = [&](std::uint32_t region, bool region_known) {
    DataSet one = select(few, std::vector<std::uint32_t>{0});
    one.columns[0].spoiled = {1};
    one.columns[2].codes = {region_known ? region : 0};
    return Imputation::fit(rule, few).apply(one).columns[0].numbers[0];
  };
  if (north.size() >= Imputation::kLeastPeers) {
    EXPECT_EQ(imputed(1, true), stats::median(north));
  }
  EXPECT_EQ(imputed(1, false), stats::median(all)) << "a region of nobody";

  DataSet nobody = few;
  nobody.columns[0].spoiled.assign(nobody.size(), 1);
  EXPECT_TRUE(std::isnan(Imputation::fit(rule, nobody).apply(nobody).columns[0].numbers[0]));
}

TEST(Imputation, APeerThatIsSpoiledItselfIsGivenUp) {
  const OutageRule rule = rule_of({}, {"region", "last_week"});
  DataSet data = two_regions(400, 0);
  const Imputation imputation = Imputation::fit(rule, data);
  data.columns[0].spoiled[0] = 1;
  data.columns[1].spoiled.assign(data.size(), 0);
  data.columns[1].spoiled[0] = 1;
  std::vector<double> same_region;
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (data.columns[2].codes[row] == data.columns[2].codes[0]) {
      same_region.push_back(data.columns[1].numbers[row]);
    }
  }
  EXPECT_EQ(imputation.apply(data).columns[1].numbers[0], stats::median(same_region));
}

TEST(Imputation, SaysHowFarItIsOff) {
  const DataSet data = two_regions(3'000, 0);
  const auto errors = imputation_errors(rule_of({}, {"week_before", "region"}), data);
  ASSERT_EQ(errors.size(), 2u) << "a region cannot be spoiled";
  const ImputationError& last = errors[0];
  EXPECT_EQ(last.feature, "last_week");
  EXPECT_EQ(last.rows, 300u);
  EXPECT_NEAR(last.mean, 37, 1.5);
  EXPECT_NEAR(last.bias, 0, 0.5);
  // Within a quarter of ten values, of a region: even over ten, and another over five.
  EXPECT_NEAR(last.error, 2.7, 0.4);
  EXPECT_GT(last.error_of_all, 3 * last.error);
  EXPECT_GT(last.spread, 0.9);
  EXPECT_LE(last.spread, 1);
}

TEST(Imputation, APeerOfAnotherTypeIsNoPeer) {
  DataSet data = two_regions(100, 1);
  const Imputation imputation = Imputation::fit(rule_of({}, {"region"}), data);
  data.columns[2] = {.name = "region", .feature = "region", .numbers = std::vector<double>(100)};
  EXPECT_THROW(imputation.apply(data), Error);
}

TEST(Imputation, RefusesWhatItDidNotWrite) {
  const auto read = [](const char* json) { return Imputation::read(Json::parse(json)); };
  EXPECT_NO_THROW(read(R"({"peers": [], "columns": ["a"], "cells": []})"));
  for (const char* json :
       {R"({"peers": [], "columns": ["a"], "cells": [{"peers": [], "middles": []}]})",
        R"({"peers": [], "columns": ["a"], "cells": [{"peers": [], "middles": [[1]]}]})",
        R"({"peers": [], "columns": ["a"], "cells": [{"peers": [], "middles": [[-1, 2]]}]})",
        R"({"peers": [], "columns": [], "cells": [{"peers": []}]})"}) {
    EXPECT_THROW(read(json), Error) << json;
  }
}

// The platform was down in the last week before the test's as-of: whoever does not know takes
// everybody for lost.
TEST(Imputation, AnOutageMakesNobodyLookLost) {
  DataSet data = two_regions(2'000, 500);
  data.cohorts.push_back(data.cohorts[0]);
  data.cohorts[1].start += 300 * kDay;
  data.cohorts[1].as_of += 300 * kDay;
  for (std::size_t row = 1'500; row < 2'000; ++row) data.cohort[row] = 1;
  data.columns[0].spoiled.clear();
  data = in_canonical_order(data);
  ModelDefinition definition{.name = "risk", .title = "Risk"};
  definition.trainers = {{.name = "logistic"}};
  const auto off_by = [&](const DataSet& rows) {
    const Trial trial = try_trainers(definition, rows, folds_of(rows, definition.split, 1), 1, {},
                                     [](std::size_t, std::size_t) {});
    const CourseQuality& course = trial.evaluation.by_course.at(0);
    return std::pair(course.predicted[0] - course.observed[0], course.roc_auc.value);
  };
  const auto [unheeded, unheeded_area] = off_by(data);
  EXPECT_GT(unheeded, 0.2);

  definition.outages = rule_of({{421, 428}}, {"week_before", "region"});
  mark_spoiled(*definition.outages, Zone::utc(), data);
  const auto [heeded, heeded_area] = off_by(data);
  EXPECT_NEAR(heeded, 0, 0.05);
  EXPECT_GT(heeded_area, unheeded_area - 0.02);

  const auto starting = [&](Micros start) {
    return select(data, rows_where(data, [&](const Cohort& c) { return c.start == start; }));
  };
  const std::string card = outages_in_words(*definition.outages, starting(100 * kDay),
                                            starting(400 * kDay), std::vector<double>(500, 0.5));
  EXPECT_NE(card.find("outages on 1971-02-26 to 1971-03-04"), std::string::npos) << card;
  EXPECT_NE(card.find("- 0 of the 1,500 training rows"), std::string::npos) << card;
  EXPECT_NE(card.find("- 500 of the 500 test rows"), std::string::npos) << card;
  EXPECT_NE(card.find("ROC-AUC on these test rows 0.500, on the others not defined"),
            std::string::npos)
      << card;
  EXPECT_NE(card.find("| last_week | 150 |"), std::string::npos) << card;
}

TEST(Imputation, ReasonsSayWhoseValueItIs) {
  const DataSet training = two_regions(1'000, 0);
  const auto predictor = LogisticTrainer(LogisticParameters{}).fit(training);
  const std::vector<FeatureFacts> facts =
      feature_facts(training, {{"last_week", "clicks last week"}}, {});
  DataSet data = two_regions(50, 1);
  const Imputation imputation = Imputation::fit(rule_of({}, {"week_before"}), training);
  data.columns[1].numbers[49] = 1;  // of the least quarter
  data = imputation.apply(data);
  const Decision decision{.threshold = 0.5};
  const auto words = [&](std::uint32_t row) {
    const auto all = explanations(*predictor, Calibrator(), facts, decision, data,
                                  std::vector<std::uint32_t>{row}, 3);
    for (const Reason& reason : all[0].raising) {
      if (reason.feature == "last_week") return reason.words;
    }
    return std::string();
  };
  EXPECT_TRUE(words(49).starts_with("clicks last week: ")) << words(49);
  EXPECT_TRUE(words(49).ends_with("(as of peers: an outage hides the learner's own)")) << words(49);
  for (std::uint32_t row = 0; row < 49; ++row) {
    EXPECT_EQ(words(row).find("peers"), std::string::npos) << words(row);
  }
}

}  // namespace
}  // namespace waymark::model
