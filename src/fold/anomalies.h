#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fold/anomalies_definition.h"
#include "fold/course_days.h"
#include "fold/lasting.h"
#include "stats/watch.h"

namespace waymark::fold {

// The days [first, end) of a period, which is over or still running.
struct WatchedPeriod {
  std::int64_t first = 0, end = 0;
  bool complete = true;
};

// A metric's numbers, one for each period; NaN where there is none.
struct WatchedSeries {
  std::vector<double> value, n;
  // The days in which there is something to watch, such as those of a course.
  std::int64_t open_from = std::numeric_limits<std::int64_t>::min();
  std::int64_t open_until = std::numeric_limits<std::int64_t>::max();
  std::string course = {};   // what the calendar says of it holds; empty: it is of no course
  Landmarks landmarks = {};  // of the course; empty: unknown
  // The series of the presentation of the course before this one, which has landmarks as well.
  std::optional<std::uint32_t> earlier = {};
};

double periods_of_a_year(PeriodUnit grain);

enum class Severity : std::uint8_t { kNone, kNote, kWarning, kCritical };
std::string_view name_of(Severity severity);

// A period of a series: judged, or why not.
struct JudgedPeriod {
  std::uint32_t series = 0, period = 0;
  double value = 0, n = 0;
  // NaN where it is not judged. Outside of [low, high] a number is odd even where no other is.
  double expected = 0, low = 0, high = 0;
  double score = 0;   // see stats::Watch
  double effect = 0;  // the difference from what was expected, as a share of it; NaN: of 0
  Severity severity = Severity::kNone;
  std::string excluded_because;  // empty: it is judged
  // Up to this period; none: not judged.
  std::optional<Lasting> lasting = {};
  Severity lasting_severity = Severity::kNone;
};
bool is_alarming(Severity severity);

// Alarming periods of a series in the same direction, with at most Watch::kGap others between any
// two. What lasts is an alert of its own.
struct Alert {
  std::uint32_t series = 0;
  std::uint32_t first = 0, last = 0;  // periods
  std::uint32_t raised = 0;           // the period at whose end it was known
  std::size_t over = 1;               // periods that the peak's numbers are means of
  std::uint32_t alarming = 0;         // how many of them
  Severity severity = Severity::kNone;
  bool ongoing = false;  // nothing after it has been judged, and its series has not ended
  JudgedPeriod peak;     // the period of the highest score; of what lasts, the last of its periods
};

struct Anomalies {
  std::vector<JudgedPeriod> periods;  // by series, then period; those that have a number
  std::vector<Alert> alerts;          // worst first
};

// What is common to all series of a definition.
struct Watching {
  const AnomaliesDefinition& definition;
  PeriodUnit grain;
  stats::NumberKind kind;
  std::vector<WatchedPeriod> periods;  // in their order
};

// Judges each period of each series by earlier periods alone. Of the numbers of one period, those
// are odd that stand by Benjamini and Hochberg's procedure at the rate that spends the false alarms
// of a year evenly over its periods, and those that go on with them. Odd numbers that differ by
// less than the definition's least effect are noted; half or twice of what was expected is
// critical.
//
// Where days are watched and a course was presented before, what that presentation came to at the
// same time (CourseDays) is a reference, which is taken off first, and a second look is for what
// lasts (LastingLook); each look then has half of the false alarms.
Anomalies find_anomalies(const Watching& watching, std::span<const WatchedSeries> series);

}  // namespace waymark::fold
