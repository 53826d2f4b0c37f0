#include "trail/reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "trail/builder.h"
#include "trail/test_events.h"

namespace waymark::trail {
namespace {

namespace fs = std::filesystem;

// What a function throws as "reason: message", or "".
std::string error_of(const auto& action) {
  try {
    action();
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    return error.reason() + ": " + error.what();
  }
}

TEST(TrailReader, NoTrails) {
  const TemporaryFolder folder;
  try {
    TrailReader::open(folder.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "trail.missing");
  }
}

TEST(TrailReader, FindsLearners) {
  const TemporaryFolder folder;
  build_in_steps(folder.path(), random_events(1, 3000, 900), {.buckets = 4});
  const TrailReader reader = TrailReader::open(folder.path());
  std::uint64_t learners = 0;
  for (std::size_t bucket = 0; bucket < reader.bucket_count(); ++bucket) {
    const auto [first, end] = reader.learners(bucket);
    for (Code learner = first; learner < end; ++learner, ++learners) {
      EXPECT_EQ(reader.find_learner(reader.learner(learner)), learner);
      EXPECT_EQ(reader.bucket_of(learner), bucket);
    }
  }
  EXPECT_EQ(learners, reader.state().learners);
  EXPECT_EQ(reader.find_learner(LearnerKey("nobody")), std::nullopt);
}

// `learners` few: long trails.
void expect_ranges(std::size_t learners, bool in_steps) {
  const TemporaryFolder folder;
  const auto events = random_events(2, 2000, learners);
  if (in_steps) {
    build_in_steps(folder.path(), events, {.buckets = 3});
  } else {
    build(folder.path(), events, {.buckets = 3});
  }
  const TrailReader reader = TrailReader::open(folder.path());
  std::mt19937_64 random(3);
  for (int round = 0; round < 24; ++round) {
    Request request;
    request.block_rows = 1 + random() % 300;
    if (round % 3 != 0) {
      request.from = kTerm + static_cast<Micros>(random() % 520) * kMicrosPerHour - 1;
    }
    if (round % 4 != 0) {
      request.to = kTerm + static_cast<Micros>(random() % 520) * kMicrosPerHour;
    }
    if (round % 2 != 0) {
      request.first_learner = static_cast<Code>(random() % 20);
      request.end_learner = request.first_learner + static_cast<Code>(random() % 20);
    }
    if (round % 5 == 0) {
      std::vector<bool> sources(reader.symbols().sources.size());
      for (std::size_t i = round % 2; i < sources.size(); i += 2) sources[i] = true;
      request.only.sources = std::make_shared<const std::vector<bool>>(std::move(sources));
    }
    std::vector<Event> wanted;
    std::ranges::copy_if(events, std::back_inserter(wanted), [&](const Event& event) {
      const Code learner = *reader.find_learner(event.learner);
      return (!request.from || event.time >= *request.from) &&
             (!request.to || event.time < *request.to) && learner >= request.first_learner &&
             learner < request.end_learner &&
             (!request.only.sources ||
              (*request.only.sources)[reader.symbols().sources.find(event.source)]);
    });
    EXPECT_EQ(texts_in(reader, request), expected_texts(wanted, 3)) << round;
  }
}

TEST(BucketCursor, RangesOfTimeAndLearners) {
  for (const std::size_t learners : {300u, 1u}) {
    for (const bool in_steps : {false, true}) expect_ranges(learners, in_steps);
  }
}

// The kinds of each learner's events.
std::map<Code, std::vector<Code>> kinds_of(const TrailReader& reader, const Request& request) {
  std::map<Code, std::vector<Code>> kinds;
  Code learner = kNoCode;
  Slice slice;
  for (std::size_t bucket = 0; bucket < reader.bucket_count(); ++bucket) {
    for (BucketCursor cursor = reader.cursor(bucket, request); cursor.next(learner, slice);)
      kinds[learner].insert(kinds[learner].end(), slice.kind, slice.kind + slice.size);
  }
  return kinds;
}

TEST(BucketCursor, LeavesOutOnlyLearnersWhomNobodyWantsAndOthersWhole) {
  const TemporaryFolder folder;
  build_in_steps(folder.path(), random_events(8, 3000, 900), {.buckets = 3});
  const TrailReader reader = TrailReader::open(folder.path());
  const auto code = [&](const char* kind) { return reader.symbols().kinds.find(kind); };
  const std::vector<std::vector<Code>> asked{
      {}, {kAbsentCode}, {code("kind 3")}, {code("kind 6"), kAbsentCode, code("kind 0")}};
  for (const std::vector<Code>& codes : asked) {
    const auto is_wanted = [&](const auto& learner) {
      return std::ranges::find_first_of(learner.second, codes) != learner.second.end();
    };
    for (const std::size_t rows : {1u, 7u, 300u, 2048u}) {
      Request request{.columns = {Column::kTime, Column::kKind}, .block_rows = rows};
      if (rows == 300) request.to = kTerm + 400 * kMicrosPerHour;
      const auto all = kinds_of(reader, request);
      request.wanted = OnlyCodes{Column::kKind, CodeSet(codes)};
      const auto given = kinds_of(reader, request);
      for (const auto& [learner, kinds] : given) EXPECT_EQ(kinds, all.at(learner));
      for (const auto& learner : all) {
        EXPECT_TRUE(!is_wanted(learner) || given.contains(learner.first));
      }
      if (rows == 2048) {
        EXPECT_LT(given.size(), all.size() - all.size() / 8);
        EXPECT_LE(given.size(), static_cast<std::size_t>(std::ranges::count_if(all, is_wanted)) +
                                    2 * reader.bucket_count())
            << "those cut by a block's end";
      }
    }
  }
}

TEST(BucketCursor, RowsAreTheSameEventsAsSlices) {
  const TemporaryFolder folder;
  build(folder.path(), random_events(4, 5000, 700));
  const TrailReader reader = TrailReader::open(folder.path());
  for (const std::optional<Micros> from :
       {std::optional<Micros>(), std::optional(kTerm + 100 * kMicrosPerHour)}) {
    Request request{.columns = kAllColumns, .open_properties = true, .from = from};
    if (from) {
      request.only.sources = std::make_shared<const std::vector<bool>>(std::vector{false, true});
    }
    std::vector<std::string> texts;
    for (std::size_t bucket = 0; bucket < reader.bucket_count(); ++bucket) {
      BucketCursor cursor = reader.cursor(bucket, request);
      Rows rows;
      while (cursor.next_rows(rows)) {
        EXPECT_LE(rows.columns.size, request.block_rows);
        for (std::size_t row = 0; row < rows.columns.size; ++row) {
          texts.push_back(text_of(
              event_at(reader, rows.learner[row], rows.columns, row, cursor.open_properties(row))));
        }
      }
    }
    EXPECT_EQ(texts, texts_in(reader, request));
  }
}

TEST(BucketCursor, FillsOnlyTheColumnsAskedFor) {
  const TemporaryFolder folder;
  build(folder.path(), random_events(5, 100, 3), {.buckets = 1});
  BucketCursor cursor = TrailReader::open(folder.path()).cursor(0, {{Column::kReceived}});
  Code learner;
  Slice slice;
  ASSERT_TRUE(cursor.next(learner, slice));
  EXPECT_NE(slice.received, nullptr);
  EXPECT_EQ(slice.time, nullptr);
  EXPECT_EQ(slice.kind, nullptr);
  EXPECT_EQ(slice.id, nullptr);
  EXPECT_EQ(slice.score, nullptr);
}

TEST(BucketCursor, OpenPropertiesAsJson) {
  Dictionary names;
  const std::vector<OpenProperty> properties{
      {names.intern("text"), PropertyType::kText, 0, "say \"hi\""},
      {names.intern("json"), PropertyType::kJson, 0, "[1,2]"},
      {names.intern("number"), PropertyType::kNumber, std::bit_cast<std::uint64_t>(2.5), ""},
      {names.intern("yes"), PropertyType::kBoolean, 1, ""}};
  EXPECT_EQ(properties_json(properties, names),
            R"({"text":"say \"hi\"","json":[1,2],"number":2.5,"yes":true})");
  EXPECT_EQ(properties_json({}, names), "{}");
}

TEST(TrailReader, KeepsItsGenerationWhileOthersAreSwappedIn) {
  const TemporaryFolder folder;
  std::vector<Event> events = random_events(6, 3000, 40);
  build(folder.path(), events);
  const TrailReader old = TrailReader::open(folder.path());
  const auto old_texts = expected_texts(events, 4);
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> newest = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      do {
        EXPECT_EQ(texts_in(old), old_texts);
        const TrailReader reader = TrailReader::open(folder.path());
        EXPECT_EQ(texts_in(reader).size(), reader.state().events);
        if (reader.state().generation > newest) newest = reader.state().generation;
      } while (!done);
    });
  }
  for (std::uint64_t round = 1; round <= 10; ++round) {
    build(folder.path(), random_events(100 + round, 200, 50), {.buckets = 4}, round);
  }
  done = true;
  readers.clear();
  EXPECT_EQ(TrailReader::open(folder.path()).state().generation, 11u);
}

// Reads all that there is to read.
void read_everything(const fs::path& folder) {
  const TrailReader reader = TrailReader::open(folder);
  for (Code learner = 0; learner < reader.state().learners; ++learner) {
    reader.find_learner(reader.learner(learner));
  }
  Request request;
  request.properties = reader.state().properties;
  texts_in(reader, request);
}

TEST(TrailReader, EveryFlippedByteIsToldOrHarmless) {
  const TemporaryFolder folder;
  const auto events = random_events(7, 20, 3);
  build(folder.path(), events, {.buckets = 1, .properties = {"device"}});
  const auto expected = expected_texts(events, 1);
  std::size_t told = 0, harmless = 0;
  for (const auto& file : fs::directory_iterator(folder.path())) {
    const std::string good = read_file(file.path());
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 + at % 255));
      std::ofstream(file.path(), std::ios::binary) << bad;
      const std::string error = error_of([&] { read_everything(folder.path()); });
      if (error.empty()) {
        EXPECT_EQ(texts_in(TrailReader::open(folder.path())), expected);
        ++harmless;
      } else {
        ++told;
      }
    }
    std::ofstream(file.path(), std::ios::binary) << good;
  }
  EXPECT_EQ(texts_in(TrailReader::open(folder.path())), expected);
  EXPECT_GT(told, harmless);  // the padding between sections
}

TEST(TrailReader, EveryTruncatedFileIsTold) {
  const TemporaryFolder folder;
  build(folder.path(), random_events(8, 60, 3), {.buckets = 1});
  for (const auto& file : fs::directory_iterator(folder.path())) {
    const std::string good = read_file(file.path());
    for (std::size_t size = 0; size < good.size() - 1; size += 1 + size / 50) {
      fs::resize_file(file.path(), size);
      EXPECT_NE(error_of([&] { TrailReader::open(folder.path()); }), "") << file << size;
      std::ofstream(file.path(), std::ios::binary) << good;
    }
  }
}

TEST(TrailReader, DamageNamesFileAndSection) {
  const TemporaryFolder folder;
  build(folder.path(), random_events(9, 5000, 3), {.buckets = 1});
  const fs::path path = folder.path() / "bucket-0-1.trail";
  std::string bytes = read_file(path);
  const TrailReader before = TrailReader::open(folder.path());
  BucketCursor cursor = before.cursor(0, {{Column::kId}});
  Code learner;
  Slice slice;
  ASSERT_TRUE(cursor.next(learner, slice));
  const std::size_t at = bytes.find(std::string(reinterpret_cast<const char*>(slice.id), 48));
  ASSERT_NE(at, std::string::npos);
  bytes[at + 3] ^= 1;
  write_file_atomically(path, bytes);

  const TrailReader reader = TrailReader::open(folder.path());
  EXPECT_EQ(error_of([&] { reader.cursor(0, {{Column::kTime, Column::kKind}}); }), "");
  const std::string error = error_of([&] { reader.cursor(0, {{Column::kId}}); });
  EXPECT_NE(error.find("trail.damaged"), std::string::npos) << error;
  EXPECT_NE(error.find("bucket-0-1.trail"), std::string::npos) << error;
  EXPECT_NE(error.find("'id'"), std::string::npos) << error;
  EXPECT_NE(error_of([&] { reader.verify(); }), "");
}

TEST(TrailReader, AFileThatIsGoneOrAnothersIsTold) {
  const TemporaryFolder folder, other;
  build(folder.path(), random_events(10, 100, 3), {.buckets = 1});
  build(other.path(), random_events(11, 100, 3), {.buckets = 1});
  const fs::path name = "bucket-0-1.trail";
  fs::copy_file(other.path() / name, folder.path() / name, fs::copy_options::overwrite_existing);
  EXPECT_NE(error_of([&] { TrailReader::open(folder.path()); }).find("manifest"),
            std::string::npos);
  fs::remove(folder.path() / name);
  EXPECT_NE(error_of([&] { TrailReader::open(folder.path()); }).find("does not exist"),
            std::string::npos);
}

}  // namespace
}  // namespace waymark::trail
