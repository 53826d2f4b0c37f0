#include "source/definition.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "source/test_workspace.h"

namespace waymark::source {
namespace {

// A definition that is right, to which a test adds what is wrong.
const std::string kEvent = R"(
events:
  - kind: click
    learner: ${user}
    time: ${time}
)";

std::string mistakes(const std::string& yaml) { return TestWorkspace::mistakes(yaml + kEvent); }

TEST(Definition, TheSmallestOneIsRight) {
  EXPECT_EQ(mistakes("files: data.csv"), "");
  const SourceDefinition definition = TestWorkspace::definition("files: data.csv" + kEvent);
  EXPECT_EQ(definition.name, "test");
  EXPECT_EQ(definition.files, std::vector<std::string>{"data.csv"});
  EXPECT_EQ(definition.version.size(), 32u);
  EXPECT_EQ(definition.zone.name(), "Etc/UTC");
  EXPECT_TRUE(definition.keeps_unmapped);
}

TEST(Definition, TheVersionIsTheContents) {
  const auto version = [](const std::string& yaml) {
    return TestWorkspace::definition(yaml + kEvent).version;
  };
  EXPECT_EQ(version("files: data.csv"), version("# a comment\nfiles:   \"data.csv\""));
  EXPECT_NE(version("files: data.csv"), version("files: other.csv"));
}

TEST(Definition, WrongKeysAndWordsComeWithTheRightOne) {
  EXPECT_EQ(mistakes("files: data.csv\narival: event_time"),
            "test.yaml:2:1: 'arival' is not a key here; known: files, format, encoding, delimiter, "
            "header, time_zone, arrival, id, lookup, events, courses, keep (did you mean "
            "'arrival'?)\n");
  EXPECT_EQ(mistakes("files: data.csv\narrival: event-time"),
            "test.yaml:2:1: 'event-time' is none of: ingest_time, event_time (did you mean "
            "'event_time'?)\n");
  EXPECT_EQ(mistakes("files: data.csv\ntime_zone: Europe/Lodnon"),
            "test.yaml:2:1: no time zone is called 'Europe/Lodnon'; use a name of the IANA "
            "database, such as Europe/London\n");
}

TEST(Definition, FilesWhoseFormatIsNotKnown) {
  EXPECT_EQ(mistakes("files: [a.csv, b.log]"),
            "test.yaml:1:1: the ending of 'b.log' does not tell its format (add `format: csv`, "
            "tsv, ndjson or parquet)\n");
  EXPECT_EQ(mistakes("files: [a.csv.zst, b.log, c*]\nformat: tsv"), "");
  EXPECT_EQ(mistakes("files: [a.tsv.gz, b.jsonl, c.ndjson.zst, d.parquet]"), "");
}

TEST(Definition, LookupsMustBeDeclared) {
  const std::string lookups = R"(
files: data.csv
lookup:
  site: {file: sites.csv, key: [id_site]}
)";
  EXPECT_EQ(TestWorkspace::mistakes(lookups + R"(
events:
  - kind: click
    learner: ${user}
    context: ${sites.type}
    time: ${time}
)"),
            "test.yaml:9:5: no lookup is called 'sites' (did you mean 'site'?)\n");
  EXPECT_EQ(TestWorkspace::mistakes(lookups + R"(
events:
  - kind: ${Event.name}
    learner: ${actor.account.name}
    context: ${site.type}
    time: ${time}
)"),
            "")
      << "columns may have dots in their names";
}

TEST(Definition, ALookupUsesOnlyThoseAbove) {
  EXPECT_EQ(mistakes(R"(
files: data.csv
lookup:
  course: {file: courses.csv, key: {code: "${assessment.course}"}}
  assessment: {file: assessments.csv, key: [id]}
)"),
            "test.yaml:4:37: the lookup 'assessment' stands further down; a key may only use "
            "lookups above its own\n");
}

TEST(Definition, TemplatesMustClose) {
  EXPECT_EQ(TestWorkspace::mistakes(R"(
files: data.csv
events:
  - kind: click
    learner: "${user"
    object: "a/${}"
    time: ${time}
)"),
            "test.yaml:5:5: '${user' should be ${column}\n"
            "test.yaml:6:5: '${}' should be ${column}\n");
}

TEST(Definition, PatternsUnitsAndFormatsAreChecked) {
  const std::string found = TestWorkspace::mistakes(R"(
files: data.csv
events:
  - kind: click
    learner: {text: "${d}", match: "id '(\\d+"}
    time: {text: "${t}", unit: sec}
    received: {text: "${t}", format: dd/mm/yy}
    score: {subtract: ["${a}"]}
)");
  EXPECT_NE(found.find("test.yaml:5:29: 'id '(\\d+' is not a regular expression: missing )"),
            std::string::npos)
      << found;
  EXPECT_NE(found.find("test.yaml:6:26: 'sec' is none of: s, ms, us"), std::string::npos) << found;
  EXPECT_NE(found.find("test.yaml:7:30: 'dd/mm/yy' does not have the form asked for"),
            std::string::npos)
      << found;
  EXPECT_NE(found.find("test.yaml:8:13: "), std::string::npos) << found;
}

TEST(Definition, ASourceMustGiveSomething) {
  EXPECT_EQ(TestWorkspace::mistakes("files: data.csv"),
            "test.yaml:1:1: a source has `events:` or `courses:`, or both; this one would give "
            "nothing\n");
}

TEST(Definition, RequiredPartsOfAnEntry) {
  EXPECT_EQ(TestWorkspace::mistakes("files: data.csv\nevents:\n  - kind: click\n"),
            "test.yaml:3:5: 'learner' is missing\ntest.yaml:3:5: 'time' is missing\n");
}

TEST(Definition, FilesAreFoundByPattern) {
  const TestWorkspace workspace;
  for (const char* name : {"b.csv", "a.csv", "a.tsv"}) workspace.write(name, "x");
  const auto find = [&](const std::string& files) {
    return find_files(TestWorkspace::definition("files: " + files + kEvent), workspace.folder());
  };
  EXPECT_EQ(find("'*.csv'"), (std::vector<std::string>{"a.csv", "b.csv"}));
  EXPECT_EQ(find("[b.csv, '?.csv', a.tsv]"), (std::vector<std::string>{"a.csv", "a.tsv", "b.csv"}));
  try {
    find("c.csv");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "source.file_missing");
  }
}

TEST(Definition, AFolderWithWildcardsInItsName) {
  const TestWorkspace workspace;
  std::filesystem::create_directory(workspace.folder() / "old [1]*");
  workspace.write("old [1]*/a.csv", "x");
  EXPECT_EQ(find_files(TestWorkspace::definition("files: '*.csv'" + kEvent),
                       workspace.folder() / "old [1]*"),
            std::vector<std::string>{"a.csv"});
}

}  // namespace
}  // namespace waymark::source
