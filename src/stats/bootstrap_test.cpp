#include "stats/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "stats/random.h"

namespace waymark::stats {
namespace {

// [rand.predef] of the C++ standard: the 10000th number of mt19937_64 with its default seed.
TEST(Random, IsTheStandardGenerator) {
  Random random(5489);
  for (int i = 1; i < 10000; ++i) random.next();
  EXPECT_EQ(random.next(), 9981545732273789042ull);
}

TEST(Random, BelowIsUniform) {
  Random random(3);
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts[random.below(7)];
  double chi_square = 0;
  for (const int count : counts) chi_square += std::pow(count - 10000, 2) / 10000.0;
  EXPECT_LT(chi_square, 22.46);  // 0.1 % point with 6 degrees of freedom
}

// The mean of n independent rows has the standard error s / sqrt(n); rows that come in equal pairs
// have half as much to say, which only the clustered draw sees.
TEST(Bootstrap, SeesClusters) {
  Random random(11);
  std::vector<double> values;
  std::vector<std::uint32_t> pairs, singles;
  for (std::uint32_t i = 0; i < 400; ++i) {
    const auto value = static_cast<double>(random.below(1000));
    values.insert(values.end(), 2, value);
    pairs.insert(pairs.end(), 2, i);
  }
  singles.resize(values.size());
  std::iota(singles.begin(), singles.end(), 0u);
  const auto mean = [&](Weights weights) {
    double sum = 0, n = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += weights[i] * values[i], n += weights[i];
    return std::vector<double>{sum / n};
  };
  const auto width = [&](const std::vector<std::uint32_t>& cluster) {
    const auto interval = bootstrap_intervals(cluster, {}, mean).at(0);
    return interval.high - interval.low;
  };
  const double theory = 2 * 1.96 * 1000 / std::sqrt(12.0) / std::sqrt(400.0);
  EXPECT_NEAR(width(pairs), theory, theory / 8);
  EXPECT_NEAR(width(singles), theory / std::sqrt(2), theory / 8);
}

TEST(Bootstrap, SameSeedSameDigits) {
  const std::vector<std::uint32_t> cluster = {0, 1, 2, 3, 4};
  const auto share = [](Weights weights) { return std::vector<double>{weights[0] / 5.0}; };
  const auto a = bootstrap_intervals(cluster, {.seed = 5}, share);
  const auto b = bootstrap_intervals(cluster, {.seed = 5}, share);
  EXPECT_EQ(a[0].low, b[0].low);
  EXPECT_EQ(a[0].high, b[0].high);
  EXPECT_TRUE(bootstrap_intervals({}, {}, share).empty());
}

}  // namespace
}  // namespace waymark::stats
