#include "fold/retention.h"

#include "base/error.h"
#include "base/hash.h"
#include "fold/batch.h"
#include "fold/retention_story.h"

namespace waymark::fold {
namespace {

const Zone kLondon = Zone::named("Europe/London");

constexpr std::string_view kClicks = "start: {kinds: enrolled}\nreturn: {kinds: click}\n";

std::string with(std::string_view yaml) { return std::string(kClicks) + std::string(yaml); }

TEST(Retention, ExactCountsThePeriodUnboundedWhatIsLater) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-03-02 09:00 | click
    ann     | 2026-03-04 09:00 | enrolled
    ann     | 2026-03-04 10:00 | click
    ann     | 2026-03-06 10:00 | click
    ann     | 2026-03-09 10:00 | click
    bob     | 2026-03-04 09:00 | enrolled
    bob     | 2026-03-05 09:00 | enrolled
    bob     | 2026-03-06 10:00 | forum
    cid     | 2026-03-04 09:00 | click
  )");
  story.gives(retention(with("period: day\nperiods: 6")), R"(
    learner | started          | cohort     | last_return      | observed | returned | periods
    ann     | 2026-03-04 09:00 | 2026-03-04 | 2026-03-09 10:00 | 7        | 3        | 1010010
    bob     | 2026-03-04 09:00 | 2026-03-04 |                  | 7        | 0        | 0000000
  )");
  story.gives(retention(with("period: day\nperiods: 6\nmode: unbounded")), R"(
    learner | returned | periods
    ann     | 6        | 1111110
    bob     | 0        | 0000000
  )");
  story.gives(retention(with("period: day\nbrackets: [0, 1-2, 3-4, 5-30]")), R"(
    learner | observed | periods
    ann     | 4        | 1101
    bob     | 4        | 0000
  )");
  story.gives(retention(with("period: day\nbrackets: [1, 3-4, 9-20]\nmode: unbounded")), R"(
    learner | periods
    ann     | 110
    bob     | 000
  )");
}

TEST(Retention, TheStartIsAReturnWhereItIsOneOfThem) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-03-04 09:00 | click
    ann     | 2026-03-11 08:00 | click
  )");
  story.gives(retention("periods: 1"), R"(
    learner | last_return      | periods
    ann     | 2026-03-11 08:00 | 11
  )");
}

// A day is what the learner calls a day: an hour before midnight and the minute after are two.
TEST(Retention, ADayEndsAtLocalMidnight) {
  const std::string_view events = R"(
    learner | time             | kind
    ann     | 2026-07-01 23:59 | enrolled
    ann     | 2026-07-02 00:00 | click
    bob     | 2026-07-01 00:00 | enrolled
    bob     | 2026-07-01 23:59 | click
  )";
  Story(events, kLondon).gives(retention(with("period: day\nperiods: 2"), {.zone = kLondon}), R"(
    learner | started          | cohort     | periods
    ann     | 2026-07-01 23:59 | 2026-07-01 | 010
    bob     | 2026-07-01 00:00 | 2026-07-01 | 100
  )");
  // The same in UTC, where London's midnight is 23:00.
  Story(events, kLondon).gives(retention(with("period: day\nperiods: 2")), R"(
    learner | cohort     | periods
    ann     | 2026-07-01 | 100
    bob     | 2026-06-30 | 010
  )");
}

// 2026-03-29 has 23 hours in London, 2026-10-25 has 25; both are Sundays. Seven times 24 hours
// would put what happens around Monday's midnight into the wrong week.
TEST(Retention, WeeksFollowTheChangeOfTheClock) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-03-23 00:00 | enrolled
    ann     | 2026-03-29 23:59 | click
    bob     | 2026-03-23 00:00 | enrolled
    bob     | 2026-03-30 00:00 | click
    cid     | 2026-10-19 00:00 | enrolled
    cid     | 2026-10-25 23:59 | click
    dot     | 2026-10-19 00:00 | enrolled
    dot     | 2026-10-26 00:00 | click
    eve     | 2026-03-25 12:00 | enrolled
    eve     | 2026-03-30 08:00 | click
    eve     | 2026-04-01 00:00 | click
  )",
                    kLondon);
  const std::string_view expected = R"(
    learner | cohort     | periods
    ann     | 2026-03-23 | 10
    bob     | 2026-03-23 | 01
    cid     | 2026-10-19 | 10
    dot     | 2026-10-19 | 01
    eve     | 2026-03-23 | 11
  )";
  story.gives(retention(with("periods: 1"), {.zone = kLondon}), expected);
  story.gives(retention(with("periods: 1\nalign: calendar"), {.zone = kLondon}), R"(
    learner | cohort     | periods
    ann     | 2026-03-23 | 10
    bob     | 2026-03-23 | 01
    cid     | 2026-10-19 | 10
    dot     | 2026-10-19 | 01
    eve     | 2026-03-23 | 01
  )");
  story.gives(retention_matrix(with("periods: 1"), {.zone = kLondon}), R"(
    cohort     | period | learners | observed | returned | share
    2026-03-23 | 0      | 3        | 3        | 2        | 0.667
    2026-03-23 | 1      | 3        | 3        | 2        | 0.667
    2026-10-19 | 0      | 2        | 2        | 1        | 0.5
    2026-10-19 | 1      | 2        | 2        | 1        | 0.5
  )");
}

TEST(Retention, MonthsKeepTheDayOrEndWithTheMonth) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-01-31 12:00 | enrolled
    ann     | 2026-02-27 12:00 | click
    ann     | 2026-03-30 12:00 | click
    bob     | 2026-01-31 12:00 | enrolled
    bob     | 2026-02-28 00:00 | click
    bob     | 2026-03-31 00:00 | click
  )");
  story.gives(retention(with("period: month\nperiods: 3")), R"(
    learner | cohort     | periods
    ann     | 2026-01-01 | 1100
    bob     | 2026-01-01 | 0110
  )");
  story.gives(retention(with("period: month\nperiods: 3\nalign: calendar")), R"(
    learner | cohort     | periods
    ann     | 2026-01-01 | 0110
    bob     | 2026-01-01 | 0110
  )");
}

// Whatever their ids say, what happens at the start's moment is not before it.
TEST(Retention, EventsOfOneMicrosecondHaveNoOrder) {
  EventId first = hash128("one"), second = hash128("another");
  if (second < first) std::swap(first, second);
  for (const bool start_first : {true, false}) {
    EventBatch events;
    events.append(
        {.id = start_first ? first : second, .learner = LearnerKey("ann"), .kind = "enrolled"});
    events.append(
        {.id = start_first ? second : first, .learner = LearnerKey("ann"), .kind = "click"});
    const TextTable table = run_variants(retention(with("periods: 1")), events, Zone::utc());
    EXPECT_EQ(table.with_columns({"periods"}).rows.front().front(), "10") << start_first;
  }
}

TEST(Retention, ALearnerCountsOnceOrOncePerCourse) {
  const Story story(R"(
    learner | time             | kind     | course
    ann     | 2026-03-02 09:00 | enrolled | maths
    ann     | 2026-03-02 09:30 | click    | maths
    ann     | 2026-03-02 10:00 | enrolled | maths
    ann     | 2026-03-03 10:00 | enrolled | physics
    ann     | 2026-03-10 10:00 | click    | physics
    ann     | 2026-03-10 10:00 | click    | physics
    bob     | 2026-03-03 10:00 | enrolled | maths
    bob     | 2026-03-03 11:00 | click    | physics
  )");
  story.gives(retention_matrix(with("periods: 1")), R"(
    course  | cohort     | period | learners | returned
    maths   | 2026-03-02 | 0      | 2        | 1
    maths   | 2026-03-02 | 1      | 2        | 0
    physics | 2026-03-02 | 0      | 1        | 0
    physics | 2026-03-02 | 1      | 1        | 1
  )");
  story.gives(retention_matrix(with("periods: 1\nper: learner")), R"(
    course | cohort     | period | learners | returned
           | 2026-03-02 | 0      | 2        | 2
           | 2026-03-02 | 1      | 2        | 1
  )");
  story.gives(retention(with("periods: 1\nper: learner")), R"(
    learner | course | started          | periods
    ann     |        | 2026-03-02 09:00 | 11
    bob     |        | 2026-03-03 10:00 | 10
  )");
}

// Who cannot yet have shown a period does not count in it: neither as lost nor as retained.
TEST(Retention, APeriodCountsWhenItIsOver) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-03-02 09:00 | enrolled
    ann     | 2026-03-10 09:00 | click
    bob     | 2026-03-04 09:00 | enrolled
    bob     | 2026-03-13 09:00 | click
    cid     | 2026-03-16 09:00 | enrolled
    cid     | 2026-03-16 09:00 | click
  )");
  const std::string yaml = with("periods: 2");
  story.gives(retention(yaml, {.as_of = at("2026-03-17 09:00")}), R"(
    learner | observed | returned | periods
    ann     | 2        | 1        | 01
    bob     | 1        | 0        | 0
    cid     | 0        | 0        |
  )");
  // Bob's second week ends with the 17th.
  story.gives(retention(yaml, {.as_of = at("2026-03-18 00:00")}), R"(
    learner | observed | returned | periods
    ann     | 2        | 1        | 01
    bob     | 2        | 1        | 01
    cid     | 0        | 0        |
  )");
  story.gives(retention_matrix(yaml, {.as_of = at("2026-03-17 09:00")}), R"(
    cohort     | period | learners | observed | returned | share | low  | high
    2026-03-02 | 0      | 2        | 2        | 0        | 0     | 0    | 0.658
    2026-03-02 | 1      | 2        | 1        | 1        | 1     | 0.21 | 1
    2026-03-02 | 2      | 2        | 0        | 0        |       |      |
    2026-03-16 | 0      | 1        | 0        | 0        |       |      |
    2026-03-16 | 1      | 1        | 0        | 0        |       |      |
    2026-03-16 | 2      | 1        | 0        | 0        |       |      |
  )");
  story.gives(retention_curve(yaml, {.as_of = at("2026-03-17 09:00")}), R"(
    period | learners | observed | returned | share
    0      | 3        | 2        | 0        | 0
    1      | 3        | 1        | 1        | 1
    2      | 3        | 0        | 0        |
  )");
}

TEST(Retention, EventsFromTheAsOfOnAreNotLookedAt) {
  Story(R"(
    learner | time             | kind
    ann     | 2026-03-02 09:00 | enrolled
    ann     | 2026-03-03 09:00 | click
    bob     | 2026-03-03 09:00 | enrolled
  )")
      .gives(retention(with("periods: 1"), {.as_of = at("2026-03-03 09:00")}), R"(
    learner | last_return | observed
    ann     |             | 0
  )");
}

constexpr std::string_view kHolidays = R"(
  - {kind: holiday, from: 2026-03-09, to: 2026-03-15}
  - {kind: outage, from: 2026-03-17}
)";

const char* const kHolidayEvents = R"(
    learner | time             | kind
    ann     | 2026-03-02 09:00 | enrolled
    ann     | 2026-03-10 09:00 | click
    ann     | 2026-03-16 09:00 | click
    bob     | 2026-03-04 09:00 | enrolled
    bob     | 2026-03-12 09:00 | click
    bob     | 2026-03-30 09:00 | click
  )";

TEST(Retention, CellsWithClosedDaysAreFlagged) {
  const Story story(kHolidayEvents);
  const std::string yaml = with("periods: 3\ncalendar: terms\n");
  const RetentionSetting setting{.calendar = kHolidays};
  // Bob's weeks begin on Wednesdays: two of his holidays fall into week 0, or five.
  const std::string_view marked = R"(
    cohort     | period | observed | returned | share | open_share | flagged
    2026-03-02 | 0      | 2        | 0        | 0     | 0.857      | 1
    2026-03-02 | 1      | 2        | 2        | 1     | 0.071      | 1
    2026-03-02 | 2      | 2        | 1        | 0.5   | 0.929      | 1
    2026-03-02 | 3      | 2        | 1        | 0.5   | 1          | 0
  )";
  story.gives(retention_matrix(yaml, setting), marked);
  story.gives(retention_matrix(yaml + "closed_days: mark", setting), marked);
  story.gives(retention_matrix(yaml + "closed_days: normalise", setting), R"(
    period | returned | share | low   | high  | open_share
    0      | 0        | 0     | 0     | 0.714 | 0.857
    1      | 2        | 1     | 0.997 | 1     | 0.071
    2      | 1        | 0.526 | 0.101 | 0.921 | 0.929
    3      | 1        | 0.5   | 0.095 | 0.905 | 1
  )");
  story.gives(retention(yaml, setting), R"(
    learner | periods | days         | open_days
    ann     | 0110    | [7, 7, 7, 7] | [7, 0, 6, 7]
    bob     | 0101    | [7, 7, 7, 7] | [5, 1, 7, 7]
  )");
}

TEST(Retention, PeriodsThatAreClosedAsAWholeAreTakenOut) {
  const Story story(kHolidayEvents);
  const std::string yaml = with("periods: 3\ncalendar: terms\nclosed_days: exclude\n");
  // The holidays are Ann's week 1, so that 16 March is in it; Bob keeps a day or two of each week.
  story.gives(retention(yaml, {.calendar = kHolidays}), R"(
    learner | started          | periods
    ann     | 2026-03-02 09:00 | 0100
    bob     | 2026-03-04 09:00 | 0101
  )");
  // By the calendar's weeks both lose it; what Bob did in it counts for no week.
  story.gives(retention(yaml + "align: calendar", {.calendar = kHolidays}), R"(
    learner | periods
    ann     | 0100
    bob     | 0001
  )");
  story.gives(retention(yaml + "align: calendar\nmode: unbounded", {.calendar = kHolidays}), R"(
    learner | periods
    ann     | 1100
    bob     | 1111
  )");
  // The last of Ann's four weeks that count is the fifth, and not over before 6 April.
  story.gives(retention(yaml, {.as_of = at("2026-04-05"), .calendar = kHolidays}), R"(
    learner | observed
    ann     | 3
    bob     | 4
  )");
  story.gives(retention(with("period: day\nbrackets: [1, 2-8]\ncalendar: terms\n"
                             "closed_days: exclude"),
                        {.calendar = kHolidays}),
              R"(
    learner | periods
    ann     | 01
    bob     | 00
  )");
  story.gives(retention_matrix(yaml, {.calendar = kHolidays}), R"(
    period | observed | share | open_share | flagged
    0      | 2        | 0     | 0.857      | 1
    1      | 2        | 1     | 0.5        | 1
    2      | 2        | 0     | 1          | 0
    3      | 2        | 0.5   | 1          | 0
  )");
}

TEST(Retention, LearnersMayHaveTheirOwnMidnight) {
  const Story story(R"(
    learner | time             | kind     | zone
    ann     | 2026-03-01 12:00 | login    | Pacific/Auckland
    ann     | 2026-03-02 10:30 | enrolled |
    ann     | 2026-03-02 11:30 | click    | Europe/London
    bob     | 2026-03-02 10:30 | enrolled | Pacific/Auckland
    bob     | 2026-03-02 11:30 | click    |
    cid     | 2026-03-02 10:30 | enrolled | Mars/Base
    cid     | 2026-03-02 11:30 | click    | Pacific/Auckland
    dot     | 2026-03-02 10:30 | enrolled |
    dot     | 2026-03-02 11:30 | click    | Pacific/Auckland
    eve     | 2026-03-02 10:30 | enrolled | 13
    eve     | 2026-03-02 11:30 | click    |
  )");
  // Auckland is 13 hours ahead: its midnight is 11:00.
  story.gives(retention(with("period: day\nperiods: 1\ntime_zone: {property: zone}")), R"(
    learner | cohort     | periods | zone             | zone_from
    ann     | 2026-03-02 | 01      | Pacific/Auckland | property
    bob     | 2026-03-02 | 01      | Pacific/Auckland | property
    cid     | 2026-03-02 | 10      | Etc/UTC          | unknown
    dot     | 2026-03-02 | 10      | Etc/UTC          | workspace
    eve     | 2026-03-02 | 10      | Etc/UTC          | workspace
  )");
  // As of 2 March 23:30 the third of March has begun in Auckland, and the second is over there.
  story.gives(retention(with("period: day\nperiods: 1\ntime_zone: {property: zone}"),
                        {.as_of = at("2026-03-02 23:30")}),
              R"(
    learner | observed
    ann     | 1
    bob     | 1
    cid     | 0
    dot     | 0
    eve     | 0
  )");
}

TEST(Retention, NoEventsNoCohorts) {
  const Story story("learner | time | kind");
  story.gives(retention(kClicks), "learner | periods");
  story.gives(retention_matrix(kClicks), "cohort | period");
  story.gives(retention_curve(kClicks), "period | share");
}

TEST(Retention, TotalsNeedNoRows) {
  const EventBatch events = random_events({.seed = 3, .learners = 30});
  Symbols symbols = symbols_of(events);
  const RetentionDefinition definition{.cells = {{0, 0}, {1, 1}, {2, 5}}};
  const auto give = [&](RetentionFold::Give what) {
    const RetentionFold fold(definition, Zone::utc(), Names(std::as_const(symbols)), kLatest, what);
    const EventSource source(events, symbols, fold.reads(), 3, 5);
    return run(fold, source, 2);
  };
  const auto both = give(RetentionFold::Give::kRowsAndTotals);
  const auto totals = give(RetentionFold::Give::kTotals);
  EXPECT_GT(both.rows.size(), 30u);
  EXPECT_EQ(totals.rows.size(), 0u);
  const RetentionMatrix one = matrix_of(definition, both.totals);
  const RetentionMatrix other = matrix_of(definition, totals.totals);
  EXPECT_EQ(one.cohort, other.cohort);
  EXPECT_EQ(one.learners, other.learners);
  EXPECT_EQ(one.returned, other.returned);
}

TEST(Retention, AStateOfAnotherDefinitionIsRefused) {
  Symbols symbols;
  const Names names(symbols);
  const RetentionFold weeks({.cells = {{0, 12}}}, Zone::utc(), names);
  const RetentionFold days({.cells = {{0, 365}}}, Zone::utc(), names);
  RetentionFold::State state;
  days.begin(state);
  const Micros time = 0;
  const Code course = kNoCode;
  days.step(state, {.size = 1, .time = &time, .course = &course});
  ByteWriter writer;
  days.save(state, writer);
  ByteReader reader(writer.bytes());
  EXPECT_THROW(weeks.load(reader), Error);
}

TEST(Retention, MistakesAreReportedWhereTheyAre) {
  EXPECT_EQ(retention_mistakes("periods: 4\ncalendar: terms\nclosed_days: exclude"), "");
  EXPECT_EQ(retention_mistakes("period: weeks"),
            "measure.yaml:2:1: 'weeks' is none of: day, week, month (did you mean 'week'?)\n");
  EXPECT_EQ(retention_mistakes("brackets: [0, 1-3, 3-7]"),
            "measure.yaml:2:20: bracket '3-7' does not begin after the one before it (list "
            "brackets in their order, apart from one another: [0, 1-3, 4-7])\n");
  EXPECT_EQ(retention_mistakes("brackets: [7-4, x, 5000]"),
            "measure.yaml:2:12: '7-4' is no period, and no range of periods, up to 3660 (write 0 "
            "or 4-7)\n"
            "measure.yaml:2:17: 'x' is no period, and no range of periods, up to 3660 (write 0 or "
            "4-7)\n"
            "measure.yaml:2:20: '5000' is no period, and no range of periods, up to 3660 (write 0 "
            "or 4-7)\n");
  EXPECT_EQ(retention_mistakes("brackets: [0]\nperiods: 4"),
            "measure.yaml:3:1: 'brackets' say which periods are looked at; 'periods' adds nothing "
            "(leave one of them out)\n");
  EXPECT_EQ(retention_mistakes("calendar: term"),
            "measure.yaml:2:1: there is no calendar 'term'; there is: terms (did you mean "
            "'terms'?)\n");
  EXPECT_EQ(retention_mistakes("closed_days: mark"),
            "measure.yaml:2:1: which days are closed is not known without a calendar (add "
            "'calendar', the name of a file in calendars/)\n");
  EXPECT_EQ(retention_mistakes("mode: unbounded\ncalendar: terms\nclosed_days: normalise"),
            "measure.yaml:4:1: with 'mode: unbounded', a return after the closed days counts "
            "anyway (say 'closed_days: mark', or leave 'mode' out)\n");
  EXPECT_EQ(retention_mistakes("return: {kind: [click]}"),
            "measure.yaml:2:10: 'kind' is not a key here; known: kinds, context, object, course, "
            "outcome, source, where (did you mean 'kinds'?)\n");
  EXPECT_EQ(retention_mistakes("periods: 400"),
            "measure.yaml:2:1: periods: 400 is not at most 399\n");
  EXPECT_NE(retention_mistakes("time_zone: own"), "");
}

}  // namespace
}  // namespace waymark::fold
