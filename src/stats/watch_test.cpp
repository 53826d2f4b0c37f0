#include "stats/watch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "stats/random.h"

namespace waymark::stats {
namespace {

double uniform(Random& random) {
  return (static_cast<double>(random.below(1U << 30)) + 0.5) / (1U << 30);
}

double normal(Random& random) {
  return std::sqrt(-2 * std::log(uniform(random))) * std::cos(6.283185307179586 * uniform(random));
}

// Knuth's, for means below 700: how many uniform numbers until their product is small.
double poisson(Random& random, double mean) {
  double product = uniform(random);
  double count = 0;
  for (; product > std::exp(-mean); ++count) product *= uniform(random);
  return count;
}

// The share of days that are odd at this probability, of series that nothing happens to.
double false_alarms(NumberKind kind, double probability,
                    const std::function<Watch::Number(Random&, std::size_t)>& draw) {
  Random random(11);
  std::size_t judged = 0, odd = 0;
  for (int series = 0; series < 20; ++series) {
    Watch watch(kind, true);
    for (std::size_t day = 0; day < 200; ++day) {
      Watch::Number number = draw(random, day);
      number.season = day % 7;
      const auto judgement = watch.judge(number);
      const bool is_odd = judgement && tail_probability(judgement->score) < probability;
      judged += judgement.has_value();
      odd += is_odd;
      watch.learn(number, is_odd);
    }
  }
  EXPECT_GT(judged, 20 * 150U);
  return static_cast<double>(odd) / static_cast<double>(judged);
}

// Any table of Student's t distribution: two-sided critical values with 4 degrees of freedom.
TEST(Watch, TailsArePublishedOnes) {
  for (const auto& [probability, score] : std::initializer_list<std::pair<double, double>>{
           {0.1, 2.132}, {0.05, 2.776}, {0.02, 3.747}, {0.01, 4.604}, {0.001, 8.610}}) {
    EXPECT_NEAR(tail_score(probability), score, 5e-4);
    EXPECT_NEAR(tail_probability(-score), probability, probability * 1e-3);
  }
  for (const double p : {1.0, 0.5, 1e-6, 1e-12})
    EXPECT_NEAR(tail_probability(tail_score(p)) / p, 1, 1e-6);
  EXPECT_EQ(tail_probability(0), 1);
  EXPECT_EQ(tail_probability(INFINITY), 0);
}

TEST(Watch, KnowsTheWeekAndTheTrend) {
  constexpr double kWeek[]{100, 120, 110, 100, 80, 30, 20};
  Watch watch(NumberKind::kNumber, true);
  for (std::size_t day = 0; day < 100; ++day) {
    const Watch::Number number{kWeek[day % 7] + 3 * static_cast<double>(day), 1, day % 7};
    const auto judgement = watch.judge(number);
    EXPECT_EQ(judgement.has_value(), day >= 31) << day;
    EXPECT_NEAR(judgement ? judgement->expected : number.value, number.value, 1e-9);
    watch.learn(number, false);
  }
}

TEST(Watch, OneWildNumberChangesLittle) {
  Watch calm(NumberKind::kCount, true), shaken(NumberKind::kCount, true);
  Random random(3);
  for (std::size_t day = 0; day < 80; ++day) {
    const Watch::Number number{poisson(random, 400), 1, day % 7};
    calm.learn(number, false);
    shaken.learn({day == 75 ? 40'000 : number.value, 1, day % 7}, false);
  }
  const Watch::Number next{400, 1, 80 % 7};
  EXPECT_NEAR(shaken.judge(next)->expected, calm.judge(next)->expected, 40);
  EXPECT_NEAR(shaken.judge(next)->score, calm.judge(next)->score, 1);
}

TEST(Watch, OddNumbersAreTheNewNormalAfterAWhile) {
  Watch watch(NumberKind::kCount, true);
  Random random(5);
  std::size_t odd = 0;
  for (std::size_t day = 0; day < 120; ++day) {
    const Watch::Number number{poisson(random, day < 60 ? 500 : 150), 1, day % 7};
    const auto judgement = watch.judge(number);
    const bool is_odd = judgement && tail_probability(judgement->score) < 0.01;
    EXPECT_TRUE(!is_odd || day >= 60) << day;
    if (day >= 60 && day < 60 + Watch::kPatience) {
      EXPECT_TRUE(is_odd) << day;
      EXPECT_NEAR(judgement->expected, 500, 60);
    }
    odd += is_odd;
    watch.learn(number, is_odd);
  }
  EXPECT_LE(odd, Watch::kPatience + Watch::kLevel);
}

TEST(Watch, SmallCountsDoNotCryWolf) {
  for (const double mean : {0.1, 0.7, 2.0, 5.0, 30.0}) {
    for (const double probability : {0.05, 0.01, 0.002}) {
      EXPECT_LE(false_alarms(NumberKind::kCount, probability,
                             [&](Random& random, std::size_t) {
                               return Watch::Number{poisson(random, mean)};
                             }),
                probability)
          << mean;
    }
  }
}

TEST(Watch, NorDoSumsSharesOfFewAndOtherNumbers) {
  for (const double probability : {0.05, 0.01}) {
    EXPECT_LE(false_alarms(NumberKind::kSum, probability,
                           [](Random& random, std::size_t) {
                             const double n = poisson(random, 3);
                             return Watch::Number{0.05 * n, n};
                           }),
              probability);
    EXPECT_LE(false_alarms(NumberKind::kShare, probability,
                           [](Random& random, std::size_t day) {
                             const double n = day % 7 < 5 ? 40 : 3;
                             double met = 0;
                             for (double i = 0; i < n; ++i) met += uniform(random) < 0.9;
                             return Watch::Number{met / n, n};
                           }),
              1.3 * probability)
        << "shares near 1 are skew";
    EXPECT_LE(false_alarms(NumberKind::kNumber, probability,
                           [](Random& random, std::size_t) {
                             return Watch::Number{50 + 4 * normal(random)};
                           }),
              probability);
  }
}

TEST(Watch, TheBandIsWhereTheScoreIs) {
  for (const NumberKind kind : {NumberKind::kCount, NumberKind::kSum, NumberKind::kNumber}) {
    Watch watch(kind, true);
    Random random(13);
    for (std::size_t day = 0; day < 90; ++day)
      watch.learn({(day % 7 < 5 ? 90 : 40) + poisson(random, 30), 50, day % 7}, false);
    for (const double score : {-3.0, 0.0, 4.0}) {
      const Watch::Number asked{100, 50, 90 % 7};
      const double value = watch.judge(asked)->value_at(score);
      EXPECT_NEAR(watch.judge({value, 50, asked.season})->score, score, 1e-6);
    }
  }
}

TEST(Watch, AReferenceIsTakenOff) {
  // Every second fortnight three times as many come, as is known from elsewhere.
  Watch with(NumberKind::kCount, true), without(NumberKind::kCount, true);
  Random random(5);
  std::size_t odd = 0;
  for (std::size_t day = 0; day < 140; ++day) {
    const double busy = day / 14 % 2 == 0 ? 1 : 3;
    const double usual = (day % 7 < 5 ? 200 : 50) * busy;
    const Watch::Number number{poisson(random, usual), 1, day % 7, std::log(busy)};
    const Watch::Number alone{number.value, 1, day % 7};
    if (const auto judgement = with.judge(number)) {
      EXPECT_NEAR(judgement->expected, usual, 0.35 * usual) << day;
      EXPECT_LT(std::abs(judgement->score), 6) << day;
    }
    if (const auto judgement = without.judge(alone)) odd += std::abs(judgement->score) > 6;
    with.learn(number, false);
    without.learn(alone, false);
  }
  EXPECT_GT(odd, 0U);
}

// Were the day simply left out, the level would be that of a weekend.
TEST(Watch, ADayLeftOutChangesNothing) {
  Watch watch(NumberKind::kCount, true);
  for (std::size_t day = 0; day < 80; ++day) {
    const Watch::Number number{day % 7 < 5 ? 400.0 : 100.0, 1, day % 7};
    const auto judgement = watch.judge(number);
    ASSERT_TRUE(judgement || day <= 60) << day;
    if (judgement) {
      EXPECT_NEAR(judgement->expected, number.value, 1) << day;
    }
    day % 9 == 0 ? watch.skip(number.season) : watch.learn(number, false);
  }
}

TEST(Watch, AfterALongBreakTheLevelIsNotKnown) {
  Watch days(NumberKind::kCount, true), weeks(NumberKind::kCount, false);
  for (std::size_t i = 0; i < 50; ++i) {
    days.learn({100, 1, i % 7}, false);
    weeks.learn({100, 1, i % 10}, false);
  }
  Watch bridged = days;
  for (std::size_t i = 0; i < Watch::kBridge; ++i) bridged.skip(i);
  EXPECT_TRUE(bridged.judge({100, 1, 3}));
  for (std::size_t i = 0; i < 12; ++i) {
    days.skip(i % 7);
    weeks.skip(i);
  }
  EXPECT_FALSE(days.judge({100, 1, 0}));
  EXPECT_TRUE(weeks.judge({100, 1, 0}));
  EXPECT_TRUE(weeks.judge({100, 1, 77})) << "a week of term that never was";
  for (std::size_t i = 0; i < Watch::kLevel; ++i) days.learn({100, 1, i}, false);
  EXPECT_TRUE(days.judge({100, 1, 3}));
}

}  // namespace
}  // namespace waymark::stats
