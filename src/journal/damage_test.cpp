// Damaged files: always a clear error or a reported problem, never a crash, never wrong events.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <random>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "journal/testing.h"

namespace waymark::journal {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kCommits = 5;

void fill(Journal& journal) {
  for (std::uint64_t n = 0; n < kCommits; ++n) {
    journal.commit({.source = "s",
                    .path = "f",
                    .progress = FileProgress{"finger", "v1", n + 1, n + 1 == kCommits},
                    .events = events_of("s", 100 * n, 100 * n + 100),
                    .quarantined = {bad_record(std::to_string(n), "f")}});
  }
}

std::vector<fs::path> files_like(const fs::path& folder, std::string_view part) {
  std::vector<fs::path> found;
  for (const auto& file : fs::directory_iterator(folder)) {
    const std::string name = file.path().filename().string();
    if (name.find(part) != std::string::npos && file.file_size() > 0) found.push_back(file.path());
  }
  EXPECT_FALSE(found.empty()) << part;
  return found;
}

void replace(const fs::path& to, const fs::path& from) {
  fs::remove_all(to);
  fs::copy(from, to);
}

void flip_byte(const fs::path& path, std::size_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto place = static_cast<std::streamoff>(at);
  const int byte = file.seekg(place).get();
  file.seekp(place).put(static_cast<char>(byte ^ 0x55));
}

// Opens, reads everything, writes: what was there is there whole, or an error or a finding says
// that it is damaged. True where damage was told of.
bool uses_or_tells(const fs::path& folder) try {
  Journal journal = Journal::open(folder, {.sync = false});
  const Verification verification = journal.verify();
  if (!verification.problems.empty()) return true;
  EXPECT_EQ(stored_ids(journal).size(), 100 * kCommits);
  EXPECT_TRUE(journal.find(id_of("s7")));
  const auto entry = journal.file("s", "f");
  EXPECT_TRUE(entry && entry->progress.records == kCommits);
  const EventBatch again = events_of("s", 0, 100 * kCommits);
  EXPECT_EQ(journal.commit({.source = "s", .path = "f", .events = again}).counts.stored, 0u);
  return false;
} catch (const Error& error) {
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.reason() << ": " << error.what();
  EXPECT_FALSE(std::string(error.what()).empty());
  return true;
}

class Damage : public testing::Test {
 protected:
  void SetUp() override {
    {
      Journal journal = Journal::open(whole);
      fill(journal);
      // The image that a crash would leave: all in the log.
      replace(crashed, whole);
    }
    replace(damaged, whole);
    ASSERT_FALSE(uses_or_tells(damaged));
  }

  TemporaryFolder folder;
  const fs::path whole = folder.path() / "whole";
  const fs::path crashed = folder.path() / "crashed";
  const fs::path damaged = folder.path() / "damaged";
};

TEST_F(Damage, AMissingFileIsToldOf) {
  for (const char* part : {"CURRENT", "MANIFEST", ".sst"}) {
    replace(damaged, whole);
    fs::remove(files_like(damaged, part).front());
    EXPECT_TRUE(uses_or_tells(damaged)) << part;
    EXPECT_THROW(Journal::open(damaged, {.read_only = true}), Error) << part;
  }
}

TEST_F(Damage, ACutFileIsToldOf) {
  for (const char* part : {"CURRENT", "MANIFEST", ".sst"}) {
    for (const fs::path& file : files_like(whole, part)) {
      replace(damaged, whole);
      fs::resize_file(damaged / file.filename(), fs::file_size(file) / 2);
      EXPECT_TRUE(uses_or_tells(damaged)) << file;
      // However often one tries, nothing is begun anew over what is left.
      EXPECT_TRUE(uses_or_tells(damaged)) << file;
    }
  }
}

TEST_F(Damage, AFlippedByteIsToldOfOrHarmless) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::size_t told = 0;
  std::size_t flips = 0;
  std::vector<fs::path> files = files_like(whole, ".sst");
  files.push_back(files_like(whole, "MANIFEST").front());
  for (const fs::path& file : files) {
    for (int i = 0; i < 8; ++i) {
      const std::size_t at = random() % fs::file_size(file);
      SCOPED_TRACE(file.filename().string() + " at " + std::to_string(at));
      replace(damaged, whole);
      flip_byte(damaged / file.filename(), at);
      ++flips;
      if (uses_or_tells(damaged)) ++told;
    }
  }
  EXPECT_GT(told, flips / 2);
}

// RocksDB itself ends its reading silently where a record seems to be longer than what is left.
TEST_F(Damage, AFlippedByteOfTheManifestIsToldOf) {
  const fs::path manifest = whole / trimmed(read_file(whole / "CURRENT"));
  for (std::size_t at = 0; at < fs::file_size(manifest); ++at) {
    flip_byte(manifest, at);
    EXPECT_THROW(Journal::open(whole), Error) << at;
    flip_byte(manifest, at);
  }
  EXPECT_FALSE(uses_or_tells(whole));
}

TEST_F(Damage, ALogCutAnywhereLeavesWholeCommits) {
  const fs::path log = files_like(crashed, ".log").back();
  const std::size_t size = fs::file_size(log);
  for (std::size_t i = 0; i <= 20; ++i) {
    replace(damaged, crashed);
    fs::resize_file(damaged / log.filename(), size * i / 20);
    const Journal journal = Journal::open(damaged);
    const auto entry = journal.file("s", "f");
    const std::uint64_t commits = entry ? entry->progress.records : 0;
    const EventBatch expected = events_of("s", 0, 100 * commits);
    EXPECT_EQ(stored_ids(journal), std::set<EventId>(expected.id.begin(), expected.id.end()));
    EXPECT_EQ(commits == kCommits, i == 20) << i;
    expect_sound(journal);
  }
}

TEST_F(Damage, WhatIsNoJournalIsRefused) {
  fs::remove_all(damaged);
  fs::create_directory(damaged);
  write_file_atomically(damaged / "CURRENT", "a shopping list\n");
  EXPECT_TRUE(uses_or_tells(damaged));
}

// What a kill leaves between taking a sorted file in and dropping its first name.
// As on a full disk: no file grows beyond so many bytes.
class NoRoom {
 public:
  explicit NoRoom(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~NoRoom() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  NoRoom(const NoRoom&) = delete;
  NoRoom& operator=(const NoRoom&) = delete;

 private:
  rlimit before_{};
  void (*signal_)(int);
};

TEST_F(Damage, ADiskThatTakesNoMoreIsToldOfAndCostsNothingAcknowledged) {
  std::uint64_t acknowledged = 0;
  const auto commit = [&](Journal& journal) {
    const EventBatch more = events_of("more", acknowledged, acknowledged + 2'000);
    journal.commit({.source = "more", .path = "f", .events = more});
    acknowledged += 2'000;
  };
  {
    Journal journal = Journal::open(whole);
    commit(journal);
    const NoRoom no_room(100'000);
    for (int attempt = 0; attempt < 2; ++attempt) {
      try {
        while (true) commit(journal);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kEnvironment) << error.what();
      }
    }
  }
  // RocksDB ends the process where its own log cannot be written.
  EXPECT_FALSE(fs::exists(whole / "LOG"));
  Journal journal = Journal::open(whole);
  const std::set<EventId> stored = stored_ids(journal);
  for (std::uint64_t n = 0; n < acknowledged; ++n)
    EXPECT_TRUE(stored.contains(id_of("more" + std::to_string(n)))) << n;
  commit(journal);
  expect_sound(journal);
}

TEST_F(Damage, AStoredFilesOtherNameIsNotWrittenThrough) {
  for (const fs::path& file : files_like(whole, ".sst")) {
    if (!fs::exists(file)) continue;  // merged into another since
    fs::remove(whole / "sorted.tmp");
    fs::create_hard_link(file, whole / "sorted.tmp");
    const std::string source = "after " + file.filename().string();
    Journal::open(whole).commit(
        {.source = source, .path = "f", .events = events_of(source, 0, 10)});
    EXPECT_TRUE(Journal::open(whole).verify().problems.empty()) << source;
  }
}

}  // namespace
}  // namespace waymark::journal
