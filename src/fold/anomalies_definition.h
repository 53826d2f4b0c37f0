#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fold/metric_definition.h"
#include "fold/season_calendar.h"

namespace waymark::fold {

// measures/*.yaml with `measure: anomalies`; see anomalies.schema.json.
struct AnomaliesDefinition {
  std::string name;
  std::string version;  // covers the calendar; once resolved, the metric as well
  std::string description, owner;
  Mention metric;
  std::optional<PeriodUnit> grain;         // none: the metric's
  std::optional<std::vector<Mention>> by;  // none: the metric's dimensions
  std::vector<Mention> where;              // as `waymark query --where` takes them
  std::optional<SeasonCalendar> calendar;
  Mention repeats;            // a property of courses; none: no presentation repeats another
  double false_alarms = 4;    // a year, over all series
  double least_effect = 0.2;  // of what was expected
};

// The metric is taken as it stands; the engine resolves it, and fills in what is the metric's.
AnomaliesDefinition parse_anomalies(const workspace::Definition& definition,
                                    std::span<const SeasonCalendar> calendars,
                                    workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
