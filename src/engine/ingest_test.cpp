// What becomes of data files: read once, read again, changed, gone, laid aside and replayed.

#include "engine/ingest.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/test_workspace.h"
#include "sql/database.h"

namespace waymark::engine {
namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view kRows =
    "2025-03-03T09:00:00Z,ann,page 1\n"
    "2025-03-03T09:10:00Z,ann,page 2\n"
    "2025-03-03T09:10:00Z,bob,page 1\n"
    "2025-03-04T18:00:00Z,ann,page 1\n";
constexpr const char* kEvents =
    "SELECT strftime(time, '%d %H:%M'), learner, kind, object FROM events ORDER BY ALL";

TEST(Ingest, AChangedMappingReadsTheSourceAgain) {
  const TestWorkspace workspace;
  workspace.write_clicks(kRows);
  workspace.write("measures/sessions.yaml", "measure: sessions\nkinds: [click]\n");
  EXPECT_EQ(workspace.ingest().counts().stored, 4u);
  workspace.build();
  EXPECT_EQ(workspace.ask("SELECT count(*) FROM sessions"), Lines{"3"});

  workspace.write("sources/clicks.yaml", clicks_yaml("data/clicks*.csv", "viewed"));
  const IngestOutcome outcome = workspace.ingest();
  EXPECT_EQ(outcome.counts().stored, 4u);
  EXPECT_EQ(outcome.counts().duplicate, 0u);
  workspace.build();
  EXPECT_EQ(workspace.ask(kEvents),
            (Lines{"03 09:00|ann|viewed|page 1", "03 09:10|ann|viewed|page 2",
                   "03 09:10|bob|viewed|page 1", "04 18:00|ann|viewed|page 1"}));
  EXPECT_EQ(workspace.ask("SELECT count(*) FROM sessions"), Lines{"0"});
  EXPECT_EQ(workspace.ask("SELECT sum(events)::BIGINT FROM engagement"), Lines{"4"});
}

TEST(Ingest, ACommentInTheMappingChangesNothing) {
  const TestWorkspace workspace;
  workspace.write_clicks(kRows);
  workspace.ingest();
  workspace.write("sources/clicks.yaml", "# our clicks\n" + clicks_yaml());
  EXPECT_TRUE(workspace.ingest().files.at(0).unchanged);
}

TEST(Ingest, AChangedLookupIsAChangedMapping) {
  const TestWorkspace workspace;
  workspace.write_clicks(kRows);
  workspace.write("data/pages.csv", "item,title\npage 1,Welcome\n");
  workspace.write("sources/clicks.yaml",
                  "files: data/clicks.csv\n"
                  "lookup: {pages: {file: data/pages.csv, key: [item]}}\n"
                  "events:\n"
                  "  - {kind: click, learner: '${learner}', object: '${pages.title}', "
                  "time: '${time}'}\n");
  workspace.ingest();
  workspace.write("data/pages.csv", "item,title\npage 1,Hello\n");
  EXPECT_EQ(workspace.ingest().counts().stored, 4u);
  workspace.build();
  EXPECT_EQ(workspace.ask("SELECT DISTINCT object FROM events ORDER BY object NULLS FIRST"),
            (Lines{"NULL", "Hello"}));
}

TEST(Ingest, OnlyTheSourceWhoseMappingChangedIsReadAgain) {
  const TestWorkspace workspace;
  workspace.write_clicks(kRows);
  workspace.write("sources/other.yaml", clicks_yaml("data/other.csv", "posted"));
  workspace.write_clicks("2025-03-05T10:00:00Z,cem,forum\n", "data/other.csv");
  EXPECT_EQ(workspace.ingest().counts().stored, 5u);
  workspace.write("sources/clicks.yaml", clicks_yaml("data/clicks*.csv", "viewed"));
  const IngestOutcome outcome = workspace.ingest();
  ASSERT_EQ(outcome.files.size(), 2u);
  EXPECT_EQ(outcome.files[0].counts.stored, 4u);
  EXPECT_TRUE(outcome.files[1].unchanged);
  workspace.build();
  EXPECT_EQ(workspace.ask("SELECT kind, count(*) FROM events GROUP BY kind ORDER BY kind"),
            (Lines{"posted|1", "viewed|4"}));
}

// Events of a file that is gone stay, until the mapping changes: what they would be now, nobody
// knows.
TEST(Ingest, ADeletedFileKeepsItsEventsUntilToldOtherwise) {
  const TestWorkspace workspace;
  workspace.write_clicks(kRows);
  workspace.write_clicks("2025-03-05T10:00:00Z,cem,page 3\n", "data/clicks2.csv");
  EXPECT_EQ(workspace.ingest().counts().stored, 5u);
  workspace.remove("data/clicks2.csv");
  EXPECT_EQ(workspace.ingest().counts().received, 0u);
  workspace.build();
  EXPECT_EQ(workspace.ask("SELECT count(*) FROM events"), Lines{"5"});

  workspace.write("sources/clicks.yaml", clicks_yaml("data/clicks*.csv", "viewed"));
  EXPECT_EQ(reason_of([&] { workspace.ingest(); }), "source.changed");
  workspace.build();
  EXPECT_EQ(workspace.ask("SELECT count(*) FROM events WHERE kind = 'click'"), Lines{"5"});

  EXPECT_EQ(workspace.ingest({.replace = true, .now = kTestNow}).counts().stored, 4u);
  workspace.build();
  EXPECT_EQ(workspace.ask("SELECT kind, count(*) FROM events GROUP BY kind"), Lines{"viewed|4"});
}

// Where each day's file is taken away once it has been read, a day without one is no mistake.
TEST(Ingest, AllFilesMayBeTakenAwayOnceTheyAreRead) {
  const TestWorkspace workspace;
  workspace.write("sources/clicks.yaml", clicks_yaml("data/clicks*.csv"));
  EXPECT_EQ(reason_of([&] { workspace.ingest(); }), "source.file_missing");
  workspace.write_clicks(kRows);
  workspace.ingest();
  workspace.remove("data/clicks.csv");
  const IngestOutcome outcome = workspace.ingest();
  EXPECT_EQ(outcome.warnings,
            Lines{"clicks: none of its files is there any more; what they gave stays"});
  EXPECT_EQ(outcome.counts().received, 0u);
  EXPECT_EQ(reason_of([&] { workspace.ingest({.replace = true, .now = kTestNow}); }),
            "source.file_missing")
      << "they cannot be read again";
  workspace.write_clicks("2025-03-05T10:00:00Z,cem,page 3\n", "data/clicks2.csv");
  EXPECT_EQ(workspace.ingest().warnings, Lines{});
  workspace.build();
  EXPECT_EQ(workspace.ask("SELECT count(*) FROM events"), Lines{"5"});
}

TEST(Ingest, ASourceThatWasEmptiedIsDerivedOnce) {
  const TestWorkspace workspace;
  workspace.write_clicks(kRows);
  workspace.ingest();
  workspace.build();
  workspace.write_clicks("");
  EXPECT_EQ(workspace.ingest({.replace = true, .now = kTestNow}).counts().received, 0u);
  EXPECT_TRUE(workspace.build().trails.built);
  EXPECT_FALSE(workspace.build().trails.built);
  EXPECT_EQ(workspace.ask("SELECT count(*) FROM events"), Lines{"0"});
  EXPECT_EQ(workspace.ask("SELECT count(*) FROM sessions"), Lines{"0"});
}

TEST(Ingest, TheSameRowsInAnotherFileAreNothingNew) {
  const TestWorkspace workspace;
  workspace.write_clicks(kRows);
  workspace.ingest();
  EXPECT_TRUE(workspace.ingest().files.at(0).unchanged);

  // In another order, and overlapping with what a later export has.
  workspace.write_clicks(
      "2025-03-04T18:00:00Z,ann,page 1\n"
      "2025-03-03T09:00:00Z,ann,page 1\n"
      "2025-03-03T09:10:00Z,bob,page 1\n"
      "2025-03-03T09:10:00Z,ann,page 2\n");
  workspace.write_clicks(
      "2025-03-04T18:00:00Z,ann,page 1\n"
      "2025-03-05T10:00:00Z,cem,page 3\n",
      "data/clicks_later.csv");
  const IngestOutcome outcome = workspace.ingest();
  ASSERT_EQ(outcome.files.size(), 2u);
  EXPECT_EQ(outcome.files[0].counts.duplicate, 4u);
  EXPECT_EQ(outcome.files[0].counts.stored, 0u);
  EXPECT_EQ(outcome.files[1].counts.duplicate, 1u);
  EXPECT_EQ(outcome.files[1].counts.stored, 1u);
}

// Two equal rows in one file are two clicks, the same file again is none.
TEST(Ingest, RowsThatAreEqualOnPurposeAreKeptApart) {
  const TestWorkspace workspace;
  workspace.write_clicks(
      "2025-03-03T09:00:00Z,ann,page 1\n"
      "2025-03-03T09:00:00Z,ann,page 1\n");
  EXPECT_EQ(workspace.ingest().counts().stored, 2u);
  workspace.write_clicks(
      "2025-03-03T09:00:00Z,ann,page 1\n"
      "2025-03-03T09:00:00Z,ann,page 1\n"
      "2025-03-03T09:00:00Z,ann,page 1\n");
  const journal::Counts counts = workspace.ingest().counts();
  EXPECT_EQ(counts.duplicate, 2u);
  EXPECT_EQ(counts.stored, 1u);
}

// The same rows in another packing: the same events under the same ids.
TEST(Ingest, ThePackingOfAFileMakesNoDifference) {
  const auto events = [](const TestWorkspace& workspace) {
    EXPECT_EQ(workspace.ingest().counts().stored, 4u);
    Lines lines;
    open_journal(workspace.catalog(), true).scan(0, [&](std::uint64_t, EventBatch&& batch) {
      for (std::size_t row = 0; row < batch.size(); ++row) {
        const Event event = batch.event(row);
        lines.push_back(fmt::format("{} {} {} {} {}", to_hex(event.id), to_iso(event.time),
                                    event.learner.reveal(), event.kind, event.object));
      }
    });
    std::ranges::sort(lines);
    return lines;
  };
  const TestWorkspace workspace;
  workspace.write_clicks(kRows);
  const Lines expected = events(workspace);

  const std::vector<std::pair<std::string, std::string>> packings{
      {"data/clicks.csv.gz", "FORMAT csv, HEADER, COMPRESSION gzip"},
      {"data/clicks.csv.zst", "FORMAT csv, HEADER, COMPRESSION zstd"},
      {"data/clicks.tsv", "FORMAT csv, HEADER, DELIMITER '\t'"},
      {"data/clicks.ndjson", "FORMAT json"},
      {"data/clicks.parquet", "FORMAT parquet"}};
  for (const auto& [file, options] : packings) {
    SCOPED_TRACE(file);
    const TestWorkspace packed;
    packed.write("sources/clicks.yaml", clicks_yaml(file));
    std::filesystem::create_directories(packed.folder() / "data");
    sql::Database::in_memory().connect().execute(
        fmt::format("COPY (FROM read_csv({}, all_varchar := true)) TO {} ({})",
                    sql::quoted_text((workspace.folder() / "data/clicks.csv").string()),
                    sql::quoted_text((packed.folder() / file).string()), options));
    EXPECT_EQ(events(packed), expected);
  }
  const TestWorkspace quoted;
  quoted.write("data/clicks_windows.csv",
               "\"item\",\"learner\",\"time\"\r\n"
               "\"page 1\",ann,2025-03-03T09:00:00Z\r\n"
               "page 2,\"ann\",2025-03-03T09:10:00Z\r\n"
               "\r\n"
               "page 1,bob,2025-03-03T09:10:00Z\r\n"
               "page 1,ann,\"2025-03-04T18:00:00Z\"");
  EXPECT_EQ(events(quoted), expected);
}

// Rows that cannot be taken apart are the same rows too, whatever ends their lines.
TEST(Ingest, WrongRowsAreLaidAsideOnceWhateverTheLineEnds) {
  const TestWorkspace workspace;
  workspace.write("data/clicks.csv", "time,learner,item\ntoo,few,\"\nmore,than,three,fields\n");
  EXPECT_EQ(workspace.ingest().counts().quarantined, 2u);
  workspace.write("data/clicks_windows.csv",
                  "time,learner,item\r\ntoo,few,\"\r\nmore,than,three,fields");
  const journal::Counts counts = workspace.ingest().counts();
  EXPECT_EQ(counts.quarantined, 0u);
  EXPECT_EQ(counts.duplicate, 2u);
}

// Rows with two mistakes, and a mapping that comes to understand one of them.
class Replayed : public testing::Test {
 protected:
  Replayed() {
    workspace_.write_clicks(
        "2025-03-03T09:00:00Z,ann,page 1\n"
        "03.03.2025 09:10,ann,page 2\n"
        "04.03.2025 18:00,bob,page 1\n"
        "2025-03-03T09:20:00Z,,page 1\n"
        "2025-03-03T09:30:00Z,ann,page \"1\n");
    EXPECT_EQ(workspace_.ingest().counts().quarantined, 3u);
    workspace_.build();
  }
  void mend_mapping() const {
    workspace_.write(
        "sources/clicks.yaml",
        clicks_yaml("data/clicks*.csv", "click", "{text: '${time}', format: '%d.%m.%Y %H:%M'}"));
  }
  TestWorkspace workspace_;
};

TEST_F(Replayed, UnderTheSameMappingItDoesNothing) {
  const std::string before = workspace_.contents();
  const journal::Counts counts = workspace_.replay();
  EXPECT_EQ(counts.received, 3u);
  EXPECT_EQ(counts.quarantined, 3u);
  EXPECT_EQ(workspace_.quarantine(),
            (Lines{"3 event.time_malformed", "4 event.time_malformed", "5 event.learner_missing"}));
  EXPECT_EQ(workspace_.tables_made(), Lines{});
  EXPECT_EQ(difference(workspace_.contents(), before), "");
}

TEST_F(Replayed, WhatTheMappingUnderstandsNowIsStoredOnce) {
  mend_mapping();
  const journal::Counts first = workspace_.replay();
  EXPECT_EQ(first.stored, 2u);
  EXPECT_EQ(first.quarantined, 1u);
  EXPECT_EQ(workspace_.quarantine(), Lines{"5 event.learner_missing"});
  workspace_.build();
  EXPECT_EQ(workspace_.ask(kEvents),
            (Lines{"03 09:00|ann|click|page 1", "03 09:10|ann|click|page 2",
                   "03 09:30|ann|click|page \"1", "04 18:00|bob|click|page 1"}));

  const journal::Counts second = workspace_.replay();
  EXPECT_EQ(second.stored, 0u);
  EXPECT_EQ(second.quarantined, 1u);
  EXPECT_EQ(workspace_.tables_made(), Lines{});
}

// The replay is not what the next ingest goes by: that reads the source whole, under one mapping.
TEST_F(Replayed, TheNextIngestGoesByTheFileAlone) {
  mend_mapping();
  workspace_.replay();
  const journal::Counts counts = workspace_.ingest().counts();
  EXPECT_EQ(counts.received, 5u);
  EXPECT_EQ(counts.stored, 2u);
  EXPECT_EQ(workspace_.quarantine().size(), 3u);
}

// A file that was mended by hand: the wrong rows of the old one stay where they were laid.
TEST_F(Replayed, ARowMendedInTheFileIsARowOfItsOwn) {
  workspace_.write_clicks(
      "2025-03-03T09:00:00Z,ann,page 1\n"
      "2025-03-03T09:10:00Z,ann,page 2\n"
      "2025-03-03T09:20:00Z,,page 1\n");
  const journal::Counts counts = workspace_.ingest().counts();
  EXPECT_EQ(counts.stored, 1u);
  EXPECT_EQ(counts.duplicate, 2u);
  EXPECT_EQ(workspace_.quarantine().size(), 3u);
}

}  // namespace
}  // namespace waymark::engine
