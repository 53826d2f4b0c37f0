#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fold/filter.h"
#include "fold/periods.h"
#include "fold/season_calendar.h"

namespace waymark::fold {

// Periods [first, last] that are one column of a retention matrix.
struct RetentionCell {
  std::uint32_t first = 0, last = 0;
  friend bool operator==(const RetentionCell&, const RetentionCell&) = default;
};

// What becomes of the days that a calendar closes.
enum class Closures : std::uint8_t {
  kMark,     // cells that hold any are marked
  kExclude,  // periods that hold nothing else are not counted
  // Shares are what they were if every day were open, the chance to return being the same on each
  // open day: 1 - (1 - share)^(1 / the share of open days). That is the hazard of grouped times
  // (Prentice and Gloeckler 1978, doi.org/10.2307/2529588) over the days at risk. Missing where no
  // day is open.
  kNormalise,
};

// measures/*.yaml with `measure: retention`; see retention.schema.json, and retention.h for what
// each choice means.
struct RetentionDefinition {
  static constexpr std::uint32_t kMostCells = 400, kLastPeriod = 3'660;

  std::string name;
  std::string version;  // covers the calendar
  Filter start, returning;
  bool per_course = true;
  Periods periods{PeriodUnit::kWeek, false};
  bool unbounded = false;            // else active in the cell itself
  std::vector<RetentionCell> cells;  // each after the one before
  std::string zone_property;         // names the learner's time zone; empty: the workspace's
  std::optional<SeasonCalendar> calendar;
  Closures closures = Closures::kMark;
};

// How its figures are to be read where that is not as usual: "Returned in the period or later."
std::string reading_of(const RetentionDefinition& definition);

RetentionDefinition parse_retention(const workspace::Definition& definition,
                                    std::span<const SeasonCalendar> calendars,
                                    workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
