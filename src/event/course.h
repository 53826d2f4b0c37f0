#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "event/event.h"

namespace waymark {

// When a course presentation runs, [start, end), and what else its source says of it. Where several
// records tell of one course, the latest stands.
struct CourseEntry {
  std::string course;
  Micros start = 0;
  Micros end = 0;
  std::vector<std::pair<std::string, PropertyValue>> properties;
  friend bool operator==(const CourseEntry&, const CourseEntry&) = default;
};

}  // namespace waymark
