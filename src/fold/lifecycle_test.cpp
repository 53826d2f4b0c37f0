#include "fold/lifecycle.h"

#include "base/error.h"
#include "fold/batch.h"
#include "fold/lifecycle_story.h"

namespace waymark::fold {
namespace {

const Zone kLondon = Zone::named("Europe/London");

// 2026-03-02 is a Monday.
constexpr std::string_view kStudy =
    "activity: {kinds: click}\nactivated: {kinds: submitted}\nleft: {kinds: unregistered}\n";

std::string with(std::string_view yaml) { return std::string(kStudy) + std::string(yaml); }

TEST(Lifecycle, FromNewToDormantAndBack) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-03-02 09:00 | click
    ann     | 2026-03-03 09:00 | submitted
    ann     | 2026-03-10 09:00 | click
    ann     | 2026-03-16 09:00 | click
    ann     | 2026-03-17 09:00 | click
    ann     | 2026-03-18 08:00 | click
    ann     | 2026-03-18 09:00 | click
    ann     | 2026-04-15 10:00 | click
    ann     | 2026-05-22 10:00 | click
    ann     | 2026-05-25 10:00 | click
  )");
  const LifecycleSetting setting{.as_of = at("2026-06-08")};
  story.gives(lifecycle(with(""), setting), R"(
    learner | stage       | first_period | last_period | periods | active_days | entered    | lasts
    ann     | new         | 2026-03-02   | 2026-03-02  | 1       | 1           | 2026-03-09 00:00 | 0
    ann     | activated   | 2026-03-09   | 2026-03-09  | 1       | 1           | 2026-03-16 00:00 | 0
    ann     | engaged     | 2026-03-16   | 2026-03-16  | 1       | 3           | 2026-03-23 00:00 | 0
    ann     | at_risk     | 2026-03-23   | 2026-04-06  | 3       | 0           | 2026-03-30 00:00 | 0
    ann     | activated   | 2026-04-13   | 2026-04-13  | 1       | 1           | 2026-04-20 00:00 | 0
    ann     | at_risk     | 2026-04-20   | 2026-05-04  | 3       | 0           | 2026-04-27 00:00 | 0
    ann     | dormant     | 2026-05-11   | 2026-05-11  | 1       | 0           | 2026-05-18 00:00 | 0
    ann     | resurrected | 2026-05-18   | 2026-05-18  | 1       | 1           | 2026-05-25 00:00 | 0
    ann     | activated   | 2026-05-25   | 2026-05-25  | 1       | 1           | 2026-06-01 00:00 | 0
    ann     | at_risk     | 2026-06-01   | 2026-06-01  | 1       | 0           | 2026-06-08 00:00 | 1
  )");
  // Two weeks without a click say nothing, the third does.
  story.gives(lifecycle(with("at_risk: {after: 3}\nengaged: {active_days: 4}"), setting), R"(
    learner | stage       | first_period | periods
    ann     | new         | 2026-03-02   | 1
    ann     | activated   | 2026-03-09   | 4
    ann     | at_risk     | 2026-04-06   | 1
    ann     | activated   | 2026-04-13   | 3
    ann     | at_risk     | 2026-05-04   | 1
    ann     | dormant     | 2026-05-11   | 1
    ann     | resurrected | 2026-05-18   | 1
    ann     | activated   | 2026-05-25   | 2
  )");
}

TEST(Lifecycle, WhoIsActiveIsNewUntilActivated) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-03-02 09:00 | submitted
    ann     | 2026-03-10 09:00 | click
    ann     | 2026-03-17 09:00 | click
    bob     | 2026-03-03 09:00 | click
    bob     | 2026-03-09 09:00 | click
    bob     | 2026-03-10 09:00 | click
    bob     | 2026-03-11 09:00 | click
    bob     | 2026-03-16 09:00 | click
    bob     | 2026-03-22 23:59 | submitted
    cid     | 2026-03-03 09:00 | submitted
  )");
  const LifecycleSetting setting{.as_of = at("2026-03-23")};
  story.gives(lifecycle(with(""), setting), R"(
    learner | stage     | first_period | periods | active_days
    ann     | new       | 2026-03-09   | 1       | 1
    ann     | activated | 2026-03-16   | 1       | 1
    bob     | new       | 2026-03-02   | 2       | 4
    bob     | activated | 2026-03-16   | 1       | 1
  )");
  story.gives(lifecycle("activity: {kinds: click}\n"
                        "activated: {kinds: submitted, at_least: 2}",
                        setting),
              R"(
    learner | stage | first_period | periods
    ann     | new   | 2026-03-09   | 2
    bob     | new   | 2026-03-02   | 3
  )");
  // Where nothing is asked, coming back activates.
  story.gives(lifecycle("activity: {kinds: click}", setting), R"(
    learner | stage     | first_period | periods
    ann     | new       | 2026-03-09   | 1
    ann     | activated | 2026-03-16   | 1
    bob     | new       | 2026-03-02   | 1
    bob     | engaged   | 2026-03-09   | 1
    bob     | activated | 2026-03-16   | 1
  )");
}

TEST(Lifecycle, OnlyPeriodsThatAreOverCount) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-03-02 09:00 | click
    ann     | 2026-03-10 09:00 | click
    bob     | 2026-03-09 09:00 | click
  )");
  story.gives(lifecycle("", {.as_of = at("2026-03-15 23:59")}), R"(
    learner | stage | first_period | lasts
    ann     | new   | 2026-03-02   | 1
  )");
  story.gives(lifecycle("", {.as_of = at("2026-03-16")}), R"(
    learner | stage     | first_period | lasts
    ann     | new       | 2026-03-02   | 0
    ann     | activated | 2026-03-09   | 1
    bob     | new       | 2026-03-09   | 1
  )");
}

TEST(Lifecycle, EndsWithTheCourseOrWhenSomebodyLeaves) {
  const Story story(R"(
    learner | time             | kind         | course
    ann     | 2026-03-02 09:00 | click        | A
    ann     | 2026-03-30 09:00 | click        | A
    bob     | 2026-03-02 09:00 | click        | B
    bob     | 2026-03-10 09:00 | unregistered | B
    cid     | 2026-03-02 09:00 | click        | B
    cid     | 2026-03-10 09:00 | unregistered | B
    cid     | 2026-03-16 09:00 | click        | B
    dot     | 2026-03-23 09:00 | click        | A
  )");
  // The course ends on Monday, the 16th, at midnight: that week does not begin before the end.
  const LifecycleSetting setting{
      .as_of = at("2026-03-30"),
      .calendar = {{"A", {.start = at("2026-03-02"), .end = at("2026-03-16")}}}};
  story.gives(lifecycle(with(""), setting), R"(
    learner | course | stage   | first_period | last_period | lasts
    ann     | A      | new     | 2026-03-02   | 2026-03-02  | 0
    ann     | A      | at_risk | 2026-03-09   | 2026-03-09  | 0
    bob     | B      | new     | 2026-03-02   | 2026-03-02  | 0
    bob     | B      | at_risk | 2026-03-09   | 2026-03-09  | 0
    cid     | B      | new     | 2026-03-02   | 2026-03-02  | 0
    cid     | B      | at_risk | 2026-03-09   | 2026-03-09  | 0
    cid     | B      | new     | 2026-03-16   | 2026-03-16  | 0
    cid     | B      | at_risk | 2026-03-23   | 2026-03-23  | 1
  )");
  story.gives(lifecycle_periods(with(""), setting), R"(
    course | period     | stage   | learners | share
    A      | 2026-03-02 | new     | 1        | 1
    A      | 2026-03-09 | at_risk | 1        | 1
    B      | 2026-03-02 | new     | 2        | 1
    B      | 2026-03-09 | at_risk | 2        | 1
    B      | 2026-03-16 | new     | 1        | 1
    B      | 2026-03-23 | at_risk | 1        | 1
  )");
  story.gives(lifecycle_transitions(with(""), setting), R"(
    course | period     | from_stage | to_stage | learners | share
    A      | 2026-03-02 |            | new      | 1        |
    A      | 2026-03-09 | new        | at_risk  | 1        | 1
    A      | 2026-03-16 | at_risk    |          | 1        | 1
    B      | 2026-03-02 |            | new      | 2        |
    B      | 2026-03-09 | new        | at_risk  | 2        | 1
    B      | 2026-03-16 | at_risk    | new      | 1        | 0.5
    B      | 2026-03-16 | at_risk    |          | 1        | 0.5
    B      | 2026-03-23 | new        | at_risk  | 1        | 1
  )");
}

TEST(Lifecycle, WhoCameBackHadLeftAllTheSame) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-01-01 09:00 | click
    ann     | 2026-01-03 09:00 | unregistered
    ann     | 2026-01-05 09:00 | unregistered
    ann     | 2026-01-30 09:00 | click
    ann     | 2026-02-03 09:00 | unregistered
    ann     | 2026-02-03 10:00 | click
    bob     | 2026-01-01 09:00 | click
    bob     | 2026-01-05 09:00 | unregistered
    bob     | 2026-01-06 09:00 | click
  )");
  const std::string yaml =
      "period: day\nactivity: {kinds: click}\nleft: {kinds: unregistered}\nat_risk: {after: 1}\n"
      "dormant: {after: 3}\n";
  story.gives(lifecycle(yaml, {.as_of = at("2026-01-07")}), R"(
    learner | stage       | first_period | last_period | lasts
    ann     | new         | 2026-01-01   | 2026-01-01  | 0
    ann     | at_risk     | 2026-01-02   | 2026-01-03  | 0
    bob     | new         | 2026-01-01   | 2026-01-01  | 0
    bob     | at_risk     | 2026-01-02   | 2026-01-03  | 0
    bob     | dormant     | 2026-01-04   | 2026-01-05  | 0
    bob     | resurrected | 2026-01-06   | 2026-01-06  | 1
  )");
  story.gives(lifecycle(yaml, {.as_of = at("2026-02-05")}), R"(
    learner | stage       | first_period | last_period | lasts
    ann     | new         | 2026-01-01   | 2026-01-01  | 0
    ann     | at_risk     | 2026-01-02   | 2026-01-03  | 0
    ann     | engaged     | 2026-01-30   | 2026-01-30  | 0
    ann     | at_risk     | 2026-01-31   | 2026-02-01  | 0
    ann     | dormant     | 2026-02-02   | 2026-02-02  | 0
    ann     | resurrected | 2026-02-03   | 2026-02-03  | 0
    ann     | at_risk     | 2026-02-04   | 2026-02-04  | 1
    bob     | new         | 2026-01-01   | 2026-01-01  | 0
    bob     | at_risk     | 2026-01-02   | 2026-01-03  | 0
    bob     | dormant     | 2026-01-04   | 2026-01-05  | 0
    bob     | resurrected | 2026-01-06   | 2026-01-06  | 0
    bob     | at_risk     | 2026-01-07   | 2026-01-08  | 0
    bob     | dormant     | 2026-01-09   | 2026-02-04  | 1
  )");
  story.gives(lifecycle_transitions(yaml, {.as_of = at("2026-01-06")}), R"(
    period     | from_stage | to_stage | learners | share
    2026-01-01 |            | new      | 2        |
    2026-01-02 | new        | at_risk  | 2        | 1
    2026-01-03 | at_risk    | at_risk  | 2        | 1
    2026-01-04 | at_risk    | dormant  | 1        | 0.5
    2026-01-04 | at_risk    |          | 1        | 0.5
    2026-01-05 | dormant    | dormant  | 1        | 1
  )");
}

TEST(Lifecycle, TransitionsAlsoTellWhoStays) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-03-02 09:00 | click
    ann     | 2026-03-09 09:00 | click
    ann     | 2026-03-16 09:00 | click
    bob     | 2026-03-02 09:00 | click
    bob     | 2026-03-09 09:00 | click
    cid     | 2026-03-02 09:00 | click
    dot     | 2026-03-16 09:00 | click
  )");
  story.gives(lifecycle_transitions("per: learner", {.as_of = at("2026-03-23")}), R"(
    period     | from_stage | to_stage  | learners | share
    2026-03-02 |            | new       | 3        |
    2026-03-09 | new        | activated | 2        | 0.667
    2026-03-09 | new        | at_risk   | 1        | 0.333
    2026-03-16 | activated  | activated | 1        | 0.5
    2026-03-16 | activated  | at_risk   | 1        | 0.5
    2026-03-16 | at_risk    | at_risk   | 1        | 1
    2026-03-16 |            | new       | 1        |
  )");
}

TEST(Lifecycle, DaysAndMonthsAreThoseOfTheCalendar) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-01-31 23:30 | click
    ann     | 2026-02-01 00:30 | click
    ann     | 2026-03-31 23:30 | click
  )",
                    kLondon);
  story.gives(lifecycle("period: month\nengaged: {active_days: 1}",
                        {.zone = kLondon, .as_of = at("2026-07-01")}),
              R"(
    learner | stage   | first_period | last_period | entered
    ann     | new     | 2026-01-01   | 2026-01-01  | 2026-02-01 00:00
    ann     | engaged | 2026-02-01   | 2026-03-01  | 2026-03-01 00:00
    ann     | at_risk | 2026-04-01   | 2026-05-01  | 2026-05-01 00:00
    ann     | dormant | 2026-06-01   | 2026-06-01  | 2026-07-01 00:00
  )");
  story.gives(lifecycle("period: day\nat_risk: {after: 2}\ndormant: {after: 30}",
                        {.zone = kLondon, .as_of = at("2026-04-02")}),
              R"(
    learner | stage       | first_period | last_period
    ann     | new         | 2026-01-31   | 2026-01-31
    ann     | engaged     | 2026-02-01   | 2026-02-01
    ann     | activated   | 2026-02-02   | 2026-02-02
    ann     | at_risk     | 2026-02-03   | 2026-03-02
    ann     | dormant     | 2026-03-03   | 2026-03-30
    ann     | resurrected | 2026-03-31   | 2026-03-31
    ann     | activated   | 2026-04-01   | 2026-04-01
  )");
}

TEST(Lifecycle, LearnersCanBeCountedInTheirOwnZone) {
  const Story story(R"(
    learner | time             | kind  | zone
    ann     | 2026-03-08 23:00 | click | Pacific/Auckland
    ann     | 2026-03-15 23:00 | click | Europe/London
    bob     | 2026-03-08 23:00 | click | Mars/Base
    bob     | 2026-03-15 23:00 | click | Pacific/Auckland
  )");
  story.gives(lifecycle("time_zone: {property: zone}", {.as_of = at("2026-03-22 12:00")}), R"(
    learner | stage     | first_period | last_period | zone
    ann     | new       | 2026-03-09   | 2026-03-09  | Pacific/Auckland
    ann     | activated | 2026-03-16   | 2026-03-16  | Pacific/Auckland
    bob     | new       | 2026-03-02   | 2026-03-02  | Etc/UTC
    bob     | activated | 2026-03-09   | 2026-03-09  | Etc/UTC
  )");
}

TEST(Lifecycle, TellsWhereTheDefinitionIsWrong) {
  EXPECT_EQ(lifecycle_mistakes("period: day\nengaged: {active_days: 2}"),
            "measure.yaml:3:11: a day never has 2 active days (at most 1)\n");
  EXPECT_EQ(lifecycle_mistakes("at_risk: {after: 4}"),
            "measure.yaml:2:1: dormant after 4 periods leaves no time to be at risk, which is "
            "after 4 (ask for more periods until somebody is dormant)\n");
  EXPECT_EQ(
      lifecycle_mistakes("dormnt: {after: 4}"),
      "measure.yaml:2:1: 'dormnt' is not a key here; known: measure, description, activity, "
      "activated, left, per, period, engaged, at_risk, dormant, time_zone, tests (did you mean "
      "'dormant'?)\n");
  EXPECT_EQ(lifecycle_mistakes("activated: {kinds: submitted, at_least: 2}\nengaged: "
                               "{active_days: 5}\nleft: {kinds: unregistered}"),
            "");
}

TEST(Lifecycle, AStateOfAnotherDefinitionIsRefused) {
  const Symbols symbols;
  const LifecycleFold fold({}, {}, Zone::utc(), Names(symbols));
  ByteWriter writer;
  CodeIndex courses;
  courses.add(kNoCode);
  courses.save(writer);
  writer.values(std::vector<LifecycleFold::Course>());
  writer.values(std::vector<LifecycleFold::ActivePeriod>());
  writer.value(kNoCode);
  ByteReader reader(writer.bytes());
  EXPECT_THROW(fold.load(reader), Error);
}

}  // namespace
}  // namespace waymark::fold
