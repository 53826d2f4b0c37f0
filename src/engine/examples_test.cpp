// The example workspaces built over the real data that they were written for, against digits that
// others counted or plain SQL counts.

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

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
    workspace_->build();
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

}  // namespace
}  // namespace waymark::engine
