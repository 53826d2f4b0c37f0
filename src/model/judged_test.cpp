#include "model/judged.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "model/sample.h"
#include "stats/forecast.h"

namespace waymark::model {
namespace {

Evaluation evaluation(double roc_auc) {
  Evaluation out{.candidates = {{.name = "logistic"}}, .chosen = "logistic"};
  out.candidates[0].test.roc_auc = {roc_auc, roc_auc, roc_auc};
  return out;
}

// Scores that know the target by `skill`.
std::vector<double> scores(const DataSet& data, double skill) {
  stats::Random random(7);
  std::vector<double> values;
  for (const std::uint8_t target : data.target) {
    values.push_back((1 - skill) * uniform(random) + skill * target);
  }
  return values;
}

TEST(Judged, TwoVersionsAreSetSideBySideRowByRow) {
  const DataSet data = sample(100);
  const Judged worse = judged_of(data, scores(data, 0.1)),
               better = judged_of(data, scores(data, 0.3));
  const auto list = compare(evaluation(0.6), worse, evaluation(0.8), better, 1);
  EXPECT_EQ(list.at(0).figure, "ROC-AUC");
  EXPECT_EQ(list.at(0).first.value, 0.6);
  EXPECT_EQ(list.at(0).second.value, 0.8);
  ASSERT_TRUE(list.at(0).difference);
  const double difference = stats::Forecast(better.probability, data.target).roc_auc() -
                            stats::Forecast(worse.probability, data.target).roc_auc();
  EXPECT_DOUBLE_EQ(list[0].difference->value, difference);
  EXPECT_GT(list[0].difference->low, 0);
  EXPECT_LT(list[0].difference->low, difference);
  EXPECT_GT(list[0].difference->high, difference);
}

TEST(Judged, OtherRowsGiveNoDifference) {
  const DataSet data = sample(100);
  DataSet others = data;
  others.target[3] ^= 1;
  const Judged one = judged_of(data, scores(data, 0.3));
  EXPECT_FALSE(
      compare(evaluation(0.6), one, evaluation(0.8), judged_of(others, scores(others, 0.3)), 1)
          .at(0)
          .difference);
  EXPECT_FALSE(compare(evaluation(0.6), one, evaluation(0.8),
                       judged_of(sample(100, 2), scores(data, 0.3)), 1)
                   .at(0)
                   .difference);
}

TEST(Judged, IsReadAsItWasWrittenAndNamesNobody) {
  const DataSet data = sample(20);
  const Judged judged = judged_of(data, scores(data, 0.2));
  JsonWriter out;
  write(out, judged);
  const std::string text = out.take();
  EXPECT_EQ(text.find("learner 1"), std::string::npos);
  const Judged read = read_judged(Json::parse(text));
  EXPECT_EQ(read.rows, judged.rows);
  EXPECT_EQ(read.learner, judged.learner);
  EXPECT_EQ(read.target, judged.target);
  EXPECT_EQ(read.probability, judged.probability);
  for (const char* bad :
       {R"({"rows":"","classes":2,"learner":[0,1],"target":[1],"probability":[0.5]})",
        R"({"rows":"","classes":2,"learner":[1],"target":[1],"probability":[0.5]})",
        R"({"rows":"","classes":2,"learner":[0],"target":[2],"probability":[0.5]})"}) {
    EXPECT_THROW(read_judged(Json::parse(bad)), Error) << bad;
  }
}

}  // namespace
}  // namespace waymark::model
