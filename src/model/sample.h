#pragma once

// Data sets for tests.

#include <cmath>
#include <string>

#include "model/data_set.h"
#include "stats/calibration.h"
#include "stats/random.h"

namespace waymark::model {

inline double uniform(stats::Random& random) {
  return static_cast<double>(random.next() >> 11) / 9007199254740992.0;
}

// Three presentations of a course, one after the other, `learners` in each; some take two. The
// risk falls with `score` (a fifth of them missing) and rises with `idle_days`; `clicks` is skewed
// and says little, `noise` nothing, `constant` never varies, and region "north" is a risk.
inline DataSet sample(std::size_t learners, std::uint64_t seed = 1) {
  stats::Random random(seed);
  DataSet data;
  for (const char* name : {"score", "idle_days", "clicks", "noise", "constant", "region"}) {
    data.columns.push_back({.name = name, .feature = name});
  }
  data.columns[5].categorical = true;
  data.columns[5].categories = {"", "south", "north", "west"};
  for (std::uint32_t presentation = 0; presentation < 3; ++presentation) {
    const Micros start = presentation * 100 * kMicrosPerDay;
    data.cohorts.push_back({.course = "A/" + std::to_string(presentation),
                            .start = start,
                            .as_of = start + 49 * kMicrosPerDay,
                            .end = start + 90 * kMicrosPerDay});
    for (std::size_t i = 0; i < learners; ++i) {
      const double score = std::round(100 * uniform(random));
      const double idle = std::floor(-5 * std::log(1 - uniform(random)));
      const auto region = static_cast<std::uint32_t>(random.below(4));
      data.learner.emplace_back("learner " + std::to_string(presentation * learners * 9 / 10 + i));
      data.cohort.push_back(presentation);
      data.columns[0].numbers.push_back(uniform(random) < 0.2 ? kMissing : score);
      data.columns[1].numbers.push_back(idle);
      data.columns[2].numbers.push_back(std::floor(std::exp(6 * uniform(random))));
      data.columns[3].numbers.push_back(uniform(random));
      data.columns[4].numbers.push_back(3);
      data.columns[5].codes.push_back(region);
      const double log_odds = 2 - 0.06 * score + 0.2 * idle + (region == 2 ? 1 : 0);
      data.target.push_back(uniform(random) < stats::logistic(log_odds) ? 1 : 0);
    }
  }
  return in_canonical_order(data);
}

}  // namespace waymark::model
