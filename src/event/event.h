#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace waymark {

// "not known" in the columns that are numbers
inline constexpr std::int64_t kNoDuration = -1;
inline constexpr double kNoScore = std::numeric_limits<double>::quiet_NaN();

// An open property's value. Lists and nested objects are kept as their JSON text.
struct JsonText {
  std::string text;
  friend bool operator==(const JsonText&, const JsonText&) = default;
};
using PropertyValue = std::variant<std::string, double, bool, JsonText>;

// One thing that a learner did or that became true of them: the canonical form into which every
// source turns its records. Absent texts are empty.
struct Event {
  EventId id;
  LearnerKey learner{""};
  Micros time = 0;             // when it happened
  Micros received = 0;         // when Waymark took it in
  std::string source;          // the source definition's name
  std::uint64_t sequence = 0;  // position in the source: line, offset
  std::string kind;            // what happened: "click", "submitted", "enrolled"
  std::string object;          // to what: a page, an assessment
  std::string course;          // in which course presentation
  std::string context;         // the setting: activity type, component, modality
  std::int64_t duration_ms = kNoDuration;
  double score = kNoScore;  // as the source scales it
  std::string outcome;      // "pass", "withdrawn", …
  double weight = 1;        // how many equal acts the event stands for
  std::vector<std::pair<std::string, PropertyValue>> properties;
};

// The total order of a trail, wherever events of one learner are put in order: time, then id.
struct TrailOrder {
  Micros time;
  EventId id;
  friend auto operator<=>(const TrailOrder&, const TrailOrder&) = default;
};

}  // namespace waymark
