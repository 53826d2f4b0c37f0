#include "stats/windows.h"

#include <gtest/gtest.h>

#include "stats/random.h"

namespace waymark::stats {
namespace {

// Steps that end at a window's edge, a moment before it, at once, and somewhere.
Micros step(Random& random) {
  const Micros length = TriesInWindows::kLengths[random.below(4)];
  switch (random.below(4)) {
    case 0:
      return length;
    case 1:
      return length - 1;
    case 2:
      return 0;
    default:
      return static_cast<Micros>(random.below(static_cast<std::uint64_t>(length)));
  }
}

TEST(Windows, CountWhatCountingOneByOneDoes) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    TriesInWindows tries;
    std::vector<std::pair<Micros, bool>> all;
    Micros now = -kMicrosPerDay;
    for (int i = 0; i < 200; ++i) {
      now += step(random);
      const auto counts = tries.until(now);
      for (std::size_t window = 0; window < counts.size(); ++window) {
        std::uint32_t tried = 0, right = 0;
        for (const auto& [time, is_right] : all) {
          if (now - time >= TriesInWindows::kLengths[window]) continue;
          ++tried;
          right += is_right;
        }
        ASSERT_EQ(counts[window].all, tried) << "seed " << seed << ", answer " << i;
        ASSERT_EQ(counts[window].right, right) << "seed " << seed << ", answer " << i;
      }
      all.emplace_back(now, random.below(2) == 0);
      tries.add(now, all.back().second);
    }
  }
}

TEST(Windows, AreOpenAtTheirFarEnd) {
  TriesInWindows tries;
  tries.add(0, true);
  EXPECT_EQ(tries.until(kMicrosPerHour - 1)[0].right, 1u);
  EXPECT_EQ(tries.until(kMicrosPerHour)[0].all, 0u);
  EXPECT_EQ(tries.until(kMicrosPerHour)[1].all, 1u);
}

}  // namespace
}  // namespace waymark::stats
