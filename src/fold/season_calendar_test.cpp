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

// "10 11 " for those days of March.
std::string out(const SeasonCalendar& calendar, const std::string& course,
                const std::vector<std::string>& sources) {
  std::string days;
  const std::int64_t first = day("2026-03-01");
  const ClosedDays out = calendar.out(course, sources);
  for (std::int64_t d = 0; d < 31; ++d) {
    if (out.within(first + d, first + d + 1) == 1) days += std::to_string(d + 1) + " ";
  }
  return days;
}

TEST(SeasonCalendar, AnOutageOfSomeClosesNoDay) {
  const Read year = read(R"(
dates:
  - {kind: outage, from: 2026-03-10, courses: [B, A]}
  - {kind: outage, from: 2026-03-12, sources: clicks}
  - {kind: outage, from: 2026-03-14, courses: A, sources: [marks, clicks]}
  - {kind: outage, from: 2026-03-16}
  - {kind: holiday, from: 2026-03-18}
)");
  EXPECT_EQ(year.mistakes, "");
  EXPECT_EQ(days(year.calendar, "2026-03", 20), "ooooooooooooooococoo");
  EXPECT_EQ(year.calendar.why_closed(day("2026-03-10"), day("2026-03-12")), "");
  EXPECT_EQ(out(year.calendar, "A", {}), "10 12 14 16 ");
  EXPECT_EQ(out(year.calendar, "B", {}), "10 12 16 ");
  EXPECT_EQ(out(year.calendar, "C", {}), "12 16 ");
  EXPECT_EQ(out(year.calendar, "A", {"marks"}), "10 14 16 ");
  EXPECT_EQ(out(year.calendar, "A", {"app", "clicks"}), "10 12 14 16 ");
  EXPECT_EQ(out(year.calendar, "C", {"marks"}), "16 ");
}

TEST(SeasonCalendar, WhatIsOfSomeCoursesIsHeededForThemAlone) {
  const Read year = read(R"(
dates:
  - {kind: holiday, name: Field trip, from: 2026-03-10, to: 2026-03-12, courses: [B, A]}
  - {kind: outage, from: 2026-03-14, sources: clicks}
  - {kind: holiday, from: 2026-03-16}
)");
  EXPECT_EQ(year.mistakes, "");
  EXPECT_EQ(days(year.calendar, "2026-03", 20), "ooooooooooooooocoooo");
  const auto why = [&](const char* date, const char* course) {
    return year.calendar.why_closed(day(date), day(date) + 1, course);
  };
  EXPECT_EQ(why("2026-03-10", "A"), "holiday: Field trip");
  EXPECT_EQ(why("2026-03-12", "B"), "holiday: Field trip");
  EXPECT_EQ(why("2026-03-12", "C"), "");
  EXPECT_EQ(why("2026-03-12", ""), "");
  EXPECT_EQ(why("2026-03-13", "A"), "");
  EXPECT_EQ(why("2026-03-14", "C"), "outage");
  EXPECT_EQ(why("2026-03-14", ""), "outage");
  EXPECT_EQ(why("2026-03-16", "C"), "holiday");
  // What nobody could come to is an outage; a field trip is none.
  EXPECT_EQ(out(year.calendar, "A", {}), "14 ");
}

TEST(SeasonCalendar, DeadlinesCloseNoDay) {
  const Read year = read(R"(
dates:
  - {kind: deadline, from: 2026-03-12, courses: A}
  - {kind: deadline, name: Exam week, from: 2026-03-05, to: 2026-03-09}
  - {kind: deadline, from: 2026-03-09, courses: [B, A]}
)");
  EXPECT_EQ(year.mistakes, "");
  EXPECT_EQ(year.calendar.closed.count(), 0);
  EXPECT_EQ(year.calendar.why_closed(day("2026-03-09"), day("2026-03-10"), "A"), "");
  EXPECT_EQ(year.calendar.deadlines_of("A"), (std::vector{day("2026-03-09"), day("2026-03-12")}));
  EXPECT_EQ(year.calendar.deadlines_of("C"), std::vector{day("2026-03-09")});
}

TEST(SeasonCalendar, MistakesAreReportedWhereTheyAre) {
  EXPECT_EQ(read("dates: [{kind: holiday, from: 2026-02-30}]").mistakes,
            "calendars/terms.yaml:1:25: '2026-02-30' is no date from 1970 to 2199 (write year, "
            "month and day: 2025-12-24)\n");
  EXPECT_EQ(read("dates: [{kind: holiday, from: 2026-02-20, to: 2026-02-19}]").mistakes,
            "calendars/terms.yaml:1:43: 'to' lies before 'from', 2026-02-20 ('to' is the last day "
            "that is meant)\n");
  EXPECT_EQ(read("dates: [{kind: holydays, from: 2026-02-20}]").mistakes,
            "calendars/terms.yaml:1:10: 'holydays' is none of: term, holiday, outage, deadline "
            "(did you mean 'holiday'?)\n");
  EXPECT_EQ(read("dates: [{kind: holiday, from: 2000-01-01, to: 2020-01-01}]").mistakes,
            "calendars/terms.yaml:1:1: 7306 days are closed; a calendar closes at most 3660\n");
  EXPECT_EQ(read("dates: [{kind: outage, from: 2000-01-01, to: 2020-01-01, courses: A}]").mistakes,
            "calendars/terms.yaml:1:1: 7306 days are closed; a calendar closes at most 3660\n");
  EXPECT_EQ(
      read("dates:\n- {kind: term, from: 2026-03-01, courses: [A]}\n"
           "- {kind: holiday, from: 2026-03-01, sources: clicks}\n")
          .mistakes,
      "calendars/terms.yaml:2:34: a term is of all courses (only holidays, outages and deadlines "
      "can name courses)\n"
      "calendars/terms.yaml:3:37: a holiday is of all sources (only an outage can name its "
      "sources)\n");
  EXPECT_EQ(read("dates: [{kind: outage, from: 2026-03-01, courses: []}]").mistakes,
            "calendars/terms.yaml:1:42: the list needs 1 or more\n");
  EXPECT_EQ(read("dates: [{kind: outage, from: 2026-03-01, course: A}]").mistakes,
            "calendars/terms.yaml:1:42: 'course' is not a key here; known: kind, name, from, to, "
            "courses, sources (did you mean 'courses'?)\n");
}

}  // namespace
}  // namespace waymark::fold
