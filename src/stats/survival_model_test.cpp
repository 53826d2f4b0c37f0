#include "stats/survival_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "stats/random.h"
#include "stats/survival_curve.h"

namespace waymark::stats {
namespace {

// Groups as indicators, one for each, so that the last says what the others say already; in one of
// them nothing ever happens, and no finite coefficient says that best.
TEST(SurvivalModel, AGroupWithoutEventsSpoilsNoForecastOfTheOthers) {
  constexpr std::size_t kGroups = 5;
  Random random(3);
  const auto uniform = [&] { return static_cast<double>(random.next() >> 11) * 0x1p-53; };
  for (std::size_t never = 0; never < kGroups; ++never) {
    Lifetimes lifetimes;
    Points points{kGroups, {}};
    for (std::size_t i = 0; i < 2000; ++i) {
      const std::size_t group = i % kGroups;
      const double hazard = group == never ? 0 : 0.02 * static_cast<double>(group + 1);
      const double time = hazard == 0 ? 40 : std::ceil(-std::log(1 - uniform()) / hazard);
      lifetimes.stop.push_back(std::min(time, 30.0));
      lifetimes.event.push_back(time <= 30 ? 1 : 0);
      lifetimes.stratum.push_back(static_cast<std::uint32_t>(group));
      for (std::size_t j = 0; j < kGroups; ++j) points.values.push_back(j == group ? 1 : 0);
    }
    const auto curves = survival_curves(lifetimes);
    lifetimes.stratum.clear();
    for (const SurvivalMethodWords& words : kSurvivalMethods) {
      const SurvivalModel model(words.method, lifetimes, points);
      for (std::size_t group = 0; group < kGroups; ++group) {
        for (const double time : {5, 20}) {
          EXPECT_NEAR(model.survival(points[group], 0, time), survival_at(curves[group], time),
                      0.12)
              << words.name << ", group " << group << " of which " << never << " never";
        }
      }
    }
  }
}

}  // namespace
}  // namespace waymark::stats
