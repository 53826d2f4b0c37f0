#include "trail/builder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <limits>

#include "base/error.h"
#include "base/file.h"
#include "trail/reader.h"
#include "trail/test_events.h"

namespace waymark::trail {
namespace {

namespace fs = std::filesystem;

void expect_holds(const fs::path& folder, const std::vector<Event>& events, std::size_t buckets) {
  const TrailReader reader = TrailReader::open(folder);
  reader.verify();
  const std::vector<std::string> expected = expected_texts(events, buckets);
  EXPECT_EQ(reader.state().events, events.size());
  const std::vector<std::string> got = texts_in(reader);
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], expected[i]) << i;
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

TEST(TrailBuilder, HoldsWhatAPlainSortGives) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(seed);
    const TemporaryFolder folder;
    const auto events = random_events(seed, seed * 700, 1 + seed * seed * 3);
    const std::size_t buckets = seed;
    build(folder.path(), events, {.buckets = buckets, .threads = 2, .properties = {"device"}});
    expect_holds(folder.path(), events, buckets);
  }
}

TEST(TrailBuilder, NothingAtAllIsATrailToo) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_state(folder.path()), std::nullopt);
  const BuildResult result = build(folder.path(), {});
  EXPECT_EQ(result.state.generation, 1u);
  EXPECT_EQ(result.state.events, 0u);
  EXPECT_EQ(read_state(folder.path()), result.state);
  expect_holds(folder.path(), {}, 4);
}

TEST(TrailBuilder, OneEvent) {
  const TemporaryFolder folder;
  const std::vector<Event> events{make_event("", 5, 1)};
  const BuildResult result = build(folder.path(), events);
  EXPECT_EQ(result.buckets_written, 1u);
  EXPECT_EQ(result.state.first_time, 5);
  EXPECT_EQ(result.state.last_time, 5);
  expect_holds(folder.path(), events, 4);
}

TEST(TrailBuilder, OneLearnerOfAMillionEvents) {
  const TemporaryFolder folder;
  EventBatch batch;
  for (std::size_t i = 0; i < 1'000'000; ++i) {
    // Backwards, so that all must be turned round.
    Event event = make_event("ann", kTerm - static_cast<Micros>(i) * kMicrosPerSecond, i);
    event.weight = static_cast<double>(i);
    batch.append(event);
  }
  TrailBuilder builder(folder.path(), {.buckets = 2, .memory_mb = 64});
  builder.add(batch);
  EXPECT_GT(builder.finish(1, 1).runs, 1u);
  const TrailReader reader = TrailReader::open(folder.path());
  const Code ann = *reader.find_learner(LearnerKey("ann"));
  BucketCursor cursor = reader.cursor(reader.bucket_of(ann), {{Column::kTime, Column::kWeight}});
  Code learner;
  Slice slice;
  std::size_t rows = 0;
  while (cursor.next(learner, slice)) {
    ASSERT_EQ(learner, ann);
    for (std::size_t row = 0; row < slice.size; ++row, ++rows) {
      ASSERT_EQ(slice.weight[row], static_cast<double>(999'999 - rows));
      ASSERT_EQ(slice.time[row], kTerm - static_cast<Micros>(999'999 - rows) * kMicrosPerSecond);
    }
  }
  EXPECT_EQ(rows, 1'000'000u);
}

TEST(TrailBuilder, TimesOfEveryScale) {
  constexpr Micros kLeast = std::numeric_limits<Micros>::min();
  constexpr Micros kMost = std::numeric_limits<Micros>::max();
  std::mt19937_64 random(9);
  for (const Micros unit : {Micros{1}, Micros{1000}, kMicrosPerSecond, kMicrosPerDay}) {
    SCOPED_TRACE(unit);
    const TemporaryFolder folder;
    std::vector<Event> events;
    for (std::uint64_t i = 0; i < 3000; ++i) {
      const Micros years = 5 * 365 * kMicrosPerDay / unit;
      const Micros time =
          kTerm + unit * static_cast<Micros>(random() % static_cast<std::uint64_t>(years));
      events.push_back(make_event(i % 3 == 0 ? "ann" : "bob", time, i));
      events.back().received = time + static_cast<Micros>(random() % 100'000'000);
    }
    build(folder.path(), events);
    expect_holds(folder.path(), events, 4);
  }
  const TemporaryFolder folder;
  std::vector<Event> events;
  for (const Micros time : {kLeast, kLeast + 1, Micros{-1}, Micros{0}, Micros{1}, kMost}) {
    events.push_back(make_event("ann", time, events.size()));
    events.back().received = kMost - events.size();
  }
  events.push_back(make_event("bob", -7, 99));
  build(folder.path(), events);
  expect_holds(folder.path(), events, 4);
}

TEST(TrailBuilder, TightMemoryChangesNothing) {
  const auto events = random_events(11, 40'000, 300);
  const TemporaryFolder folder;
  const BuildResult result =
      build(folder.path(), events,
            {.buckets = 3, .memory_mb = 1, .threads = 2, .properties = {"credits", "device"}});
  EXPECT_GT(result.runs, 5u);
  EXPECT_EQ(result.events_added, events.size());
  expect_holds(folder.path(), events, 3);
}

TEST(TrailBuilder, StepByStepGivesWhatOneBuildGives) {
  const auto events = random_events(12, 6000, 40);
  for (const std::size_t small_bucket : {0, 100'000}) {
    const Options options{.buckets = 4,
                          .properties = {"device", "credits", "tags", "new"},
                          .small_bucket = small_bucket};
    const TemporaryFolder stepwise, at_once;
    std::size_t row = 0;
    std::uint64_t sequence = 0;
    for (const std::size_t n : {1, 10, 2000, 0, 989, 3000}) {
      build(stepwise.path(), std::span(events).subspan(row, n), options, ++sequence);
      row += n;
    }
    build(at_once.path(), events, options);
    expect_holds(stepwise.path(), events, 4);
    const TrailReader a = TrailReader::open(stepwise.path());
    const TrailReader b = TrailReader::open(at_once.path());
    EXPECT_EQ(a.state().generation, 6u);
    EXPECT_EQ(a.state().journal_sequence, 6u);
    EXPECT_EQ(a.state().learners, b.state().learners);
    EXPECT_EQ(a.state().core_bytes, b.state().core_bytes);
  }
}

TEST(TrailBuilder, WritesOnlyTheLearnersWhoHaveNewEvents) {
  const TemporaryFolder folder;
  auto events = random_events(23, 20'000, 1000);
  const Options options{.buckets = 2, .properties = {"device"}, .small_bucket = 0};
  build(folder.path(), events, options);
  std::uint64_t written = 0;
  constexpr int kSteps = 40;
  for (int step = 0; step < kSteps; ++step) {
    const auto more = random_events(100 + static_cast<std::uint64_t>(step), 10, 1000);
    const BuildResult result = build(folder.path(), more, options);
    events.insert(events.end(), more.begin(), more.end());
    EXPECT_EQ(result.state.events, events.size());
    EXPECT_LE(files_in(folder.path()), 2u * 8u + 2u);
    written += result.events_written;
  }
  expect_holds(folder.path(), events, 2);
  // A whole bucket now and then, so that its files stay few.
  EXPECT_LT(written, kSteps * 20'000u / 5);

  // Whom everybody has new events of, nothing is left to carry.
  build(folder.path(), random_events(99, 20'000, 1000), options);
  EXPECT_EQ(files_in(folder.path()), 2u + 2u);
}

TEST(TrailBuilder, BucketsWithoutNewEventsAreCarriedOver) {
  const TemporaryFolder folder;
  auto events = random_events(13, 2000, 50);
  build(folder.path(), events);
  Event late = make_event("somebody new", kTerm - kMicrosPerDay, 77);
  late.kind = "a kind of its own";
  const BuildResult result = build(folder.path(), std::vector{late});
  EXPECT_EQ(result.buckets_written, 1u);
  EXPECT_EQ(result.state.generation, 2u);
  EXPECT_EQ(files_in(folder.path()), 4u + 2u);
  events.push_back(late);
  expect_holds(folder.path(), events, 4);
}

TEST(TrailBuilder, PropertiesThatAreNamedAreColumns) {
  const TemporaryFolder folder;
  Event event = make_event("ann", 1, 1);
  event.properties = {{"mixed", std::string("first")}, {"mixed", 2.5}, {"text", std::string("t")},
                      {"json", JsonText{"[1]"}},       {"yes", true},  {"other", 1.0}};
  build(folder.path(), std::vector{event, make_event("ann", 2, 2)},
        {.buckets = 1, .properties = {"yes", "text", "mixed", "json", "never"}});
  const TrailReader reader = TrailReader::open(folder.path());
  BucketCursor cursor = reader.cursor(0, {.properties = {"text", "mixed", "json", "yes", "never"}});
  Code learner;
  Slice slice;
  ASSERT_TRUE(cursor.next(learner, slice));
  ASSERT_EQ(slice.size, 2u);
  const Dictionary& texts = reader.symbols().property_texts;
  EXPECT_EQ(texts.text(slice.properties[0].text[0]), "t");
  EXPECT_EQ(slice.properties[0].text[1], kNoCode);
  EXPECT_EQ(slice.properties[0].number, nullptr);
  EXPECT_EQ(slice.properties[1].number[0], 2.5);
  EXPECT_EQ(slice.properties[1].text, nullptr);
  EXPECT_EQ(texts.text(slice.properties[2].text[0]), "[1]");
  EXPECT_EQ(slice.properties[3].number[0], 1);
  EXPECT_TRUE(std::isnan(slice.properties[3].number[1]));
  EXPECT_EQ(slice.properties[4].number, nullptr);
  EXPECT_EQ(slice.properties[4].text, nullptr);
  EXPECT_THROW(reader.cursor(0, {.properties = {"other"}}), Error);
}

TEST(TrailBuilder, OtherBucketsColumnsOrEpochsNeedARebuild) {
  const TemporaryFolder folder;
  const auto events = random_events(14, 500, 9);
  build(folder.path(), events, {.buckets = 4, .properties = {"device"}});
  const auto expect_refused = [&](const auto& action) {
    try {
      action();
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), "trail.rebuild_needed");
    }
  };
  const Options same{.buckets = 4, .properties = {"device"}};
  expect_refused([&] { TrailBuilder(folder.path(), {.buckets = 5, .properties = {"device"}}); });
  expect_refused([&] { TrailBuilder(folder.path(), {.buckets = 4}); });
  expect_refused([&] { TrailBuilder(folder.path(), same).finish(2, 9); });
  EXPECT_TRUE(fits(*read_state(folder.path()), same));
  EXPECT_FALSE(fits(*read_state(folder.path()), {.buckets = 4}));
  expect_holds(folder.path(), events, 4);

  const auto others = random_events(15, 300, 9);
  const BuildResult result = build(folder.path(), others, {.buckets = 5, .afresh = true});
  EXPECT_EQ(result.state.generation, 2u);
  expect_holds(folder.path(), others, 5);
}

TEST(TrailBuilder, AfreshHealsADamagedFolder) {
  const TemporaryFolder folder;
  const auto events = random_events(16, 500, 50);
  build(folder.path(), events);
  write_file_atomically(folder.path() / "MANIFEST.json", "{\"format\": 1, nonsense");
  EXPECT_THROW(build(folder.path(), events), Error);
  build(folder.path(), events, {.buckets = 4, .afresh = true});
  expect_holds(folder.path(), events, 4);
  EXPECT_EQ(files_in(folder.path()), 4u + 2u);
}

TEST(TrailBuilder, DoesNotBuildUponDamage) {
  const TemporaryFolder folder;
  const auto events = random_events(21, 500, 9);
  build(folder.path(), events, {.buckets = 1});
  const fs::path path = folder.path() / "bucket-0-1.trail";
  std::string bytes = read_file(path);
  bytes[bytes.size() - 20] ^= 1;  // in the last section
  write_file_atomically(path, bytes);
  try {
    build(folder.path(), random_events(22, 10, 9), {.buckets = 1});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "trail.damaged");
  }
  EXPECT_EQ(read_state(folder.path())->generation, 1u);
  build(folder.path(), events, {.buckets = 1, .afresh = true});
  expect_holds(folder.path(), events, 1);
}

// A crash between the files and the manifest leaves the new files beside all that was there.
TEST(TrailBuilder, ACrashBeforeTheSwapLeavesTheOldGeneration) {
  const TemporaryFolder folder, before;
  const auto events = random_events(17, 2000, 50);
  const auto more = random_events(18, 500, 60);
  build(folder.path(), events);
  fs::copy(folder.path(), before.path(), fs::copy_options::recursive);
  build(folder.path(), more);
  fs::copy(before.path(), folder.path(),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  fs::create_directories(folder.path() / "runs");
  write_file_atomically(folder.path() / "runs" / "0-0.trail", "half a run");
  write_file_atomically(folder.path() / "MANIFEST.json.123.tmp", "half a manifest");
  EXPECT_GT(files_in(folder.path()), 4u + 2u);
  expect_holds(folder.path(), events, 4);

  TrailBuilder builder(folder.path(), {.buckets = 4});
  EXPECT_EQ(files_in(folder.path()), 4u + 2u);
  builder.add(batch_of(more));
  builder.finish(1, 2);
  auto all = events;
  all.insert(all.end(), more.begin(), more.end());
  expect_holds(folder.path(), all, 4);
}

TEST(TrailBuilder, ClicksOfTheOpenUniversityTakeAtMost16BytesEach) {
  const TemporaryFolder folder;
  std::mt19937_64 random(19);
  std::vector<Event> events;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const Micros start = kTerm + static_cast<Micros>(random() % 2) * kMicrosPerHour;
    Event event = make_event(fmt::format("{}", 10'000 + random() % 300),
                             start + static_cast<Micros>(random() % 290) * kMicrosPerDay, i);
    event.source = "clicks";
    event.sequence = random() % 10'655'280;
    event.object = fmt::format("{}", 546'614 + random() % 6268);
    event.course = fmt::format("{}/2013J", random() % 22);
    event.context = fmt::format("activity {}", random() % 20);
    event.weight = static_cast<double>(1 + random() % 7000);
    events.push_back(std::move(event));
  }
  const BuildResult result = build(folder.path(), events, {.buckets = 2});
  EXPECT_LE(result.core_bytes_per_event, 16);
  EXPECT_EQ(result.state.core_bytes, static_cast<std::uint64_t>(result.core_bytes_per_event * 1e5));
}

TEST(TrailBuilder, EventsOfAWebPlatformTakeAtMost16BytesEach) {
  const TemporaryFolder folder;
  std::mt19937_64 random(20);
  std::vector<Event> events;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const auto ms = static_cast<Micros>(random() % 15'552'000'000);  // half a year
    Event event = make_event(fmt::format("user-{:06}", random() % 2000), kTerm + ms * 1000, i);
    event.source = "web";
    event.sequence = i;
    event.kind = fmt::format("kind {}", random() % 40);
    event.object = fmt::format("object {}", random() % 5000);
    event.course = fmt::format("course {}", random() % 200);
    event.duration_ms = static_cast<std::int64_t>(random() % 1'800'000);
    events.push_back(std::move(event));
  }
  EXPECT_LE(build(folder.path(), events, {.buckets = 2}).core_bytes_per_event, 16);
}

}  // namespace
}  // namespace waymark::trail
