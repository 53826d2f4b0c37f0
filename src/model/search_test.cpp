#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "base/json.h"
#include "model/preparation.h"
#include "model/sample.h"
#include "model/trial.h"

namespace waymark::model {
namespace {

void quiet(std::size_t, std::size_t) {}

TEST(Search, DrawsWithinListsAndRanges) {
  TrainerSetting setting{.name = "boosting"};
  setting.parameters = {{"rounds", 10}};
  setting.tried = {{"l2", {1, 5}}};
  setting.ranges = {{"depth", {2, 8}}, {"learning_rate", {0.001, 1}}};
  const auto drawn = variants(setting, 40, 7);
  ASSERT_EQ(drawn.size(), 40u);
  std::size_t slow = 0;
  for (const TrainerSetting& one : drawn) {
    EXPECT_EQ(one.parameters.at("rounds"), 10);
    const double depth = one.parameters.at("depth"), rate = one.parameters.at("learning_rate");
    EXPECT_TRUE(depth >= 2 && depth <= 8 && depth == std::round(depth)) << depth;
    EXPECT_TRUE(rate >= 0.001 && rate <= 1) << rate;
    slow += rate < 0.0316;
  }
  EXPECT_NEAR(static_cast<double>(slow), 20, 10);  // evenly by the logarithm
  EXPECT_EQ(variants(setting, 40, 7)[39].parameters, drawn[39].parameters);
  EXPECT_NE(variants(setting, 40, 8)[39].parameters, drawn[39].parameters);
  // There are no more than there are.
  setting.ranges.clear();
  EXPECT_EQ(variants(setting, 40, 7).size(), 2u);
  EXPECT_EQ(variants(setting, 0, 7).size(), 2u);
}

ModelDefinition definition() {
  ModelDefinition out{.name = "risk", .version = "v1", .title = "At risk"};
  out.request.as_of = {fold::CourseDay{49}};
  out.request.target = fold::Target{.kinds = {"result"}, .outcomes = {"Fail"}};
  out.trainers = {{.name = "logistic", .tried = {{"l2", {1, 10, 100, 1000}}}},
                  {.name = "boosting",
                   .parameters = {{"rounds", 300},
                                  {"learning_rate", 0.3},
                                  {"leaf_weight", 2},
                                  {"stop_after", 5}}},
                  {.name = "forest", .parameters = {{"trees", 40}, {"leaf_rows", 3}}}};
  out.blend = true;
  return out;
}

Trial tried(const KeptFits& kept, std::size_t threads, const Steps& progress) {
  const ModelDefinition wanted = definition();
  const DataSet data = sample(120);
  return try_trainers(wanted, data, folds_of(data, wanted.split, 1), threads, kept, progress);
}

std::string told(const Trial& trial) {
  JsonWriter out;
  write(out, trial.evaluation);
  return out.take();
}

struct Killed {};

TEST(Search, WhatWasInterruptedIsTakenUpWhereItWas) {
  const TemporaryFolder folder;
  std::size_t told_of = 0;
  const std::string whole =
      told(tried(KeptFits(), 1, [&](std::size_t, std::size_t) { ++told_of; }));
  EXPECT_GT(told_of, 8u);
  const KeptFits first(folder.path() / "fits");
  EXPECT_THROW(tried(first, 1,
                     [](std::size_t done, std::size_t all) {
                       if (3 * done > all) throw Killed();
                     }),
               Killed);
  const auto files = std::distance(std::filesystem::directory_iterator(folder.path() / "fits"),
                                   std::filesystem::directory_iterator());
  EXPECT_GT(files, 0);
  // A torn file is as good as none.
  const auto torn = std::filesystem::directory_iterator(folder.path() / "fits")->path();
  std::filesystem::resize_file(torn, std::filesystem::file_size(torn) / 2);
  const KeptFits second(folder.path() / "fits");
  std::vector<std::size_t> steps;
  const Trial trial = tried(second, 2, [&](std::size_t done, std::size_t all) {
    steps.push_back(done);
    EXPECT_LE(done, all);
  });
  EXPECT_EQ(second.found(), static_cast<std::size_t>(files) - 1);
  EXPECT_EQ(told(trial), whole);
  EXPECT_TRUE(std::ranges::is_sorted(steps));
  second.clear();
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "fits"));
}

TEST(Search, SaysWhatTrainingFound) {
  const Trial trial = tried(KeptFits(), 1, quiet);
  const auto words = [&](const char* name) {
    for (const Candidate& candidate : trial.evaluation.candidates) {
      if (candidate.name == name) return candidate.words;
    }
    return std::string();
  };
  EXPECT_NE(words("boosting").find("until 5 bring nothing"), std::string::npos);
  EXPECT_NE(words("boosting").find("; stopped after "), std::string::npos);
  // Of rows that are alike, what trees say that have not seen them is about what they say of the
  // test.
  const std::string forest = words("forest");
  const std::size_t at = forest.find("out of bag ROC-AUC ");
  ASSERT_NE(at, std::string::npos) << forest;
  const double area = std::stod(forest.substr(at + 19));
  EXPECT_GT(area, 0.7);
  EXPECT_LT(area, 0.95);
  EXPECT_FALSE(trial.weights.empty());
}

// A column of chance words: whoever sees a row's own target in it believes in it.
TEST(Encode, AWordThatSaysNothingGainsNothing) {
  DataSet data = sample(300);
  stats::Random random(5);
  DataColumn words{.name = "word", .feature = "word", .categorical = true, .categories = {""}};
  for (int i = 0; i < 150; ++i) words.categories.push_back("w" + std::to_string(i));
  for (std::size_t row = 0; row < data.size(); ++row) {
    words.codes.push_back(1u + static_cast<std::uint32_t>(random.below(150)));
  }
  ModelDefinition wanted = definition();
  wanted.blend = false;
  wanted.trainers = {{.name = "logistic", .parameters = {{"l2", 1}}}};
  const auto area = [&](const DataSet& rows) {
    return try_trainers(wanted, rows, folds_of(rows, wanted.split, 1), 1, {}, quiet)
        .evaluation.best()
        .test.roc_auc.value;
  };
  const double without = area(data);
  data.columns.push_back(std::move(words));
  wanted.encode = {{"word", Encoding::kTarget}};
  const double target = area(data);
  EXPECT_NEAR(target, without, 0.01);
  // What training rows would see of themselves.
  DataSet training = select(data, folds_of(data, wanted.split, 1)[0].training);
  training.columns = {training.columns.back()};
  training.columns[0].encoding = Encoding::kTarget;
  const Preparation preparation = Preparation::fit(training, Preparation::Style::kRaw);
  EXPECT_GT(areas_of(preparation.apply(training).values, training)[0], 0.65);
  EXPECT_NEAR(areas_of(preparation.apply_to_training(training).values, training)[0], 0.5, 0.08);
}

}  // namespace
}  // namespace waymark::model
