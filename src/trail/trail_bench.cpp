// How fast trails are built and read. `trail_bench --events=N`; each line tells a hash of what it
// computed, and the reading is measured beside the same loop over plain arrays.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <charconv>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "trail/builder.h"
#include "trail/reader.h"

namespace waymark::trail {
namespace {

std::size_t g_events = 1'000'000;

// Clicks like those of the Open University: whole days, a term long, one course each.
EventBatch clicks(std::uint64_t first, std::size_t n) {
  std::mt19937_64 random(first);
  constexpr Micros kStart = 1'380'000'000 * kMicrosPerSecond;
  const std::uint64_t learners = 1 + g_events / 250;
  EventBatch batch;
  std::vector<Code> objects, courses, contexts;
  for (int i = 0; i < 6000; ++i) objects.push_back(batch.objects.intern(fmt::format("{}", i)));
  for (int i = 0; i < 22; ++i) courses.push_back(batch.courses.intern(fmt::format("C/{}", i)));
  for (int i = 0; i < 20; ++i) contexts.push_back(batch.contexts.intern(fmt::format("{}", i)));
  const Code click = batch.kinds.intern("click");
  const Code source = batch.sources.intern("clicks");
  for (std::size_t i = 0; i < n; ++i) {
    // A learner's clicks stand near one another, as in the real file.
    const std::uint64_t learner = (first + i) / 250 % learners;
    batch.id.push_back({random(), random()});
    batch.learner.push_back(batch.learners.intern(fmt::format("{}", 6516 + learner * 7)));
    batch.time.push_back(kStart + static_cast<Micros>(random() % 270) * kMicrosPerDay);
    batch.source.push_back(source);
    batch.sequence.push_back(first + i);
    batch.kind.push_back(click);
    batch.object.push_back(objects[random() % objects.size()]);
    batch.course.push_back(courses[learner % courses.size()]);
    batch.context.push_back(contexts[random() % contexts.size()]);
    batch.outcome.push_back(kNoCode);
    batch.duration_ms.push_back(kNoDuration);
    batch.score.push_back(kNoScore);
    batch.weight.push_back(static_cast<double>(1 + random() % 12));
    batch.property_end.push_back(0);
  }
  batch.received = batch.time;
  return batch;
}

// Peak resident memory in MiB so far.
double peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void build(benchmark::State& state) {
  constexpr std::size_t kBatch = 50'000;
  for (auto _ : state) {
    const TemporaryFolder folder;
    TrailBuilder builder(folder.path(),
                         {.memory_mb = static_cast<std::size_t>(state.range(0)), .threads = 2});
    for (std::size_t row = 0; row < g_events; row += kBatch) {
      state.PauseTiming();
      const EventBatch batch = clicks(row, std::min(kBatch, g_events - row));
      state.ResumeTiming();
      builder.add(batch);
    }
    const BuildResult result = builder.finish(1, 1);
    state.counters["runs"] = static_cast<double>(result.runs);
    state.counters["core_bytes_per_event"] = result.core_bytes_per_event;
    state.counters["bytes_per_event"] =
        static_cast<double>(result.state.bytes) / static_cast<double>(g_events);
  }
  state.counters["peak_mib"] = peak_memory();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(g_events));
}

// Trails of sorted, many-learner events for the readers, and the same as arrays.
struct Stored {
  Stored() {
    TrailBuilder builder(folder.path(), {.threads = 2});
    for (std::size_t row = 0; row < g_events; row += 50'000) {
      EventBatch batch = clicks(row, std::min<std::size_t>(50'000, g_events - row));
      // Web events: to the millisecond, fifty to a learner, a kind of forty.
      std::mt19937_64 random(row);
      for (std::size_t i = 0; i < batch.size(); ++i) {
        batch.time[i] += static_cast<Micros>(random() % 86'400'000) * 1000;
        batch.kind[i] = batch.kinds.intern(fmt::format("kind {}", random() % 40));
        batch.learner[i] = batch.learners.intern(fmt::format("user-{:07}", (row + i) / 50));
      }
      builder.add(batch);
    }
    builder.finish(1, 1);
    reader = std::make_unique<TrailReader>(TrailReader::open(folder.path()));
    for (std::size_t bucket = 0; bucket < reader->bucket_count(); ++bucket) {
      BucketCursor cursor = reader->cursor(bucket, {{Column::kTime, Column::kKind}});
      Code learner;
      Slice slice;
      while (cursor.next(learner, slice)) {
        time.insert(time.end(), slice.time, slice.time + slice.size);
        kind.insert(kind.end(), slice.kind, slice.kind + slice.size);
        learners.push_back({learner, time.size()});
      }
    }
  }
  TemporaryFolder folder;
  std::unique_ptr<TrailReader> reader;
  std::vector<Micros> time;
  std::vector<Code> kind;
  std::vector<std::pair<Code, std::size_t>> learners;  // and where their rows end
};

const Stored& stored() {
  static const Stored stored;
  return stored;
}

// Pauses of more than half an hour, and whatever is asked for besides.
struct Count {
  std::uint64_t sessions = 0, kinds = 0;
  void times(const Micros* time, std::size_t n) {
    std::uint64_t gaps = 0;
    for (std::size_t i = 1; i < n; ++i) gaps += time[i] - time[i - 1] > 30 * kMicrosPerMinute;
    sessions += gaps;
  }
  void add_kinds(const Code* kind, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += kind[i];
    kinds += sum;
  }
  double hash() const { return static_cast<double>((sessions * 31 + kinds) % 1'000'003); }
};

void read_trail(benchmark::State& state) {
  const bool with_kind = state.range(0) == 2;
  Count count;
  stored();
  for (auto _ : state) {
    count = {};
    for (std::size_t bucket = 0; bucket < stored().reader->bucket_count(); ++bucket) {
      ColumnSet columns{Column::kTime};
      if (with_kind) columns.add(Column::kKind);
      BucketCursor cursor = stored().reader->cursor(bucket, {columns});
      Code learner;
      Slice slice;
      while (cursor.next(learner, slice)) {
        count.times(slice.time, slice.size);
        if (with_kind) count.add_kinds(slice.kind, slice.size);
      }
    }
  }
  state.counters["hash"] = count.hash();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(g_events));
}

void read_arrays(benchmark::State& state) {
  const bool with_kind = state.range(0) == 2;
  Count count;
  stored();
  for (auto _ : state) {
    count = {};
    std::size_t begin = 0;
    for (const auto& [learner, end] : stored().learners) {
      count.times(stored().time.data() + begin, end - begin);
      if (with_kind) count.add_kinds(stored().kind.data() + begin, end - begin);
      begin = end;
    }
  }
  state.counters["hash"] = count.hash();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(g_events));
}

BENCHMARK(read_arrays)->ArgName("columns")->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);
BENCHMARK(read_trail)->ArgName("columns")->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);
BENCHMARK(build)
    ->ArgName("memory_mb")
    ->Arg(64)
    ->Arg(1024)
    ->Iterations(1)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace waymark::trail

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  constexpr std::string_view kFlag = "--events=";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (!argument.starts_with(kFlag)) continue;
    std::from_chars(argument.data() + kFlag.size(), argument.data() + argument.size(),
                    waymark::trail::g_events);
  }
  benchmark::RunSpecifiedBenchmarks();
}
