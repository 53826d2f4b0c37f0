#include "model/fairness.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "fold/feature_rows.h"
#include "model/sample.h"

namespace waymark::model {
namespace {

// Rows of two attributes: so many of each (gender, disability), of whom `called` are called and
// `positive` came true, the called first.
struct Cell {
  const char* gender;
  const char* disability;
  std::size_t rows, called, positive;
};

struct Judging {
  DataSet test;
  std::vector<double> probability;
  std::vector<std::uint8_t> called, left;
};

Judging judging(const std::vector<Cell>& cells) {
  Judging out;
  out.test.attributes = {{.name = "gender", .feature = "gender", .categorical = true},
                         {.name = "disability", .feature = "disability", .categorical = true}};
  for (DataColumn& column : out.test.attributes) column.categories = {""};
  const auto code = [](DataColumn& column, const std::string& text) {
    const auto found = std::ranges::find(column.categories, text);
    const auto at = static_cast<std::uint32_t>(found - column.categories.begin());
    if (found == column.categories.end()) column.categories.push_back(text);
    column.codes.push_back(at);
  };
  for (const Cell& cell : cells) {
    for (std::size_t i = 0; i < cell.rows; ++i) {
      out.test.learner.emplace_back(std::to_string(out.test.size()));
      code(out.test.attributes[0], cell.gender);
      code(out.test.attributes[1], cell.disability);
      out.test.target.push_back(i < cell.positive ? 1 : 0);
      out.called.push_back(i < cell.called ? 1 : 0);
      out.left.push_back(0);
      out.probability.push_back(i < cell.called ? 0.8 : 0.2);
    }
  }
  return out;
}

Fairness judged(const FairnessRule& rule, const std::vector<Cell>& cells) {
  const Judging rows = judging(cells);
  return judge_fairness(rule, rows.test, rows.probability, rows.called, rows.left, 1);
}

TEST(ModelFairness, EachGroupStandsBesideTheLargest) {
  const Fairness fairness = judged({.by = {{"gender"}}, .gates = {}},
                                   {{"female", "no", 100, 40, 50}, {"male", "no", 200, 40, 80}});
  ASSERT_EQ(fairness.attributes.size(), 1u);
  const auto& groups = fairness.attributes[0].groups;
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].group, "male");
  EXPECT_EQ(groups[1].group, "female");
  EXPECT_DOUBLE_EQ(value_of(Gate::kDisparateImpact, groups[1], groups[0]).value.value, 2);
  EXPECT_DOUBLE_EQ(value_of(Gate::kTprGap, groups[1], groups[0]).value.value, 0.8 - 0.5);
  EXPECT_DOUBLE_EQ(value_of(Gate::kFprGap, groups[1], groups[0]).value.value, 0);
  // 0.44 foretold of 0.5, beside 0.32 of 0.4.
  EXPECT_NEAR(value_of(Gate::kCalibrationGap, groups[1], groups[0]).value.value, 0.02, 1e-12);
}

// 60 of the 100, and 150 of the 200, are decided: what is called of the others is done to nobody.
TEST(ModelFairness, WhoIsLeftToPeopleIsCalledNothing) {
  Judging rows = judging({{"female", "no", 100, 40, 50}, {"male", "no", 200, 40, 80}});
  for (std::size_t i = 0; i < 30; ++i) rows.left[i] = 1;     // called, and it came true
  for (std::size_t i = 90; i < 100; ++i) rows.left[i] = 1;   // neither
  for (std::size_t i = 250; i < 300; ++i) rows.left[i] = 1;  // neither
  const FairnessRule rule{.by = {{"gender"}}, .gates = {{Gate::kLeftGap, 0.1}}};
  const Fairness fairness =
      judge_fairness(rule, rows.test, rows.probability, rows.called, rows.left, 1);
  const auto& groups = fairness.attributes[0].groups;
  const stats::GroupRates& female = groups[1].rates;
  EXPECT_EQ(female.selected.part, 10);
  EXPECT_EQ(female.selected.whole, 60);
  EXPECT_EQ(female.true_positive.part, 10);
  EXPECT_EQ(female.true_positive.whole, 20);
  EXPECT_EQ(female.false_positive.whole, 40);
  EXPECT_EQ(female.observed.whole, 100) << "what came true is known of all";
  EXPECT_EQ(groups[1].left.part, 40);
  EXPECT_EQ(groups[0].rates.selected.whole, 150);
  EXPECT_DOUBLE_EQ(value_of(Gate::kLeftGap, groups[1], groups[0]).value.value, 0.4 - 0.25);
  const auto broken = broken_gates(fairness);
  ASSERT_EQ(broken.size(), 1u);
  EXPECT_TRUE(broken[0].starts_with("left_gap of gender 'female' beside 'male' is 0.150 ["));
  EXPECT_NE(in_words(fairness).find("| 0.400 [0.309, 0.498] | 0.150 ["), std::string::npos)
      << in_words(fairness);
  JsonWriter out;
  write(out, fairness);
  EXPECT_EQ(read_fairness(Json::parse(out.take())).attributes[0].groups[1].left.part, 40);
}

// Of three classes each is set against the rest, as if it were the only question.
TEST(ModelFairness, OfSeveralClassesEachIsJudged) {
  const std::vector<Cell> cells{{"female", "no", 100, 40, 50}, {"male", "no", 200, 40, 80}};
  Judging rows = judging(cells);
  const Fairness two =
      judge_fairness({.by = {{"gender"}}}, rows.test, rows.probability, rows.called, rows.left, 1);
  std::vector<double> three;
  for (const double p : rows.probability)
    three.insert(three.end(), {0.9 * (1 - p), p, 0.1 * (1 - p)});
  rows.test.classes = {"pass", "fail", "leave"};
  const FairnessRule rule{.by = {{"gender"}}, .gates = {{Gate::kTprGap, 0.1}}};
  const Fairness fairness = judge_fairness(rule, rows.test, three, rows.called, rows.left, 1);
  ASSERT_EQ(fairness.attributes.size(), 3u);
  EXPECT_EQ(fairness.attributes[1].about, "fail");
  const auto& groups = fairness.attributes[1].groups;
  const auto& same = two.attributes[0].groups;
  EXPECT_EQ(value_of(Gate::kTprGap, groups[1], groups[0]).value.value,
            value_of(Gate::kTprGap, same[1], same[0]).value.value);
  EXPECT_EQ(groups[1].rates.predicted, same[1].rates.predicted);
  const auto broken = broken_gates(fairness);
  ASSERT_FALSE(broken.empty());
  EXPECT_NE(broken.back().find("beside 'male' as to fail is"), std::string::npos) << broken.back();
  EXPECT_NE(in_words(fairness).find("Of leave, against the rest:"), std::string::npos);
  JsonWriter out;
  write(out, fairness);
  EXPECT_EQ(read_fairness(Json::parse(out.take())).attributes[2].about, "leave");
}

TEST(ModelFairness, ABrokenGateSaysWhichGroupAndByHowMuch) {
  FairnessRule rule{.by = {{"gender"}},
                    .gates = {{Gate::kDisparateImpact, 0.8}, {Gate::kTprGap, 0.1}}};
  const std::vector<Cell> cells{{"female", "no", 100, 40, 50}, {"male", "no", 200, 40, 80}};
  const auto broken = broken_gates(judged(rule, cells));
  ASSERT_EQ(broken.size(), 2u);
  EXPECT_TRUE(broken[0].starts_with("disparate_impact of gender 'female' beside 'male' is 2.000 ["))
      << broken[0];
  EXPECT_TRUE(broken[0].ends_with("], and must lie between 0.80 and 1.25")) << broken[0];
  EXPECT_TRUE(broken[1].starts_with("tpr_gap of gender 'female' beside 'male' is 0.300 ["));
  // Of fewer rows than are asked for a gate says nothing.
  rule.least = 51;
  EXPECT_EQ(broken_gates(judged(rule, cells)).size(), 1u);
  rule.least = 101;
  EXPECT_TRUE(broken_gates(judged(rule, cells)).empty());
  // And that it was not judged is said, not that it holds.
  EXPECT_EQ(unjudged_gates(judged(rule, cells)).size(), 2u);
  const std::string said = in_words(judged(rule, cells));
  EXPECT_EQ(said.find("All hold"), std::string::npos);
  EXPECT_NE(said.find("- tpr_gap of gender 'female' beside 'male': 50 rows behind a share, 101 are "
                      "needed"),
            std::string::npos)
      << said;
}

TEST(ModelFairness, AnAreaThatChanceGivesBreaksNothing) {
  const FairnessRule rule{.by = {{"gender"}}, .gates = {{Gate::kAbroca, 0.05}}, .least = 10};
  const std::vector<Cell> few{{"female", "no", 24, 9, 12}, {"male", "no", 26, 12, 13}};
  const Fairness by_chance = judged(rule, few);
  EXPECT_GT(by_chance.attributes[0].groups[1].abroca.area, 0.05);
  EXPECT_TRUE(broken_gates(by_chance).empty());
  const std::vector<Cell> many{{"female", "no", 2400, 900, 1200}, {"male", "no", 2600, 1200, 1300}};
  const auto broken = broken_gates(judged(rule, many));
  ASSERT_EQ(broken.size(), 1u);
  EXPECT_NE(broken[0].find("(p 0.001)"), std::string::npos) << broken[0];
}

TEST(ModelFairness, GroupsOfFewerThanTenAreNeverShown) {
  const auto names = [](const std::vector<Cell>& cells) {
    std::string text;
    const Fairness fairness = judged({.by = {{"gender", "disability"}}, .gates = {}}, cells);
    for (const GroupFairness& group : fairness.attributes[0].groups) {
      text += group.group + ":" + std::to_string(group.rates.rows) + ", ";
    }
    return text;
  };
  // Two small ones are ten together.
  EXPECT_EQ(names({{"female", "no", 40, 9, 9}, {"male", "yes", 4, 1, 1}, {"male", "no", 6, 1, 1}}),
            "female · no:40, male · no, male · yes:10, ");
  // One small group would be what the others leave of the whole.
  EXPECT_EQ(names({{"female", "no", 40, 9, 9}, {"male", "no", 30, 1, 1}, {"male", "", 9, 1, 1}}),
            "female · no:40, male · (not known), male · no:39, ");
  EXPECT_EQ(names({{"female", "no", 9, 1, 1}}), "");
}

TEST(ModelFairness, NumbersOfManyValuesMakeGroupsByQuarters) {
  Judging rows = judging({{"female", "no", 80, 40, 50}});
  DataColumn& views = rows.test.attributes.emplace_back();
  views = {.name = "views", .feature = "views"};
  for (std::size_t i = 0; i < 80; ++i)
    views.numbers.push_back(i < 60 ? static_cast<double>(i) : kMissing);
  const Fairness fairness = judge_fairness({.by = {{"views"}}, .gates = {}}, rows.test,
                                           rows.probability, rows.called, rows.left, 1);
  std::map<std::string, std::size_t> sizes;
  for (const GroupFairness& group : fairness.attributes[0].groups)
    sizes[group.group] = group.rates.rows;
  EXPECT_EQ(sizes, (std::map<std::string, std::size_t>{{"up to 14.8", 15},
                                                       {"above 14.8 to 29.5", 15},
                                                       {"above 29.5 to 44.2", 15},
                                                       {"above 44.2", 15},
                                                       {"(not known)", 20}}));
}

TEST(ModelFairness, IsReadAsItWasWritten) {
  const FairnessRule rule{.by = {{"gender"}, {"gender", "disability"}},
                          .gates = {{Gate::kTprGap, 0.1}, {Gate::kAbroca, 0.02}},
                          .least = 20};
  const Fairness fairness = judged(
      rule,
      {{"female", "yes", 100, 40, 50}, {"female", "no", 30, 9, 30}, {"male", "no", 200, 40, 80}});
  const auto text = [](const Fairness& one) {
    JsonWriter out;
    write(out, one);
    return out.take();
  };
  const Fairness read = read_fairness(Json::parse(text(fairness)));
  EXPECT_EQ(text(read), text(fairness));
  EXPECT_EQ(in_words(read), in_words(fairness));
  EXPECT_EQ(broken_gates(read), broken_gates(fairness));
  EXPECT_FALSE(broken_gates(fairness).empty());
}

TEST(ModelFairness, OfARuleTheFeaturesHaveToBeThere) {
  fold::FeaturesDefinition measure{.name = "study"};
  for (const char* name : {"gender", "disability"}) measure.features.push_back({.name = name});
  workspace::Diagnostics diagnostics;
  const auto node = workspace::parse_yaml(
      "by: [gender, [gender, disabilty]]\ngates: {abroca: 0.05}\n", "model.yaml", diagnostics);
  const FairnessRule rule = read_fairness_rule(node, measure, diagnostics);
  EXPECT_EQ(rule.gates.at(Gate::kAbroca), 0.05);
  EXPECT_EQ(rule.least, 30u);
  ASSERT_EQ(diagnostics.sorted().size(), 1u);
  EXPECT_NE(workspace::to_text(diagnostics.sorted()[0]).find("disability"), std::string::npos);
}

}  // namespace
}  // namespace waymark::model
