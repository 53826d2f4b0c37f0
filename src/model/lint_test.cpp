#include "model/lint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "base/error.h"
#include "model/sample.h"

namespace waymark::model {
namespace {

ModelDefinition definition() {
  ModelDefinition out{.name = "risk"};
  out.request.who.until = {"left"};
  out.request.target = fold::Target{.kinds = {"result"}, .outcomes = {"fail"}};
  out.features = {"score", "verdict"};
  return out;
}

std::string rules(const std::vector<Leak>& leaks) {
  std::string names;
  for (const Leak& leak : leaks) {
    names += fmt::format("{} {}, ", leak.rule, fmt::join(leak.features, " "));
  }
  return names;
}

TEST(Lint, NothingIsSaidOfWhatLeaksNothing) {
  const DataSet data = sample(200);
  EXPECT_EQ(rules(leaks_in(data, {})), "");
  const std::string card = judged_leaks({}, data).card;
  for (const LeakRule& rule : leak_rules()) {
    EXPECT_NE(card.find(fmt::format("`{}`: passed", rule.name)), std::string::npos) << card;
  }
}

TEST(Lint, AFeatureReadsWhatTellsTheTarget) {
  const auto found = [](const ModelDefinition& model, const std::string& kind) {
    fold::FeaturesDefinition measure{.name = "study"};
    measure.features = {{.name = "score"}, {.name = "verdict"}, {.name = "unused"}};
    measure.features[0].filter.kinds = {"submitted"};
    measure.features[1].filter.kinds = {"viewed", kind};
    measure.features[2].filter.kinds = {"result"};
    return rules(leaks_in(model, measure));
  };
  EXPECT_EQ(found(definition(), "quiz"), "");
  EXPECT_EQ(found(definition(), "result"), "reads_target verdict, ");
  EXPECT_EQ(found(definition(), "left"), "reads_target verdict, ");
  ModelDefinition amount = definition();
  amount.request.target = fold::Target{.kinds = {"viewed"}};
  amount.request.target->amount = fold::Target::Amount::kCount;
  EXPECT_EQ(found(amount, "quiz"), "");  // what was viewed before says what will be
}

TEST(Lint, ARowIsTakenWhenItsCourseIsOver) {
  DataSet data = sample(50);
  data.cohorts[1].as_of = data.cohorts[1].end;
  const auto leaks = leaks_in(data, {});
  EXPECT_EQ(rules(leaks), "late_as_of , ");
  EXPECT_TRUE(leaks[0].message.starts_with("50 of 150 rows")) << leaks[0].message;
}

TEST(Lint, LearnersArePartedAtRandomThoughCoursesFollowEachOther) {
  DataSet data = sample(100);
  const SplitRule folds{.kind = SplitRule::Kind::kFolds};
  const auto leaks = leaks_in(data, folds);
  EXPECT_EQ(rules(leaks), "random_split , ");
  ModelDefinition definition{.split = folds};
  const LeakJudgement refused = judged_leaks(definition, data);
  ASSERT_EQ(refused.refused.size(), 1u);
  EXPECT_THROW(refused.expect_none(), Error);
  definition.allowed = {{"random_split", "one course is like another"}};
  const LeakJudgement allowed = judged_leaks(definition, data);
  allowed.expect_none();
  EXPECT_NE(allowed.card.find("parted at random, 0."), std::string::npos) << allowed.card;
  // Courses that start together have no later and earlier.
  for (Cohort& cohort : data.cohorts) cohort.start = 0;
  EXPECT_EQ(rules(leaks_in(data, folds)), "");
}

TEST(Lint, AFeatureStandsInForTheTarget) {
  for (const bool by_presence : {false, true}) {
    DataSet data = sample(200);
    DataColumn& noise = data.columns[3];
    for (std::size_t row = 0; row < data.size(); ++row) {
      const bool yes = data.target[row] == 1;
      if (by_presence) {
        if (yes) noise.numbers[row] = kMissing;
      } else {
        noise.numbers[row] += yes ? 10 : 0;
      }
    }
    const auto leaks = leaks_in(data, {});
    EXPECT_EQ(rules(leaks), "stand_in noise, ");
    EXPECT_EQ(leaks[0].message.find("by being there") != std::string::npos, by_presence);
  }
  DataSet data = sample(200);
  data.columns[5].categories = {"", "pass", "fail"};
  for (std::size_t row = 0; row < data.size(); ++row) {
    data.columns[5].codes[row] = 1u + data.target[row];
  }
  EXPECT_EQ(rules(leaks_in(data, {})), "stand_in region, ");
}

// Codes whose order says nothing: every third number is of one class.
TEST(Lint, NumbersThatStandForClassesStandInForTheTarget) {
  DataSet data = sample(200);
  for (std::size_t row = 0; row < data.size(); ++row) {
    data.columns[3].numbers[row] = data.target[row] == 1 ? 1 : row % 2 == 0 ? 0 : 2;
  }
  EXPECT_EQ(rules(leaks_in(data, {})), "stand_in noise, ");
  for (std::size_t row = 0; row < data.size(); row += 5) data.columns[3].numbers[row] = row % 3;
  EXPECT_EQ(rules(leaks_in(data, {})), "");
}

// As with dates of leaving, which some of those at risk have and nobody else: by ROC-AUC over all
// rows they tell little.
TEST(Lint, AFeatureMakesAClassCertainForSomeRows) {
  const auto found = [](const auto& change) {
    DataSet data = sample(200);
    std::size_t yes = 0;
    for (std::size_t row = 0; row < data.size(); ++row) {
      const bool is_yes = data.target[row] == 1;
      const bool left = is_yes && yes % 5 == 0;
      yes += is_yes;
      change(data, row, left, yes);
    }
    return leaks_in(data, {});
  };
  const auto dated = found([](DataSet& data, std::size_t row, bool left, std::size_t) {
    data.columns[3].numbers[row] = left ? 60 : kMissing;
  });
  EXPECT_EQ(rules(dated), "stand_in noise, ");
  EXPECT_NE(dated[0].message.find("by being there makes 'yes' all but certain"), std::string::npos)
      << dated[0].message;
  const auto worded = found([](DataSet& data, std::size_t row, bool left, std::size_t) {
    data.columns[5].codes[row] = left ? 3 : 1;
  });
  EXPECT_EQ(rules(worded), "stand_in region, ");
  const auto flagged = found([](DataSet& data, std::size_t row, bool left, std::size_t) {
    data.columns[4].numbers[row] = left ? 1 : 0;
  });
  EXPECT_EQ(rules(flagged), "stand_in constant, ");
  EXPECT_NE(flagged[0].message.find("by being 1"), std::string::npos) << flagged[0].message;
  // One in ten of those who have a date are not at risk: they may well have had it in time.
  EXPECT_EQ(rules(found([](DataSet& data, std::size_t row, bool left, std::size_t yes) {
              const bool kept = data.target[row] == 0 && yes % 3 == 0;
              data.columns[3].numbers[row] = left || kept ? 60 : kMissing;
            })),
            "");
  // Six rows are chance.
  EXPECT_EQ(rules(found([](DataSet& data, std::size_t row, bool, std::size_t yes) {
              data.columns[3].numbers[row] = data.target[row] == 1 && yes <= 6 ? 60 : kMissing;
            })),
            "");
}

TEST(Lint, RowsOfOneClassAccuseNobody) {
  DataSet data = sample(50);
  data.target.assign(data.size(), 0);
  EXPECT_EQ(rules(leaks_in(data, {})), "");
}

TEST(Lint, ALeakStopsTrainingUnlessItIsAllowed) {
  DataSet data = sample(200);
  for (std::size_t row = 0; row < data.size(); ++row)
    data.columns[3].numbers[row] += 10 * data.target[row];
  ModelDefinition definition{.allowed = {{"late_as_of", "another"}}};
  try {
    judged_leaks(definition, data).expect_none();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "model.leak");
    EXPECT_NE(std::string(error.what()).find("1.000 with, 0.8"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("Take the feature out"), std::string::npos);
  }
  definition.allowed = {{"stand_in", "it is a forecast of ours"}};
  const std::string card = judged_leaks(definition, data).card;
  EXPECT_NE(card.find("Allowed: it is a forecast of ours"), std::string::npos) << card;
}

// What was found elsewhere is judged beside what the rows tell.
TEST(Lint, LeaksOfSourcesAndOfOtherModelsAreJudgedToo) {
  ModelDefinition definition{
      .allowed = {{"risk_set", "they are asked for"}},
      .leaks = {
          {.rule = kEarlyMarks, .message = "score goes by marks", .features = {"score"}},
          {.rule = kRiskSet, .message = "5 rows are of the gone", .gained = "0.9 with them"}}};
  const LeakJudgement judgement = judged_leaks(definition, sample(200));
  ASSERT_EQ(judgement.refused.size(), 1u);
  EXPECT_TRUE(judgement.refused[0].starts_with(
      "early_marks: score goes by marks; ROC-AUC of held-out rows 0."))
      << judgement.refused[0];
  EXPECT_NE(judgement.refused[0].find("Let the source say when marks came"), std::string::npos);
  EXPECT_NE(judgement.card.find("the gone; 0.9 with them. Allowed: they are asked for"),
            std::string::npos)
      << judgement.card;
}

// Those who have left are all at risk: without them it is harder.
TEST(Lint, TheGoneAreWorthMoreThanTheyShould) {
  DataSet all = sample(200);
  std::vector<std::uint32_t> there;
  for (std::uint32_t row = 0; row < all.size(); ++row) {
    if (row % 4 != 0) {
      there.push_back(row);
    } else {
      all.target[row] = 1;
      all.columns[1].numbers[row] = 100;
    }
  }
  const std::string gained = gained_by_the_gone(all, select(all, there));
  double with = 0, without = 0;
  ASSERT_EQ(std::sscanf(gained.c_str(), "ROC-AUC of held-out rows %lf with them, %lf of", &with,
                        &without),
            2)
      << gained;
  EXPECT_GT(with, without + 0.02) << gained;
  all.target.clear();  // of amounts, which are still to be cut into classes
  EXPECT_EQ(gained_by_the_gone(all, all) + gained_by({"score"}, all) + gained_by_chance(all), "");
}

}  // namespace
}  // namespace waymark::model
