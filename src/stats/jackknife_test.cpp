#include "stats/jackknife.h"

#include <gtest/gtest.h>

#include <cmath>

#include "stats/random.h"

namespace waymark::stats {
namespace {

// Of the mean of independent rows the interval is mean +- t * s / sqrt(n), and holds the truth as
// often as it says; of rows that come in equal pairs it is wider by sqrt(2).
TEST(Jackknife, HoldsTheTruthAsOftenAsItSays) {
  constexpr std::size_t kRows = 400, kTrials = 300;
  Random random(3);
  std::size_t held = 0;
  double width = 0, width_of_pairs = 0;
  for (std::size_t trial = 0; trial < kTrials; ++trial) {
    std::vector<double> values;
    std::vector<std::uint32_t> alone, pairs;
    for (std::uint32_t row = 0; row < kRows; ++row) {
      const double next = static_cast<double>(random.below(1'000'001)) / 1e6;
      values.push_back(row % 2 == 0 ? next : values.back());
      alone.push_back(row);
      pairs.push_back(row / 2);
    }
    const auto mean = [&](std::span<const std::uint32_t> rows) {
      double sum = 0;
      for (const std::uint32_t row : rows) sum += values[row];
      return std::vector<double>{sum / static_cast<double>(rows.size())};
    };
    const Estimate found = jackknife_estimates(pairs, trial, mean).at(0);
    held += found.interval.low <= 0.5 && 0.5 <= found.interval.high;
    width_of_pairs += found.interval.high - found.interval.low;
    const Estimate of_rows = jackknife_estimates(alone, trial, mean).at(0);
    width += of_rows.interval.high - of_rows.interval.low;
    EXPECT_EQ(of_rows.value, found.value);
  }
  EXPECT_GE(held, kTrials * 91 / 100);
  EXPECT_LE(held, kTrials * 99 / 100);
  EXPECT_NEAR(width_of_pairs / width, std::sqrt(2), 0.05);
  const double expected = 2 * 2.093 * std::sqrt(1.0 / 12 / (kRows / 2));
  EXPECT_NEAR(width_of_pairs / kTrials, expected, 0.05 * expected);
}

TEST(Jackknife, NothingComesOfNothingAndNotANumberStaysNone) {
  const auto none = [](std::span<const std::uint32_t>) {
    return std::vector<double>{std::nan("")};
  };
  EXPECT_TRUE(jackknife_estimates({}, 1, none).empty());
  const std::vector<std::uint32_t> two{0, 1};
  EXPECT_TRUE(std::isnan(jackknife_estimates(two, 1, none).at(0).interval.low));
}

}  // namespace
}  // namespace waymark::stats
