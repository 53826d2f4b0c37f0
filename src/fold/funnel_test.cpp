#include "fold/funnel.h"

#include "base/hash.h"
#include "fold/story.h"

namespace waymark::fold {
namespace {

constexpr std::string_view kThree = R"(
steps:
  - {name: enrolled, kinds: [enrolled]}
  - {name: click, kinds: [click], conversion: active}
  - {name: submitted, kinds: [submitted], conversion: first_work}
)";

std::string with(std::string_view yaml, std::string_view steps = kThree) {
  return std::string(steps) + std::string(yaml);
}

TEST(Funnel, EachStepIsTheFirstEventAfterTheStepBefore) {
  const Story story(R"(
    learner | time                | kind
    ann     | 2026-03-02 09:00    | click
    ann     | 2026-03-02 10:00    | enrolled
    ann     | 2026-03-02 11:00    | forum
    ann     | 2026-03-02 11:30    | click
    ann     | 2026-03-02 12:00    | click
    ann     | 2026-03-03 09:00    | submitted
    bob     | 2026-03-02 10:00    | enrolled
    bob     | 2026-03-02 10:30    | submitted
    bob     | 2026-03-02 11:00    | click
    cid     | 2026-03-02 10:00    | click
    cid     | 2026-03-02 10:30    | submitted
  )");
  story.gives(funnel(kThree), R"(
    learner | attempt | started          | enrolled_at      | click_at         | submitted_at     | reached | furthest  | ended_by
    ann     | 1       | 2026-03-02 10:00 | 2026-03-02 10:00 | 2026-03-02 11:30 | 2026-03-03 09:00 | 3       | submitted | converted
    bob     | 1       | 2026-03-02 10:00 | 2026-03-02 10:00 | 2026-03-02 11:00 |                  | 2       | click     | open
  )");
  story.gives(funnel_steps(kThree), R"(
    step | name      | conversion | attempts | learners | dropped | still_open | share_of_first | share_of_previous | median_seconds | p25_seconds
    1    | enrolled  |            | 2        | 2        | 0       | 0          | 1              |                   |                |
    2    | click     | active     | 2        | 2        | 0       | 1          | 1              | 1                 | 4500           | 4050
    3    | submitted | first_work | 1        | 1        | 0       | 0          | 0.5            | 0.5               | 77400          | 77400
  )");
}

TEST(Funnel, TheWindowCountsFromTheFirstStepAndIncludesItsEnd) {
  const Story story(R"(
    learner | time                       | kind
    ann     | 2026-03-02 09:00           | enrolled
    ann     | 2026-03-02 09:50           | click
    ann     | 2026-03-02 10:00           | submitted
    bob     | 2026-03-02 09:00           | enrolled
    bob     | 2026-03-02 09:50           | click
    bob     | 2026-03-02 10:00:00.000001 | submitted
    cid     | 2026-03-02 09:00           | enrolled
    dot     | 2026-03-02 12:30           | enrolled
  )");
  // Whether the window of who did nothing more is over depends on what is known.
  story.gives(funnel(with("within: 1h"), at("2026-03-02 13:00")), R"(
    learner | reached | ended_by
    ann     | 3       | converted
    bob     | 2       | window
    cid     | 1       | window
    dot     | 1       | open
  )");
}

TEST(Funnel, EventsOfOneMicrosecondAreInTheOrderOfTheirIds) {
  EventId first = hash128("one"), second = hash128("another");
  if (second < first) std::swap(first, second);
  const auto reached = [&](const std::string& kind, const std::string& kind_of_second,
                           std::string_view yaml) {
    EventBatch events;
    events.append({.id = second, .learner = LearnerKey("ann"), .kind = kind_of_second});
    events.append({.id = first, .learner = LearnerKey("ann"), .kind = kind});
    const std::string two =
        "steps:\n  - {name: enrolled, kinds: enrolled}\n  - {name: click, kinds: click}\n";
    return run_variants(funnel(two + std::string(yaml)), events, Zone::utc())
        .with_columns({"reached"})
        .rows.front()
        .front();
  };
  EXPECT_EQ(reached("enrolled", "click", "within: 0"), "2");
  EXPECT_EQ(reached("click", "enrolled", "within: 0"), "1");
  EXPECT_EQ(reached("click", "enrolled", "order: any"), "2");
}

TEST(Funnel, AnEventServesAsOneStepOnly) {
  const std::string twice = R"(
steps:
  - {name: first, kinds: [submitted]}
  - {name: second, kinds: [submitted]}
)";
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-03-02 09:00 | submitted
    bob     | 2026-03-02 09:00 | submitted
    bob     | 2026-03-02 09:00 | submitted
    cid     | 2026-03-02 09:00 | submitted
    cid     | 2026-03-02 10:00 | submitted
    cid     | 2026-03-02 11:00 | submitted
  )");
  story.gives(funnel(twice), R"(
    learner | reached | second_at
    ann     | 1       |
    bob     | 2       | 2026-03-02 09:00
    cid     | 2       | 2026-03-02 10:00
  )");
  // What completed an attempt does not start the next.
  story.gives(funnel(with("count: every", twice)), R"(
    learner | attempt | started          | reached
    ann     | 1       | 2026-03-02 09:00 | 1
    bob     | 1       | 2026-03-02 09:00 | 2
    cid     | 1       | 2026-03-02 09:00 | 2
    cid     | 2       | 2026-03-02 11:00 | 1
  )");
}

const char* const kTwoStarts = R"(
    learner | time             | kind
    ann     | 2026-03-02 09:00 | enrolled
    ann     | 2026-03-02 09:30 | enrolled
    ann     | 2026-03-02 10:10 | click
    ann     | 2026-03-02 10:20 | submitted
    ann     | 2026-03-02 12:00 | enrolled
    ann     | 2026-03-02 12:10 | click
    ann     | 2026-03-02 12:20 | submitted
    ann     | 2026-03-02 12:30 | submitted
)";

TEST(Funnel, FirstTouchCountsALearnerOnceWhateverComesLater) {
  Story(kTwoStarts).gives(funnel(with("within: 1h")), R"(
    learner | attempt | started          | reached | ended_by
    ann     | 1       | 2026-03-02 09:00 | 1       | window
  )");
}

TEST(Funnel, EveryAttemptBeginsWhenTheOneBeforeIsOver) {
  const Story story(kTwoStarts);
  // The start at 9:30 falls into the open attempt and starts nothing.
  story.gives(funnel(with("within: 1h\ncount: every")), R"(
    learner | attempt | started          | reached | ended_by
    ann     | 1       | 2026-03-02 09:00 | 1       | window
    ann     | 2       | 2026-03-02 12:00 | 3       | converted
  )");
  story.gives(funnel_steps(with("within: 1h\ncount: every")), R"(
    name      | attempts | learners | dropped | share_of_first | share_of_previous
    enrolled  | 2        | 1        | 1       | 1              |
    click     | 1        | 1        | 0       | 0.5            | 0.5
    submitted | 1        | 1        | 0       | 0.5            | 1
  )");
  story.gives(funnel(with("count: every")), R"(
    learner | attempt | started          | reached | ended_by
    ann     | 1       | 2026-03-02 09:00 | 3       | converted
    ann     | 2       | 2026-03-02 12:00 | 3       | converted
  )");
}

TEST(Funnel, TheEventThatEndsAnAttemptMayStartTheNext) {
  Story(R"(
    learner | time             | kind
    ann     | 2026-03-02 09:00 | enrolled
    ann     | 2026-03-02 11:00 | enrolled
    ann     | 2026-03-02 11:10 | click
  )")
      .gives(funnel(with("within: 1h\ncount: every")), R"(
    learner | attempt | started          | reached | ended_by
    ann     | 1       | 2026-03-02 09:00 | 1       | window
    ann     | 2       | 2026-03-02 11:00 | 2       | window
  )");
}

TEST(Funnel, InAnyOrderAllStepsCount) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-03-02 09:00 | submitted
    ann     | 2026-03-02 09:10 | submitted
    ann     | 2026-03-02 09:20 | enrolled
    ann     | 2026-03-02 09:40 | click
    bob     | 2026-03-02 09:00 | click
    bob     | 2026-03-02 09:30 | enrolled
  )");
  story.gives(funnel(with("order: any")), R"(
    learner | started          | enrolled_at      | click_at         | submitted_at     | reached | furthest | ended_by
    ann     | 2026-03-02 09:00 | 2026-03-02 09:20 | 2026-03-02 09:40 | 2026-03-02 09:00 | 3       | click    | converted
    bob     | 2026-03-02 09:00 | 2026-03-02 09:30 | 2026-03-02 09:00 |                  | 2       | enrolled | open
  )");
  // Times are from the attempt's start; there is no step before.
  story.gives(funnel_steps(with("order: any")), R"(
    name      | attempts | still_open | share_of_first | share_of_previous | median_seconds
    enrolled  | 2        | 1          | 1              |                   | 1500
    click     | 2        | 0          | 1              |                   | 1200
    submitted | 1        | 0          | 0.5            |                   | 0
  )");
}

TEST(Funnel, StrictAllowsNothingOfThePopulationBetween) {
  const Story story(R"(
    learner | time             | kind      | source
    ann     | 2026-03-02 09:00 | enrolled  | web
    ann     | 2026-03-02 09:10 | click     | web
    ann     | 2026-03-02 09:15 | heartbeat | server
    ann     | 2026-03-02 09:20 | submitted | web
    bob     | 2026-03-02 09:00 | enrolled  | web
    bob     | 2026-03-02 09:10 | enrolled  | web
    bob     | 2026-03-02 09:20 | click     | web
    bob     | 2026-03-02 09:30 | submitted | web
  )");
  story.gives(funnel(with("order: strict\npopulation: {source: web}")), R"(
    learner | reached | ended_by
    ann     | 3       | converted
    bob     | 1       | interrupted
  )");
  story.gives(funnel(with("order: strict\ncount: every")), R"(
    learner | attempt | started          | reached | ended_by
    ann     | 1       | 2026-03-02 09:00 | 2       | interrupted
    bob     | 1       | 2026-03-02 09:00 | 1       | interrupted
    bob     | 2       | 2026-03-02 09:10 | 3       | converted
  )");
}

TEST(Funnel, AnExclusionEndsAnAttemptBetweenItsSteps) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-03-02 08:00 | left
    ann     | 2026-03-02 09:00 | enrolled
    ann     | 2026-03-02 09:10 | left
    ann     | 2026-03-02 09:20 | click
    ann     | 2026-03-02 09:30 | submitted
    bob     | 2026-03-02 09:00 | enrolled
    bob     | 2026-03-02 09:10 | click
    bob     | 2026-03-02 09:20 | left
    bob     | 2026-03-02 09:30 | submitted
    cid     | 2026-03-02 09:00 | enrolled
    cid     | 2026-03-02 09:10 | click
    cid     | 2026-03-02 09:20 | submitted
    cid     | 2026-03-02 09:30 | left
  )");
  story.gives(funnel(with("exclude: {kinds: left}")), R"(
    learner | reached | ended_by
    ann     | 1       | excluded
    bob     | 2       | excluded
    cid     | 3       | converted
  )");
  story.gives(funnel_steps(with("exclude: {kinds: left}")), R"(
    name      | attempts | dropped | excluded | still_open
    enrolled  | 3        | 0       | 1        | 0
    click     | 2        | 0       | 1        | 0
    submitted | 1        | 0       | 0        | 0
  )");
  story.gives(funnel(with("exclude: [{kinds: left, between: [click, submitted]}]")), R"(
    learner | reached | ended_by
    ann     | 3       | converted
    bob     | 2       | excluded
    cid     | 3       | converted
  )");
  story.gives(funnel(with("order: any\nexclude: [{kinds: left}]")), R"(
    learner | reached | ended_by
    ann     | 1       | excluded
    bob     | 2       | excluded
    cid     | 3       | converted
  )");
}

TEST(Funnel, AnEventThatReachesAStepDoesNotExclude) {
  Story(R"(
    learner | time             | kind     | score
    ann     | 2026-03-02 09:00 | enrolled |
    ann     | 2026-03-02 09:10 | quiz     | 20
    ann     | 2026-03-02 09:20 | quiz     | 30
    ann     | 2026-03-02 09:30 | quiz     | 90
    bob     | 2026-03-02 09:00 | enrolled |
    bob     | 2026-03-02 09:10 | quiz     | 20
    bob     | 2026-03-02 09:30 | quiz     | 90
  )")
      .gives(funnel(R"(
steps:
  - {name: enrolled, kinds: [enrolled]}
  - {name: tried, kinds: [quiz]}
  - {name: passed, kinds: [quiz], where: {score: {at_least: 40}}}
exclude:
  - {kinds: [quiz], where: {score: {below: 40}}}
)"),
             R"(
    learner | reached | ended_by
    ann     | 2       | excluded
    bob     | 3       | converted
  )");
}

TEST(Funnel, ConditionsLookAtColumnsAndProperties) {
  Story(R"(
    learner | time             | kind | context | object | outcome | score | days_late
    ann     | 2026-03-02 09:00 | view | page    | p1     |         |       |
    ann     | 2026-03-02 09:10 | quiz | quiz    | q1     | Fail    | 20    | 0
    ann     | 2026-03-02 09:20 | quiz | quiz    | q1     | Pass    | 80    | 3
    ann     | 2026-03-02 09:30 | quiz | quiz    | q1     | Pass    | 70    | 0
  )")
      .gives(funnel(R"(
steps:
  - {name: read, context: page, object: [p1, p2]}
  - {name: passed, outcome: Pass, where: {score: {above: 50}, days_late: 0}}
)"),
             R"(
    learner | read_at          | passed_at
    ann     | 2026-03-02 09:00 | 2026-03-02 09:30
  )");
}

TEST(Funnel, ConditionsOnTextsTakeOneOfThemOrNoneOfThem) {
  const Story story(R"(
    learner | time             | kind  | region | device
    ann     | 2026-03-02 09:00 | view  | London | phone
    ann     | 2026-03-02 09:10 | quiz  | Wales  | phone
    ann     | 2026-03-02 09:20 | quiz  | Wales  | desk
    bob     | 2026-03-02 09:00 | view  | Leeds  | phone
    bob     | 2026-03-02 09:10 | view  |        | phone
    bob     | 2026-03-02 09:20 | view  | 7      | phone
    bob     | 2026-03-02 09:30 | view  | Wales  | phone
    bob     | 2026-03-02 09:40 | quiz  | Wales  |
  )");
  story.gives(funnel(R"(
steps:
  - {name: south, where: {region: [London, Wales]}}
  - {name: desk, where: {region: Wales, device: {is_not: phone}}}
)"),
              R"(
    learner | south_at         | desk_at
    ann     | 2026-03-02 09:00 | 2026-03-02 09:20
    bob     | 2026-03-02 09:30 |
  )");
  // The same property twice in one filter: both must be met.
  story.gives(funnel(R"(
steps:
  - {name: other, where: {region: {is_not: [London, Paris]}}}
  - {name: both, where: {region: [Wales, London], property.region: {is: [London, Wales, Leeds]}}}
)"),
              R"(
    learner | other_at         | both_at
    ann     | 2026-03-02 09:10 | 2026-03-02 09:20
    bob     | 2026-03-02 09:00 | 2026-03-02 09:30
  )");
}

TEST(Funnel, CountsEachCourseByItselfOrAcrossCourses) {
  const Story story(R"(
    learner | time             | kind      | course
    ann     | 2026-03-02 09:00 | enrolled  | maths
    ann     | 2026-03-02 09:10 | enrolled  | art
    ann     | 2026-03-02 09:20 | click     | art
    ann     | 2026-03-02 09:30 | submitted | maths
    ann     | 2026-03-02 09:40 | enrolled  |
  )");
  story.gives(funnel(kThree), R"(
    learner | course | reached
    ann     | maths  | 1
    ann     | art    | 2
    ann     |        | 1
  )");
  story.gives(funnel_steps(kThree), R"(
    name      | attempts | learners
    enrolled  | 3        | 1
    click     | 1        | 1
    submitted | 0        | 0
  )");
  story.gives(funnel(with("per: learner")), R"(
    learner | course | reached
    ann     |        | 3
  )");
}

TEST(Funnel, NoEventsNoAttempts) {
  const Story story("learner | time | kind");
  story.gives(funnel(kThree), "learner | reached");
  story.gives(funnel_steps(kThree), R"(
    name      | attempts | learners | dropped | share_of_first | median_seconds
    enrolled  | 0        | 0        | 0       |                |
    click     | 0        | 0        | 0       |                |
    submitted | 0        | 0        | 0       |                |
  )");
}

TEST(Funnel, MistakesAreReportedWhereTheyAre) {
  EXPECT_EQ(mistakes("funnel", kThree), "");
  EXPECT_EQ(mistakes("funnel", "steps:\n  - {name: a, kinds: [x]}\n  - {name: a, kinds: [y]}"),
            "measure.yaml:4:6: two steps are called 'a' (a step that is repeated needs a name for "
            "each time, such as second_quiz)\n");
  EXPECT_EQ(mistakes("funnel", "steps:\n  - {name: a, kinds: [x]}\n  - {name: b}"),
            "measure.yaml:4:5: step 'b' does not say which events it means (add kinds, context, "
            "object, course, outcome, source or where)\n");
  EXPECT_EQ(mistakes("funnel",
                     "steps:\n  - {name: a, kinds: x, conversion: reached}\n"
                     "  - {name: b, kinds: y, conversion: a_at}"),
            "measure.yaml:3:25: the funnel's table has another column 'reached' (choose another "
            "name)\n"
            "measure.yaml:4:25: the funnel's table has another column 'a_at' (choose another "
            "name)\n");
  const std::string two = "steps:\n  - {name: a, kinds: x}\n  - {name: b, kinds: y}\n";
  EXPECT_EQ(mistakes("funnel", two + "exclude: [{kinds: z, between: [b, a]}]"),
            "measure.yaml:5:22: 'b' does not come before 'a' in this funnel\n");
  EXPECT_EQ(mistakes("funnel", two + "exclude: [{kinds: z, between: [a, zebra]}]"),
            "measure.yaml:5:35: no step here is called 'zebra'\n");
  EXPECT_EQ(mistakes("funnel", two + "order: strict\nexclude: {kinds: z}"),
            "measure.yaml:6:1: a strict funnel ends at every event that is not its next step; "
            "there is nothing left to exclude (leave 'exclude' out, or say 'order: ordered')\n");
  EXPECT_EQ(mistakes("funnel", two + "order: any\nexclude: {kinds: z, between: [a, b]}"),
            "measure.yaml:6:21: 'between' has no meaning where steps come in any order (without "
            "it, the whole attempt is meant)\n");
  EXPECT_EQ(mistakes("funnel", two + "order: strikt"),
            "measure.yaml:5:1: 'strikt' is none of: ordered, any, strict (did you mean "
            "'strict'?)\n");
  EXPECT_EQ(mistakes("funnel", "steps:\n  - {name: a, kinds: x}"),
            "measure.yaml:2:1: the list needs 2 or more\n");
  std::string many = "steps:\n";
  for (int i = 0; i < 33; ++i) many += "  - {name: s" + std::to_string(i) + ", kinds: x}\n";
  EXPECT_EQ(mistakes("funnel", many), "measure.yaml:35:5: a funnel has at most 32 steps\n");
  EXPECT_EQ(mistakes("funnel", two + "exclude: [{kinds: z, wher: {score: 1}}]"),
            "measure.yaml:5:22: 'wher' is not a key here; known: between, kinds, context, object, "
            "course, outcome, source, where (did you mean 'where'?)\n");
}

}  // namespace
}  // namespace waymark::fold
