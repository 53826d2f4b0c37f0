#include "journal/journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
#include "journal/testing.h"

namespace waymark::journal {
namespace {

std::string reason_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.reason();
  }
  return "nothing was thrown";
}

std::vector<std::string> quarantined_raw(const Journal& journal, std::string_view source,
                                         std::size_t limit = 100) {
  std::vector<std::string> raw;
  journal.quarantine(
      source, [&](std::string_view, Reject&& record) { raw.push_back(record.raw); }, limit);
  std::ranges::sort(raw);
  return raw;
}

// Every test runs with room in memory for the newest ids, and with none.
class JournalTest : public testing::TestWithParam<std::size_t> {
 protected:
  void reopen() {
    journal.reset();
    journal = Journal::open(folder.path(), {.memory_mb = GetParam()});
  }
  void SetUp() override { reopen(); }

  TemporaryFolder folder;
  std::optional<Journal> journal;
};

INSTANTIATE_TEST_SUITE_P(Memory, JournalTest, testing::Values(0, 64));

TEST_P(JournalTest, KeepsWhatWasCommitted) {
  EXPECT_EQ(journal->last_sequence(), 0u);
  const CommitResult first =
      journal->commit({.source = "s", .path = "f", .events = events_of("s", 0, 5)});
  EXPECT_EQ(first.sequence, 1u);
  EXPECT_EQ(first.counts.stored, 5u);
  journal->commit({.source = "s", .path = "f", .events = events_of("s", 5, 9)});
  reopen();
  EXPECT_EQ(journal->event_count(), 9u);
  EXPECT_EQ(journal->last_sequence(), 2u);
  std::vector<std::string> scanned;
  journal->scan(2, [&](std::uint64_t sequence, EventBatch&& batch) {
    EXPECT_EQ(sequence, 2u);
    scanned.push_back(encode(batch));
  });
  EXPECT_EQ(scanned, std::vector<std::string>{encode(events_of("s", 5, 9))});
  expect_sound(*journal);
}

TEST_P(JournalTest, StoresEachIdOnceTheFirstWins) {
  EventBatch twice = events_of("s", 0, 3);
  Event again = twice.event(1);
  again.kind = "later";
  twice.append(again);
  const CommitResult first = journal->commit({.source = "s", .path = "f", .events = twice});
  EXPECT_EQ(first.counts.stored, 3u);
  EXPECT_EQ(first.counts.duplicate, 1u);

  const CommitResult overlap =
      journal->commit({.source = "s", .path = "g", .events = events_of("s", 2, 5)});
  EXPECT_EQ(overlap.counts.stored, 2u);
  const CommitResult nothing =
      journal->commit({.source = "s", .path = "g", .events = events_of("s", 0, 5)});
  EXPECT_EQ(nothing.sequence, 0u);
  EXPECT_EQ(nothing.counts.duplicate, 5u);
  EXPECT_EQ(journal->last_sequence(), 2u);
  EXPECT_EQ(stored_ids(*journal).size(), 5u);
  EXPECT_EQ(journal->find(again.id)->event.kind, "click");
}

TEST_P(JournalTest, FindsAnEventAndWhereItRests) {
  journal->commit({.source = "a", .path = "f", .events = events_of("a", 0, 4)});
  journal->commit({.source = "b", .path = "f", .events = events_of("b", 0, 4)});
  const auto found = journal->find(id_of("b3"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->sequence, 2u);
  EXPECT_EQ(found->row, 3u);
  EXPECT_EQ(found->event.source, "b");
  reopen();
  EXPECT_EQ(journal->find(id_of("a0"))->sequence, 1u);
  EXPECT_FALSE(journal->find(id_of("c0")));
}

TEST_P(JournalTest, NotesProgressAndAddsUpCounts) {
  const FileProgress half{"finger", "v1", 10, false};
  const FileProgress whole{"finger", "v1", 14, true};
  journal->commit({.source = "s",
                   .path = "f",
                   .progress = half,
                   .events = events_of("s", 0, 8),
                   .quarantined = {bad_record("x", "f")},
                   .refused = {{"when.not_met", 1}}});
  reopen();
  EXPECT_EQ(journal->file("s", "f")->progress, half);
  journal->commit({.source = "s",
                   .path = "f",
                   .progress = whole,
                   .events = events_of("s", 6, 9),
                   .refused = {{"kind.off", 1}}});
  const FileEntry expected{.source = "s",
                           .path = "f",
                           .progress = whole,
                           .counts = {.received = 14,
                                      .stored = 9,
                                      .duplicate = 2,
                                      .quarantined = 1,
                                      .refused = {{"kind.off", 1}, {"when.not_met", 1}}}};
  EXPECT_EQ(journal->files(), std::vector<FileEntry>{expected});
  EXPECT_TRUE(expected.counts.balanced());
  EXPECT_FALSE(journal->file("s", "g"));
  EXPECT_FALSE(journal->file("t", "f"));
}

TEST_P(JournalTest, ARecordIsInQuarantineOnce) {
  const Commit commit{
      .source = "s", .path = "f", .quarantined = {bad_record("x", "f"), bad_record("y", "f")}};
  EXPECT_EQ(journal->commit(commit).counts.quarantined, 2u);
  EXPECT_EQ(journal->commit(commit).counts.duplicate, 2u);
  journal->commit({.source = "t", .path = "f", .quarantined = {bad_record("z", "f")}});
  EXPECT_EQ(quarantined_raw(*journal, "s"), (std::vector<std::string>{"raw x", "raw y"}));
  EXPECT_EQ(quarantined_raw(*journal, "").size(), 3u);
  EXPECT_EQ(quarantined_raw(*journal, "", 1).size(), 1u);
  EXPECT_TRUE(quarantined_raw(*journal, "u").empty());
  expect_sound(*journal);
}

TEST_P(JournalTest, AReplayTakesRecordsOutWithWhatTheyBecame) {
  journal->commit(
      {.source = "s",
       .path = "f",
       .progress = FileProgress{"finger", "v1", 4, true},
       .events = events_of("s", 0, 1),
       .quarantined = {bad_record("x", "f"), bad_record("y", "f"), bad_record("z", "f")}});
  Reject still_bad = bad_record("y", "f");
  still_bad.reason = "event.kind_unknown";
  const Commit replay{.source = "s",
                      .path = "f",
                      .events = events_of("s", 1, 3),  // what x became
                      .quarantined = {still_bad},
                      .refused = {{"when.not_met", 1}},  // what z became
                      .released = {id_of("x"), id_of("y"), id_of("z")}};
  EXPECT_EQ(journal->commit(replay).counts.stored, 2u);
  EXPECT_EQ(quarantined_raw(*journal, "s"), std::vector<std::string>{"raw y"});
  journal->quarantine("s", [](std::string_view, Reject&& record) {
    EXPECT_EQ(record.reason, "event.kind_unknown");
  });
  const FileEntry entry = *journal->file("s", "f");
  EXPECT_EQ(entry.progress.records, 4u);
  EXPECT_EQ(
      entry.counts,
      (Counts{.received = 5, .stored = 3, .quarantined = 1, .refused = {{"when.not_met", 1}}}));
  expect_sound(*journal);

  journal->commit(replay);  // a second time it finds only y to take out
  EXPECT_EQ(stored_ids(*journal).size(), 3u);
  EXPECT_EQ(quarantined_raw(*journal, "s").size(), 1u);
  expect_sound(*journal);
}

TEST_P(JournalTest, TheLastWordOnACourseHolds) {
  const CourseEntry draft{.course = "AAA/2014B", .start = 10, .end = 20};
  const CourseEntry final{
      .course = "AAA/2014B", .start = 11, .end = 21, .properties = {{"level", 2.0}}};
  const CourseEntry other{.course = "BBB/2014B", .start = 1, .end = 2};
  journal->commit({.source = "s", .path = "f", .courses = {other, draft}});
  journal->commit({.source = "t", .path = "f", .courses = {draft, final}});
  journal->commit({.source = "s", .path = "f", .courses = {draft}});  // told before: no news
  EXPECT_EQ(journal->courses(), (std::vector<CourseEntry>{final, other}));
  journal->erase_source("t");
  EXPECT_EQ(journal->courses(), (std::vector<CourseEntry>{draft, other}));
}

TEST_P(JournalTest, ErasesASourceAndNothingElse) {
  for (std::uint64_t n = 0; n < 6; ++n) {
    const std::string source = n % 2 == 0 ? "even" : "odd";
    journal->commit({.source = source,
                     .path = "f",
                     .progress = FileProgress{"finger", "v1", n, false},
                     .events = events_of(source, 10 * n, 10 * n + 10),
                     .quarantined = {bad_record(source + std::to_string(n), "f")},
                     .courses = {{.course = source, .start = 1}}});
  }
  const std::uint64_t epoch = journal->epoch();
  journal->erase_source("nobody");
  EXPECT_EQ(journal->epoch(), epoch);
  journal->erase_source("even");
  EXPECT_EQ(journal->epoch(), epoch + 1);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(journal->event_count(), 30u);
    EXPECT_EQ(journal->last_sequence(), 6u);
    EXPECT_TRUE(journal->find(id_of("odd10")));
    EXPECT_FALSE(journal->find(id_of("even0")));
    EXPECT_FALSE(journal->file("even", "f"));
    EXPECT_EQ(journal->files().size(), 1u);
    EXPECT_EQ(journal->courses().size(), 1u);
    EXPECT_EQ(quarantined_raw(*journal, "").size(), 3u);
    expect_sound(*journal);
    reopen();
  }
  const CommitResult again =
      journal->commit({.source = "even", .path = "f", .events = events_of("even", 0, 10)});
  EXPECT_EQ(again.counts.stored, 10u);
  EXPECT_EQ(again.sequence, 7u);
  expect_sound(*journal);
}

TEST_P(JournalTest, AScanSeesOneStateWhileOthersAreCommitted) {
  journal->commit({.source = "s", .path = "f", .events = events_of("s", 0, 2)});
  journal->commit({.source = "s", .path = "f", .events = events_of("s", 2, 4)});
  std::size_t seen = 0;
  journal->scan(0, [&](std::uint64_t, EventBatch&& batch) {
    seen += batch.size();
    journal->commit({.source = "s", .path = "f", .events = events_of("s", 4 + seen, 6 + seen)});
  });
  EXPECT_EQ(seen, 4u);
  EXPECT_EQ(stored_ids(*journal).size(), 8u);
}

TEST_P(JournalTest, OneWriterAtATimeAndReadersBesideIt) {
  journal->commit({.source = "s", .path = "f", .events = events_of("s", 0, 5)});
  EXPECT_EQ(reason_of([&] { Journal::open(folder.path()); }), "journal.locked");
  const Journal reader = Journal::open(folder.path(), {.read_only = true});
  EXPECT_EQ(stored_ids(reader).size(), 5u);
  EXPECT_TRUE(reader.find(id_of("s3")));
  expect_sound(reader);
  journal->commit({.source = "s", .path = "f", .events = events_of("s", 5, 6)});
  EXPECT_EQ(reader.event_count(), 5u);
}

TEST_P(JournalTest, ThreadsMayCommitTheSameAtOnce) {
  std::atomic<std::uint64_t> stored = 0;
  parallel_for(4, 4, [&](std::size_t thread) {
    for (std::uint64_t n = 0; n < 8; ++n) {
      const std::uint64_t first = 20 * (thread + n);
      const Commit commit{.source = "s", .path = "f", .events = events_of("s", first, first + 30)};
      stored += journal->commit(commit).counts.stored;
      stored_ids(*journal);
    }
  });
  EXPECT_EQ(stored, 20u * 10 + 30);
  EXPECT_EQ(stored_ids(*journal).size(), stored);
  expect_sound(*journal);
}

TEST_P(JournalTest, SizeGrowsWithWhatIsStored) {
  const std::uint64_t before = journal->size_on_disk();
  journal->commit({.source = "s", .path = "f", .events = events_of("s", 0, 10'000)});
  EXPECT_GT(journal->size_on_disk(), before + 100'000);
}

TEST(Journal, ReadingOneThatIsNotThereSaysSo) {
  const TemporaryFolder folder;
  const auto missing = folder.path() / "none";
  EXPECT_EQ(reason_of([&] { Journal::open(missing, {.read_only = true}); }), "journal.missing");
  EXPECT_FALSE(std::filesystem::exists(missing));
  EXPECT_EQ(reason_of([] { Journal::open("/proc/none"); }), "journal.io");
}

TEST(Journal, AMarkTellsOneHistoryFromAnother) {
  const auto mark_of = [](const std::string& name, std::uint64_t events) {
    const TemporaryFolder folder;
    Journal journal = Journal::open(folder.path());
    EXPECT_EQ(journal.mark(1), 0u);
    journal.commit({.source = "s", .path = "f", .events = events_of(name, 0, events)});
    return journal.mark(1);
  };
  EXPECT_EQ(mark_of("a", 10), mark_of("a", 10));
  EXPECT_NE(mark_of("a", 10), mark_of("a", 11));
  EXPECT_NE(mark_of("a", 10), mark_of("b", 10));
}

TEST(Journal, ACommitTooLargeIsRefusedWhole) {
  const TemporaryFolder folder;
  Journal journal = Journal::open(folder.path());
  Event event;
  event.properties = {{"essay", std::string(std::size_t{256} << 20, 'x')}};
  Commit commit{.source = "s", .path = "f"};
  commit.events.append(event);
  EXPECT_EQ(reason_of([&] { journal.commit(commit); }), "journal.commit_too_large");
  EXPECT_TRUE(journal.files().empty());
}

}  // namespace
}  // namespace waymark::journal
