#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
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
    friend auto operator<=>(const Run&, const Run&) = default;
  };

  ClosedDays() = default;
  // In any order; they may overlap.
  explicit ClosedDays(std::vector<Run> runs);

  // How many of the days [first, end) are closed.
  std::int64_t within(std::int64_t first, std::int64_t end) const;
  std::int64_t count() const { return runs_.empty() ? 0 : before_.back(); }
  const std::vector<Run>& runs() const { return runs_; }

 private:
  std::int64_t up_to(std::int64_t day) const;
  std::vector<Run> runs_;             // sorted, apart from one another
  std::vector<std::int64_t> before_;  // days of the runs before each, and of all
};

// calendars/*.yaml: terms, holidays, outages and deadlines. Holidays and outages are closed; so are
// the days between terms. Before the first term and after the last the calendar says nothing, so
// days are open there. What is of some courses or sources alone closes no day of all, but days of
// those courses (why_closed).
struct SeasonCalendar {
  static constexpr std::int64_t kMostClosedDays = 3'660;

  std::string name;
  std::string version;
  ClosedDays closed;
  struct Closure {
    ClosedDays::Run days;
    std::string why;                        // "holiday: Christmas", "outage", "between terms"
    std::vector<std::string> courses = {};  // sorted; none: all
  };
  std::vector<Closure> closures;       // what `closed` is made of
  std::vector<Closure> of_some;        // of some courses or sources alone
  std::vector<ClosedDays::Run> terms;  // by their first day

  struct Outage {
    ClosedDays::Run days;
    std::vector<std::string> courses, sources;  // sorted; none: all
    friend auto operator<=>(const Outage&, const Outage&) = default;
  };
  std::vector<Outage> outages;  // by their first day

  // The days on which events of a course could not come from one of these sources; none of them
  // named: from any.
  ClosedDays out(const std::string& course, const std::vector<std::string>& of_sources) const;
  // Why any of the days [first, end) is closed for a course, whatever the source; empty where none
  // is. Nothing is of the course that has no name but what is of all.
  std::string why_closed(std::int64_t first, std::int64_t end,
                         const std::string& course = "") const;

  struct Deadline {
    std::int64_t day = 0;
    std::vector<std::string> courses;  // sorted; none: all
  };
  std::vector<Deadline> deadlines;  // by their day
  // The days on which work of the course is due, ascending, each once.
  std::vector<std::int64_t> deadlines_of(const std::string& course) const;

  // The number of the term's week, from 0, that the week of the calendar from `monday` on is; none
  // outside of terms. Week 0 holds the term's first day.
  std::optional<std::int64_t> week_of_term(std::int64_t monday) const;
};

SeasonCalendar parse_season_calendar(const workspace::Definition& definition,
                                     workspace::Diagnostics& diagnostics);

// That of a definition, covering the calendar that it names.
std::string version_with(const std::string& version, const SeasonCalendar& calendar);

// The calendar of this name; none where the node is absent. One that is not there is a mistake.
std::optional<SeasonCalendar> read_calendar(const workspace::Node& name,
                                            std::span<const SeasonCalendar> calendars,
                                            workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
