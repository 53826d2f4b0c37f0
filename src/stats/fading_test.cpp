#include "stats/fading.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "stats/calibration.h"
#include "stats/random.h"

namespace waymark::stats {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

struct Course {
  int learners = 150, answers = 12;
  double half_life_days = 7;
  double shortest_days = 0.02, longest_days = 60;  // between answers, by their logs
  double spread =
      0;  // of the log-odds by which learners differ in all that they start and learn by
};

// Learners who know a skill or not, learn it by answering, and lose it by chance as time goes by.
AnswerSequences answers_of(const Course& course, std::uint64_t seed) {
  Random random(seed);
  const auto uniform = [&] { return static_cast<double>(random.next() >> 11) * 0x1p-53; };
  AnswerSequences answers{.begin = {0}};
  for (int learner = 0; learner < course.learners; ++learner) {
    const double apart = course.spread * (uniform() + uniform() + uniform() + uniform() - 2);
    const double known_first = logistic(-1.4 + apart), learn = logistic(-1.1 + apart);
    bool known = uniform() < known_first;
    double days = 0;
    for (int i = 0; i < course.answers; ++i) {
      const double gap =
          course.shortest_days * std::pow(course.longest_days / course.shortest_days, uniform());
      if (i > 0) {
        known = known || uniform() < learn;
        days += gap;
        const bool kept = uniform() < std::exp2(-gap / course.half_life_days);
        known = known && (kept || uniform() < known_first);
      }
      answers.correct.push_back(uniform() < (known ? 0.9 : 0.15));
      answers.time.push_back(std::llround(days * kMicrosPerDay));
    }
    answers.begin.push_back(static_cast<std::uint32_t>(answers.correct.size()));
  }
  return answers;
}

FadingModel fitted(const AnswerSequences& answers) {
  return fit_fading(answers, fit_tracing(answers, {.restarts = 4}));
}

bool covers(const Interval& interval, double value) {
  return interval.low <= value && value <= interval.high;
}

TEST(Fading, HalfLivesAreFoundAgain) {
  int covered = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Estimate days = fitted(answers_of({}, seed)).half_life_days;
    EXPECT_NEAR(std::log2(days.value / 7), 0, 1) << "seed " << seed;
    EXPECT_LT(days.interval.high / days.interval.low, 4) << "seed " << seed;
    covered += covers(days.interval, 7);
  }
  EXPECT_GE(covered, 4);
}

// Nobody forgets; or all come back within hours, and who knows whether they would after months.
TEST(Fading, WhatAnswersDoNotTellIsLeftOpen) {
  const Estimate never = fitted(answers_of({.half_life_days = kNever}, 1)).half_life_days;
  EXPECT_EQ(never.interval.high, kNever);
  EXPECT_GT(never.interval.low, 60);
  const Estimate hours =
      fitted(answers_of({.half_life_days = 90, .longest_days = 0.3}, 1)).half_life_days;
  EXPECT_EQ(hours.interval.high, kNever);
  EXPECT_TRUE(covers(hours.interval, 90)) << hours.interval.low;
  const Estimate gone =
      fitted(answers_of({.half_life_days = 0.05, .shortest_days = 2}, 1)).half_life_days;
  EXPECT_EQ(gone.interval.low, 0);
  EXPECT_LT(gone.interval.high, 30);
  const Estimate once = fitted(answers_of({.answers = 1}, 1)).half_life_days;
  EXPECT_EQ(once.interval.low, 0);
  EXPECT_EQ(once.interval.high, kNever);
}

// Who always knew it keeps knowing it.
TEST(Fading, LearnersWhoDifferMakeHalfLivesLonger) {
  const Estimate days = fitted(answers_of({.spread = 1.7}, 3)).half_life_days;
  EXPECT_GT(days.value, 7);
  EXPECT_LT(days.value, 21);
}

TEST(Fading, ForetellsAsItWasLearned) {
  AnswerSequences answers = answers_of({}, 2);
  answers.items = 3;
  for (std::size_t i = 0; i < answers.correct.size(); ++i) {
    answers.item.push_back(static_cast<std::uint32_t>(i * i % 3));
  }
  const TracingModel still = fit_tracing(answers, {.restarts = 4});
  const FadingModel fading = fit_fading(answers, still, false);
  const auto log_likelihood = [&](const std::vector<double>& right) {
    double sum = 0;
    for (std::size_t i = 0; i < right.size(); ++i) {
      sum += std::log(answers.correct[i] != 0 ? right[i] : 1 - right[i]);
    }
    return sum;
  };
  EXPECT_NEAR(log_likelihood(foretell(fading, answers)), fading.model.log_likelihood, 1e-6);
  EXPECT_GT(fading.model.log_likelihood, log_likelihood(foretell(still, answers)) + 20);
  // What does not fade, and what is tried again at once, is tracing as it was.
  const auto same = [&](const FadingModel& one, const AnswerSequences& of) {
    const auto a = foretell(one, of), b = foretell(still, of);
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-12);
  };
  same({still, {kNever, {}}}, answers);
  answers.time.assign(answers.time.size(), 0);
  same({still, {0, {}}}, answers);
}

}  // namespace
}  // namespace waymark::stats
