#include "workspace/workspace.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "workspace/schemas.h"

namespace waymark::workspace {
namespace {

const std::map<std::string, std::string_view> kSchemas{
    {"waymark", kWaymarkSchema}, {"source", "{}"},   {"sessions", "{}"},
    {"engagement", "{}"},        {"features", "{}"}, {"model", "{}"}};

class WorkspaceTest : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) {
    const auto path = folder_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    write_file_atomically(path, text);
  }
  Workspace open() { return Workspace::open(folder_.path(), kSchemas, diagnostics_); }
  std::string mistakes() const {
    std::string all;
    for (const auto& diagnostic : diagnostics_.sorted()) all += to_text(diagnostic) + "\n";
    return all;
  }

  TemporaryFolder folder_;
  Diagnostics diagnostics_;
};

TEST_F(WorkspaceTest, ReadsDefinitionsByFolderAndMeasure) {
  write("waymark.yaml", "name: Test\ntime_zone: Europe/London\nbuckets: 8\n");
  write("sources/clicks.yaml", "files: a.csv\n");
  write("measures/study.yaml", "measure: features\n");
  const Workspace workspace = open();
  EXPECT_EQ(mistakes(), "");
  EXPECT_EQ(workspace.settings().buckets, 8u);
  ASSERT_NE(workspace.find("source", "clicks"), nullptr);
  ASSERT_NE(workspace.find("features", "study"), nullptr);
  EXPECT_EQ(workspace.definitions("model").size(), 0u);
}

TEST_F(WorkspaceTest, ReportsWhatItCannotRead) {
  write("waymark.yaml", "name: Test\ntime_zone: Europe/Lodnon\nmemory: 7\n");
  write("source/clicks.yaml", "files: a.csv\n");
  write("measures/study.yaml", "measure: feature\n");
  open();
  EXPECT_NE(mistakes().find("measures/study.yaml:1:1: 'feature' is no measure; known: sessions, "),
            std::string::npos)
      << mistakes();
  EXPECT_NE(mistakes().find("(did you mean 'features'?)"), std::string::npos) << mistakes();
  EXPECT_NE(
      mistakes().find("source: definitions in 'source' are not read (did you mean 'sources'?)"),
      std::string::npos);
  EXPECT_NE(mistakes().find("waymark.yaml:2:1: no time zone is called 'Europe/Lodnon'"),
            std::string::npos);
  EXPECT_NE(mistakes().find("waymark.yaml:3:1: 'memory' is not a key here"), std::string::npos);
}

TEST_F(WorkspaceTest, WhatIsNoYamlIsOneMistakeWithItsPlace) {
  write("waymark.yaml", "name: W\n");
  write("models/risk.yaml", "as_of: [\n");
  open();
  EXPECT_EQ(mistakes(), "models/risk.yaml:2:1: not YAML: end of sequence flow not found\n");
}

TEST_F(WorkspaceTest, AFolderWithoutAWorkspaceSaysHowToMakeOne) {
  try {
    open();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "workspace.missing");
  }
}

}  // namespace
}  // namespace waymark::workspace
