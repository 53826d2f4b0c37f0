// Anomalies against their definition, worked out afresh for every period from all the numbers
// before it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <random>

#include "fold/anomalies.h"
#include "fold/anomalies_story.h"

namespace waymark::fold {
namespace {

using Maybe = std::optional<double>;

double middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// The last `most` of them.
std::vector<double> tail(std::vector<double> values, std::size_t most) {
  if (values.size() > most) values.erase(values.begin(), values.end() - static_cast<long>(most));
  return values;
}

// A series of counts in days, by what has been found so far.
struct Naive {
  std::vector<double> value;
  std::vector<bool> closed, odd;  // odd: of the days before the one that is asked for

  // What stands for the day in levels: nothing, its number, or what was expected.
  Maybe taken(std::size_t day) const {
    if (!closed[day]) return is_held(day) ? expected(day) : Maybe(value[day]);
    std::size_t run = 0;
    while (run <= day && closed[day - run]) ++run;
    return run <= 3 ? expected(day) : Maybe();
  }
  bool is_held(std::size_t day) const {
    if (!odd[day]) return false;
    return run_to(day) <= 14;
  }
  // How many odd days there have been up to this one, with at most two others between any.
  std::size_t run_to(std::size_t day) const {
    std::size_t run = 0, others = 0;
    for (std::size_t i = day + 1; i-- > 0 && others <= 2;) {
      if (closed[i]) continue;
      odd[i] ? (++run, others = 0) : ++others;
    }
    return run;
  }
  bool goes_on(std::size_t day, double score, double probability) const {
    if (day == 0 || probability >= 0.2 || run_to(day - 1) == 0) return false;
    std::size_t last = day - 1;
    while (!odd[last]) --last;
    return (value[last] < *expected_[last]) == (score < 0);
  }
  Maybe level(std::size_t day) const {
    std::vector<double> last;
    for (std::size_t back = 1; back <= 3; ++back) {
      if (back > day || !taken_[day - back]) return {};
      last.push_back(*taken_[day - back]);
    }
    return std::log(middle(last) + 0.5);
  }
  Maybe rise(std::size_t day) const {
    std::vector<double> same;
    for (std::size_t i = day % 7; i < day; i += 7) {
      if (!closed[i] && !is_held(i) && level(i))
        same.push_back(std::log(value[i] + 0.5) - *level(i));
    }
    if (same.size() < 2) return {};
    return middle(tail(same, 8));
  }
  Maybe expected(std::size_t day) const {
    const Maybe base = level(day), above = rise(day);
    if (!base || !above) return {};
    return std::max(0.0, std::exp(*base + *above) - 0.5);
  }
  // Score and expectation.
  std::optional<std::pair<double, double>> judged(std::size_t day) const {
    std::vector<double> sizes, chances;
    for (std::size_t i = 0; i < day; ++i) {
      if (closed[i] || is_held(i) || !expected_[i]) continue;
      sizes.push_back(std::abs(std::log(value[i] + 0.5) - *level(i) - *rise(i)));
      chances.push_back(1 / (*expected_[i] + 0.5));
    }
    const Maybe mean = expected(day);
    if (!mean || sizes.size() < 14) return {};
    double spread = 1.4826 * middle(tail(sizes, 56));
    const double chance = middle(tail(chances, 56));
    if (spread == 0) {
      double sum = 0;
      for (const double size : tail(sizes, 56)) sum += size;
      spread = 1.2533 * sum / static_cast<double>(tail(sizes, 56).size());
    }
    spread = std::sqrt(std::max(0.0, spread * spread - chance));
    const auto stable = [&](double count) {
      return spread == 0 ? 2 * std::sqrt(count + 0.375)
                         : 2 / spread * std::asinh(spread * std::sqrt(count + 0.375));
    };
    return std::pair(stable(value[day]) - stable(*mean), *mean);
  }
  // Only so that it does not take for ever: what taken() and expected() say of days before.
  std::vector<Maybe> taken_, expected_;
};

// Integrates the density of Student's t with 4 degrees of freedom from the score on.
double probability_of(double score) {
  const double from = std::abs(score);
  // With t = 2 tan u the density is 3/4 cos^3 u du.
  const double begin = std::atan(from / 2), end = std::acos(-1) / 2;
  constexpr int kSteps = 400;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double u = begin + (end - begin) * (i + 0.5) / kSteps;
    sum += std::pow(std::cos(u), 3);
  }
  return 2 * 0.75 * sum * (end - begin) / kSteps;
}

TEST(AnomaliesOracle, EveryDayIsJudgedByTheDaysBeforeItAlone) {
  const AnomaliesDefinition odd = anomalies_of(
      "false_alarms: 15\ncalendar: terms",
      "dates: [{kind: outage, from: 2026-03-09}, {kind: holiday, from: 2026-04-01, to: "
      "2026-04-09}]");
  const auto periods = periods_from(PeriodUnit::kDay, 130);
  for (unsigned seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t bound) { return random() % bound; };
    std::vector<WatchedSeries> series(1 + below(4));
    std::vector<Naive> naive(series.size());
    for (std::size_t s = 0; s < series.size(); ++s) {
      const double size = std::pow(10, static_cast<double>(below(4)));
      for (std::size_t day = 0; day < periods.size(); ++day) {
        double value = std::floor(size * (1 + static_cast<double>(day % 7 + below(4)) / 4));
        if (below(25) == 0) value = std::floor(value * static_cast<double>(below(4)));
        if (seed % 3 == 0 && day > 90) value = std::floor(value / 8);
        series[s].value.push_back(value);
        series[s].n.push_back(value);
        naive[s].closed.push_back(
            odd.calendar->closed.within(periods[day].first, periods[day].end) > 0);
      }
      naive[s].value = series[s].value;
      naive[s].odd.assign(periods.size(), false);
    }
    const Anomalies found =
        find_anomalies({odd, PeriodUnit::kDay, stats::NumberKind::kCount, periods}, series);
    std::size_t alarms = 0;
    for (std::size_t day = 0; day < periods.size(); ++day) {
      std::vector<std::pair<double, std::size_t>> chances;
      for (std::size_t s = 0; s < series.size(); ++s) {
        const JudgedPeriod& row = found.periods[s * periods.size() + day];
        const auto judged = naive[s].closed[day] ? std::nullopt : naive[s].judged(day);
        ASSERT_EQ(row.excluded_because.empty(), judged.has_value()) << s << " " << day;
        if (!judged) continue;
        ASSERT_NEAR(row.score, judged->first, 1e-6 * (1 + std::abs(row.score))) << s << " " << day;
        ASSERT_NEAR(row.expected, judged->second, 1e-6 * (1 + row.expected));
        chances.emplace_back(probability_of(judged->first), s);
      }
      std::sort(chances.begin(), chances.end());
      std::size_t kept = 0;
      for (std::size_t i = 0; i < chances.size(); ++i) {
        if (chances[i].first <=
            15 / 365.25 * static_cast<double>(i + 1) / static_cast<double>(chances.size()))
          kept = i + 1;
      }
      for (std::size_t i = 0; i < chances.size(); ++i) {
        const auto [chance, s] = chances[i];
        const double score = found.periods[s * periods.size() + day].score;
        naive[s].odd[day] = i < kept || naive[s].goes_on(day, score, chance);
      }
      for (std::size_t s = 0; s < series.size(); ++s) {
        const JudgedPeriod& row = found.periods[s * periods.size() + day];
        ASSERT_EQ(row.severity != Severity::kNone, naive[s].odd[day]) << s << " " << day;
        ASSERT_TRUE(row.severity != Severity::kNone || !row.excluded_because.empty() ||
                    (row.low <= row.value && row.value <= row.high));
        alarms += row.severity != Severity::kNone;
        naive[s].expected_.push_back(naive[s].expected(day));
        naive[s].taken_.push_back(naive[s].taken(day));
      }
    }
    EXPECT_GT(alarms, 0U);
  }
}

}  // namespace
}  // namespace waymark::fold
