// Retention against a recomputation that reads the definition literally: every day of every period
// is visited and asked for its events; nothing is computed from differences of times.

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "fold/columns.h"
#include "fold/oracle.h"
#include "fold/retention_story.h"

namespace waymark::fold {
namespace {

const Zone kLondon = Zone::named("Europe/London");

struct Case {
  std::string yaml;
  std::string unit = "week";
  bool of_calendar = false, unbounded = false, per_course = true, own_zone = false;
  bool clicks = false;  // from the first enrolment to clicks; else all events
  enum { kNone, kMark, kExclude } closures = kNone;
  std::vector<RetentionCell> cells;
  Micros as_of = kLatest;
};

// Some weeks after the streams begin: as long as a month, and single days.
constexpr std::string_view kClosed = R"(
  - {kind: holiday, from: 2026-03-10, to: 2026-03-19}
  - {kind: outage, from: 2026-03-23}
  - {kind: term, from: 2026-03-25, to: 2026-03-31}
  - {kind: term, from: 2026-05-03, to: 2026-05-05}
)";

bool is_closed(std::int64_t day) {
  const std::string date = to_iso_date(day * kMicrosPerDay);
  return (date >= "2026-03-10" && date <= "2026-03-19") || date == "2026-03-23" ||
         (date > "2026-03-31" && date < "2026-05-03");
}

// The day on which the period after the one of `begin` begins; `wanted` is the start's day of the
// month.
std::int64_t next_period(const std::string& unit, std::int64_t begin, int wanted) {
  if (unit == "day") return begin + 1;
  if (unit == "week") return begin + 7;
  std::int64_t day = begin + 1;
  while (day_of_month(day) != 1) ++day;
  while (day_of_month(day) != wanted && day_of_month(day + 1) != 1) ++day;
  return day;
}

class Oracle {
 public:
  Oracle(const Case& c, const EventBatch& events) : case_(c), events_(events) {}

  std::vector<std::string> row(const std::vector<std::size_t>& trail,
                               const std::vector<std::size_t>& part) const {
    std::optional<std::size_t> start;
    for (const std::size_t i : part) {
      if (starts(i) && (!start || events_.time[i] < events_.time[*start])) start = i;
    }
    if (!start) return {};
    const Zone zone = case_.own_zone ? zone_at(events_, trail, *start) : kLondon;
    std::set<std::int64_t> days;
    for (const std::size_t i : part) {
      if (returns(i) && events_.time[i] >= events_.time[*start]) {
        days.insert(zone.local_day(events_.time[i]));
      }
    }
    std::string shown;
    const auto periods = periods_of(zone.local_day(events_.time[*start]));
    for (const RetentionCell& cell : case_.cells) {
      std::vector<std::int64_t> wanted;
      for (std::uint32_t number = cell.first; number <= cell.last; ++number) {
        append(wanted, periods[number]);
      }
      if (wanted.back() >= zone.local_day(case_.as_of)) break;
      const bool returned =
          case_.unbounded
              ? !days.empty() && *days.rbegin() >= wanted.front()
              : std::ranges::any_of(wanted, [&](auto day) { return days.contains(day); });
      shown += returned ? '1' : '0';
    }
    const std::int64_t cohort = first_day_of(case_.unit, zone.local_day(events_.time[*start]));
    return {std::string(events_.learners.text(events_.learner[*start])),
            case_.per_course ? std::string(events_.courses.text(events_.course[*start])) : "",
            to_iso(events_.time[*start]), to_iso_date(cohort * kMicrosPerDay), shown};
  }

 private:
  bool is(std::size_t i, std::string_view kind) const {
    return events_.time[i] < case_.as_of && events_.kinds.text(events_.kind[i]) == kind;
  }
  bool starts(std::size_t i) const {
    return case_.clicks ? is(i, "enrolled") : events_.time[i] < case_.as_of;
  }
  bool returns(std::size_t i) const {
    return case_.clicks ? is(i, "click") : events_.time[i] < case_.as_of;
  }

  // The days of each period that counts, of who started on the day.
  std::vector<std::vector<std::int64_t>> periods_of(std::int64_t start) const {
    std::vector<std::vector<std::int64_t>> periods;
    std::int64_t begin = case_.of_calendar ? first_day_of(case_.unit, start) : start;
    const int wanted = day_of_month(begin);
    while (periods.size() <= case_.cells.back().last) {
      std::vector<std::int64_t> days;
      const std::int64_t end = next_period(case_.unit, begin, wanted);
      for (; begin < end; ++begin) days.push_back(begin);
      const bool out = case_.closures == Case::kExclude && !periods.empty() &&
                       std::ranges::all_of(days, is_closed);
      if (!out) periods.push_back(days);
    }
    return periods;
  }

  const Case& case_;
  const EventBatch& events_;
};

std::vector<std::vector<std::string>> expected(const Case& c, const EventBatch& events) {
  std::vector<std::vector<std::string>> rows;
  const Oracle oracle(c, events);
  for (const auto& trail : trails_of(events)) {
    std::map<std::string, std::vector<std::size_t>> parts;
    for (const std::size_t row : trail) {
      parts[c.per_course ? std::string(events.courses.text(events.course[row])) : ""].push_back(
          row);
    }
    for (const auto& [course, part] : parts) {
      if (auto row = oracle.row(trail, part); !row.empty()) rows.push_back(std::move(row));
    }
  }
  std::ranges::sort(rows);
  return rows;
}

RetentionSetting setting_of(const Case& c) {
  return {.zone = kLondon, .as_of = c.as_of, .calendar = c.closures == Case::kNone ? "" : kClosed};
}

std::vector<std::vector<std::string>> actual(const Case& c, const EventBatch& events,
                                             bool all_variants) {
  Measure<RetentionFold> measure = retention(c.yaml, setting_of(c));
  measure.tabulate = [](const RetentionFold::Output& output, const Meaning& meaning) {
    const RetentionTable& table = output.rows;
    TextTable text{{"learner"}, {}};
    for (std::size_t i = 0; i < table.size(); ++i) {
      text.rows.push_back({std::string(meaning.learners.text(table.learner[i])),
                           std::string(meaning.symbols.courses.text(table.course[i])),
                           to_iso(table.started[i]), to_iso_date(table.cohort[i] * kMicrosPerDay),
                           table.periods[i]});
    }
    return text;
  };
  auto rows =
      (all_variants ? run_variants(measure, events, Zone::utc())
                    : run_batch(measure, events, Zone::utc(), {.buckets = 2, .slice_rows = 7}))
          .rows;
  std::ranges::sort(rows);
  return rows;
}

// The matrix as the rows give it.
std::vector<std::vector<std::string>> matrix_of_rows(
    const Case& c, const std::vector<std::vector<std::string>>& rows) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> cohorts;
  for (const auto& row : rows) cohorts[{row[1], row[3]}].push_back(row[4]);
  std::vector<std::vector<std::string>> matrix;
  for (const auto& [key, learners] : cohorts) {
    for (std::size_t cell = 0; cell < c.cells.size(); ++cell) {
      std::size_t observed = 0, returned = 0;
      for (const std::string& periods : learners) {
        observed += cell < periods.size();
        returned += cell < periods.size() && periods[cell] == '1';
      }
      matrix.push_back({key.first, key.second, std::to_string(c.cells[cell].first),
                        std::to_string(learners.size()), std::to_string(observed),
                        std::to_string(returned)});
    }
  }
  std::ranges::sort(matrix);
  return matrix;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  std::size_t number = 0;
  for (const char* unit : {"day", "week", "month"}) {
    for (const bool of_calendar : {false, true}) {
      for (const bool unbounded : {false, true}) {
        for (const auto closures : {Case::kNone, Case::kMark, Case::kExclude}) {
          for (const bool clicks : {false, true}) {
            Case c{.unit = unit,
                   .of_calendar = of_calendar,
                   .unbounded = unbounded,
                   .per_course = number % 2 == 0,
                   .own_zone = number % 3 == 0,
                   .clicks = clicks,
                   .closures = closures};
            c.yaml = std::string("period: ") + unit + "\n";
            if (of_calendar) c.yaml += "align: calendar\n";
            if (unbounded) c.yaml += "mode: unbounded\n";
            if (clicks) c.yaml += "start: {kinds: enrolled}\nreturn: {kinds: click}\n";
            if (!c.per_course) c.yaml += "per: learner\n";
            if (c.own_zone) c.yaml += "time_zone: {property: zone}\n";
            if (closures == Case::kMark) c.yaml += "calendar: terms\n";
            if (closures == Case::kExclude) c.yaml += "calendar: terms\nclosed_days: exclude\n";
            if (number % 5 == 0) {
              c.yaml += "brackets: [0, 2-3, 4-9, 12-80]\n";
              c.cells = {{0, 0}, {2, 3}, {4, 9}, {12, 80}};
            } else {
              c.yaml += "periods: 70\n";
              for (std::uint32_t k = 0; k <= 70; ++k) c.cells.push_back({k, k});
            }
            if (number % 4 != 0) c.as_of = at("2026-05-20 11:30");
            ++number;
            all.push_back(std::move(c));
          }
        }
      }
    }
  }
  return all;
}

TEST(RetentionOracle, EveryModeEqualsAVisitToEveryDay) {
  std::map<char, std::size_t> seen;
  for (const Case& c : cases()) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << "\n" << c.yaml);
      const bool all_variants = seed == 1;
      const EventBatch events =
          random_events({.seed = seed,
                         .learners = all_variants ? std::size_t{4} : std::size_t{12},
                         .most_events = all_variants ? std::size_t{12} : std::size_t{90}});
      const auto wanted = expected(c, events);
      EXPECT_EQ(actual(c, events, all_variants), wanted);
      auto matrix =
          run_batch(retention_matrix(c.yaml, setting_of(c)), events, Zone::utc())
              .with_columns({"course", "cohort", "period", "learners", "observed", "returned"})
              .rows;
      std::ranges::sort(matrix);
      EXPECT_EQ(matrix, matrix_of_rows(c, wanted));
      for (const auto& row : wanted) {
        for (const char letter : row.back()) ++seen[letter];
        seen['-'] += row.back().size() < c.cells.size();
      }
    }
  }
  // The streams have all that there is to tell apart.
  for (const char letter : {'0', '1', '-'}) EXPECT_GT(seen[letter], 500u) << letter;
}

TEST(RetentionOracle, ALongTrailEqualsAVisitToEveryDay) {
  const EventBatch events = random_events({.seed = 7, .learners = 3, .most_events = 2'000});
  for (const Case& c : cases()) {
    if (c.unbounded) continue;
    SCOPED_TRACE(c.yaml);
    EXPECT_EQ(actual(c, events, false), expected(c, events));
  }
}

}  // namespace
}  // namespace waymark::fold
