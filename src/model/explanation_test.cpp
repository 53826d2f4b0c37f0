#include "model/explanation.h"

#include <gtest/gtest.h>

#include "model/linear.h"
#include "model/normalise.h"
#include "model/sample.h"

namespace waymark::model {
namespace {

TEST(Explanation, NumbersInWords) {
  EXPECT_EQ(in_words(3), "3");
  EXPECT_EQ(in_words(-12), "-12");
  EXPECT_EQ(in_words(1234567.8), "1,234,568");
  EXPECT_EQ(in_words(12.34), "12.3");
  EXPECT_EQ(in_words(0.056), "0.06");
  EXPECT_EQ(in_words(0.5), "0.5");
  EXPECT_EQ(in_words(-0.001), "0");
  EXPECT_EQ(in_words(kMissing), "not known");
}

// Five learners of one course. Weights are set by hand: what counts here is what is said.
class Explaining : public testing::Test {
 protected:
  Explaining() {
    data_.cohorts = {{.course = "A"}};
    data_.cohort.assign(5, 0);
    data_.learner.assign(5, LearnerKey("x"));
    data_.target = {1, 1, 0, 0, 0};
    data_.columns = {{.name = "idle_days", .feature = "idle_days", .numbers = {12, 9, 2, 2, 1}},
                     {.name = "submitted", .feature = "submitted", .numbers = {0, 1, 2, 3, 1}},
                     {.name = "region",
                      .feature = "region",
                      .categorical = true,
                      .codes = {1, 1, 1, 2, 0},
                      .categories = {"", "North", "South"}}};
    data_ = with_normalised(data_, Normalisation::kRank);
    std::vector<std::uint32_t> rows;
    for (int copy = 0; copy < 10; ++copy) rows.insert(rows.end(), {0, 1, 2, 3, 4});
    many_ = select(data_, rows);  // enough of each category for the preparation
  }

  std::vector<Explanation> explain(const std::map<std::string, double>& weights,
                                   const std::vector<FeatureFacts>& facts, std::size_t most = 3) {
    const Preparation preparation = Preparation::fit(many_, Preparation::Style::kScaled);
    std::vector<double> by_output;
    for (const std::string& origin : preparation.origins()) {
      const auto weight = weights.find(origin);
      by_output.push_back(weight == weights.end() ? 0 : weight->second);
    }
    const LinearPredictor predictor(preparation, {0}, by_output);
    const std::vector<std::uint32_t> rows = {0, 1, 2, 3, 4};
    return explanations(predictor, {}, facts, {}, many_, rows, most);
  }

  DataSet data_, many_;
};

std::vector<std::string> words(const std::vector<Reason>& reasons) {
  std::vector<std::string> out;
  for (const Reason& reason : reasons) out.push_back(reason.words);
  return out;
}

using Words = std::vector<std::string>;

TEST_F(Explaining, SaysValueAndWhatIsTypicalAmongPeers) {
  const auto facts = feature_facts(data_,
                                   {{"idle_days", "days since the last click"},
                                    {"submitted", "submitted {value} of 3, {typical} is typical"}},
                                   {});
  const auto found = explain({{"idle_days", 1}, {"submitted", -0.5}}, facts);
  EXPECT_EQ(words(found[0].raising), (Words{"days since the last click: 12 (typical: 2)",
                                            "submitted 0 of 3, 1 is typical"}));
  EXPECT_TRUE(found[0].lowering.empty());
  EXPECT_GT(found[0].probability[0], 0.8);
  EXPECT_GT(found[0].raising[0].contribution, found[0].raising[1].contribution);
  // Row 2 has the median of idle days, and fewer than the average learner, whom contributions are
  // against.
  EXPECT_EQ(words(found[2].lowering),
            (Words{"days since the last click: 2 (mean: 5.2)", "submitted 2 of 3, 1 is typical"}));
}

TEST_F(Explaining, AFeatureAndItsRankAreOneReason) {
  const auto facts = feature_facts(data_, {}, {});
  const auto found = explain({{"idle_days", 0.5}, {"idle_days_rank", 0.5}}, facts);
  ASSERT_EQ(found[0].raising.size(), 1u);
  EXPECT_EQ(found[0].raising[0].words, "idle days: 12 (typical: 2)");
  EXPECT_EQ(found[0].raising[0].feature, "idle_days");
}

TEST_F(Explaining, WhatContradictsTheFeatureIsLeftUnsaid) {
  // Many idle days go with the target in training, so a negative weight only corrects for others.
  const auto found = explain({{"idle_days", -1}}, feature_facts(data_, {}, {}));
  EXPECT_TRUE(found[0].lowering.empty());
  EXPECT_TRUE(found[0].raising.empty());
}

TEST_F(Explaining, CategoriesAndWhatIsNeverTold) {
  const auto said = explain({{"region", 1}}, feature_facts(data_, {{"region", "lives in"}}, {}));
  EXPECT_EQ(words(said[3].raising), Words{"lives in: South"});
  EXPECT_EQ(words(said[4].raising), Words{"lives in: not known"});
  const std::vector<std::string> unsaid = {"region"};
  const auto silent = explain({{"region", 1}}, feature_facts(data_, {}, unsaid));
  EXPECT_TRUE(silent[3].raising.empty());
}

TEST_F(Explaining, OnlyTheStrongest) {
  const auto facts = feature_facts(data_, {}, {});
  const auto found = explain({{"idle_days", 0.2}, {"submitted", -1}}, facts, 1);
  ASSERT_EQ(found[0].raising.size(), 1u);
  EXPECT_EQ(found[0].raising[0].feature, "submitted");
}

}  // namespace
}  // namespace waymark::model
