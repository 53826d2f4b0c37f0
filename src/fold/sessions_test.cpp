#include "fold/sessions.h"

#include "fold/story.h"

namespace waymark::fold {
namespace {

TEST(Sessions, APauseLongerThanTheGapStartsANewOne) {
  Story(R"(
    learner | time                | object | weight
    ann     | 2026-03-02 09:00    | page 1 | 2
    ann     | 2026-03-02 09:30    | page 2 | 1
    ann     | 2026-03-02 09:30    | page 1 |
    ann     | 2026-03-02 10:00:01 | page 1 | 5
    bob     | 2026-03-02 09:45    |        |
  )")
      .gives(sessions("gap: 30m"), R"(
    learner | number | start               | end                 | events | weight | objects | ended_by
    ann     | 1      | 2026-03-02 09:00    | 2026-03-02 09:30    | 3      | 4      | 2       | gap
    ann     | 2      | 2026-03-02 10:00:01 | 2026-03-02 10:00:01 | 1      | 5      | 1       | end
    bob     | 1      | 2026-03-02 09:45    | 2026-03-02 09:45    | 1      | 1      | 0       | end
  )");
}

TEST(Sessions, AGapOfNothingKeepsOnlyTiesTogether) {
  Story(R"(
    learner | time
    ann     | 2026-03-02 09:00
    ann     | 2026-03-02 09:00
    ann     | 2026-03-02 09:00:01
  )")
      .gives(sessions("gap: 0"), R"(
    learner | number | events
    ann     | 1      | 2
    ann     | 2      | 1
  )");
}

TEST(Sessions, AChangeOfCourseSwitches) {
  Story(R"(
    learner | time             | course
    ann     | 2026-03-02 09:00 | maths
    ann     | 2026-03-02 09:05 | maths
    ann     | 2026-03-02 09:06 | art
    ann     | 2026-03-02 12:00 | maths
  )")
      .gives(sessions("switch_on: [course]"), R"(
    learner | number | course | events | ended_by
    ann     | 1      | maths  | 2      | switch
    ann     | 2      | art    | 1      | gap
    ann     | 3      | maths  | 1      | end
  )");
}

TEST(Sessions, CountHowOftenTheContextChanges) {
  const Story story(R"(
    learner | time             | context
    ann     | 2026-03-02 09:00 |
    ann     | 2026-03-02 09:01 | forum
    ann     | 2026-03-02 09:02 | quiz
    ann     | 2026-03-02 09:03 |
    ann     | 2026-03-02 09:04 | quiz
    ann     | 2026-03-02 09:05 | forum
    ann     | 2026-03-02 12:00 | quiz
    bob     | 2026-03-02 09:00 |
  )");
  story.gives(sessions("gap: 30m"), R"(
    learner | number | events | switches
    ann     | 1      | 6      | 2
    ann     | 2      | 1      | 0
    bob     | 1      | 1      | 0
  )");
}

TEST(Sessions, AChangeOfContextObjectOrPropertySwitches) {
  const Story story(R"(
    learner | time             | context | object | device
    ann     | 2026-03-02 09:00 | forum   | a      | phone
    ann     | 2026-03-02 09:01 | forum   | b      | phone
    ann     | 2026-03-02 09:02 | quiz    | b      |
    ann     | 2026-03-02 09:03 | quiz    | b      | 7
    ann     | 2026-03-02 09:04 | quiz    | b      | 7
  )");
  story.gives(sessions("switch_on: context"), R"(
    learner | events
    ann     | 2
    ann     | 3
  )");
  story.gives(sessions("switch_on: [object]"), R"(
    learner | events
    ann     | 1
    ann     | 4
  )");
  story.gives(sessions("switch_on: [property.device]"), R"(
    learner | events
    ann     | 2
    ann     | 1
    ann     | 2
  )");
}

TEST(Sessions, OtherKindsAreNotLookedAt) {
  Story(R"(
    learner | time             | kind
    ann     | 2026-03-02 09:00 | click
    ann     | 2026-03-02 09:20 | result
    ann     | 2026-03-02 09:40 | click
    bob     | 2026-03-02 09:40 | result
  )")
      .gives(sessions("kinds: [click, swipe]\ngap: 30m"), R"(
    learner | number | events
    ann     | 1      | 1
    ann     | 2      | 1
  )");
}

TEST(Sessions, BelowTheMinimumTheyAreLeftOutAndNotNumbered) {
  Story(R"(
    learner | time
    ann     | 2026-03-02 09:00
    ann     | 2026-03-02 12:00
    ann     | 2026-03-02 12:10
    ann     | 2026-03-02 15:00
    ann     | 2026-03-02 15:01
  )")
      .gives(sessions("minimum: {events: 2, duration: 5m}"), R"(
    learner | number | start            | end              | ended_by
    ann     | 1      | 2026-03-02 12:00 | 2026-03-02 12:10 | gap
  )");
}

TEST(Sessions, NoEventsNoSessions) {
  Story("learner | time").gives(sessions(""), "learner | number");
}

TEST(Sessions, MistakesAreReportedWhereTheyAre) {
  EXPECT_EQ(mistakes("sessions", "gap: 999999999999w\nswitch_on: [cource]"),
            "measure.yaml:2:1: '999999999999w' is no duration of at most 100 years (write a number "
            "and a unit, such as 30m, 2h, 7d or 4w)\n"
            "measure.yaml:3:13: no column is called 'cource' (did you mean 'course'? A property of "
            "that name is written 'property.cource')\n");
  EXPECT_EQ(mistakes("sessions", "switch_on: [device]"), "");
}

// The definition read literally: for each event, is it more than a gap, or a course, away from the
// one before?
TextTable oracle(const EventBatch& events, Micros gap) {
  TextTable table{{"learner", "number", "start", "end", "events", "weight"}, {}};
  for (const auto& rows : trails_of(events)) {
    std::size_t begin = 0;
    int number = 0;
    for (std::size_t i = 1; i <= rows.size(); ++i) {
      const bool over = i == rows.size() || events.time[rows[i]] - events.time[rows[i - 1]] > gap ||
                        events.course[rows[i]] != events.course[rows[i - 1]];
      if (!over) continue;
      double weight = 0;
      for (std::size_t k = begin; k < i; ++k) weight += events.weight[rows[k]];
      table.rows.push_back({std::string(events.learners.text(events.learner[rows[begin]])),
                            std::to_string(++number), std::to_string(events.time[rows[begin]]),
                            std::to_string(events.time[rows[i - 1]]), std::to_string(i - begin),
                            std::to_string(static_cast<int>(weight))});
      begin = i;
    }
  }
  return by_learner(table);
}

TEST(Sessions, EqualAnObviousRecomputation) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const EventBatch events = random_events({.seed = seed, .learners = 6, .most_events = 30});
    Measure<SessionsFold> measure = sessions("gap: 30m\nswitch_on: course");
    measure.tabulate = [](const SessionTable& sessions, const Meaning& meaning) {
      TextTable table{{"learner", "number", "start", "end", "events", "weight"}, {}};
      for (std::size_t i = 0; i < sessions.size(); ++i) {
        table.rows.push_back({std::string(meaning.learners.text(sessions.learner[i])),
                              std::to_string(sessions.number[i]), std::to_string(sessions.start[i]),
                              std::to_string(sessions.end[i]), std::to_string(sessions.events[i]),
                              std::to_string(static_cast<int>(sessions.weight[i]))});
      }
      return table;
    };
    const TextTable actual = run_variants(measure, events, Zone::utc());
    const TextTable expected = oracle(events, 30 * kMicrosPerMinute);
    EXPECT_TRUE(actual == expected) << actual.aligned() << expected.aligned();
  }
}

TEST(Sessions, TotalsAreThoseOfTheSessions) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const EventBatch events = random_events({.seed = seed});
    for (const bool by_course : {false, true}) {
      Symbols symbols = symbols_of(events);
      const SessionsFold whole({.switch_on_course = by_course}, Names(symbols));
      const SessionTotalsFold totals(30 * kMicrosPerMinute, by_course);
      const SessionTable table = run(whole, EventSource(events, symbols, whole.reads(), 3, 7), 2);
      const auto sums = run(totals, EventSource(events, symbols, totals.reads(), 2, 5), 2);
      Micros duration = 0;
      for (std::size_t i = 0; i < table.size(); ++i) duration += table.end[i] - table.start[i];
      EXPECT_EQ(sums.sessions, table.size());
      EXPECT_EQ(sums.duration, duration);
    }
  }
}

TEST(Sessions, TotalsAreTheSameHoweverTheyAreDriven) {
  const EventBatch events = random_events({.learners = 5, .most_events = 20});
  for (const bool by_course : {false, true}) {
    const Measure<SessionTotalsFold> measure{
        [=](const Names&) { return SessionTotalsFold(30 * kMicrosPerMinute, by_course); },
        [](const SessionTotalsFold::Output& output, const Meaning&) {
          return TextTable{{"sessions", "duration"},
                           {{std::to_string(output.sessions), std::to_string(output.duration)}}};
        }};
    run_variants(measure, events, Zone::utc());
  }
}

}  // namespace
}  // namespace waymark::fold
