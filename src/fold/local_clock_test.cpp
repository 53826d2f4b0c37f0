#include "fold/local_clock.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace waymark::fold {
namespace {

TEST(LocalClock, DaysOfManyAreTheDayOfEach) {
  std::vector<Micros> times{std::numeric_limits<Micros>::min(), std::numeric_limits<Micros>::max()};
  const std::int64_t last = std::numeric_limits<Micros>::max() / kMicrosPerDay;
  for (const std::int64_t day : {-last, -last + 1, std::int64_t{-1}, std::int64_t{0},
                                 std::int64_t{1}, std::int64_t{20'000}, last - 1, last}) {
    for (const Micros beside : {-8192, -8191, -1, 0, 1, 8191, 8192}) {
      times.push_back(day * kMicrosPerDay + beside);
    }
  }
  std::vector<std::int64_t> days(times.size());
  days_of(times.data(), times.size(), days.data());
  for (std::size_t i = 0; i < times.size(); ++i) EXPECT_EQ(days[i], day_of(times[i])) << times[i];
}

}  // namespace
}  // namespace waymark::fold
