#include "source/lookup.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "source/test_workspace.h"

namespace waymark::source {
namespace {

constexpr std::string_view kWithPages = R"(
files: data.csv
lookup:
  pages: {file: pages.csv, key: [page]}
events:
  - {kind: click, learner: "${user}", object: "${pages.title}", time: "${time}"}
)";

TEST(Lookup, MemoryIsLimited) {
  const TestWorkspace workspace;
  std::string rows = "page,title\n";
  for (int i = 0; i < 100; ++i) rows += fmt::format("{},{} {}\n", i, std::string(100, 'x'), i);
  workspace.write("pages.csv", rows);
  const SourceDefinition definition = TestWorkspace::definition(kWithPages);
  EXPECT_EQ(LookupTable(definition, 0, workspace.folder(), 60'000).rows(), 100u);
  try {
    const LookupTable held(definition, 0, workspace.folder(), 10'000);
    ADD_FAILURE() << held.rows() << " rows are more than it may hold";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_EQ(error.reason(), "lookup.too_large");
  }
}

// What the definition does not refer to takes no room.
TEST(Lookup, OtherColumnsAreNotHeld) {
  const TestWorkspace workspace;
  std::string rows = "page,title,text\n";
  for (int i = 0; i < 100; ++i)
    rows += fmt::format("{0},title {0},{1}\n", i, std::string(1000, 'x'));
  workspace.write("pages.csv", rows);
  const SourceDefinition definition = TestWorkspace::definition(kWithPages);
  EXPECT_EQ(LookupTable(definition, 0, workspace.folder(), 60'000).rows(), 100u);
}

}  // namespace
}  // namespace waymark::source
