#include "fold/engagement.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "fold/story.h"

namespace waymark::fold {
namespace {

const Calendar kCalendar{{"maths", {at("2026-03-01"), at("2026-03-29")}}};

TEST(Engagement, CountsActivityPerCourse) {
  Story(R"(
    learner | time             | kind  | course | object | weight
    ann     | 2026-03-02 09:00 | click | maths  | page 1 | 3
    ann     | 2026-03-02 09:05 | click | maths  | page 2 |
    ann     | 2026-03-02 09:06 | click | art    |        | 2
    ann     | 2026-03-04 09:00 | click | maths  | page 1 | 4
    ann     | 2026-03-04 09:00 | talk  | maths  | page 1 | 9
  )")
      .gives(engagement("kinds: click"), R"(
    learner | course | first_active     | last_active      | events | weight | active_days | objects
    ann     | maths  | 2026-03-02 09:00 | 2026-03-04 09:00 | 3      | 8      | 2           | 2
    ann     | art    | 2026-03-02 09:06 | 2026-03-02 09:06 | 1      | 2      | 1           | 0
  )");
}

TEST(Engagement, ARevisitIsAReturnOnALaterDay) {
  const Story story(R"(
    learner | time             | course | object
    ann     | 2026-03-02 09:00 | maths  | page 1
    ann     | 2026-03-02 09:05 | maths  | page 1
    ann     | 2026-03-02 15:00 | maths  | page 1
    ann     | 2026-03-03 09:00 | maths  | page 1
    ann     | 2026-03-03 09:01 | maths  | page 2
    ann     | 2026-03-03 09:02 | art    | page 1
    ann     | 2026-03-09 09:00 | maths  | page 1
    ann     | 2026-03-09 09:00 | maths  |
  )");
  story.gives(engagement(""), R"(
    learner | course | revisits
    ann     | maths  | 2
    ann     | art    | 0
  )");
  story.gives(engagement("revisit: session"), R"(
    learner | course | revisits
    ann     | maths  | 3
    ann     | art    | 0
  )");
}

TEST(Engagement, TheFirstActionIsTimedFromStartOrEnrolment) {
  Story(R"(
    learner | time             | kind      | course
    ann     | 2026-02-01 00:00 | enrolled  | maths
    ann     | 2026-03-02 12:00 | submitted | maths
    ann     | 2026-03-05 12:00 | submitted | maths
    bob     | 2026-03-03 00:00 | enrolled  | maths
    bob     | 2026-03-03 18:00 | submitted | maths
    cat     | 2026-02-28 00:00 | submitted | maths
    dan     | 2026-02-28 00:00 | enrolled  | maths
    dan     | 2026-03-28 00:00 | click     | maths
    eve     | 2026-02-28 00:00 | submitted | art
  )")
      .gives(engagement("kinds: click\nfirst_action: submitted\nenrolled: enrolled", kCalendar),
             R"(
    learner | course | first_action_days | active_days
    ann     | maths  | 1.5               | 0
    bob     | maths  | 0.75              | 0
    cat     | maths  | -1                | 0
    dan     | maths  |                   | 1
    eve     | art    |                   | 0
  )");
}

TEST(Engagement, AbandonedIsALongSilenceBeforeTheEnd) {
  const Story story(R"(
    learner | time             | kind     | course
    ann     | 2026-03-22 00:00 | click    | maths
    bob     | 2026-03-21 23:59 | click    | maths
    cat     | 2026-04-05 00:00 | click    | maths
    dan     | 2026-02-01 00:00 | enrolled | maths
    eve     | 2026-03-01 00:00 | click    | art
  )");
  const std::string yaml = "enrolled: [enrolled]\nabandoned_after: 7d";
  story.gives(engagement(yaml, kCalendar), R"(
    learner | abandoned
    ann     | 0
    bob     | 1
    cat     | 0
    dan     | 1
    eve     |
  )");
  story.gives(engagement(yaml, kCalendar, Zone::utc(), at("2026-03-08")), R"(
    learner | course | abandoned | events
    dan     | maths  | 0         | 0
    eve     | art    | 0         | 1
  )");
}

TEST(Engagement, TimeSpentEndsWithTheSessionAndIsCapped) {
  const Story story(R"(
    learner | time             | course | context
    ann     | 2026-03-02 09:00 | maths  | quiz
    ann     | 2026-03-02 09:05 | maths  | forum
    ann     | 2026-03-02 09:30 | maths  | quiz
    ann     | 2026-03-02 09:32 | art    | quiz
    ann     | 2026-03-02 10:02 | maths  | quiz
    ann     | 2026-03-02 10:33 | maths  | quiz
    ann     | 2026-03-02 10:34 | maths  | quiz
  )");
  story.gives(engagement_contexts("session_gap: 30m\nidle_cap: 10m"), R"(
    learner | course | context | events | active_days | active_ms
    ann     | maths  | quiz    | 5      | 1           | 480000
    ann     | maths  | forum   | 1      | 1           | 600000
    ann     | art    | quiz    | 1      | 1           | 600000
  )");
  story.gives(engagement("session_gap: 30m\nidle_cap: 10m"), R"(
    learner | course | active_ms
    ann     | maths  | 1080000
    ann     | art    | 600000
  )");
}

// maths runs for 4 weeks. A typical day in the forum: the median of 2, 4 and 10; with quizzes: of 6
// and 8.
TEST(Engagement, IntensityIsPlainByLengthAndByModality) {
  Story(R"(
    learner | time             | course | context | weight
    ann     | 2026-03-02 09:00 | maths  | forum   | 1
    ann     | 2026-03-03 09:00 | maths  | forum   | 3
    ann     | 2026-03-03 09:00 | maths  | quiz    | 8
    bob     | 2026-03-02 09:00 | maths  | forum   | 4
    cat     | 2026-03-02 09:00 | maths  | forum   | 10
    cat     | 2026-03-09 09:00 | maths  | quiz    | 6
    dan     | 2026-03-09 09:00 | art    | quiz    | 0
  )")
      .gives(engagement("", kCalendar), R"(
    learner | course | weight_per_active_day | weight_per_course_week | relative_intensity
    ann     | maths  | 6                     | 3                      | 0.8
    bob     | maths  | 4                     | 1                      | 1
    cat     | maths  | 8                     | 4                      | 1.4545
    dan     | art    | 0                     |                        |
  )");
}

TEST(Engagement, ADayIsALocalDayAcrossTheChangeOfClocks) {
  // British clocks went forward on 29 March 2026 at 01:00 UTC.
  const Zone london = Zone::named("Europe/London");
  Story(R"(
    learner | time             | object
    ann     | 2026-03-28 23:30 | page
    ann     | 2026-03-29 00:30 | page
    ann     | 2026-03-29 23:30 | page
    ann     | 2026-03-30 00:10 | page
    bob     | 2026-10-25 00:30 | page
    bob     | 2026-10-25 23:30 | page
  )",
        london)
      .gives(engagement("", {}, london), R"(
    learner | active_days | revisits | first_active
    ann     | 3           | 2        | 2026-03-28 23:30
    bob     | 1           | 0        | 2026-10-25 00:30
  )");
}

TEST(Engagement, MistakesAreReportedWhereTheyAre) {
  EXPECT_EQ(mistakes("engagement", "kinds: [click, enrolled]\nenrolled: enrolled\nidle_cap: 2h"),
            "measure.yaml:2:16: 'enrolled' is listed as activity and as enrolment (an enrolment is "
            "no activity: keep it under 'enrolled' only)\n"
            "measure.yaml:4:1: idle_cap is longer than session_gap, so that no pause ever reaches "
            "it (make it shorter, or session_gap longer)\n");
}

// Every figure on its own, from the definition, by loops over all events.
TEST(Engagement, EqualsAnObviousRecomputation) {
  const Zone zone = Zone::named("Europe/Berlin");
  const Micros gap = 20 * kMicrosPerMinute;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const EventBatch events = random_events({.seed = seed, .learners = 6, .most_events = 30});
    const TextTable actual = run_variants(
        engagement("kinds: [click, submitted]\nsession_gap: 20m\nidle_cap: 5m", {}, zone), events,
        zone);
    TextTable expected{{"learner", "course", "events", "active_days", "objects", "revisits",
                        "active_ms", "weight_per_active_day"},
                       {}};
    for (const auto& rows : trails_of(events)) {
      std::vector<Event> trail;
      for (const std::size_t row : rows) {
        Event event = events.event(row);
        if (event.kind == "click" || event.kind == "submitted") trail.push_back(event);
      }
      std::vector<std::string> courses;
      for (const Event& event : trail) {
        if (std::ranges::find(courses, event.course) == courses.end()) {
          courses.push_back(event.course);
        }
      }
      for (const std::string& course : courses) {
        std::set<std::int64_t> days;
        std::map<std::string, std::set<std::int64_t>> seen;
        std::size_t count = 0;
        Micros active = 0;
        double weight = 0;
        for (std::size_t i = 0; i < trail.size(); ++i) {
          if (trail[i].course != course) continue;
          ++count;
          weight += trail[i].weight;
          days.insert(zone.local_day(trail[i].time));
          if (!trail[i].object.empty()) {
            seen[trail[i].object].insert(zone.local_day(trail[i].time));
          }
          if (i + 1 == trail.size()) continue;
          const Micros pause = trail[i + 1].time - trail[i].time;
          if (pause <= gap) active += std::min(pause, 5 * kMicrosPerMinute);
        }
        std::size_t revisits = 0;
        for (const auto& [object, on] : seen) revisits += on.size() - 1;
        expected.rows.push_back({trail[0].learner.reveal(), course, std::to_string(count),
                                 std::to_string(days.size()), std::to_string(seen.size()),
                                 std::to_string(revisits), std::to_string(active / 1000), ""});
        std::ostringstream per_day;
        per_day.precision(6);
        per_day << std::fixed << weight / static_cast<double>(days.size());
        expected.rows.back().back() = per_day.str();
      }
    }
    expected = by_learner(expected);
    const TextTable chosen = actual.with_columns(expected.header);
    EXPECT_TRUE(matches(chosen, expected)) << chosen.aligned() << expected.aligned();
  }
}

}  // namespace
}  // namespace waymark::fold
