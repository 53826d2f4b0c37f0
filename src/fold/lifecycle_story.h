#pragma once

#include <string>
#include <string_view>

#include "fold/lifecycle.h"
#include "fold/story.h"

// Stories about lifecycles, for tests.
namespace waymark::fold {

struct LifecycleSetting {
  Zone zone = Zone::utc();
  Micros as_of = kLatest;
  Calendar calendar = {};
};

// Its stays, its periods, or its transitions.
Measure<LifecycleFold> lifecycle(std::string_view yaml, const LifecycleSetting& setting);
Measure<LifecycleFold> lifecycle_periods(std::string_view yaml, const LifecycleSetting& setting);
Measure<LifecycleFold> lifecycle_transitions(std::string_view yaml,
                                             const LifecycleSetting& setting);
// The mistakes in a definition, as the user sees them.
std::string lifecycle_mistakes(std::string_view yaml);

}  // namespace waymark::fold
