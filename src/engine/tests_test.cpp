// Tests that definitions carry: rows that must come of events, as a course team would write them.

#include "engine/tests.h"

#include <gtest/gtest.h>

#include "engine/test_workspace.h"

namespace waymark::engine {
namespace {

class MeasureTestsTest : public testing::Test {
 protected:
  // What the failures say, those of all tests of `basket`.
  std::string failures(const std::string& tests) {
    workspace_.write("measures/basket.yaml",
                     "measure: funnel\nper: learner\nwithin: 1d\nsteps:\n"
                     "  - {name: look, object: shop}\n  - {name: buy, object: till}\n"
                     "tests:\n" +
                         tests);
    std::string text;
    for (const TestOutcome& outcome : run_tests(workspace_.catalog(), {"basket"})) {
      for (const TestFailure& failure : outcome.failures) {
        text += std::to_string(failure.place.line) + ": " + failure.message + "\n" +
                failure.explanation;
      }
    }
    return text;
  }

  TestWorkspace workspace_;
};

constexpr const char* kEvents = R"(
  - name: Who pays in time
    events: |
      learner | time             | course | object
      ann     | 2025-03-02 09:00 | A      | shop
      ann     | 2025-03-02 10:00 | A      | till
      bob     | 2025-03-02 09:00 | A      | shop
      bob     | 2025-03-04 09:00 | A      | till
    expect:
)";

TEST_F(MeasureTestsTest, TheRowsAreThoseThatAreExpected) {
  EXPECT_EQ(failures(std::string(kEvents) + R"(
      - as_of: 2025-03-02 09:30
        rows: |
          learner | started          | ended_by
          bob     | 2025-03-02 09:00 | open
          ann     | 2025-03-02 09:00 | open
      - as_of: 2025-03-05
        rows: |
          learner | converted | ended_by
          ann     | true      | converted
          bob     | false     | window
      - as_of: 2025-03-05
        part: steps
        rows: |
          name | attempts | share_of_first
          look | 2        | 1
          buy  | 1        | 0.5
)"),
            "");
}

TEST_F(MeasureTestsTest, WhatIsOtherIsTold) {
  EXPECT_EQ(failures(std::string(kEvents) + R"(
      - as_of: 2025-03-05
        rows: |
          learner | converted
          ann     | true
          bob     | true
          cid     | false
)"),
            "18: as of 2025-03-05 00:00:00, 'basket' has other rows (learner | converted; - is "
            "missing, + is too many):\n"
            "  - bob | true\n  - cid | false\n  + bob | false\n");
  EXPECT_EQ(failures(std::string(kEvents) + R"(
      - {as_of: 2025-03-05, rows: "learner | convertde"}
)")
                .substr(0, 66),
            "18: 'basket' has no column 'convertde' (did you mean 'converted'?)");
  EXPECT_EQ(failures(std::string(kEvents) + R"(
      - {as_of: 2025-03-05, part: step, rows: "step"}
)"),
            "18: there is no table 'basket_step' (did you mean 'basket_steps'?); there is: "
            "basket, basket_steps\n");
}

TEST_F(MeasureTestsTest, WithoutEventsTheWorkspacesOwnAreLookedAt) {
  workspace_.write_clicks("2025-03-02T09:00:00Z,ann,shop\n2025-03-02T10:00:00Z,ann,till\n");
  workspace_.ingest();
  workspace_.build();
  EXPECT_EQ(
      failures("  - expect: {as_of: 2025-03-03, rows: \"learner | converted\\nann | true\"}\n"),
      "");
  EXPECT_EQ(failures("  - expect: {as_of: 2025-03-02, rows: \"learner\"}\n"), "");
}

TEST_F(MeasureTestsTest, CoursesHaveTheDatesThatATestGives) {
  workspace_.write("measures/there.yaml", R"(measure: cohort
who: {course: running}
tests:
  - events: |
      learner | time       | course
      ann     | 2025-03-02 | A
    courses: |
      course | start      | end
      A      | 2025-03-01 | 2025-03-10
    expect:
      - {as_of: 2025-03-09, in: ann}
      - {as_of: 2025-03-11, out: ann}
)");
  const auto outcomes = run_tests(workspace_.catalog(), {"there"});
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_TRUE(outcomes[0].failures.empty());
}

TEST_F(MeasureTestsTest, ATestChangesNoTable) {
  failures("  []\n");
  workspace_.write_clicks("2025-03-02T09:00:00Z,ann,shop\n");
  workspace_.ingest();
  workspace_.build();
  failures(std::string(kEvents) + "      - {as_of: 2025-03-05, rows: learner}\n");
  EXPECT_EQ(workspace_.tables_made(), std::vector<std::string>{});
}

}  // namespace
}  // namespace waymark::engine
