#pragma once

#include <map>
#include <string>

#include "base/time.h"

namespace waymark::fold {

// When a course presentation runs: [start, end).
struct CourseDates {
  Micros start = 0;
  Micros end = kLatest;
  std::map<std::string, std::string> properties = {};  // what else its source says, in texts
};

// Course presentation -> its dates. A course that is not here has no start, so nothing that counts
// from a course's start is known of it.
using Calendar = std::map<std::string, CourseDates, std::less<>>;

}  // namespace waymark::fold
