// The example workspaces built over the real data that they were written for, against digits that
// others counted or plain SQL counts.

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "engine/absent_names.h"
#include "engine/test_workspace.h"

namespace waymark::engine {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

// examples/moodle as it stands, beside the data that may not ship with it.
class MoodleExample : public testing::Test {
 protected:
  void SetUp() override {
    const fs::path data = "../shared/data/moodle";
    if (!fs::exists(data)) GTEST_SKIP() << "NOT TESTED: " << data << " is not here";
    workspace_.emplace("examples/moodle");
    workspace_->ingest();
    EXPECT_EQ(absent_names(workspace_->catalog(), workspace_->build().reader), Lines{});
  }
  Lines ask(const std::string& sql) const { return workspace_->ask(sql); }

  std::optional<TestWorkspace> workspace_;
};

TEST_F(MoodleExample, Sessions) {
  // Ordered by user and time and split at gaps of more than 900 s.
  EXPECT_EQ(ask("SELECT count(*), sum(events) FROM sessions WHERE course = 'learning-analytics'"),
            Lines{"9560|95626"});
  EXPECT_EQ(ask("SELECT count(*), sum(sessions), sum(active_ms) FROM sessions_episodes"),
            ask("SELECT count(*) FILTER (pause IS NULL OR pause > INTERVAL 7 DAY), count(*), "
                "sum(date_diff('ms', \"start\", \"end\")) FROM (SELECT *, \"start\" - lag(\"end\") "
                "OVER (PARTITION BY learner, course ORDER BY number) AS pause FROM sessions)"));
}

TEST_F(MoodleExample, Paths) {
  const std::string steps =
      "WITH steps AS (SELECT learner, course, context AS state, lag(context) OVER w AS before, "
      "coalesce(time - lag(time) OVER w <= INTERVAL 15 MINUTE AND course = lag(course) OVER w, "
      "false) AS same FROM events WINDOW w AS (PARTITION BY learner ORDER BY time, id)) ";
  EXPECT_EQ(
      ask("SELECT from_state, to_state, count, learners FROM paths_transitions WHERE depth "
          "= 1 AND to_state <> '(end)' ORDER BY ALL"),
      ask(steps + "SELECT CASE WHEN same THEN before ELSE '(start)' END AS f, state, count(*), "
                  "count(DISTINCT learner) FROM steps GROUP BY 1, 2 ORDER BY ALL"));
  EXPECT_EQ(ask("SELECT sum(count) FROM paths_transitions WHERE to_state = '(end)' GROUP BY depth"),
            ask("SELECT count(*) FROM sessions, range(3)  GROUP BY range"));
  EXPECT_EQ(ask("SELECT count(*) FILTER (helps) FROM paths_prediction"), Lines{"3"});
}

}  // namespace
}  // namespace waymark::engine
