// The slow look, and against its definition worked out afresh from all numbers before.

#include "fold/lasting.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace waymark::fold {
namespace {

constexpr double kRate = 0.01;

// Series of counts around a reference of 400 a day, at some of which something happens.
class Days {
 public:
  Days(std::size_t count, std::size_t series, unsigned seed = 1) : values_(series) {
    std::mt19937_64 random(seed);
    for (std::vector<double>& values : values_) {
      for (std::size_t day = 0; day < count; ++day) {
        values.push_back(std::round(400 * std::exp(0.15 * (drawn(random) - 0.5))));
      }
    }
  }
  Days& times(double factor, std::size_t first, std::size_t end, std::size_t series = 0) {
    for (std::size_t day = first; day < end; ++day) {
      values_[series][day] = std::round(values_[series][day] * factor);
    }
    return *this;
  }
  std::vector<std::vector<std::optional<Lasting>>> judged() const {
    LastingLook look(values_.size());
    std::vector<std::vector<std::optional<Lasting>>> all;
    for (std::uint32_t day = 0; day < values_[0].size(); ++day) {
      for (std::size_t i = 0; i < values_.size(); ++i) {
        look.learn(i, watch_, {day, values_[i][day], values_[i][day], std::log(400.5)});
      }
      all.push_back(look.judge(day, kRate));
    }
    return all;
  }
  // The days on whose evening the first series was odd, and on which side: "-70 -71 ".
  std::string odd() const {
    std::string days;
    const auto all = judged();
    for (std::size_t day = 0; day < all.size(); ++day) {
      if (!all[day][0] || !all[day][0]->is_odd) continue;
      days += (all[day][0]->score < 0 ? "-" : "+") + std::to_string(day) + " ";
    }
    return days;
  }
  const std::vector<std::vector<double>>& values() const { return values_; }

 private:
  static double drawn(std::mt19937_64& random) {
    return static_cast<double>(random() >> 11) * 0x1p-53;
  }
  std::vector<std::vector<double>> values_;
  stats::Watch watch_{stats::NumberKind::kCount, true};
};

TEST(LastingLook, QuietDaysAreQuiet) {
  for (unsigned seed = 1; seed <= 5; ++seed) EXPECT_EQ(Days(300, 4, seed).odd(), "") << seed;
}

TEST(LastingLook, WhatIsLostForWeeksIsFoundAndItsEndIsNone) {
  const auto all = Days(200, 3).times(0.75, 100, 121).judged();
  std::vector<std::size_t> odd;
  for (std::size_t day = 0; day < all.size(); ++day) {
    if (!all[day][0] || !all[day][0]->is_odd) continue;
    odd.push_back(day);
    EXPECT_LT(all[day][0]->score, 0) << day << ": what it comes back to is not odd";
  }
  ASSERT_FALSE(odd.empty());
  EXPECT_LE(odd.front(), 106U) << "it is most of a week";
  EXPECT_GE(odd.back(), 120U);
  EXPECT_LE(odd.back(), 121U + 28) << "the longest window has passed it";
  const Lasting& found = *all[113][0];
  EXPECT_EQ(found.first, 113 + 1 - found.over);
  const Lasting& week = *all[106][0];
  EXPECT_EQ(week.over, 7U);
  EXPECT_NEAR(week.expected, 400, 10);
  EXPECT_NEAR(week.value, 300, 10);
  EXPECT_LT(week.value, week.low);
  EXPECT_GT(week.high, week.expected);
}

TEST(LastingLook, ASlowDeclineIsFound) {
  Days days(200, 3);
  for (std::size_t day = 100; day < 128; ++day) {
    days.times(1 - 0.5 * static_cast<double>(day - 99) / 28, day, day + 1);
  }
  const std::string odd = days.odd();
  EXPECT_EQ(odd.substr(0, 2), "-1") << odd;
  EXPECT_LT(odd.substr(0, 4), "-120") << odd;
}

TEST(LastingLook, WhatStaysBecomesUsual) {
  const auto all = Days(300, 3).times(0.6, 100, 300).judged();
  for (std::size_t day = 106; day < 155; ++day) EXPECT_TRUE(all[day][0]->is_odd) << day;
  for (std::size_t day = 170; day < 300; ++day) {
    EXPECT_FALSE(all[day][0] && all[day][0]->is_odd) << day;
  }
}

TEST(LastingLook, ForgetsAndLeavesGapsOut) {
  const stats::Watch watch(stats::NumberKind::kCount, true);
  LastingLook look(1);
  std::uint32_t day = 0;
  const auto pass = [&](std::size_t days) {
    std::optional<Lasting> last;
    for (std::size_t i = 0; i < days; ++i, ++day) {
      look.learn(0, watch, {day, 400.0 + day % 5, 1, 0});
      last = look.judge(day, kRate)[0];
    }
    return last;
  };
  EXPECT_FALSE(pass(20 + LastingLook::kLeastChanges));
  EXPECT_TRUE(pass(1));
  EXPECT_FALSE(look.judge(day, kRate)[0]) << "it has no number in the period";
  day += LastingLook::kMostWithout;
  EXPECT_TRUE(pass(1));
  day += LastingLook::kMostWithout + 1;
  EXPECT_FALSE(pass(1)->over == 7) << "a week is not two ends of a month";
  look.forget(0);
  EXPECT_FALSE(pass(20));
  EXPECT_TRUE(pass(1));
}

double middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// The change over a window that ends with the day, where nothing was odd, and the chance in it.
std::optional<std::pair<double, double>> change(const std::vector<double>& values, std::size_t day,
                                                const LastingLook::Window& window) {
  if (day + 1 < window.periods + window.before) return std::nullopt;
  std::vector<double> last, before, chances;
  for (std::size_t i = day + 1 - window.periods - window.before; i <= day; ++i) {
    (i + window.periods > day ? last : before).push_back(std::log(values[i] + 0.5));
    chances.push_back(1 / (values[i] + 0.5));
  }
  const double chance =
      std::acos(-1) / 2 * middle(chances) *
      (1.0 / static_cast<double>(window.periods) + 1.0 / static_cast<double>(window.before));
  return std::pair(middle(last) - middle(before), chance);
}

TEST(LastingLook, ScoresAreWhatTheDefinitionSays) {
  const Days days(190, 3);
  const auto all = days.judged();
  std::size_t compared = 0;
  for (std::size_t day = 0; day < 190; ++day) {
    for (std::size_t i = 0; i < 3; ++i) {
      std::optional<double> most;
      for (const LastingLook::Window& window : LastingLook::kWindows) {
        std::vector<double> sizes, chances, own;
        std::size_t known = 0;
        for (std::size_t back = std::min<std::size_t>(day, 112); back > 0; --back) {
          if (!change(days.values()[0], day - back, window)) continue;
          ++known;
          for (std::size_t other = 0; other < 3; ++other) {
            const auto [size, chance] = *change(days.values()[other], day - back, window);
            sizes.push_back(std::abs(size));
            chances.push_back(chance);
            if (other == i) own.push_back(std::abs(size));
          }
        }
        if (known < 28) continue;
        const auto [size, chance] = *change(days.values()[i], day, window);
        const double all_of = std::pow(1.4826 * middle(sizes), 2) - middle(chances);
        const double weight = static_cast<double>(own.size()) / static_cast<double>(window.periods);
        const double variance =
            (weight * std::pow(1.4826 * middle(own), 2) + 4 * (std::max(0.0, all_of) + chance)) /
            (weight + 4);
        const double score = size / std::sqrt(std::max(variance, chance));
        if (!most || std::abs(score) > std::abs(*most)) most = score;
      }
      ASSERT_EQ(all[day][i].has_value(), most.has_value()) << day;
      if (!most || all[day][i]->is_odd) continue;
      ASSERT_NEAR(all[day][i]->score, *most, 1e-3 * (1 + std::abs(*most))) << day;
      ++compared;
    }
  }
  EXPECT_GT(compared, 300U);
}

}  // namespace
}  // namespace waymark::fold
