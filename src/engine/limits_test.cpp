// Where a workspace's limits are reached, as its user meets them.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/test_workspace.h"
#include "source/record_reader.h"

namespace waymark::engine {
namespace {

// Every mistake in the workspace's files, one a line.
std::string mistakes(const TestWorkspace& workspace) {
  workspace::Diagnostics diagnostics;
  check(workspace.folder(), diagnostics);
  std::string all;
  for (const auto& diagnostic : diagnostics.sorted()) all += workspace::to_text(diagnostic) + "\n";
  return all;
}

TEST(Limits, OfTheWorkspaceAreCheckedWithTheirPlace) {
  const TestWorkspace workspace;
  workspace.write("waymark.yaml", "name: Test\nmemory_mb: 127\nthreads: 0\nbuckets: 3\n");
  const std::string all = mistakes(workspace);
  EXPECT_NE(all.find("waymark.yaml:2:1"), std::string::npos) << all;
  EXPECT_NE(all.find("waymark.yaml:3:1"), std::string::npos) << all;
  EXPECT_NE(all.find("waymark.yaml:4:1"), std::string::npos) << all;
  EXPECT_EQ(reason_of([&] { workspace.catalog(); }), "definitions.invalid");
  workspace.write("waymark.yaml", "name: Test\nmemory_mb: 128\nthreads: 1\nbuckets: 1024\n");
  EXPECT_EQ(mistakes(workspace), "");
}

TEST(Limits, ATableHasOneMeasure) {
  const TestWorkspace workspace;
  workspace.write("measures/Path_steps.yaml", "measure: sessions\n");
  workspace.write("measures/path.yaml", "measure: funnel\nsteps: [{name: opened}, {name: more}]\n");
  workspace.write("measures/events.yaml", "measure: sessions\n");
  const std::string all = mistakes(workspace);
  EXPECT_NE(all.find("measures/path.yaml:1:1: this makes the table 'path_steps', and so does "
                     "sessions 'Path_steps'"),
            std::string::npos)
      << all;
  EXPECT_NE(all.find("measures/events.yaml:1:1"), std::string::npos) << all;
}

TEST(Limits, OfADefinitionFile) {
  const TestWorkspace workspace;
  workspace.write("measures/long.yaml", "measure: sessions\n#" + std::string(1 << 20, 'x'));
  EXPECT_NE(mistakes(workspace).find("1 MiB"), std::string::npos) << mistakes(workspace);

  // Short as a text; ten times ten times ten … once the aliases are followed.
  std::string bomb = "measure: sessions\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 8; ++i) {
    bomb += fmt::format("a{0}: &a{0} [", i);
    for (int n = 0; n < 10; ++n) bomb += fmt::format("{}*a{}", n == 0 ? "" : ", ", i - 1);
    bomb += "]\n";
  }
  workspace.write("measures/long.yaml", bomb);
  EXPECT_NE(mistakes(workspace).find("100,000 values"), std::string::npos) << mistakes(workspace);
}

TEST(Limits, OfARecord) {
  const TestWorkspace workspace;
  workspace.write_clicks("2025-03-03T09:00:00Z,ann," + std::string(source::kMaxRecordBytes, 'x') +
                         "\n"
                         "2025-03-03T09:10:00Z,ann,page 1\n");
  const journal::Counts counts = workspace.ingest().counts();
  EXPECT_EQ(counts.stored, 1u);
  EXPECT_EQ(workspace.quarantine(), std::vector<std::string>{"2 record.too_long"});
  open_journal(workspace.catalog(), true).quarantine("", [](std::string_view, Reject&& reject) {
    EXPECT_EQ(reject.raw.size(), source::kMaxRejectBytes);
  });
}

// How many batches of events the journal has stored.
std::uint64_t batches(const TestWorkspace& workspace) {
  return open_journal(workspace.catalog(), true).last_sequence();
}

constexpr const char* kGermanTime = "{text: '${time}', format: '%d.%m.%Y'}";

// Long records that were laid aside come back some at a time.
TEST(Limits, OfAReplayInBytes) {
  const TestWorkspace workspace;
  std::string rows;
  for (int i = 0; i < 5; ++i)
    rows += fmt::format("{:02}.03.2025,ann,{}\n", i + 1, std::string(1 << 20, 'x'));
  workspace.write_clicks(rows);
  EXPECT_EQ(workspace.ingest().counts().quarantined, 5u);
  workspace.write("sources/clicks.yaml", clicks_yaml("data/clicks*.csv", "click", kGermanTime));
  EXPECT_EQ(workspace.replay().stored, 5u);
  EXPECT_EQ(batches(workspace), 2u);
  EXPECT_EQ(workspace.replay().received, 0u);
}

// And so do those that may give many events each.
TEST(Limits, OfAReplayInEvents) {
  const TestWorkspace workspace;
  std::string rows;
  for (int i = 0; i < 260; ++i) rows += fmt::format("{:02}.03.2025,ann,{}\n", 1 + i % 20, i % 199);
  workspace.write_clicks(rows);
  const auto mapping = [](std::string_view time) {
    std::string yaml = "files: data/clicks*.csv\narrival: event_time\nevents:\n";
    for (int i = 0; i < 199; ++i)
      yaml += fmt::format(
          "  - {{when: {{item: '{0}'}}, kind: k{0}, learner: '${{learner}}', time: {1}}}\n", i,
          time);
    return yaml;
  };
  workspace.write("sources/clicks.yaml", mapping("'${time}'"));
  EXPECT_EQ(workspace.ingest().counts().quarantined, 260u);
  workspace.write("sources/clicks.yaml", mapping(kGermanTime));
  EXPECT_EQ(workspace.replay().stored, 260u);
  EXPECT_EQ(batches(workspace), 2u);
}

}  // namespace
}  // namespace waymark::engine
