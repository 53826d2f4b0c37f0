#include "stats/tracing.h"

#include <gtest/gtest.h>

#include <cmath>

#include "stats/random.h"

namespace waymark::stats {
namespace {

double uniform(Random& random) { return static_cast<double>(random.next() >> 11) * 0x1p-53; }

AnswerSequences drawn(const TracingModel& model, std::size_t learners, std::size_t answers) {
  Random random(3);
  AnswerSequences made{.begin = {0}};
  const std::size_t items = model.guess.size();
  made.items = items;
  for (std::size_t learner = 0; learner < learners; ++learner) {
    bool known = uniform(random) < model.known_first;
    for (std::size_t i = 0; i < answers; ++i) {
      const std::size_t item = random.below(items);
      if (items > 1) made.item.push_back(static_cast<std::uint32_t>(item));
      const double right = known ? 1 - model.slip[item] : model.guess[item];
      made.correct.push_back(uniform(random) < right);
      known = known ? uniform(random) >= model.forget : uniform(random) < model.learn;
    }
    made.begin.push_back(static_cast<std::uint32_t>(made.correct.size()));
  }
  return made;
}

// Corbett and Anderson 1995, by hand: known 0.4, learn 0.3, guess 0.2, slip 0.1.
TEST(Tracing, ForetellsByTheEquations) {
  const TracingModel model{.known_first = 0.4, .learn = 0.3, .guess = {0.2}, .slip = {0.1}};
  const AnswerSequences answers{.begin = {0, 2}, .correct = {1, 0}};
  const auto right = foretell(model, answers);
  EXPECT_NEAR(right[0], 0.4 * 0.9 + 0.6 * 0.2, 1e-15);
  const double known = 0.36 / 0.48 + 0.12 / 0.48 * 0.3;
  EXPECT_NEAR(right[1], known * 0.9 + (1 - known) * 0.2, 1e-15);
  EXPECT_NEAR(mastery(model, answers)[0], known * 0.1 / (known * 0.1 + (1 - known) * 0.8), 1e-15);
}

TEST(Tracing, FindsAgainWhatAnswersWereDrawnFrom) {
  const TracingModel truth{.known_first = 0.3, .learn = 0.2, .guess = {0.15}, .slip = {0.1}};
  const TracingModel found = fit_tracing(drawn(truth, 2000, 10), {.restarts = 5});
  EXPECT_TRUE(found.converged);
  EXPECT_NEAR(found.known_first, 0.3, 0.03);
  EXPECT_NEAR(found.learn, 0.2, 0.03);
  EXPECT_NEAR(found.guess[0], 0.15, 0.03);
  EXPECT_NEAR(found.slip[0], 0.1, 0.03);
  EXPECT_EQ(found.forget, 0);
}

TEST(Tracing, FindsForgettingAndItemsOfTheirOwn) {
  const TracingModel truth{
      .known_first = 0.5, .learn = 0.2, .forget = 0.1, .guess = {0.1, 0.35}, .slip = {0.05, 0.2}};
  const TracingModel found = fit_tracing(drawn(truth, 2000, 12), {.forgets = true, .restarts = 3});
  EXPECT_NEAR(found.forget, 0.1, 0.04);
  EXPECT_NEAR(found.learn, 0.2, 0.04);
  for (std::size_t item = 0; item < 2; ++item) {
    EXPECT_NEAR(found.guess[item], truth.guess[item], 0.04);
    EXPECT_NEAR(found.slip[item], truth.slip[item], 0.04);
  }
}

// The likelihood is what the forecasts say of what came, and no place around is higher.
TEST(Tracing, TheFitIsTheTopOfWhatItForetells) {
  const TracingModel truth{.known_first = 0.3, .learn = 0.2, .guess = {0.15}, .slip = {0.1}};
  const AnswerSequences answers = drawn(truth, 300, 8);
  const TracingModel found = fit_tracing(answers, {.restarts = 5});
  const auto value = [&](const TracingModel& model) {
    const auto right = foretell(model, answers);
    double sum = 0;
    for (std::size_t i = 0; i < right.size(); ++i) {
      sum += std::log(answers.correct[i] != 0 ? right[i] : 1 - right[i]);
    }
    return sum;
  };
  EXPECT_NEAR(value(found), found.log_likelihood, 1e-6);
  for (const double by : {-0.01, 0.01}) {
    TracingModel aside = found;
    aside.learn += by;
    EXPECT_LT(value(aside), found.log_likelihood);
    aside = found;
    aside.guess[0] += by;
    EXPECT_LT(value(aside), found.log_likelihood);
  }
}

// Whoever knows is right more often, whatever the answers.
TEST(Tracing, KnowingNeverMeansWorse) {
  AnswerSequences falling{.begin = {0}};  // right at first, wrong later
  for (int learner = 0; learner < 50; ++learner) {
    for (const std::uint8_t correct : {1, 1, 0, 0, 0}) falling.correct.push_back(correct);
    falling.begin.push_back(static_cast<std::uint32_t>(falling.correct.size()));
  }
  const TracingModel found = fit_tracing(falling);
  EXPECT_LE(found.guess[0], 0.5);
  EXPECT_LE(found.slip[0], 0.5);
  EXPECT_EQ(fit_tracing({}).log_likelihood, 0);
  EXPECT_EQ(fit_tracing({.items = 7}).guess.size(), 7u);  // none of them answered yet
}

// Without forgetting, the likelihood of a learner's answers is a sum over where they learned.
double log_likelihood_by_when(const TracingModel& model, const std::vector<std::uint8_t>& correct) {
  const std::size_t size = correct.size();
  double all = -INFINITY;
  for (std::size_t unknown = 0; unknown <= size; ++unknown) {
    double sum = unknown == 0 ? std::log(model.known_first) : std::log(1 - model.known_first);
    if (unknown > 0) sum += static_cast<double>(unknown - 1) * std::log(1 - model.learn);
    if (unknown > 0 && unknown < size) sum += std::log(model.learn);
    for (std::size_t i = 0; i < size; ++i) {
      const double right = i < unknown ? model.guess[0] : 1 - model.slip[0];
      sum += std::log(correct[i] != 0 ? right : 1 - right);
    }
    all = std::max(all, sum) + std::log1p(std::exp(-std::abs(all - sum)));
  }
  return all;
}

// After 60 right answers that the skill is unknown is less likely than what a double tells from 0
// beside 1; the wrong ones that follow make it likely again.
TEST(Tracing, DoubtSurvivesLongRuns) {
  const TracingModel model{.known_first = 0.4, .learn = 0.1, .guess = {0.3}, .slip = {0.02}};
  AnswerSequences turned{.begin = {0, 120}};
  for (int i = 0; i < 120; ++i) turned.correct.push_back(i < 60);
  double sum = 0;
  const auto right = foretell(model, turned);
  for (std::size_t i = 0; i < right.size(); ++i) {
    sum += std::log(turned.correct[i] != 0 ? right[i] : 1 - right[i]);
  }
  EXPECT_NEAR(sum, log_likelihood_by_when(model, turned.correct), 1e-9);
  EXPECT_LT(mastery(model, turned)[0], 0.1);
  const TracingModel found = fit_tracing(turned);
  EXPECT_NEAR(found.log_likelihood, log_likelihood_by_when(found, turned.correct), 1e-9);
}

// Long right, then long wrong: no state becomes impossible on the way.
TEST(Tracing, ContradictionsStayNumbers) {
  AnswerSequences turned{.begin = {0}};
  for (int learner = 0; learner < 3; ++learner) {
    for (int i = 0; i < 400; ++i) turned.correct.push_back(i < 200);
    turned.begin.push_back(static_cast<std::uint32_t>(turned.correct.size()));
  }
  const TracingModel found = fit_tracing(turned);
  EXPECT_TRUE(std::isfinite(found.log_likelihood));
  for (const double right : foretell(found, turned)) ASSERT_TRUE(std::isfinite(right));
}

}  // namespace
}  // namespace waymark::stats
