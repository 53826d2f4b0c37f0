#include "stats/false_discovery.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "stats/random.h"

namespace waymark::stats {
namespace {

using Kept = std::vector<std::uint8_t>;

// Benjamini and Hochberg 1995, section 4: of 15 end points of a trial four stand at 5 %, though
// only three do by Bonferroni's correction.
TEST(FalseDiscovery, IsAsPublished) {
  const std::vector<double> published{.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344,
                                      .0459, .3240, .4262, .5719, .6528, .7590, 1.0};
  const auto count = [&](double rate) {
    const Kept kept = discoveries(published, rate);
    return std::accumulate(kept.begin(), kept.end(), 0);
  };
  EXPECT_EQ(count(.05), 4);
  EXPECT_EQ(count(.10), 9);
  EXPECT_EQ(count(.002), 1);
}

TEST(FalseDiscovery, KeepsAllUpToTheLastThatIsLowEnough) {
  EXPECT_EQ(discoveries(std::vector{.04, .03, .9, .02}, .06), (Kept{1, 1, 0, 1}));
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(discoveries(std::vector{kMissing, .04, kMissing}, .05), (Kept{0, 1, 0}));
  EXPECT_EQ(discoveries(std::vector<double>{}, .05), Kept{});
}

// Where all is chance, something is kept in the share `rate` of cases.
TEST(FalseDiscovery, KeepsItsWord) {
  Random random(7);
  int any = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<double> chances(12);
    for (double& p : chances) p = static_cast<double>(random.below(1 << 30)) / (1 << 30);
    const Kept kept = discoveries(chances, .1);
    any += std::accumulate(kept.begin(), kept.end(), 0) > 0;
  }
  EXPECT_NEAR(any / 20'000.0, .1, .008);
}

}  // namespace
}  // namespace waymark::stats
