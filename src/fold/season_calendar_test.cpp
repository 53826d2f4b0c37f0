#include "fold/season_calendar.h"

#include "base/time.h"
#include "fold/schemas.h"
#include "fold/story_table.h"

namespace waymark::fold {
namespace {

struct Read {
  SeasonCalendar calendar;
  std::string mistakes;
};

Read read(std::string_view yaml) {
  workspace::Diagnostics diagnostics;
  const auto node = workspace::parse_yaml(yaml, "calendars/terms.yaml", diagnostics);
  workspace::validate(node, kCalendarSchema, diagnostics);
  const auto calendar = parse_season_calendar({"terms", "calendar", node, ""}, diagnostics);
  return {calendar, in_words(diagnostics)};
}

std::int64_t day(std::string_view date) { return day_of(at(date)); }

// One letter a day of a month: closed or open.
std::string days(const SeasonCalendar& calendar, std::string_view month, int count) {
  std::string letters;
  const std::int64_t first = day(std::string(month) + "-01");
  for (std::int64_t d = first; d < first + count; ++d) {
    letters += calendar.closed.within(d, d + 1) == 1 ? 'c' : 'o';
  }
  return letters;
}

TEST(SeasonCalendar, HolidaysAndOutagesAreClosed) {
  const Read terms = read(R"(
dates:
  - {kind: outage, from: 2026-03-04}
  - {kind: holiday, name: Spring, from: 2026-03-06, to: 2026-03-08}
  - {kind: holiday, from: 2026-03-08, to: 2026-03-09}
  - {kind: holiday, from: 2026-03-07}
)");
  EXPECT_EQ(terms.mistakes, "");
  EXPECT_EQ(days(terms.calendar, "2026-03", 12), "ooococcccooo");
  EXPECT_EQ(terms.calendar.closed.count(), 5);
  EXPECT_EQ(terms.calendar.closed.within(day("2026-02-01"), day("2026-04-01")), 5);
  EXPECT_EQ(terms.calendar.closed.within(day("2026-03-08"), day("2026-04-01")), 2);
  EXPECT_EQ(terms.calendar.closed.within(day("2026-03-05"), day("2026-03-08")), 2);
}

TEST(SeasonCalendar, SoAreDaysBetweenTerms) {
  const Read terms = read(R"(
dates:
  - {kind: term, from: 2026-03-08, to: 2026-03-10}
  - {kind: term, from: 2026-03-02, to: 2026-03-04}
  - {kind: holiday, from: 2026-03-09}
)");
  EXPECT_EQ(terms.mistakes, "");
  EXPECT_EQ(days(terms.calendar, "2026-03", 12), "oooocccocooo");
  const Read one = read("dates: [{kind: term, from: 2026-03-02, to: 2026-03-04}]");
  EXPECT_EQ(one.calendar.closed.count(), 0);
}

TEST(SeasonCalendar, MistakesAreReportedWhereTheyAre) {
  EXPECT_EQ(read("dates: [{kind: holiday, from: 2026-02-30}]").mistakes,
            "calendars/terms.yaml:1:25: '2026-02-30' is no date from 1970 to 2199 (write year, "
            "month and day: 2025-12-24)\n");
  EXPECT_EQ(read("dates: [{kind: holiday, from: 2026-02-20, to: 2026-02-19}]").mistakes,
            "calendars/terms.yaml:1:43: 'to' lies before 'from', 2026-02-20 ('to' is the last day "
            "that is meant)\n");
  EXPECT_EQ(read("dates: [{kind: holydays, from: 2026-02-20}]").mistakes,
            "calendars/terms.yaml:1:10: 'holydays' is none of: term, holiday, outage (did you "
            "mean 'holiday'?)\n");
  EXPECT_EQ(read("dates: [{kind: holiday, from: 2000-01-01, to: 2020-01-01}]").mistakes,
            "calendars/terms.yaml:1:1: 7306 days are closed; a calendar closes at most 3660\n");
}

}  // namespace
}  // namespace waymark::fold
