#include "fold/season_calendar.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"
#include "base/time.h"
#include "fold/periods.h"

namespace waymark::fold {
namespace {

using Run = ClosedDays::Run;

// Runs in order, those that touch or overlap made one.
std::vector<Run> joined(std::vector<Run> runs) {
  std::ranges::sort(runs, {}, &Run::first);
  std::vector<Run> apart;
  for (const Run& run : runs) {
    if (!apart.empty() && run.first <= apart.back().end) {
      apart.back().end = std::max(apart.back().end, run.end);
    } else {
      apart.push_back(run);
    }
  }
  return apart;
}

std::optional<std::int64_t> read_day(const workspace::Node& node,
                                     workspace::Diagnostics& diagnostics) {
  const std::string text = node.text();
  const auto time = parse_iso_time(text, Zone::utc());
  if (time && text.size() == 10 && *time >= kEarliest && *time <= kLatest) return day_of(*time);
  diagnostics.add(node.place(), "calendar.date",
                  fmt::format("'{}' is no date from 1970 to 2199", text),
                  "write year, month and day: 2025-12-24");
  return std::nullopt;
}

std::vector<std::string> sorted(const workspace::Node& names) {
  std::vector<std::string> texts = names.texts();
  std::ranges::sort(texts);
  return texts;
}

// Whom a run of days is of: a term is of all, only an outage is of sources.
void expect_of_all(const workspace::Node& item, workspace::Diagnostics& diagnostics) {
  const std::string kind = item["kind"].text();
  const auto expect = [&](const char* key, const char* hint) {
    if (!item[key].exists()) return;
    diagnostics.add(item[key].place(), "calendar.of_all",
                    fmt::format("a {} is of all {}", kind, key), hint);
  };
  if (kind == "term") expect("courses", "only holidays, outages and deadlines can name courses");
  if (kind != "outage") expect("sources", "only an outage can name its sources");
}

void enter(const workspace::Node& item, const Run& days, SeasonCalendar& calendar) {
  const std::string kind = item["kind"].text(), name = item["name"].text();
  const std::vector<std::string> courses = sorted(item["courses"]);
  const std::vector<std::string> sources = sorted(item["sources"]);
  if (kind == "term") return calendar.terms.push_back(days);
  if (kind == "deadline") return calendar.deadlines.push_back({days.end - 1, courses});
  if (kind == "outage") calendar.outages.push_back({days, courses, sources});
  auto& closures = courses.empty() && sources.empty() ? calendar.closures : calendar.of_some;
  closures.push_back({days, name.empty() ? kind : fmt::format("{}: {}", kind, name), courses});
}

bool names(const std::vector<std::string>& courses, const std::string& course) {
  return courses.empty() || std::ranges::binary_search(courses, course);
}

}  // namespace

ClosedDays::ClosedDays(std::vector<Run> runs) : runs_(joined(std::move(runs))), before_{0} {
  for (const Run& run : runs_) before_.push_back(before_.back() + run.end - run.first);
}

std::int64_t ClosedDays::within(std::int64_t first, std::int64_t end) const {
  return up_to(end) - up_to(first);
}

// Closed days before this one.
std::int64_t ClosedDays::up_to(std::int64_t day) const {
  const auto next = std::ranges::lower_bound(runs_, day, {}, &Run::first);
  if (next == runs_.begin()) return 0;
  const auto at = static_cast<std::size_t>(next - runs_.begin()) - 1;
  return before_[at] + std::min(day, runs_[at].end) - runs_[at].first;
}

ClosedDays SeasonCalendar::out(const std::string& course,
                               const std::vector<std::string>& of_sources) const {
  std::vector<Run> days;
  for (const Outage& outage : outages) {
    const bool of_these =
        outage.sources.empty() || of_sources.empty() ||
        std::ranges::find_first_of(outage.sources, of_sources) != outage.sources.end();
    if (names(outage.courses, course) && of_these) days.push_back(outage.days);
  }
  return ClosedDays(std::move(days));
}

std::string SeasonCalendar::why_closed(std::int64_t first, std::int64_t end,
                                       const std::string& course) const {
  const auto concerns = [&](const Closure& one) {
    return one.days.first < end && first < one.days.end && names(one.courses, course);
  };
  for (const std::vector<Closure>* some : {&closures, &of_some}) {
    const auto found = std::ranges::find_if(*some, concerns);
    if (found != some->end()) return found->why;
  }
  return "";
}

std::vector<std::int64_t> SeasonCalendar::deadlines_of(const std::string& course) const {
  std::vector<std::int64_t> days;
  for (const Deadline& deadline : deadlines) {
    if (!names(deadline.courses, course)) continue;
    if (days.empty() || days.back() != deadline.day) days.push_back(deadline.day);
  }
  return days;
}

std::optional<std::int64_t> SeasonCalendar::week_of_term(std::int64_t monday) const {
  const auto next = std::ranges::lower_bound(terms, monday + 7, {}, &Run::first);
  if (next == terms.begin() || std::prev(next)->end <= monday) return std::nullopt;
  const Periods weeks(PeriodUnit::kWeek, true);
  return (monday - weeks.cohort_of(std::prev(next)->first)) / 7;
}

SeasonCalendar parse_season_calendar(const workspace::Definition& definition,
                                     workspace::Diagnostics& diagnostics) {
  SeasonCalendar calendar{.name = definition.name, .version = definition.version};
  for (const workspace::Node& item : definition.node["dates"].items()) {
    const auto first = read_day(item["from"], diagnostics);
    const auto last = item["to"].exists() ? read_day(item["to"], diagnostics) : first;
    if (!first || !last) continue;
    if (*last < *first) {
      diagnostics.add(item["to"].place(), "calendar.order",
                      fmt::format("'to' lies before 'from', {}", item["from"].text()),
                      "'to' is the last day that is meant");
      continue;
    }
    expect_of_all(item, diagnostics);
    enter(item, {*first, *last + 1}, calendar);
  }
  std::ranges::sort(calendar.outages);
  std::ranges::sort(calendar.terms, {}, &Run::first);
  std::ranges::sort(calendar.deadlines, {}, &SeasonCalendar::Deadline::day);
  const std::vector<Run> terms = joined(calendar.terms);
  for (std::size_t i = 1; i < terms.size(); ++i) {
    calendar.closures.push_back({{terms[i - 1].end, terms[i].first}, "between terms"});
  }
  std::vector<Run> closed;
  for (const SeasonCalendar::Closure& closure : calendar.closures) closed.push_back(closure.days);
  calendar.closed = ClosedDays(closed);
  for (const SeasonCalendar::Closure& closure : calendar.of_some) closed.push_back(closure.days);
  const std::int64_t days = ClosedDays(std::move(closed)).count();
  if (days > SeasonCalendar::kMostClosedDays) {
    diagnostics.add(definition.node["dates"].place(), "calendar.too_many_closed_days",
                    fmt::format("{} days are closed; a calendar closes at most {}", days,
                                SeasonCalendar::kMostClosedDays));
    calendar.closed = {};
  }
  return calendar;
}

std::string version_with(const std::string& version, const SeasonCalendar& calendar) {
  Hasher hasher;
  hasher.field(version);
  hasher.field(calendar.version);
  return to_hex(hasher.digest());
}

std::optional<SeasonCalendar> read_calendar(const workspace::Node& name,
                                            std::span<const SeasonCalendar> calendars,
                                            workspace::Diagnostics& diagnostics) {
  if (!name.exists()) return std::nullopt;
  const auto found = std::ranges::find(calendars, name.text(), &SeasonCalendar::name);
  if (found != calendars.end()) return *found;
  std::vector<std::string> known;
  for (const SeasonCalendar& calendar : calendars) known.push_back(calendar.name);
  diagnostics.add(name.place(), "calendar.missing",
                  fmt::format("there is no calendar '{}'; there is: {}", name.text(),
                              known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))),
                  did_you_mean(name.text(), known));
  return std::nullopt;
}

}  // namespace waymark::fold
