#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fold/anomalies_definition.h"
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

  bool is_alarming() const { return severity >= Severity::kWarning; }
};

// Alarming periods of a series in the same direction, with at most Watch::kGap others between any
// two.
struct Alert {
  std::uint32_t series = 0;
  std::uint32_t first = 0, last = 0;  // periods
  std::uint32_t alarming = 0;         // how many of them
  Severity severity = Severity::kNone;
  bool ongoing = false;  // nothing after it has been judged
  JudgedPeriod peak;     // the period of the highest score
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
Anomalies find_anomalies(const Watching& watching, std::span<const WatchedSeries> series);

}  // namespace waymark::fold
