// Cohorts from definition files to tables, and the tests that they carry.

#include <gtest/gtest.h>

#include "engine/test_workspace.h"
#include "engine/tests.h"

namespace waymark::engine {
namespace {

using Lines = std::vector<std::string>;

class Cohorts : public testing::Test {
 protected:
  Cohorts() {
    workspace_.write_clicks(
        "2025-03-01T09:00:00Z,ann,home\n"
        "2025-03-02T09:00:00Z,ann,quiz\n"
        "2025-03-01T09:00:00Z,bob,home\n"
        "2025-03-20T09:00:00Z,bob,quiz\n"
        "2025-03-21T09:00:00Z,cid,home\n");
    workspace_.ingest();
    workspace_.write("measures/quiet.yaml",
                     "measure: cohort\nwho: {did_not: {kinds: click, last: 7d}}\n");
    workspace_.write("measures/tested.yaml",
                     "measure: cohort\nper: learner\nwho: {did: {object: quiz}}\n");
    workspace_.write("measures/stalled.yaml",
                     "measure: cohort\nwho: {all: [{cohort: quiet}, {did: {object: quiz}}]}\n");
  }
  TestWorkspace workspace_;
};

TEST_F(Cohorts, BecomeTheirStaysAndHowTheyOverlap) {
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT learner, entered, exited FROM quiet ORDER BY ALL"),
            (Lines{"ann|2025-03-09 09:00:00|NULL", "bob|2025-03-08 09:00:00|2025-03-20 09:00:00"}));
  EXPECT_EQ(workspace_.ask("SELECT learner, entered, exited FROM stalled"),
            Lines{"ann|2025-03-09 09:00:00|NULL"});
  EXPECT_EQ(workspace_.ask("SELECT * FROM tested ORDER BY ALL"),
            (Lines{"ann|2025-03-02 09:00:00|NULL", "bob|2025-03-20 09:00:00|NULL"}));
  EXPECT_EQ(workspace_.ask("SELECT cohort_a, cohort_b, learners_a, learners_b, learners_both,"
                           " share_of_a, share_of_b, jaccard FROM cohort_overlap"
                           " WHERE cohort_a <= cohort_b ORDER BY ALL"),
            (Lines{"quiet|quiet|1|1|1|1|1|1", "quiet|stalled|1|1|1|1|1|1",
                   "quiet|tested|1|2|1|1|0.5|0.5", "stalled|stalled|1|1|1|1|1|1",
                   "stalled|tested|1|2|1|1|0.5|0.5", "tested|tested|2|2|2|1|1|1"}));
}

TEST_F(Cohorts, AreMadeAgainWithTheCohortsThatTheyReferTo) {
  workspace_.build();
  workspace_.write("measures/quiet.yaml",
                   "measure: cohort\nwho: {did_not: {kinds: click, last: 8d}}\n");
  EXPECT_EQ(workspace_.tables_made(), (Lines{"quiet", "stalled", "cohort_overlap"}));
  workspace_.write("measures/tested.yaml",
                   "measure: cohort\nper: learner\nwho: {did: {object: quiz}}\ntests:\n"
                   "  - expect: {as_of: 2025-03-03, in: ann}\n");
  EXPECT_EQ(workspace_.tables_made(), Lines{});
  workspace_.remove("measures/stalled.yaml");
  EXPECT_EQ(workspace_.tables_made(), Lines{"cohort_overlap"});
}

TEST_F(Cohorts, MakeOneTableEach) {
  workspace_.write("measures/cohort_overlap.yaml", "measure: sessions\ngap: 30m\n");
  EXPECT_EQ(reason_of([&] { workspace_.catalog(); }), "definitions.invalid");
}

TEST_F(Cohorts, TestsLookAtTheirOwnEventsOrAtTheWorkspace) {
  workspace_.build();
  workspace_.write("measures/stalled.yaml", R"(measure: cohort
who: {all: [{cohort: quiet}, {did: {object: quiz}}]}
tests:
  - name: As written
    events: |
      learner | time       | kind  | object
      ann     | 2025-03-01 | click | quiz
      bob     | 2025-03-01 | click | home
    expect:
      - {as_of: 2025-03-08, out: [ann, bob]}
      - {as_of: 2025-03-08 00:00:00.000001, in: [ann], out: [bob]}
      - {as_of: 2025-03-20, in: [bob, eve]}
  - expect: {as_of: 2025-03-20, in: [ann], out: [bob]}
  - expect: {as_of: 2025-03-10, out: [ann]}
)");
  const std::vector<TestOutcome> outcomes = run_tests(workspace_.catalog(), {});
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_EQ(outcomes[0].measure, "stalled");
  EXPECT_EQ(outcomes[0].name, "As written");
  EXPECT_EQ(outcomes[0].expectations, 6u);
  ASSERT_EQ(outcomes[0].failures.size(), 2u);
  const TestFailure& bob = outcomes[0].failures[0];
  EXPECT_EQ(workspace::to_text({bob.place, "", bob.message, ""}),
            "measures/stalled.yaml:12:9: as of 2025-03-20 00:00:00, 'bob' must be in and is not:");
  EXPECT_EQ(bob.explanation,
            "no    ALL of these are true:\n"
            "yes     in the cohort \"quiet\" at the same moment, that is:\n"
            "yes       there was no event whose kind is \"click\", in the last 7 days\n"
            "no      there was at least 1 event whose object is \"quiz\", at any time before\n");
  EXPECT_EQ(outcomes[0].failures[1].message,
            "as of 2025-03-20 00:00:00, 'eve' must be in, and has no event before");
  EXPECT_TRUE(outcomes[1].failures.empty());
  EXPECT_EQ(outcomes[2].name, "line 14");
  ASSERT_EQ(outcomes[2].failures.size(), 1u);
  EXPECT_EQ(outcomes[2].failures[0].message,
            "as of 2025-03-10 00:00:00, 'ann' must not be in and is:");
  EXPECT_EQ(run_tests(workspace_.catalog(), {"quiet"}).size(), 0u);
  EXPECT_EQ(reason_of([&] { run_tests(workspace_.catalog(), {"quite"}); }), "measure.missing");
}

}  // namespace
}  // namespace waymark::engine
