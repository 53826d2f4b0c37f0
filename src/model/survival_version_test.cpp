// Survival models as immutable versions, from training to forecasts by what was kept.

#include "model/survival_version.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "model/bundle.h"
#include "model/sample.h"
#include "stats/concordance.h"

namespace waymark::model {
namespace {

namespace fs = std::filesystem;

constexpr stats::SurvivalMethod kTrained = stats::SurvivalMethod::kDiscrete;

SurvivalDefinition definition(std::vector<SurvivalMethod> methods) {
  SurvivalDefinition out{.name = "leaving", .version = "v1"};
  out.rows.name = out.name;
  out.rows.title = "Leaving";
  out.rows.purpose = "Tutors call those who may leave.";
  out.rows.not_for = "Grading.";
  out.rows.request.as_of = {fold::CourseDay{28}};
  out.rows.texts = {"model: survival\n", "measure: features\n"};
  out.target.events.kinds = {"left"};
  out.on = {"score", "region"};
  out.by = {"region"};
  out.methods = std::move(methods);
  out.at = {7, 28};
  return out;
}

// Learners leave at an exponential time, sooner with a low score, unless their course is over.
SurvivalRows rows_of(std::size_t learners) {
  SurvivalRows rows{.data = sample(learners), .watched_until = {}, .happened = {}};
  stats::Random random(7);
  const DataColumn& score = *rows.data.find("score");
  for (std::size_t row = 0; row < rows.data.size(); ++row) {
    const Cohort& cohort = rows.data.cohorts[rows.data.cohort[row]];
    const double of_score = std::isnan(score.numbers[row]) ? 50 : score.numbers[row];
    const double days = -std::log(1 - uniform(random)) / (0.02 * std::exp(0.03 * (50 - of_score)));
    const auto left = cohort.as_of + static_cast<Micros>(days * static_cast<double>(kMicrosPerDay));
    rows.happened.push_back(left < cohort.end ? 1 : 0);
    rows.watched_until.push_back(std::min(left, cohort.end));
  }
  return rows;
}

std::string reason_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.reason();
  }
  return "";
}

std::string only_file(const fs::path& folder, const std::string& version, const std::string& name) {
  return read_file(folder / "leaving" / version / name);
}

TEST(SurvivalVersion, TrainedTwiceIsTheSameByteForByte) {
  const TemporaryFolder here, there, fits;
  const SurvivalDefinition asked =
      definition({{stats::SurvivalMethod::kCox, {}}, {stats::SurvivalMethod::kWeibull, {}}});
  const SurvivalRows rows = rows_of(300);
  const KeptFits kept(fits.path());
  study_survival(asked, rows, 1, kept);
  const TrainingResult first = train_survival(asked, rows, here.path());
  const TrainingResult second = train_survival(asked, rows, there.path(), 2, kept);
  EXPECT_GT(kept.found(), 0u);
  EXPECT_TRUE(first.is_new);
  EXPECT_EQ(pack(first.directory), pack(second.directory));
  EXPECT_EQ(second.directory.filename(), second.version);
  EXPECT_EQ(latest_model(there.path(), "leaving"), second.directory);
  EXPECT_FALSE(train_survival(asked, rows, here.path()).is_new);

  SurvivalRows later = rows;
  later.watched_until.back() += kMicrosPerDay;
  EXPECT_NE(train_survival(asked, later, here.path()).version, first.version);
  SurvivalDefinition other = asked;
  other.version = "v2";
  EXPECT_NE(train_survival(other, rows, here.path()).version, first.version);
}

// What a build learns for itself and what a version keeps is one and the same.
TEST(SurvivalVersion, ForecastsWhatTheStudyDid) {
  const SurvivalRows rows = rows_of(150);
  std::vector<SurvivalMethod> methods;
  for (const auto& known : stats::kSurvivalMethods) methods.push_back({known.method, {}});
  const std::map<std::string, double> few{{"depth", 3}, {"trees", 10}};
  for (const TrainerSetting& trainer :
       {TrainerSetting{.name = "logistic"}, TrainerSetting{.name = "neural"},
        TrainerSetting{.name = "boosting", .parameters = {{"rounds", 20}}},
        TrainerSetting{.name = "forest", .parameters = few}}) {
    methods.push_back({kTrained, trainer});
  }
  for (const SurvivalMethod& method : methods) {
    const TemporaryFolder folder;
    const SurvivalDefinition asked = definition({method});
    const SurvivalStudy study = study_survival(asked, rows);
    const auto version =
        SurvivalVersion::load(train_survival(asked, rows, folder.path()).directory);
    const SurvivalForecast forecast = forecast_survival(asked, rows, version.forecaster(), 2);
    EXPECT_EQ(forecast.test_rows, study.test_rows);
    ASSERT_EQ(forecast.forecasts.risk.size(), study.forecasts.risk.size());
    for (std::size_t i = 0; i < study.test_rows.size(); ++i) {
      EXPECT_NEAR(forecast.forecasts.risk[i], study.forecasts.risk[i], 1e-9) << method.name();
      EXPECT_NEAR(forecast.forecasts.without[1][i], study.forecasts.without[1][i], 1e-9);
      EXPECT_EQ(std::isnan(forecast.forecasts.median_days[i]),
                std::isnan(study.forecasts.median_days[i]));
      ASSERT_EQ(forecast.reasons[i].raising.size(), study.reasons[i].raising.size());
      for (std::size_t k = 0; k < study.reasons[i].raising.size(); ++k) {
        EXPECT_EQ(forecast.reasons[i].raising[k].words, study.reasons[i].raising[k].words);
      }
    }
  }
}

TEST(SurvivalVersion, KeepsWhatWasFoundAndTellsIt) {
  const TemporaryFolder folder;
  const SurvivalDefinition asked = definition(
      {{stats::SurvivalMethod::kCox, {}}, {kTrained, TrainerSetting{.name = "logistic"}}});
  const SurvivalRows rows = rows_of(400);
  const SurvivalStudy study = study_survival(asked, rows);
  const TrainingResult result = train_survival(asked, rows, folder.path());
  const AnyVersion any = load_version(result.directory);
  const auto& version = std::get<SurvivalVersion>(any);
  EXPECT_EQ(version.name(), "leaving");
  EXPECT_EQ(version.definition_version(), "v1");
  EXPECT_EQ(version.lineage().rows, rows.data.size());
  EXPECT_EQ(version.texts().model, asked.rows.texts.model);
  EXPECT_EQ(version.methods(), (std::vector<std::string>{"cox", "discrete logistic"}));
  EXPECT_EQ(version.at(), asked.at);
  const SurvivalFindings& found = version.findings();
  EXPECT_EQ(found.chosen, study.chosen);
  EXPECT_EQ(found.explained, study.explained);
  EXPECT_EQ(found.training_events, study.training_events);
  EXPECT_EQ(found.test, study.test);
  EXPECT_EQ(version.best().quality.concordance.value,
            study.judged[study.chosen].quality.concordance.value);
  EXPECT_EQ(found.judged[1].over_chosen.brier[1].interval.high,
            study.judged[1].over_chosen.brier[1].interval.high);
  ASSERT_EQ(found.effects.size(), study.effects.size());
  EXPECT_EQ(found.effects[0].input, study.effects[0].input);
  EXPECT_EQ(found.effects[0].standard_error, study.effects[0].standard_error);
  EXPECT_EQ(found.changes, study.changes);
  EXPECT_GT(found.changes, 0);
  for (const char* told :
       {"# Leaving", "Tutors call", "event of kind", "left, from the as-of moment", "day 28",
        "Cox's proportional hazards", "Curve of all", "Brier score after 28 days", "region = north",
        "log-rank", "proportional hazards): p", "Not for: Grading."}) {
    EXPECT_NE(version.card().find(told), std::string::npos) << told << "\n" << version.card();
  }
  EXPECT_EQ(reason_of([&] { Model::load(result.directory); }), "model.missing");
}

// Of the same rows the difference is that of the figures; of others there is none.
TEST(SurvivalVersion, TwoVersionsAreSetSideBySide) {
  const TemporaryFolder folder;
  const auto trained = [&](const SurvivalRows& rows, std::vector<std::string> on,
                           std::vector<double> at, const std::string& version) {
    SurvivalDefinition asked = definition({{stats::SurvivalMethod::kCox, {}}});
    asked.on = std::move(on);
    asked.at = std::move(at);
    asked.version = version;
    return SurvivalVersion::load(train_survival(asked, rows, folder.path()).directory);
  };
  const SurvivalRows rows = rows_of(400);
  const SurvivalVersion better = trained(rows, {"score"}, {7, 28}, "a");
  const SurvivalVersion worse = trained(rows, {"noise"}, {28, 40}, "b");
  const auto list = compare(worse, better);
  ASSERT_EQ(list.size(), 2u) << "concordance, and the day that both have";
  EXPECT_EQ(list[0].figure, "concordance");
  EXPECT_EQ(list[1].figure, "Brier score after 28 days");
  ASSERT_TRUE(list[0].difference);
  const auto area = [](const SurvivalVersion& version) {
    return stats::concordance(version.judged().lifetimes, version.judged().forecasts.risk).value();
  };
  EXPECT_NEAR(list[0].difference->value, area(better) - area(worse), 1e-12);
  EXPECT_EQ(list[0].first.value, area(worse));
  EXPECT_GT(list[0].difference->low, 0);
  EXPECT_LT(list[1].difference->high, 0);

  SurvivalRows later = rows;
  later.watched_until.back() += kMicrosPerDay;
  EXPECT_FALSE(compare(worse, trained(later, {"score"}, {7, 28}, "a"))[0].difference);
}

TEST(SurvivalVersion, GoesToAnotherWorkspaceWhole) {
  const TemporaryFolder here, there;
  const TrainingResult trained = train_survival(
      definition({{kTrained, TrainerSetting{.name = "logistic"}}}), rows_of(200), here.path());
  const std::string packed = pack(trained.directory);
  EXPECT_TRUE(unpack(there.path(), packed).is_new);
  EXPECT_EQ(only_file(there.path(), trained.version, "survival.json"),
            only_file(here.path(), trained.version, "survival.json"));
  EXPECT_FALSE(unpack(there.path(), packed).is_new);
}

TEST(SurvivalVersion, TooFewEventsTeachNothing) {
  const TemporaryFolder folder;
  SurvivalRows rows = rows_of(100);
  std::ranges::fill(rows.happened, 0);
  EXPECT_EQ(reason_of([&] { train_survival(definition({SurvivalMethod()}), rows, folder.path()); }),
            "survival.too_few");
  EXPECT_EQ(latest_model(folder.path(), "leaving"), std::nullopt);
}

// A file that was made to compute nonsense is refused.
TEST(SurvivalVersion, MalformedPredictorsAreRefused) {
  const SurvivalRows rows = rows_of(200);
  const auto written = [&](const SurvivalMethod& method) {
    JsonWriter out;
    learn_forecaster(definition({method}), rows, method).predictor->write(out);
    return out.take();
  };
  const auto reason = [](std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    return reason_of([&] { read_survival_predictor(Json::parse(text)); });
  };
  const std::string cox = written({stats::SurvivalMethod::kCox, {}});
  const std::string weibull = written({stats::SurvivalMethod::kWeibull, {}});
  const std::string discrete = written({stats::SurvivalMethod::kDiscrete, {}});
  const std::string trained = written({kTrained, TrainerSetting{.name = "logistic"}});
  EXPECT_EQ(reason(cox, "\"cox\"", "\"cox\""), "");
  EXPECT_EQ(reason(cox, "\"cox\"", "\"coks\""), "model.malformed");
  EXPECT_EQ(reason(cox, "\"means\":[", "\"means\":[1,"), "model.malformed");
  EXPECT_EQ(reason(cox, "\"times\":[", "\"times\":[1e9,"), "model.malformed");
  EXPECT_EQ(reason(weibull, "\"scale\":0", "\"scale\":-0"), "model.malformed");
  EXPECT_EQ(reason(discrete, "\"times\":[1,", "\"times\":[0.5,"), "model.malformed");
  EXPECT_EQ(reason(trained, "\"last_week\":", "\"last_week\":99999"), "model.malformed");
  EXPECT_EQ(reason(trained, "\"kind\":\"linear\"", "\"kind\":\"curved\""), "model.malformed");
}

}  // namespace
}  // namespace waymark::model
