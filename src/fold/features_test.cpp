#include "fold/features.h"

#include "fold/story.h"

namespace waymark::fold {
namespace {

const Calendar kCalendar{{"maths", {at("2026-03-02"), at("2026-05-31")}}};

FeaturesRequest as_of(std::string_view time) { return {.as_of = {at(time)}}; }

TEST(Features, SumsAndCountsOfNothingAreZeroAllElseIsMissing) {
  Story(R"(
    learner | time             | kind
    ann     | 2026-03-02 09:00 | enrolled
  )")
      .gives(features(R"(
features:
  count:   {count: true, kinds: click}
  sum:     {sum: weight, kinds: click}
  sites:   {distinct: object, kinds: click}
  days:    {active_days: true, kinds: click}
  weeks:   {active_weeks: true, kinds: click}
  streak:  {longest_streak: true, kinds: click}
  running: {current_streak: true, kinds: click}
  mean:    {mean: weight, kinds: click}
  least:   {min: weight, kinds: click}
  peak:    {max_day: weight, kinds: click}
  newest:  {latest: weight, kinds: click}
  away:    {recency: true, kinds: click}
  begun:   {first_day: true, kinds: click}
  entropy: {weekday_entropy: true, kinds: click}
  share:   {ratio: [sum, count]}
  gap:     {difference: [mean, count]}
  region:  {attribute: region}
)",
                      as_of("2026-03-10")),
             R"(
    learner | count | sum | sites | days | weeks | streak | running | mean | least | peak | newest | away | begun | entropy | share | gap | region
    ann     | 0     | 0   | 0     | 0    | 0     | 0      | 0       |      |       |      |        |      |       |         |       |     |
  )");
}

TEST(Features, ValuesAreSummedUp) {
  Story(R"(
    learner | time             | weight | score | duration | late
    ann     | 2026-03-02 09:00 | 2      | 50    |          | 3
    ann     | 2026-03-02 10:00 | 3      |       | 30s      |
    ann     | 2026-03-03 09:00 | 4      | 80    | 10s      | -1
    ann     | 2026-03-04 09:00 | 1      |       |          | early
  )")
      .gives(features(R"(
features:
  events:   {count: true}
  scored:   {count: score}
  clicks:   {sum: weight}
  peak:     {max_day: weight}
  average:  {mean: score}
  weighted: {mean: score, weighted_by: weight}
  points:   {sum: score, weighted_by: weight}
  least:    {min: late}
  most:     {max: late}
  oldest:   {earliest: score}
  newest:   {latest: score}
  spent:    {sum: duration_ms}
  lateness: {latest: late}
  share:    {ratio: [scored, events]}
  rest:     {difference: [events, scored]}
)",
                      as_of("2026-03-10")),
             R"(
    events | scored | clicks | peak | average | weighted | points | least | most | oldest | newest | spent | lateness | share | rest
    4      | 2      | 10     | 5    | 65      | 70       | 420    | -1    | 3    | 50     | 80     | 40000 | -1       | 0.5   | 2
  )");
}

TEST(Features, FiltersHoldTogether) {
  Story(R"(
    learner | time             | kind      | context | object | outcome | source | score | days_late
    ann     | 2026-03-02 09:00 | click     | quiz    | a      |         | lms    |       |
    ann     | 2026-03-02 09:01 | click     | forum   | a      |         | lms    |       |
    ann     | 2026-03-02 09:02 | submitted | quiz    | b      | pass    | api    | 40    | 0
    ann     | 2026-03-02 09:03 | submitted | exam    | b      | fail    | api    | 39.5  | 2
    ann     | 2026-03-02 09:04 | submitted | exam    | c      | pass    | api    |       | -3
  )")
      .gives(features(R"(
features:
  clicks:   {count: true, kinds: [click]}
  quizzes:  {count: true, context: [quiz, exam], kinds: [click]}
  of_b:     {count: true, object: b}
  passes:   {count: true, outcome: pass}
  lms:      {count: true, source: [lms]}
  on_time:  {count: true, kinds: [submitted], where: {days_late: {at_most: 0}}}
  late:     {count: true, where: {days_late: {above: 0}}}
  passing:  {count: true, where: {score: {at_least: 40}}}
  failing:  {count: true, where: {score: {below: 40}}}
  exactly:  {count: true, where: {score: 39.5, days_late: {equals: 2}}}
  never:    {count: true, kinds: [click], object: zzz}
  contexts: {distinct: context}
  kinds:    {distinct: kind}
  outcomes: {distinct: outcome}
  sources:  {distinct: source}
)",
                      as_of("2026-03-10")),
             R"(
    clicks | quizzes | of_b | passes | lms | on_time | late | passing | failing | exactly | never | contexts | kinds | outcomes | sources
    2      | 1       | 2    | 2      | 2   | 2       | 1    | 1       | 1       | 1       | 0     | 3        | 2     | 2        | 2
  )");
}

TEST(Features, WindowsReachBackFromTheAsOf) {
  Story(R"(
    learner | time             | course
    ann     | 2026-03-01 23:59 | maths
    ann     | 2026-03-02 00:00 | maths
    ann     | 2026-03-08 23:59 | maths
    ann     | 2026-03-09 00:00 | maths
    ann     | 2026-03-15 23:59 | maths
    ann     | 2026-03-16 00:00 | maths
  )")
      .gives(features(R"(
features:
  all:      {count: true}
  begun:    {count: true, since: start}
  week:     {count: true, last: 7d}
  previous: {count: true, from: 14d, to: 7d}
  older:    {count: true, to: 7d}
  long:     {count: true, last: 52w, since: start}
)",
                      {.as_of = {CourseDay{14}}}, kCalendar),
             R"(
    learner | course | as_of            | all | begun | week | previous | older | long
    ann     | maths  | 2026-03-16 00:00 | 5   | 4     | 2    | 2        | 3     | 4
  )");
}

TEST(Features, OnlyWhatHadHappenedAndArrivedIsKnown) {
  Story(R"(
    learner | time             | received         | weight | region
    ann     | 2026-03-02 09:00 |                  | 1      | north
    ann     | 2026-03-03 09:00 | 2026-03-05 00:00 | 10     | south
    ann     | 2026-03-04 09:00 | 2026-03-05 00:01 | 100    | east
    ann     | 2026-03-05 00:00 |                  | 1000   | west
    bob     | 2026-03-05 09:00 |                  | 1      | west
  )")
      .gives(features(R"(
features:
  clicks: {sum: weight}
  region: {attribute: region}
)",
                      {.as_of = {at("2026-03-05"), at("2026-03-04"), at("2026-03-06")}}),
             R"(
    learner | as_of            | clicks | region
    ann     | 2026-03-05 00:00 | 11     | south
    ann     | 2026-03-04 00:00 | 1      | north
    ann     | 2026-03-06 00:00 | 1111   | west
    bob     | 2026-03-06 00:00 | 1      | west
  )");
}

TEST(Features, CoursesAreKeptApartAndTheUndatedHaveNoCourseDays) {
  Story(R"(
    learner | time             | course | score
    ann     | 2026-03-02 09:00 | maths  | 1
    ann     | 2026-03-02 09:01 |        | 2
    ann     | 2026-03-02 09:02 | art    | 3
    ann     | 2026-03-02 09:03 | maths  | 4
  )")
      .gives(features("features:\n  points: {sum: score}\n  begun: {first_day: true}",
                      {.as_of = {CourseDay{1}, at("2026-04-01")}}, kCalendar),
             R"(
    learner | course | as_of            | points | begun
    ann     | maths  | 2026-03-03 00:00 | 5      | 0
    ann     | maths  | 2026-04-01 00:00 | 5      | 0
    ann     |        | 2026-04-01 00:00 | 2      |
    ann     | art    | 2026-04-01 00:00 | 3      |
  )");
}

TEST(Features, DaysStreaksAndRegularity) {
  // Active on Monday 2, Tuesday 3, Wednesday 4, Sunday 8, Monday 9 and Tuesday 10 March.
  Story(R"(
    learner | time             | course
    ann     | 2026-03-02 09:00 | maths
    ann     | 2026-03-02 10:00 | maths
    ann     | 2026-03-03 09:00 | maths
    ann     | 2026-03-04 09:00 | maths
    ann     | 2026-03-08 09:00 | maths
    ann     | 2026-03-09 09:00 | maths
    ann     | 2026-03-10 09:00 | maths
  )")
      .gives(features(R"(
features:
  days:    {active_days: true}
  weeks:   {active_weeks: true}
  longest: {longest_streak: true}
  running: {current_streak: true}
  away:    {recency: true}
  begun:   {first_day: true}
  mean:    {gap_mean: true}
  sd:      {gap_sd: true}
  pause:   {gap_max: true}
  entropy: {weekday_entropy: true}
)",
                      {.as_of = {at("2026-03-11"), at("2026-03-12"), at("2026-03-04"),
                                 at("2026-03-03 12:00")}},
                      kCalendar),
             R"(
    as_of            | days | weeks | longest | running | away | begun | mean | sd     | pause | entropy
    2026-03-11 00:00 | 6    | 2     | 3       | 3       | 1    | 0     | 1.6  | 1.3416 | 4     | 1.9183
    2026-03-12 00:00 | 6    | 2     | 3       | 0       | 2    | 0     | 1.6  | 1.3416 | 4     | 1.9183
    2026-03-04 00:00 | 2    | 1     | 2       | 2       | 1    | 0     | 1    |        | 1     | 1
    2026-03-03 12:00 | 2    | 1     | 2       | 2       | 0    | 0     | 1    |        | 1     | 1
  )");
}

TEST(Features, ASlopeIsPerWeekWithEmptyWeeksBeingZero) {
  // Four weeks of 1, 2, 0 and 6: the least squares slope is 1.3. Of active days 1, 1, 0, 2: 0.2. Of
  // the last two weeks 0 and 6: 6. What came before the course began is not in it.
  const Story story(R"(
    learner | time             | course | weight
    ann     | 2026-03-01 09:00 | maths  | 99
    ann     | 2026-03-02 00:00 | maths  | 1
    ann     | 2026-03-09 00:00 | maths  | 1
    ann     | 2026-03-09 23:59 | maths  | 1
    ann     | 2026-03-23 09:00 | maths  | 5
    ann     | 2026-03-29 23:59 | maths  | 1
  )");
  const std::string yaml = R"(
features:
  trend:  {slope: weight}
  events: {slope: events}
  days:   {slope: active_days}
  recent: {slope: weight, last: 14d}
  single: {slope: weight, last: 7d}
)";
  story.gives(features(yaml, {.as_of = {CourseDay{28}}}, kCalendar), R"(
    trend | events | days | recent | single
    1.3   | 0.1    | 0.2  | 6      |
  )");
  story.gives(features(yaml, as_of("2026-03-30")), R"(
    trend | events | days | recent | single
          |        |      | 6      |
  )");
}

TEST(Features, AttributesAreAsLastKnown) {
  Story(R"(
    learner | time             | kind     | gender | credits
    ann     | 2026-03-02 09:00 | enrolled | F      | 60
    ann     | 2026-03-03 09:00 | enrolled |        | 90
    ann     | 2026-03-04 09:00 | click    | M      | 5
  )")
      .gives(features(R"(
features:
  gender:   {attribute: gender, kinds: [enrolled]}
  credits:  {attribute: credits, type: number, kinds: enrolled}
  anywhere: {attribute: gender}
  as_text:  {attribute: credits}
)",
                      as_of("2026-03-10")),
             R"(
    gender | credits | anywhere | as_text
    F      | 90      | M        |
  )");
}

TEST(Features, TheRiskSetIsWhoIsStillEnrolled) {
  FeaturesRequest request = as_of("2026-03-10");
  request.who = {.enrolled = {"enrolled"}, .until = {"unregistered", "removed"}};
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-03-02 09:00 | enrolled
    bob     | 2026-03-02 09:00 | enrolled
    bob     | 2026-03-04 09:00 | unregistered
    cat     | 2026-03-02 09:00 | enrolled
    cat     | 2026-03-10 00:00 | unregistered
    dan     | 2026-03-02 09:00 | click
    eve     | 2026-03-02 09:00 | enrolled
    eve     | 2026-03-04 09:00 | unregistered
    eve     | 2026-03-05 09:00 | enrolled
    fay     | 2026-03-12 09:00 | enrolled
  )");
  story.gives(features("features:\n  events: {count: true}", request), R"(
    learner | in_risk_set
    ann     | 1
    bob     | 0
    cat     | 1
    dan     | 0
    eve     | 1
  )");
  request.who.enrolled.clear();
  story.gives(features("features:\n  events: {count: true}", request), R"(
    learner | in_risk_set
    ann     | 1
    bob     | 0
    cat     | 1
    dan     | 1
    eve     | 0
  )");
}

TEST(Features, TheTargetIsLookedForFromTheAsOfOn) {
  FeaturesRequest request = as_of("2026-03-10");
  request.target = {.kinds = {"result"}, .outcomes = {"Fail", "Withdrawn"}};
  const Story story(R"(
    learner | time             | kind   | outcome   | received
    ann     | 2026-03-02 09:00 | click  |           |
    ann     | 2026-06-01 00:00 | result | Fail      | 2027-01-01
    bob     | 2026-03-02 09:00 | click  |           |
    bob     | 2026-06-01 00:00 | result | Pass      |
    cat     | 2026-03-02 09:00 | click  |           |
    cat     | 2026-03-09 00:00 | result | Fail      |
    dan     | 2026-03-02 09:00 | click  |           |
    dan     | 2026-03-10 00:00 | result | Withdrawn |
    dan     | 2026-06-01 00:00 | result | Pass      |
  )");
  story.gives(features("features:\n  events: {count: true}", request), R"(
    learner | target | events
    ann     | 1      | 1
    bob     | 0      | 1
    cat     |        | 2
    dan     | 1      | 1
  )");
  request.target = {.kinds = {"result"}};
  story.gives(features("features:\n  events: {count: true}", request), R"(
    learner | target
    ann     | 1
    bob     | 1
    cat     | 0
    dan     | 1
  )");
}

TEST(Features, TheLatestOutcomeTellsWhichClass) {
  FeaturesRequest request = as_of("2026-03-10");
  request.target = {.kinds = {"result"}, .classes = {{"Fail", "Withdrawn"}, {"Pass"}, {"Merit"}}};
  const Story story(R"(
    learner | time             | kind   | outcome
    ann     | 2026-03-02 09:00 | click  |
    ann     | 2026-06-01 00:00 | result | Pass
    ann     | 2026-06-02 00:00 | result | Withdrawn
    bob     | 2026-03-02 09:00 | click  |
    bob     | 2026-06-01 00:00 | result | Merit
    bob     | 2026-06-02 00:00 | result | Void
    cat     | 2026-03-02 09:00 | result | Pass
  )");
  story.gives(features("features:\n  events: {count: true}", request), R"(
    learner | target
    ann     | 0
    bob     | 2
    cat     |
  )");
}

TEST(Features, AnAmountIsOfTheDaysThatFollow) {
  FeaturesRequest request = as_of("2026-03-10");
  request.target = {.kinds = {"click"}, .amount = Target::Amount::kWeight, .days = 14};
  const Story story(R"(
    learner | time             | kind  | weight
    ann     | 2026-03-09 23:59 | click | 100
    ann     | 2026-03-10 00:00 | click | 3
    ann     | 2026-03-23 23:59 | click | 4
    ann     | 2026-03-24 00:00 | click | 100
    bob     | 2026-03-02 09:00 | click | 5
    bob     | 2026-03-12 09:00 | chat  | 5
  )");
  story.gives(features("features:\n  events: {count: true}", request), R"(
    learner | target
    ann     | 7
    bob     | 0
  )");
  request.target->amount = Target::Amount::kCount;
  story.gives(features("features:\n  events: {count: true}", request), R"(
    learner | target
    ann     | 2
    bob     | 0
  )");
}

TEST(Features, WindowsAndDaysFollowTheLocalClock) {
  // British clocks went forward on 29 March 2026: 24 hours before midnight are not a day.
  const Zone london = Zone::named("Europe/London");
  const Calendar calendar{{"maths", {at("2026-03-23", london), kLatest}}};
  Story(R"(
    learner | time             | course
    ann     | 2026-03-23 00:00 | maths
    ann     | 2026-03-28 23:30 | maths
    ann     | 2026-03-29 00:00 | maths
    ann     | 2026-03-30 23:59 | maths
  )",
        london)
      .gives(features(R"(
features:
  days:    {active_days: true}
  two:     {count: true, last: 2d}
  week:    {count: true, last: 8d}
  streak:  {longest_streak: true}
  running: {current_streak: true}
)",
                      {.as_of = {CourseDay{8}}}, calendar, london),
             R"(
    as_of            | days | two | week | streak | running
    2026-03-31 00:00 | 4    | 2   | 4    | 3      | 3
  )");
}

TEST(Features, MoreFiltersThanABlockHolds) {
  std::string yaml = "features:\n";
  std::string header;
  std::string row;
  for (int i = 0; i < 150; ++i) {
    yaml += "  f" + std::to_string(i) + ": {count: true, object: [o" + std::to_string(i % 3) +
            ", x" + std::to_string(i) + "]}\n";
    header += (i == 0 ? "f" : " | f") + std::to_string(i);
    row += (i == 0 ? "" : " | ") + std::to_string(i % 3 == 0 ? 1 : i % 3 == 1 ? 2 : 0);
  }
  Story(R"(
    learner | time             | object
    ann     | 2026-03-02 09:00 | o0
    ann     | 2026-03-02 09:01 | o1
    ann     | 2026-03-02 09:02 | o1
  )")
      .gives(features(yaml, as_of("2026-03-10")), header + "\n" + row);
}

TEST(Features, AStateOfAnotherDefinitionIsRefused) {
  Symbols symbols;
  const auto first =
      features("features:\n  a: {count: true}", as_of("2026-03-10")).make(Names(symbols));
  const auto second =
      features("features:\n  a: {count: true}\n  b: {sum: weight}", as_of("2026-03-10"))
          .make(Names(symbols));
  const Micros time = at("2026-03-02");
  const Code none = kNoCode;
  const double weight = 1;
  FeaturesFold::State state;
  first.begin(state);
  first.step(state, {.size = 1,
                     .time = &time,
                     .received = &time,
                     .kind = &none,
                     .course = &none,
                     .weight = &weight});
  ByteWriter writer;
  first.save(state, writer);
  ByteReader reader(writer.bytes());
  EXPECT_THROW(second.load(reader), Error);
}

}  // namespace
}  // namespace waymark::fold
