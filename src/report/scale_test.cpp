#include "report/scale.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "report/hostile.h"
#include "report/number.h"

namespace waymark::report {
namespace {

// 1, 2, 2.5 or 5 times a power of ten.
bool is_round(double step) {
  const double unit = std::pow(10.0, std::floor(std::log10(step) + 1e-9));
  const double factor = step / unit;
  return std::ranges::any_of(std::vector<double>{1, 2, 2.5, 5},
                             [&](double f) { return std::fabs(factor - f) < 1e-6; });
}

void expect_nice(double low, double high, int wanted) {
  SCOPED_TRACE(testing::Message() << low << " to " << high << ", " << wanted << " wanted");
  const std::vector<double> ticks = nice_ticks(low, high, wanted);
  ASSERT_GE(ticks.size(), 2u);
  EXPECT_LE(ticks.size(), 2u * static_cast<std::size_t>(wanted) + 3);
  for (std::size_t i = 1; i < ticks.size(); ++i) EXPECT_LT(ticks[i - 1], ticks[i]);
  const double step = ticks[1] - ticks[0], slack = 1e-6 * step;
  EXPECT_LE(ticks.front(), low + slack);
  EXPECT_GE(ticks.back(), high - slack);
  // Not a step more than it takes, unless there was nothing to span.
  if (low < high) {
    EXPECT_GT(ticks.front() + step, low - slack);
    EXPECT_LT(ticks.back() - step, high + slack);
  }
  EXPECT_TRUE(is_round(step)) << step;
  for (const double tick : ticks) {
    EXPECT_NEAR(tick / step, std::round(tick / step), 1e-6);
  }
}

TEST(Ticks, EncloseAnyRangeInRoundSteps) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> mantissa(-10, 10), exponent(-12, 15);
  for (int i = 0; i < 5'000; ++i) {
    const double low = mantissa(random) * std::pow(10, exponent(random));
    const double span = std::fabs(mantissa(random)) * std::pow(10, exponent(random));
    if (span < 1e-3 * std::fabs(low)) continue;  // too near for steps of theirs to be exact
    expect_nice(low, low + span, 2 + static_cast<int>(random() % 9));
  }
}

TEST(Ticks, OfOneValueEncloseIt) {
  for (const double value : {0.0, 1.0, -1.0, 7.0, 0.3, -1e-9, 1e12, -12345.0})
    expect_nice(value, value, 4);
}

TEST(Ticks, AreFewAndAscendWhateverTheRange) {
  std::vector<double> ends = extreme_values();
  for (const double end : {1e20, 1e20 + 16'384, 9e15, 9e15 + 8}) ends.push_back(end);
  for (const double low : ends) {
    for (const double high : ends) {
      SCOPED_TRACE(testing::Message() << low << " to " << high);
      const std::vector<double> ticks = nice_ticks(low, high, 4);
      ASSERT_GE(ticks.size(), 2u);
      ASSERT_LE(ticks.size(), 11u);
      for (std::size_t i = 1; i < ticks.size(); ++i) EXPECT_LT(ticks[i - 1], ticks[i]);
      for (const double tick : ticks) EXPECT_TRUE(std::isfinite(tick));
    }
  }
}

TEST(DayTicks, StandOnDaysAMonthOrAYearApartAndNeverTooMany) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 3'000; ++i) {
    const Day first = static_cast<Day>(random() % 40'000) - 10'000;
    const Day last =
        first + static_cast<Day>(std::pow(10.0, static_cast<double>(random() % 43) / 10));
    const int most = 2 + static_cast<int>(random() % 12);
    SCOPED_TRACE(testing::Message() << date(first) << " to " << date(last) << ", at most " << most);
    const auto ticks = day_ticks(first, last, most);
    ASSERT_LE(ticks.size(), static_cast<std::size_t>(most));
    for (std::size_t t = 0; t < ticks.size(); ++t) {
      EXPECT_GE(ticks[t].day, first);
      EXPECT_LE(ticks[t].day, last);
      EXPECT_FALSE(ticks[t].label.empty());
      // The label is part of the day's name.
      EXPECT_NE(date(ticks[t].day).find(ticks[t].label), std::string::npos);
      if (t > 0) {
        EXPECT_GT(ticks[t].day, ticks[t - 1].day);
      }
    }
    // A span of weeks or years has something to hold on to.
    if (last - first >= 62 || last - first < 14) {
      EXPECT_FALSE(ticks.empty());
    }
  }
}

TEST(DayTicks, OfDaysThatNoCalendarHasAreNone) {
  const Day least = std::numeric_limits<Day>::min(), most = std::numeric_limits<Day>::max();
  EXPECT_TRUE(day_ticks(least, most, 10).empty());
  EXPECT_TRUE(day_ticks(0, most, 10).empty());
  EXPECT_TRUE(day_ticks(10, 9, 10).empty());
  EXPECT_EQ(day_ticks(10, 10, 10).size(), 1u);
}

TEST(Scale, StaysWithinItsPixels) {
  for (const double from : {-1.0, 0.0, 5.0}) {
    for (const double to : {5.0, 6.0, 1e12}) {
      const Scale scale{from, to, 100, 20};
      EXPECT_EQ(scale(from), 100);
      if (to > from) {
        EXPECT_EQ(scale(to), 20);
      }
      for (const double value : extreme_values()) {
        if (std::isnan(value)) continue;
        EXPECT_GE(scale(value), 20) << value;
        EXPECT_LE(scale(value), 100) << value;
      }
    }
  }
}

}  // namespace
}  // namespace waymark::report
