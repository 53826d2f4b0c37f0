#include "stats/performance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "stats/calibration.h"
#include "stats/forecast.h"
#include "stats/random.h"

namespace waymark::stats {
namespace {

// Learners who get better at each of three skills with what they get right, on items harder and
// easier.
Attempts practised(std::uint64_t seed) {
  Random random(seed);
  Attempts attempts{.begin = {0}, .skills = 3, .items = 12};
  for (int learner = 0; learner < 400; ++learner) {
    double level[3] = {-1, -0.5, 0};
    for (int i = 0; i < 20; ++i) {
      const auto item = static_cast<std::uint32_t>(random.below(12));
      const std::uint32_t skill = item % 3;
      const double log_odds = level[skill] + (item < 6 ? 0.8 : -0.8);
      const bool right = static_cast<double>(random.next() >> 11) * 0x1p-53 < logistic(log_odds);
      if (right) level[skill] += 0.6;
      attempts.skill.push_back(skill);
      attempts.item.push_back(item);
      attempts.correct.push_back(right);
    }
    attempts.begin.push_back(static_cast<std::uint32_t>(attempts.size()));
  }
  return attempts;
}

TEST(Performance, TermsThatTellMoreForetellMore) {
  const Attempts learned = practised(1), held_out = practised(2);
  const auto judged = [&](PerformanceTerms terms) {
    return Forecast(PerformanceModel(learned, terms).foretell(held_out), held_out.correct)
        .roc_auc();
  };
  const double item = judged(PerformanceTerms::kItem), skill = judged(PerformanceTerms::kSkill),
               counts = judged(PerformanceTerms::kCounts);
  EXPECT_GT(item, 0.6);
  EXPECT_GT(skill, 0.6);
  EXPECT_GT(counts, item + 0.05);
  EXPECT_GT(counts, skill + 0.05);
  EXPECT_GT(judged(PerformanceTerms::kAll), counts - 0.005);
}

// Learners who forget: what they got right long ago says less than what they got right just now.
TEST(Performance, RecentTriesForetellWhatComesAndGoes) {
  Random random(5);
  Attempts attempts{.begin = {0}, .skills = 1};
  for (int learner = 0; learner < 300; ++learner) {
    bool known = random.below(2) == 0;
    for (int i = 0; i < 30; ++i) {
      if (random.below(8) == 0) known = !known;
      attempts.skill.push_back(0);
      attempts.correct.push_back(random.below(10) < (known ? 9u : 1u));
    }
    attempts.begin.push_back(static_cast<std::uint32_t>(attempts.size()));
  }
  const auto judged = [&](PerformanceTerms terms) {
    return Forecast(PerformanceModel(attempts, terms).foretell(attempts), attempts.correct)
        .roc_auc();
  };
  EXPECT_GT(judged(PerformanceTerms::kRecent), judged(PerformanceTerms::kSkill) + 0.05);
}

// Learners who try three skills at moments from minutes to weeks apart, and to whom each try is
// worth `kept(age)` of what it was.
template <typename Kept>
Attempts spaced(std::uint64_t seed, const Kept& kept) {
  Random random(seed);
  const auto uniform = [&] { return static_cast<double>(random.next() >> 11) * 0x1p-53; };
  Attempts attempts{.begin = {0}, .skills = 3};
  for (int learner = 0; learner < 200; ++learner) {
    Micros now = 0;
    std::vector<Micros> tried[3];
    for (int i = 0; i < 40; ++i) {
      now += std::llround(std::exp(uniform() * std::log(30.0 * 24 * 60)) * kMicrosPerMinute);
      const auto skill = static_cast<std::uint32_t>(random.below(3));
      double worth = 0;
      for (const Micros then : tried[skill]) worth += kept(now - then);
      attempts.skill.push_back(skill);
      attempts.time.push_back(now);
      attempts.correct.push_back(uniform() < logistic(1.5 * std::log1p(worth) - 1));
      tried[skill].push_back(now);
    }
    attempts.begin.push_back(static_cast<std::uint32_t>(attempts.size()));
  }
  return attempts;
}

TEST(Performance, WindowsForetellLearnersWhoForget) {
  const auto gain = [](const auto& kept) {
    const Attempts learned = spaced(1, kept), held_out = spaced(2, kept);
    const auto judged = [&](PerformanceTerms terms) {
      return Forecast(PerformanceModel(learned, terms).foretell(held_out), held_out.correct)
          .roc_auc();
    };
    return judged(PerformanceTerms::kWindows) - judged(PerformanceTerms::kCounts);
  };
  EXPECT_GT(gain([](Micros age) { return std::exp2(-age / (3.0 * kMicrosPerDay)); }), 0.08);
  EXPECT_GT(gain([](Micros) { return 1.0; }), -0.005);
}

// Galyardt and Goldin 2015, by hand: right, wrong, then ?
TEST(Performance, RecentTriesFade) {
  const Attempts attempts{.begin = {0, 3, 6},
                          .skill = {0, 0, 0, 0, 0, 0},
                          .item = {},
                          .correct = {1, 0, 1, 0, 1, 0},
                          .skills = 1};
  const PerformanceModel model(attempts, PerformanceTerms::kRecent, 0.1);
  const auto right = model.foretell(attempts);
  const auto log_odds = [&](std::size_t i) { return logit(right[i]); };
  // Shares .0, 1/(1+ghosts .7) and .7/(1.7+ghosts .49), wrong ones 0, 0 and 1; the other learner
  // 0, 0 and 1/(1.7+ghosts .49), with 0, 1 and .7. Two unknown weights explain all differences.
  const double ghosts = 2.19;
  const double share = (log_odds(1) - log_odds(0)) / (1 / (1 + 0.7 * ghosts));
  const double wrong = log_odds(4) - log_odds(0);
  const double whole = 1.7 + 0.49 * ghosts;
  EXPECT_NEAR(log_odds(2) - log_odds(0), share * 0.7 / whole + wrong, 1e-9);
  EXPECT_NEAR(log_odds(5) - log_odds(0), share / whole + wrong * 0.7, 1e-9);
}

// With next to no penalty, the item's forecast is the share of right answers to it.
TEST(Performance, AnItemAloneIsItsShare) {
  const Attempts attempts = practised(1);
  const auto right = PerformanceModel(attempts, PerformanceTerms::kItem, 1e-3).foretell(attempts);
  double answers = 0, correct = 0, said = 0;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    if (attempts.item[i] != 5) continue;
    ++answers;
    correct += attempts.correct[i];
    said = right[i];
  }
  EXPECT_NEAR(said, correct / answers, 1e-3);
}

TEST(Performance, OnlyWhatCameBeforeCounts) {
  Attempts attempts = practised(1);
  for (std::uint32_t i = 0; i < attempts.size(); ++i) {
    attempts.time.push_back(i / 2 * kMicrosPerHour);  // two at a time
  }
  for (const PerformanceTerms terms : {PerformanceTerms::kCounts, PerformanceTerms::kWindows}) {
    const PerformanceModel model(attempts, terms);
    Attempts other = attempts;
    other.correct[19] = 1 - other.correct[19];  // the first learner's last answer
    EXPECT_EQ(model.foretell(attempts), model.foretell(other));
    other.correct[0] = 1 - other.correct[0];
    EXPECT_NE(model.foretell(attempts), model.foretell(other));
  }
}

}  // namespace
}  // namespace waymark::stats
