#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workspace/diagnostic.h"
#include "workspace/workspace.h"

namespace waymark::fold {

// Days of the calendar (since 1970-01-01) on which there is nothing to do, or nobody can. Days are
// those of whoever asks: 1 January begins at each learner's own midnight.
class ClosedDays {
 public:
  // [first, end)
  struct Run {
    std::int64_t first, end;
  };

  ClosedDays() = default;
  // In any order; they may overlap.
  explicit ClosedDays(std::vector<Run> runs);

  // How many of the days [first, end) are closed.
  std::int64_t within(std::int64_t first, std::int64_t end) const;
  std::int64_t count() const { return runs_.empty() ? 0 : before_.back(); }

 private:
  std::int64_t up_to(std::int64_t day) const;
  std::vector<Run> runs_;             // sorted, apart from one another
  std::vector<std::int64_t> before_;  // days of the runs before each, and of all
};

// calendars/*.yaml: terms, holidays and outages. Holidays and outages are closed; so are the days
// between terms. Before the first term and after the last the calendar says nothing, so days are
// open there.
struct SeasonCalendar {
  static constexpr std::int64_t kMostClosedDays = 3'660;

  std::string name;
  std::string version;
  ClosedDays closed;
};

SeasonCalendar parse_season_calendar(const workspace::Definition& definition,
                                     workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
