#include "engine/bench.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>

#include "base/stopwatch.h"
#include "base/text.h"
#include "engine/bench_database.h"
#include "engine/bench_events.h"
#include "engine/bench_operations.h"
#include "trail/builder.h"
#include "trail/reader.h"

namespace waymark::engine {
namespace {

using Numbers = BenchOperation::Numbers;

struct Timed {
  double best_ms = std::numeric_limits<double>::infinity();
  Numbers numbers;
};

// Has the system forget what it holds of a folder's files, as if the machine had just started.
void evict(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const int file = ::open(entry.path().c_str(), O_RDONLY);
    if (file < 0) continue;
    ::fdatasync(file);  // what is not on disk yet cannot be forgotten
    ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
  }
}

// What is soon done is done more often, so that one disturbance does not meet every run of it.
// `prepare` is not timed.
Timed timed(const BenchOptions& options, const std::function<void()>& prepare,
            const std::function<Numbers()>& work) {
  Timed timed;
  double spent_ms = 0;
  for (std::size_t i = 0; i < options.repeats || spent_ms < options.least_ms; ++i) {
    prepare();
    const Stopwatch watch;
    timed.numbers = work();
    const double took_ms = 1000 * watch.seconds();
    timed.best_ms = std::min(timed.best_ms, took_ms);
    spent_ms += took_ms;
  }
  return timed;
}

class Bench {
 public:
  Bench(const BenchOptions& options, Progress& progress) : options_(options), progress_(progress) {}

  BenchOutcome run() {
    progress_.begin("generating events", 0);
    events_ = generate_events(options_.events);
    progress_.end(fmt::format("{} events", with_thousands(events_.size())));
    build_trails();
    duckdb_ = loaded("loading DuckDB", load_duckdb);
    if (!options_.clickhouse.empty()) clickhouse_ = loaded("loading ClickHouse", load_clickhouse);
    for (const BenchOperation& operation : bench_operations()) {
      if (operation.name.find(options_.only) != std::string::npos) measure(operation);
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    outcome_.peak_memory_mb = static_cast<double>(usage.ru_maxrss) / 1024;
    return std::move(outcome_);
  }

 private:
  void build_trails() {
    progress_.begin("building trails", events_.size());
    trail::TrailBuilder builder(folder_,
                                {.buckets = 64, .memory_mb = 512, .threads = options_.threads});
    std::uint64_t added = 0;
    for_each_batch(events_, [&](const EventBatch& batch) {
      builder.add(batch);
      progress_.advance(added += batch.size());
    });
    const trail::BuildResult built = builder.finish(1, 1);
    trails_ = trail::TrailReader::open(folder_);
    trails_->verify();
    outcome_.events = built.state.events;
    outcome_.learners = built.state.learners;
    outcome_.bytes_per_event = built.core_bytes_per_event;
    progress_.end(fmt::format("{:.1f} bytes an event", outcome_.bytes_per_event));
  }

  template <typename Load>
  std::unique_ptr<BenchDatabase> loaded(std::string_view step, const Load& load) {
    progress_.begin(step, 0);
    std::unique_ptr<BenchDatabase> database = load(events_, options_);
    progress_.end("sorted table of narrow columns");
    return database;
  }

  // Before a run of a database, or of a fold where there is none.
  void prepare(BenchDatabase* database) {
    if (!options_.cold) return;
    if (database != nullptr) database->forget();
    trails_.reset();  // the system forgets nothing that is mapped
    evict(options_.scratch);
    trails_ = trail::TrailReader::open(folder_);
  }

  void measure(const BenchOperation& operation) {
    progress_.begin(operation.name, 0);
    const Timed fold = timed(
        options_, [&] { prepare(nullptr); },
        [&] { return operation.fold(BenchTrails(*trails_, options_.threads)); });
    BenchRow row{.operation = operation.name,
                 .fold_ms = fold.best_ms,
                 .result = operation.in_words(fold.numbers),
                 .agree = true};
    const auto beside = [&](BenchDatabase* database, const std::function<Numbers()>& work) {
      const Timed other = timed(
          options_,
          [&] {
            if (database != nullptr) prepare(database);
          },
          work);
      row.agree &= std::ranges::equal(fold.numbers, other.numbers, [&](double a, double b) {
        return std::abs(a - b) <= operation.tolerance * std::max(std::abs(a), std::abs(b));
      });
      return other.best_ms;
    };
    row.duckdb_ms = beside(duckdb_.get(), [&] { return duckdb_->ask(operation.duckdb); });
    if (clickhouse_ != nullptr) {
      row.clickhouse_ms =
          beside(clickhouse_.get(), [&] { return clickhouse_->ask(operation.clickhouse); });
    }
    row.plain_ms = beside(nullptr, [&] { return operation.plain(events_); });
    progress_.end(row.agree ? "results agree" : "RESULTS DIFFER");
    outcome_.rows.push_back(std::move(row));
  }

  const BenchOptions& options_;
  Progress& progress_;
  std::filesystem::path folder_ = options_.scratch / "trail";
  BenchEvents events_;
  std::optional<trail::TrailReader> trails_;
  std::unique_ptr<BenchDatabase> duckdb_, clickhouse_;
  BenchOutcome outcome_;
};

}  // namespace

BenchOutcome bench(const BenchOptions& options, Progress& progress) {
  return Bench(options, progress).run();
}

}  // namespace waymark::engine
