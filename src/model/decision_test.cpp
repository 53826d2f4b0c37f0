// Which class is called, and who is left to people: by threshold, weights, costs and capacity.

#include "model/decision.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/file.h"
#include "model/model.h"
#include "model/sample.h"

namespace waymark::model {
namespace {

using Calls = std::vector<std::uint8_t>;

CostMatrix of_two(double missed, double false_alarm, std::optional<double> left = {}) {
  return {.cost = {0, false_alarm, missed, 0}, .left = left};
}

TEST(Decisions, CallByThresholdCapacityOrWeight) {
  const std::vector<double> p = {0.2, 0.9, 0.5, 0.5};
  EXPECT_EQ(Decision{.threshold = 0.5}.called(p), (Calls{0, 1, 1, 1}));
  EXPECT_EQ(Decision{.capacity = 2}.called(p), (Calls{0, 1, 1, 0}));
  EXPECT_EQ((Decision{.weights = {1, 2}}.called(std::vector<double>{0.6, 0.4, 0.7, 0.3})),
            (Calls{1, 0}));
}

ModelDefinition risk(const DecisionRule& rule) {
  ModelDefinition out{.name = "risk", .version = "v1", .title = "At risk"};
  out.request.as_of = {fold::CourseDay{49}};
  out.request.target = fold::Target{.kinds = {"result"}, .outcomes = {"Fail"}};
  out.features = {"score"};
  out.decide = rule;
  out.trainers = {{.name = "logistic", .parameters = {{"l2", 5}}}};
  return out;
}

TEST(Decisions, CostsAndCapacityDecideWhoIsCalled) {
  const auto flagged = [](const DecisionRule& rule, const char* said) {
    const TemporaryFolder folder;
    const auto result =
        train(risk(rule), sample(100), folder.path(), 1, [](std::size_t, std::size_t) {});
    const Model model = Model::load(result.directory);
    EXPECT_NE(model.card().find(said), std::string::npos) << said << "\n" << model.card();
    EXPECT_EQ(model.evaluation().reach.at(0).rows, 10u);
    return model.evaluation().confusion.called(1);
  };
  EXPECT_EQ(flagged({.capacity = 7}, "With room for 7 learners"), 7);
  const double dear = flagged({.costs = of_two(10, 1)}, "of least cost");
  const double cheap = flagged({.costs = of_two(1, 10)}, "everybody");
  EXPECT_GT(dear, 40);
  EXPECT_LT(cheap, 20);
}

TEST(Decisions, LeaveToPeopleWhatIsTooCloseToCall) {
  const std::vector<double> p = {0.1, 0.45, 0.5, 0.58, 0.9};
  const std::vector<std::uint8_t> truth = {0, 1, 1, 0, 1};
  using Flags = std::vector<std::uint8_t>;
  EXPECT_EQ((Decision{.threshold = 0.5, .left_from = 0.4, .left_below = 0.58}.left(p)),
            (Flags{0, 1, 1, 0, 0}));
  // Of three: the lead of the largest, weighted.
  const Decision three{.weights = {1, 2, 1}, .least_certain = 0.2};
  const std::vector<double> rows = {0.6, 0.2, 0.2, 0.5, 0.25, 0.25};
  EXPECT_NEAR(three.certain(rows)[0], 0.2 / 1.2, 1e-12);
  EXPECT_EQ(three.left(rows), (Flags{1, 1}));
  // By costs: the wrong ones lie between 0.45 and 0.58, and people are cheap.
  const DecisionRule rule{.costs = of_two(5, 5, 0.1)};
  const Decision cheap = decision_by(rule, p, 2, truth);
  EXPECT_EQ(cheap.left(p), (Flags{0, 1, 1, 1, 0}));
  EXPECT_EQ(Decision().left(p), (Flags{0, 0, 0, 0, 0}));
}

TEST(Decisions, TheRestIsMoreOftenRight) {
  const auto trained = [](const DecisionRule& rule, const TemporaryFolder& folder) {
    return Model::load(
        train(risk(rule), sample(300), folder.path(), 1, [](std::size_t, std::size_t) {
        }).directory);
  };
  const TemporaryFolder a, b;
  const Model share = trained({.left_share = 0.2}, a);
  const Evaluation& evaluation = share.evaluation();
  ASSERT_TRUE(evaluation.left);
  EXPECT_NEAR(static_cast<double>(evaluation.left->rows), 60, 20);
  EXPECT_GT(evaluation.left->accuracy.value, evaluation.best().test.accuracy.value + 0.02);
  EXPECT_DOUBLE_EQ(evaluation.coverage.front().accuracy.value,
                   evaluation.best().test.accuracy.value);
  EXPECT_GT(evaluation.coverage.back().macro_f1.value, evaluation.best().test.macro_f1.value);
  EXPECT_NE(share.card().find("left to people, as they are too close to call"), std::string::npos);
  // People who cost next to nothing save more than they cost.
  const Model costs = trained({.costs = of_two(5, 1, 0.1)}, b);
  ASSERT_TRUE(costs.evaluation().left);
  double least = 1e9;
  for (const CostPoint& point : costs.evaluation().cost_curve) {
    least = std::min(least, point.cost.value);
  }
  EXPECT_LT(costs.evaluation().left->cost.value, least);
  EXPECT_NE(costs.card().find("cost a row"), std::string::npos);
}

// Costs of three classes, by truth, called.
const CostMatrix kGrades{.classes = {"drop", "pass", "top"}, .cost = {0, 6, 9, 1, 0, 0.5, 3, 2, 0}};

// Probabilities of three classes in each of `rows` rows.
std::vector<double> three(std::size_t rows) {
  stats::Random random(3);
  std::vector<double> p;
  for (std::size_t row = 0; row < rows; ++row) {
    double sum = 0;
    for (int c = 0; c < 3; ++c) sum += p.emplace_back(0.01 + uniform(random));
    for (int c = 0; c < 3; ++c) p[row * 3 + static_cast<std::size_t>(c)] /= sum;
  }
  return p;
}

// What each call is expected to cost, the plain way.
double expected(const std::vector<double>& p, std::size_t row, std::size_t called) {
  double sum = 0;
  for (std::size_t truth = 0; truth < 3; ++truth) {
    sum += p[row * 3 + truth] * kGrades.cost[truth * 3 + called];
  }
  return sum;
}

TEST(Decisions, CostsOfThreeClassesCallWhatIsExpectedToCostLeast) {
  const std::vector<double> p = three(500);
  const std::vector<std::uint8_t> truth(500, 1);
  const Decision decision = decision_by({.costs = kGrades}, p, 3, truth);
  const Calls calls = decision.called(p);
  const Calls likeliest = stats::called(p, std::vector<double>(3, 1));
  for (std::size_t row = 0; row < 500; ++row) {
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_LE(expected(p, row, calls[row]), expected(p, row, c) + 1e-12) << row;
    }
  }
  EXPECT_NE(calls, likeliest);
  // Where every mistake costs the same, the likeliest class is called.
  CostMatrix even = kGrades;
  even.cost = {0, 2, 2, 2, 0, 2, 2, 2, 0};
  EXPECT_EQ(decision_by({.costs = even}, p, 3, truth).called(p), likeliest);
  EXPECT_EQ(decision.left(p), Calls(500, 0));
}

TEST(Decisions, PeopleAreAskedWhereTheyAreCheaperThanTheCheapestCall) {
  const std::vector<double> p = three(500);
  DecisionRule rule{.costs = kGrades};
  rule.costs->left = 0.8;
  const std::vector<std::uint8_t> truth(500, 1);
  const Calls left = decision_by(rule, p, 3, truth).left(p);
  for (std::size_t row = 0; row < 500; ++row) {
    const double least = std::min({expected(p, row, 0), expected(p, row, 1), expected(p, row, 2)});
    EXPECT_EQ(left[row] != 0, least > 0.8) << row << " " << least;
  }
  EXPECT_GT(std::ranges::count(left, 1), 50);
  EXPECT_GT(std::ranges::count(left, 0), 50);
  // A share: those whose call is expected to cost most.
  const Calls tenth = decision_by({.costs = kGrades, .left_share = 0.1}, p, 3, truth).left(p);
  EXPECT_EQ(std::ranges::count(tenth, 1), 50);
}

TEST(Decisions, ACapacityIsOfOneClass) {
  const std::vector<double> p = three(200);
  for (const bool with_costs : {false, true}) {
    Decision decision{.weights = {1, 1, 1}, .capacity = 20, .capacity_at = 2};
    if (with_costs) decision.costs = kGrades.cost;
    const Calls calls = decision.called(p);
    EXPECT_EQ(std::ranges::count(calls, 2), 20);
    double least = 1, most = 0;
    for (std::size_t row = 0; row < 200; ++row) {
      const double top = p[row * 3 + 2];
      if (calls[row] == 2) {
        least = std::min(least, top);
        continue;
      }
      most = std::max(most, top);
      const bool is_pass =
          with_costs ? expected(p, row, 1) < expected(p, row, 0) : p[row * 3 + 1] > p[row * 3];
      EXPECT_EQ(calls[row] == 1, is_pass) << row;
    }
    EXPECT_GE(least, most);
  }
}

TEST(Decisions, NamesOfOtherClassesAreAMistake) {
  const auto message = [](const DecisionRule& rule) -> std::string {
    try {
      rule.for_classes({"top", "pass", "drop"});
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), "model.decide");
      return error.what();
    }
    return "";
  };
  // The same classes in another order are the same costs.
  const DecisionRule ordered = DecisionRule{.costs = kGrades}.for_classes({"top", "pass", "drop"});
  EXPECT_EQ(ordered.costs->cost, (std::vector<double>{0, 2, 3, 0.5, 0, 1, 9, 6, 0}));
  CostMatrix other = kGrades;
  other.classes[0] = "drops";
  EXPECT_EQ(message({.costs = other}),
            "decide: 'drops' is no class; there are: top, pass, drop (did you mean 'drop'?); what "
            "does a mistake cost where 'drop' is true?");
  EXPECT_EQ(message({.capacity = 3, .capacity_of = "topp"}),
            "decide: 'topp' is no class; there are: top, pass, drop (did you mean 'top'?)");
}

}  // namespace
}  // namespace waymark::model
