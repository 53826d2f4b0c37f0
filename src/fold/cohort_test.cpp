#include "fold/cohort.h"

#include "fold/cohort_words.h"
#include "fold/story.h"

namespace waymark::fold {
namespace {

constexpr std::string_view kQuiet = R"(
who:
  all:
    - did: {kinds: enrolled}
    - did_not: {kinds: click, last: 14d}
)";

TEST(Cohort, EntersAndExitsByEventsAndByWindowsThatRunOut) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-03-01 09:00 | enrolled
    ann     | 2026-03-05 10:00 | click
    ann     | 2026-03-06 11:00 | click
    ann     | 2026-04-01 12:00 | click
    bob     | 2026-03-01 09:00 | click
    bob     | 2026-03-02 09:00 | enrolled
    cid     | 2026-03-01 09:00 | click
  )");
  story.gives(cohort(kQuiet, at("2026-04-02")), R"(
    learner | entered          | exited
    ann     | 2026-03-01 09:00 | 2026-03-05 10:00
    ann     | 2026-03-20 11:00 | 2026-04-01 12:00
    bob     | 2026-03-15 09:00 |
  )");
  // What has not happened by the end is not told; at the end itself is not before it.
  story.gives(cohort(kQuiet, at("2026-04-15 12:00")), R"(
    learner | entered          | exited
    ann     | 2026-03-01 09:00 | 2026-03-05 10:00
    ann     | 2026-03-20 11:00 | 2026-04-01 12:00
    bob     | 2026-03-15 09:00 |
  )");
  story.gives(cohort(kQuiet), R"(
    learner | entered          | exited
    ann     | 2026-03-01 09:00 | 2026-03-05 10:00
    ann     | 2026-03-20 11:00 | 2026-04-01 12:00
    ann     | 2026-04-15 12:00 |
    bob     | 2026-03-15 09:00 |
  )");
}

TEST(Cohort, AWindowHoldsItsBeginningAndNotTheMomentItself) {
  const Story story(R"(
    learner | time                       | kind
    ann     | 2026-03-01 00:00           | quiz
    ann     | 2026-03-03 00:00           | quiz
    bob     | 2026-03-01 00:00           | quiz
    bob     | 2026-03-02 23:59:59.999999 | quiz
    cid     | 2026-03-01 00:00           | quiz
    cid     | 2026-03-03 00:00:00.000001 | quiz
  )");
  // At 2026-03-03 00:00 exactly, ann's first is in the window and her second not yet known.
  story.gives(cohort("who: {did: {kinds: quiz, at_least: 2, last: 2d}}"), R"(
    learner | entered                    | exited
    bob     | 2026-03-02 23:59:59.999999 | 2026-03-03 00:00
  )");
  story.gives(cohort("who: {did: {kinds: quiz, last: 2d}}"), R"(
    learner | entered          | exited
    ann     | 2026-03-01 00:00 | 2026-03-05 00:00
    bob     | 2026-03-01 00:00 | 2026-03-04 23:59:59.999999
    cid     | 2026-03-01 00:00 | 2026-03-03 00:00
    cid     | 2026-03-03 00:00:00.000001 | 2026-03-05 00:00:00.000001
  )");
}

TEST(Cohort, AllOfOneMicrosecondIsOneChange) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-03-01 09:00 | left
    ann     | 2026-03-01 09:00 | back
    ann     | 2026-03-02 09:00 | back
    ann     | 2026-03-02 09:00 | left
    bob     | 2026-03-01 09:00 | back
    bob     | 2026-03-02 09:00 | left
    bob     | 2026-03-02 09:00 | back
  )");
  story.gives(cohort("who: {not: {did: {kinds: left}}}"), R"(
    learner | entered          | exited
    bob     | 2026-03-01 09:00 | 2026-03-02 09:00
  )");
}

TEST(Cohort, BeforeIsSoLongAgoOrLonger) {
  Story(R"(
    learner | time             | kind
    ann     | 2026-03-01 09:00 | enrolled
    ann     | 2026-03-05 09:00 | click
    bob     | 2026-03-01 09:00 | enrolled
    bob     | 2026-03-20 09:00 | enrolled
  )")
      .gives(cohort("who: {all: [{did: {kinds: enrolled, before: 7d}}, "
                    "{did_not: {kinds: enrolled, before: 14d}}]}"),
             R"(
    learner | entered          | exited
    ann     | 2026-03-08 09:00 | 2026-03-15 09:00
    bob     | 2026-03-08 09:00 | 2026-03-15 09:00
  )");
}

TEST(Cohort, CountsHaveTwoBounds) {
  const Story story(R"(
    learner | time       | kind
    ann     | 2026-03-01 | quiz
    ann     | 2026-03-02 | quiz
    ann     | 2026-03-03 | quiz
    ann     | 2026-03-04 | quiz
    bob     | 2026-03-01 | view
  )");
  story.gives(cohort("who: {did: {kinds: quiz, at_least: 2, at_most: 3}}"), R"(
    learner | entered          | exited
    ann     | 2026-03-02 00:00 | 2026-03-04 00:00
  )");
  story.gives(cohort("who: {did: {kinds: quiz, at_least: 2, at_most: 3, last: 10d}}"), R"(
    learner | entered          | exited
    ann     | 2026-03-02 00:00 | 2026-03-04 00:00
    ann     | 2026-03-11 00:00 | 2026-03-13 00:00
  )");
  story.gives(cohort("who: {did: {kinds: quiz, at_most: 1}}"), R"(
    learner | entered          | exited
    ann     | 2026-03-01 00:00 | 2026-03-02 00:00
    bob     | 2026-03-01 00:00 |
  )");
}

TEST(Cohort, SumsAreExact) {
  const Story story(R"(
    learner | time             | kind  | weight
    ann     | 2026-03-01 09:00 | click | 0.1
    ann     | 2026-03-01 10:00 | click | 0.2
    ann     | 2026-03-01 11:00 | view  | 100
    ann     | 2026-03-02 12:00 | click | 0.5
    bob     | 2026-03-01 09:00 | click | 0.2
  )");
  story.gives(cohort("who: {sum: {of: weight, kinds: click, last: 1d, at_least: 0.3}}"), R"(
    learner | entered          | exited
    ann     | 2026-03-01 10:00 | 2026-03-02 09:00
    ann     | 2026-03-02 12:00 | 2026-03-03 12:00
  )");
  story.gives(cohort("who: {sum: {of: weight, kinds: click, at_most: 0.3}}"), R"(
    learner | entered          | exited
    ann     | 2026-03-01 09:00 | 2026-03-02 12:00
    bob     | 2026-03-01 09:00 |
  )");
}

TEST(Cohort, ASequenceIsEventsOneAfterTheOther) {
  const Story story(R"(
    learner | time             | kind
    ann     | 2026-03-01 09:00 | read
    ann     | 2026-03-05 09:00 | read
    ann     | 2026-03-06 09:00 | quiz
    bob     | 2026-03-01 09:00 | quiz
    bob     | 2026-03-02 09:00 | read
    cid     | 2026-03-01 09:00 | read
    cid     | 2026-03-06 09:00 | quiz
  )");
  story.gives(cohort("who: {sequence: {steps: [{kinds: read}, {kinds: quiz}], within: 2d}}"), R"(
    learner | entered          | exited
    ann     | 2026-03-06 09:00 |
  )");
  story.gives(
      cohort("who: {sequence: {steps: [{kinds: read}, {kinds: quiz}], within: 5d, last: 3d}}"), R"(
    learner | entered          | exited
    ann     | 2026-03-06 09:00 | 2026-03-09 09:00
    cid     | 2026-03-06 09:00 | 2026-03-09 09:00
  )");
  // An event is one step only.
  story.gives(cohort("who: {sequence: {steps: [{kinds: read}, {kinds: read}]}}"), R"(
    learner | entered          | exited
    ann     | 2026-03-05 09:00 |
  )");
}

TEST(Cohort, AttributesAreThoseLastKnown) {
  const Story story(R"(
    learner | time       | kind  | region | credits
    ann     | 2026-03-01 | enrol | London | 30
    ann     | 2026-03-05 | view  |        |
    ann     | 2026-03-09 | moved | Leeds  |
    ann     | 2026-03-12 | moved | Wales  | 60
    bob     | 2026-03-01 | view  |        | 60
    cid     | 2026-03-01 | enrol | 7      | 10
  )");
  story.gives(cohort("who: {attributes: {region: [London, Wales]}}"), R"(
    learner | entered          | exited
    ann     | 2026-03-01 00:00 | 2026-03-09 00:00
    ann     | 2026-03-12 00:00 |
  )");
  story.gives(cohort("who: {attributes: {region: {is_not: London}}}"), R"(
    learner | entered          | exited
    ann     | 2026-03-09 00:00 |
  )");
  story.gives(cohort("who: {not: {attributes: {region: London, credits: {above: 20}}}}"), R"(
    learner | entered          | exited
    ann     | 2026-03-09 00:00 |
    bob     | 2026-03-01 00:00 |
    cid     | 2026-03-01 00:00 |
  )");
}

TEST(Cohort, LooksAtEachCourseByItselfOrAcrossCourses) {
  const Story story(R"(
    learner | time       | kind | course
    ann     | 2026-03-01 | quiz | art
    ann     | 2026-03-02 | quiz | maths
    ann     | 2026-03-03 | quiz |
    ann     | 2026-03-04 | quiz | art
  )");
  story.gives(cohort("who: {did: {kinds: quiz, last: 2d}}"), R"(
    learner | course | entered          | exited
    ann     | art    | 2026-03-01 00:00 | 2026-03-03 00:00
    ann     | art    | 2026-03-04 00:00 | 2026-03-06 00:00
    ann     | maths  | 2026-03-02 00:00 | 2026-03-04 00:00
    ann     |        | 2026-03-03 00:00 | 2026-03-05 00:00
  )");
  story.gives(cohort("per: learner\nwho: {did: {kinds: quiz, last: 2d}}"), R"(
    learner | course | entered          | exited
    ann     |        | 2026-03-01 00:00 | 2026-03-06 00:00
  )");
}

TEST(Cohort, NobodyIsInBeforeTheirFirstEvent) {
  const Story story(R"(
    learner | time       | kind
    ann     | 2026-03-01 | view
  )");
  story.gives(cohort("who: {did_not: {kinds: quiz}}"), R"(
    learner | entered          | exited
    ann     | 2026-03-01 00:00 |
  )");
  Story("learner | time | kind").gives(cohort(kQuiet), "learner | entered");
}

}  // namespace
}  // namespace waymark::fold
