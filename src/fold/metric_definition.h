#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fold/expression.h"
#include "fold/filter.h"
#include "fold/fold.h"
#include "fold/periods.h"
#include "fold/season_calendar.h"
#include "workspace/diagnostic.h"
#include "workspace/workspace.h"

namespace waymark::fold {

// measures/*.yaml with `measure: events`: a name for events, such as what counts as a meaningful
// action, that metrics refer to.
struct EventsDefinition {
  std::string name;
  std::string version;
  Filter filter;
};

EventsDefinition parse_events(const workspace::Definition& definition,
                              workspace::Diagnostics& diagnostics);

// A word of a definition that means something outside of it, and where it stands.
struct Mention {
  std::string word;
  workspace::Place place;
};

Mention mention(const workspace::Node& node);
// day, week or month; week where the node is absent.
PeriodUnit read_grain(const workspace::Node& node);
// What a metric is broken down by; a name that its table has already is a mistake.
std::vector<Mention> read_dimensions(const workspace::Node& names,
                                     workspace::Diagnostics& diagnostics);

// One aggregate of events or of a measure's rows.
struct MetricPart {
  enum class Aggregate : std::uint8_t { kCount, kDistinct, kSum, kMean, kQuantile };
  Aggregate aggregate = Aggregate::kCount;
  double quantile = 0.5;
  Mention column;                // of all but kCount
  std::string column_sql;        // in its place, where Waymark adds the part itself
  Mention table;                 // a measure; none: events
  std::string rows, start;       // its table, and the column that tells when a row began
  Mention events;                // an EventsDefinition; none: as `filter` says
  Filter filter;                 // of events; where they are named, theirs
  std::vector<Mention> where;    // conditions as `waymark query --where` takes them
  std::vector<std::string> sql;  // conditions in SQL that Waymark adds itself

  // Whether parts of the rows add up, so that no rows make nought.
  bool is_count() const {
    return aggregate == Aggregate::kCount || aggregate == Aggregate::kDistinct ||
           aggregate == Aggregate::kSum;
  }
};

// What a metric is made of: another metric, or an aggregate of its own.
struct MetricTerm {
  Mention metric;  // none: the part
  MetricPart part;
};

enum class MetricType : std::uint8_t {
  kSimple,      // the term
  kRatio,       // the first term by the second
  kDerived,     // `formula` over the terms, one for each of its names
  kCumulative,  // the term over the last `window` periods, or all up to each
  kConversion,  // the share of a funnel's attempts, whose window is over, that reached a step
  // The share of a retention's learners that returned in a period; where it evens out closed days,
  // with their days and open days as further terms.
  kRetention,
};

// What a number is compared with: those of the same series before it, of the same weekday where
// periods are days, of the same week of term where they are weeks and the calendar has terms. The
// baseline is the median of at least kLeast of them, the band `width` scaled median absolute
// deviations (1.4826 MAD) to either side of it: what Leys, Ley, Klein, Bernard and Licata (2013,
// doi.org/10.1016/j.jesp.2013.03.013) recommend over mean and standard deviation, which the
// outliers themselves move. Periods that still run or hold a closed day are not compared.
struct MetricBaseline {
  static constexpr std::size_t kLeast = 4;
  std::size_t last = 8;  // how many of them, gaps counted; of weeks of term: terms
  double width = 3;
  std::optional<SeasonCalendar> calendar;
};

// measures/*.yaml with `measure: metric`; see metric.schema.json.
struct MetricDefinition {
  std::string name;
  std::string version;  // covers what it refers to
  std::string description, owner, unit, direction;
  PeriodUnit grain = PeriodUnit::kWeek;
  std::vector<Mention> dimensions;
  MetricType type = MetricType::kSimple;
  workspace::Place place;         // of the type
  std::vector<MetricTerm> terms;  // of a conversion or retention once they are resolved
  Expression formula;
  std::string text;        // the formula as written
  std::size_t window = 0;  // 0: all
  Mention of;              // the funnel or the retention
  Mention step, from;      // of the funnel; from: none = the attempt's beginning
  std::size_t period = 0;  // of the retention
  workspace::Place period_place;
  MetricBaseline baseline;
  // How long after a period its number may still change; once it is resolved.
  Micros settling = 0;
  std::vector<std::string> properties;  // of events that it looks at, once it is resolved

  // Whether it lies between 0 and 1.
  bool is_share() const {
    return type == MetricType::kConversion || type == MetricType::kRetention ||
           (type == MetricType::kRatio && unit == "share");
  }
};

// References are taken as they stand; the engine resolves them.
MetricDefinition parse_metric(const workspace::Definition& definition,
                              std::span<const SeasonCalendar> calendars,
                              workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
