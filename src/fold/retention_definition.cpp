#include "fold/retention_definition.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "fold/reading.h"

namespace waymark::fold {
namespace {

using workspace::Node;

constexpr std::uint32_t kUsualPeriods = 12;

// "4", "4-7"
std::optional<RetentionCell> cell_of(std::string_view text) {
  RetentionCell cell;
  const char* const end = text.data() + text.size();
  std::from_chars_result read = std::from_chars(text.data(), end, cell.first);
  cell.last = cell.first;
  if (read.ec == std::errc() && read.ptr != end && *read.ptr == '-') {
    read = std::from_chars(read.ptr + 1, end, cell.last);
  }
  if (read.ec != std::errc() || read.ptr != end || cell.last < cell.first) return std::nullopt;
  return cell;
}

class Parser {
 public:
  Parser(const workspace::Definition& definition, std::span<const SeasonCalendar> calendars,
         workspace::Diagnostics& diagnostics)
      : node_(definition.node), calendars_(calendars), diagnostics_(diagnostics) {
    retention_.name = definition.name;
    retention_.version = definition.version;
  }

  RetentionDefinition parse() {
    retention_.start = read_filter(node_["start"], diagnostics_);
    retention_.returning = read_filter(node_["return"], diagnostics_);
    retention_.per_course = node_["per"].text("course") == "course";
    retention_.periods =
        Periods(period_unit(node_["period"].text("week")), node_["align"].text() == "calendar");
    retention_.unbounded = node_["mode"].text() == "unbounded";
    retention_.zone_property = node_["time_zone"]["property"].text();
    node_["brackets"].exists() ? read_brackets() : read_periods();
    read_calendar();
    return std::move(retention_);
  }

 private:
  void report(const Node& node, std::string reason, std::string message, std::string hint = "") {
    diagnostics_.add(node.place(), std::move(reason), std::move(message), std::move(hint));
  }

  void read_periods() {
    const auto last = node_["periods"].integer(kUsualPeriods);
    for (std::uint32_t k = 0; k <= last && k < RetentionDefinition::kMostCells; ++k) {
      retention_.cells.push_back({k, k});
    }
  }

  void read_brackets() {
    if (node_["periods"].exists()) {
      report(node_["periods"], "retention.periods_and_brackets",
             "'brackets' say which periods are looked at; 'periods' adds nothing",
             "leave one of them out");
    }
    for (const Node& item : node_["brackets"].items()) {
      const auto cell = cell_of(item.text());
      if (!cell || cell->last > RetentionDefinition::kLastPeriod) {
        report(item, "retention.bracket",
               fmt::format("'{}' is no period, and no range of periods, up to {}", item.text(),
                           RetentionDefinition::kLastPeriod),
               "write 0 or 4-7");
      } else if (!retention_.cells.empty() && cell->first <= retention_.cells.back().last) {
        report(item, "retention.bracket_order",
               fmt::format("bracket '{}' does not begin after the one before it", item.text()),
               "list brackets in their order, apart from one another: [0, 1-3, 4-7]");
      } else if (retention_.cells.size() == RetentionDefinition::kMostCells) {
        report(item, "retention.too_many_brackets",
               fmt::format("a retention has at most {} brackets", RetentionDefinition::kMostCells));
        return;
      } else {
        retention_.cells.push_back(*cell);
      }
    }
    // Whatever the mistakes, there is one.
    if (retention_.cells.empty()) retention_.cells.push_back({});
  }

  void read_calendar() {
    const Node name = node_["calendar"];
    const Node closures = node_["closed_days"];
    if (closures.text() == "exclude") retention_.closures = Closures::kExclude;
    if (closures.text() == "normalise") retention_.closures = Closures::kNormalise;
    if (!name.exists()) {
      if (!closures.exists()) return;
      report(closures, "retention.calendar_missing",
             "which days are closed is not known without a calendar",
             "add 'calendar', the name of a file in calendars/");
      return;
    }
    if (retention_.unbounded && retention_.closures == Closures::kNormalise) {
      report(closures, "retention.normalise_unbounded",
             "with 'mode: unbounded', a return after the closed days counts anyway",
             "say 'closed_days: mark', or leave 'mode' out");
    }
    retention_.calendar = fold::read_calendar(name, calendars_, diagnostics_);
    if (retention_.calendar)
      retention_.version = version_with(retention_.version, *retention_.calendar);
  }

  const Node& node_;
  std::span<const SeasonCalendar> calendars_;
  workspace::Diagnostics& diagnostics_;
  RetentionDefinition retention_;
};

}  // namespace

std::string reading_of(const RetentionDefinition& definition) {
  std::string reading;
  if (definition.unbounded) reading = "Returned in the period or later. ";
  if (definition.calendar && definition.closures != Closures::kMark) {
    reading += definition.closures == Closures::kNormalise
                   ? "Shares and intervals are those of periods without closed days. "
                   : "Periods that are closed as a whole are not counted. ";
  }
  if (!reading.empty()) reading.pop_back();
  return reading;
}

RetentionDefinition parse_retention(const workspace::Definition& definition,
                                    std::span<const SeasonCalendar> calendars,
                                    workspace::Diagnostics& diagnostics) {
  return Parser(definition, calendars, diagnostics).parse();
}

}  // namespace waymark::fold
