// Models of more than two classes: trainers, calls, reasons, and the story of one from rows to
// card.

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/file.h"
#include "model/balance.h"
#include "model/forest.h"
#include "model/levels.h"
#include "model/linear.h"
#include "model/model.h"
#include "model/neural.h"
#include "model/sample.h"
#include "model/trainer.h"
#include "model/trial.h"

namespace waymark::model {
namespace {

// The sample's risk, told as how much a learner will do: less with more risk, and one in five
// nothing at all.
DataSet amounts(std::size_t learners) {
  DataSet data = sample(learners);
  stats::Random random(5);
  data.target.clear();
  for (std::size_t row = 0; row < data.size(); ++row) {
    const double score = data.columns[0].numbers[row];
    const double level = (std::isnan(score) ? 50 : score) - 3 * data.columns[1].numbers[row];
    data.amount.push_back(std::max(0.0, std::round(level + 30 * uniform(random) - 15)));
  }
  return data;
}

const Levels kLevels{.classes = {"none", "some", "much"}, .at = {0.5}, .quantiles = true};

DataSet three_classes(std::size_t learners) {
  const DataSet data = amounts(learners);
  return with_classes(data, kLevels, cuts_of(kLevels, data));
}

TEST(Levels, CutAtQuantilesOfWhatIsAboveZero) {
  DataSet data;
  data.amount = {0, 1, 2, 3, 4, 5, 0, 9};
  const Levels levels{.classes = {"none", "a", "b", "c"}, .at = {0.5, 0.8}, .quantiles = true};
  const std::vector<double> cuts = cuts_of(levels, data);
  EXPECT_EQ(cuts, (std::vector<double>{3.5, 5}));
  EXPECT_EQ(with_classes(data, levels, cuts).target,
            (std::vector<std::uint8_t>{0, 1, 1, 1, 2, 2, 0, 3}));
  const Levels fixed{.classes = {"low", "high"}, .at = {3}};
  EXPECT_EQ(with_classes(data, fixed, cuts_of(fixed, data)).target,
            (std::vector<std::uint8_t>{0, 0, 0, 1, 1, 1, 0, 1}));
}

TEST(Balance, IsOfTrainingRowsAndEven) {
  const DataSet data = three_classes(100);
  const auto counts = [](const DataSet& rows) {
    std::vector<double> sums(3);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      sums[rows.target[row]] += rows.weight.empty() ? 1 : rows.weight[row];
    }
    return sums;
  };
  const std::vector<double> before = counts(data);
  const double most = *std::ranges::max_element(before);
  ASSERT_LT(*std::ranges::min_element(before), most);
  for (const double sum : counts(balanced(data, Balance::kWeights, 1))) EXPECT_NEAR(sum, 100, 1e-9);
  for (const double sum : counts(balanced(data, Balance::kSample, 1))) EXPECT_EQ(sum, 100);
  const DataSet more = balanced(data, Balance::kSmote, 1);
  for (const double sum : counts(more)) EXPECT_EQ(sum, most);
  // Synthetic rows lie between rows of their class, and are of categories that it has.
  for (std::size_t row = data.size(); row < more.size(); ++row) {
    double low = INFINITY, high = -INFINITY;
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (data.target[i] != more.target[row]) continue;
      low = std::min(low, data.columns[1].numbers[i]);
      high = std::max(high, data.columns[1].numbers[i]);
    }
    EXPECT_GE(more.columns[1].numbers[row], low);
    EXPECT_LE(more.columns[1].numbers[row], high);
    EXPECT_LT(more.columns[5].codes[row], more.columns[5].categories.size());
  }
}

std::vector<std::pair<std::string, std::shared_ptr<const Predictor>>> fitted(const DataSet& data) {
  std::vector<std::pair<std::string, std::shared_ptr<const Predictor>>> list;
  for (const TrainerSetting& setting : std::vector<TrainerSetting>{
           {.name = "logistic", .parameters = {{"l2", 5}}},
           {.name = "forest", .parameters = {{"trees", 30}}},
           {.name = "boosting",
           .parameters = {{"rounds", 20}, {"learning_rate", 0.2}, {"leaf_weight", 2}}},
           {.name = "neural", .parameters = {{"networks", 1}, {"units", 8}}}}) {
    list.emplace_back(setting.name, make_trainer(setting, 1)->fit(data));
  }
  list.emplace_back("blend",
                    std::make_shared<BlendPredictor>(std::vector{list[0].second, list[2].second}));
  return list;
}

// What holds for every predictor, of two classes and of three.
TEST(Predictors, RankWellAddUpAndComeBackFromTheirFile) {
  for (const DataSet& data : {sample(100), three_classes(100)}) {
    for (const auto& [name, predictor] : fitted(data)) {
      SCOPED_TRACE(name);
      const std::size_t classes = data.classes.size(), outputs = stats::outputs_of(classes);
      ASSERT_EQ(predictor->outputs(), outputs);
      const std::vector<double> margins = predictor->margins(data);
      ASSERT_EQ(margins.size(), data.size() * outputs);
      const std::vector<double> p = to_probabilities(margins, outputs);
      EXPECT_GT(stats::ClassForecast(p, classes, data.target).roc_auc(), 0.75);
      for (std::size_t row = 0; outputs > 1 && row < data.size(); ++row) {
        const auto begin = p.begin() + static_cast<std::ptrdiff_t>(row * outputs);
        EXPECT_NEAR(std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(outputs), 0.0), 1,
                    1e-9);
      }
      const Contributions parts = predictor->contributions(data);
      for (std::size_t row = 0; row < data.size(); row += 17) {
        for (std::size_t output = 0; output < outputs; ++output) {
          const auto values = parts.at(row, output);
          EXPECT_NEAR(std::accumulate(values.begin(), values.end(), parts.base[output]),
                      margins[row * outputs + output], 1e-6);
        }
      }
      double importance = 0;
      for (const auto& [column, share] : predictor->importance()) importance += share;
      EXPECT_NEAR(importance, 1, 1e-9);

      JsonWriter out;
      predictor->write(out);
      EXPECT_EQ(read_predictor(Json::parse(out.take()))->margins(data), margins);
    }
  }
}

// A forest's share of a class in one leaf of all rows is the share among the drawn ones.
TEST(Forest, ALeafIsTheShareOfAClass) {
  const DataSet data = three_classes(200);
  const auto forest = ForestTrainer({.trees = 200, .leaf_rows = 500}).fit(data)->margins(data);
  const std::vector<double> prior = prior_margins(data);
  for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(std::exp(forest[c]), std::exp(prior[c]), 0.01);
}

TEST(Logistic, AnElasticNetLeavesWeightsOut) {
  const DataSet data = sample(100);
  const auto zeros = [&](double l1) {
    const auto predictor = LogisticTrainer({.l2 = 1, .l1 = l1}).fit(data);
    return std::ranges::count(dynamic_cast<const LinearPredictor&>(*predictor).weights(), 0);
  };
  EXPECT_EQ(zeros(0), 0);
  EXPECT_GT(zeros(10), 0);
  EXPECT_GT(zeros(60), zeros(10));
}

ModelDefinition effort() {
  ModelDefinition out{.name = "effort", .version = "v1", .title = "Effort to come"};
  out.request.as_of = {fold::CourseDay{49}};
  out.request.target =
      fold::Target{.kinds = {"click"}, .amount = fold::Target::Amount::kWeight, .days = 14};
  out.levels = kLevels;
  out.classes = kLevels.classes;
  out.measure = "study";
  out.features = {"score", "idle_days", "clicks", "noise", "constant", "region"};
  out.trainers = {{.name = "logistic", .tried = {{"l2", {1, 10}}}},
                  {.name = "boosting", .parameters = {{"rounds", 20}, {"learning_rate", 0.2}}}};
  out.balance = {Balance::kWeights};
  out.blend = true;
  return out;
}

TEST(Classes, AModelOfThree) {
  const TemporaryFolder folder;
  const auto result =
      train(effort(), amounts(150), folder.path(), 2, [](std::size_t, std::size_t) {});
  const Model model = Model::load(result.directory);
  EXPECT_EQ(model.classes(), kLevels.classes);
  const Evaluation& evaluation = model.evaluation();
  std::vector<std::string> names;
  for (const Candidate& candidate : evaluation.candidates) names.push_back(candidate.name);
  EXPECT_EQ(names, (std::vector<std::string>{"prior", "rule", "logistic", "logistic+weights",
                                             "boosting", "boosting+weights", "blend"}));
  EXPECT_NE(evaluation.candidates[2].words.find("best of 2 tried"), std::string::npos);
  EXPECT_GT(evaluation.best().test.roc_auc.value, 0.8);
  EXPECT_GT(evaluation.best().test.macro_f1.value, 0.55);
  EXPECT_EQ(evaluation.confusion.rows(), 150);
  EXPECT_EQ(evaluation.cuts.size(), 1u);

  const DataSet data = three_classes(150);
  const auto reasons = model.explain(data, std::vector<std::uint32_t>{0, 200}, 3);
  for (const Explanation& explanation : reasons) {
    EXPECT_NEAR(
        std::accumulate(explanation.probability.begin(), explanation.probability.end(), 0.0), 1,
        1e-9);
    EXPECT_LT(explanation.about, 3u);
  }
  for (const char* part :
       {"summed weight of events of kind click in the 14 days that follow", "- none: none",
        "- some: up to", "- much: above", "Called (", "Of much:"}) {
    EXPECT_NE(model.card().find(part), std::string::npos) << part << "\n" << model.card();
  }
}

// Each row is tested once by rows of other learners, and the model has learned from all.
TEST(Classes, InFolds) {
  const TemporaryFolder folder;
  ModelDefinition definition = effort();
  definition.split = {.kind = SplitRule::Kind::kFolds, .folds = 3};
  definition.allowed = {{"random_split", "all presentations are alike"}};
  definition.trainers.pop_back();
  definition.blend = false;
  const auto result =
      train(definition, amounts(60), folder.path(), 1, [](std::size_t, std::size_t) {});
  const Evaluation evaluation = Model::load(result.directory).evaluation();
  EXPECT_EQ(evaluation.folds, 3u);
  EXPECT_EQ(evaluation.test.rows, 180u);
  EXPECT_EQ(evaluation.training.rows, 180u);
  EXPECT_GT(evaluation.best().test.roc_auc.value, 0.75);
}

}  // namespace
}  // namespace waymark::model
