#include "fold/season_calendar.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/time.h"

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

SeasonCalendar parse_season_calendar(const workspace::Definition& definition,
                                     workspace::Diagnostics& diagnostics) {
  std::vector<Run> closed, terms;
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
    (item["kind"].text() == "term" ? terms : closed).push_back({*first, *last + 1});
  }
  terms = joined(std::move(terms));
  for (std::size_t i = 1; i < terms.size(); ++i) {
    closed.push_back({terms[i - 1].end, terms[i].first});
  }
  SeasonCalendar calendar{definition.name, definition.version, ClosedDays(std::move(closed))};
  if (calendar.closed.count() > SeasonCalendar::kMostClosedDays) {
    diagnostics.add(definition.node["dates"].place(), "calendar.too_many_closed_days",
                    fmt::format("{} days are closed; a calendar closes at most {}",
                                calendar.closed.count(), SeasonCalendar::kMostClosedDays));
    calendar.closed = {};
  }
  return calendar;
}

}  // namespace waymark::fold
