#include "engine/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "base/text.h"
#include "engine/bench_events.h"
#include "engine/bench_features.h"
#include "engine/trails.h"
#include "fold/batch.h"
#include "fold/features.h"
#include "fold/sessions.h"
#include "sql/database.h"

namespace waymark::engine {
namespace {

constexpr Micros kGap = 30 * kMicrosPerMinute;
constexpr std::int64_t kAsOfDay = 84;

// The rows stand in order, so a streaming window finds each event's predecessor without a sort.
constexpr std::string_view kSessionsSql = R"(
SELECT count(*) FILTER (starts), sum(CASE WHEN starts THEN 0 ELSE time - before END)::BIGINT
FROM (SELECT time, before, same IS NULL OR same <> learner OR time - before > 1800000000 AS starts
      FROM (SELECT learner, time, lag(learner) OVER () AS same, lag(time) OVER () AS before FROM events)))";

double best_of(std::size_t repeats, const std::function<void()>& work) {
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    best = std::min(
        best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
                  .count());
  }
  return best;
}

// A DuckDB table of the narrowest types, sorted as the trails are.
sql::Database load_table(const BenchEvents& events, const BenchOptions& options) {
  sql::Database database =
      sql::Database::in_memory({.memory_mb = 16'384, .threads = options.threads});
  sql::Connection connection = database.connect();
  connection.execute(
      "CREATE TABLE events (learner UINTEGER, time BIGINT, kind UTINYINT, context UTINYINT, weight "
      "USMALLINT);"
      "CREATE TABLE arriving (learner BIGINT, time BIGINT, kind BIGINT, context BIGINT, weight "
      "BIGINT)");
  using sql::Type;
  const std::array<sql::Column, 5> columns{{{"learner", Type::kInteger},
                                            {"time", Type::kInteger},
                                            {"kind", Type::kInteger},
                                            {"context", Type::kInteger},
                                            {"weight", Type::kInteger}}};
  sql::Appender appender(connection, "main", "arriving", columns);
  for (std::size_t begin = 0; begin < events.size(); begin += sql::kChunkRows) {
    const std::size_t rows = std::min(sql::kChunkRows, events.size() - begin);
    sql::ChunkWriter& chunk = appender.chunk();
    const auto fill = [&](std::size_t column, const auto& values) {
      std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(begin), rows,
                  chunk.column(column).integers());
    };
    fill(0, events.learner);
    fill(1, events.time);
    fill(2, events.kind);
    fill(3, events.context);
    fill(4, events.weight);
    chunk.set_size(rows);
    appender.append();
  }
  appender.finish();
  connection.execute(
      "INSERT INTO events SELECT * FROM arriving ORDER BY learner, time; DROP TABLE arriving; "
      "CHECKPOINT");
  return database;
}

// All numbers of a result's columns, each summed.
std::vector<double> column_sums(sql::Result result) {
  std::vector<double> sums(result.columns().size());
  while (const auto chunk = result.next()) {
    for (std::size_t column = 0; column < sums.size(); ++column) {
      for (std::size_t row = 0; row < chunk->size(); ++row) {
        if (!chunk->column(column).is_null(row)) sums[column] += chunk->column(column).number(row);
      }
    }
  }
  return sums;
}

void add_sums(const fold::FeatureTable& table, std::vector<double>& sums) {
  for (std::size_t column = 0; column < sums.size(); ++column) {
    const std::vector<double>& values = table.numbers[column].values;
    sums[column] += std::transform_reduce(values.begin(), values.end(), 0.0, std::plus<>(),
                                          [](double v) { return std::isnan(v) ? 0 : v; });
  }
}

class Bench {
 public:
  Bench(const BenchOptions& options, Progress& progress) : options_(options), progress_(progress) {}

  BenchOutcome run() {
    progress_.begin("generating events", 0);
    events_ = generate_events(options_.events);
    progress_.end(
        fmt::format("{} events", with_thousands(static_cast<std::int64_t>(events_.size()))));
    build_trails();
    progress_.begin("loading DuckDB", 0);
    database_.emplace(load_table(events_, options_));
    progress_.end("sorted table of narrow columns");
    add_sessions();
    add_features();
    return std::move(outcome_);
  }

 private:
  void build_trails() {
    progress_.begin("building trails", events_.size());
    trail::TrailBuilder builder(options_.scratch,
                                {.buckets = 64, .memory_mb = 512, .threads = options_.threads});
    std::uint64_t added = 0;
    for_each_batch(events_, [&](const EventBatch& batch) {
      builder.add(batch);
      progress_.advance(added += batch.size());
    });
    const trail::BuildResult built = builder.finish(1, 1);
    reader_.emplace(trail::TrailReader::open(options_.scratch));
    reader_->verify();
    outcome_.events = built.state.events;
    outcome_.learners = built.state.learners;
    outcome_.bytes_per_event = built.core_bytes_per_event;
    progress_.end(fmt::format("{:.1f} bytes an event", outcome_.bytes_per_event));
  }

  void add_sessions() {
    progress_.begin("sessions", 0);
    BenchRow row{.operation = "sessions (30 min gap): count and time"};
    fold::SessionTotalsFold::Output folded;
    row.fold_ms = best_of(options_.repeats, [&] {
      const fold::SessionTotalsFold fold(kGap, false);
      folded = fold::run(fold, TrailSource(*reader_, fold.reads()), options_.threads);
    });
    std::vector<double> asked;
    sql::Connection connection = database_->connect();
    row.sql_ms =
        best_of(options_.repeats, [&] { asked = column_sums(connection.query(kSessionsSql)); });
    fold::SessionTotalsFold::Output plain;
    row.plain_ms = best_of(options_.repeats, [&] { plain = plain_sessions(); });
    row.result = fmt::format(
        "{} sessions, {:.0f} hours", with_thousands(static_cast<std::int64_t>(folded.sessions)),
        static_cast<double>(folded.duration) / static_cast<double>(kMicrosPerHour));
    row.agree = folded.sessions == plain.sessions && folded.duration == plain.duration &&
                asked == std::vector{static_cast<double>(folded.sessions),
                                     static_cast<double>(folded.duration)};
    outcome_.rows.push_back(row);
    progress_.end(row.agree ? "results agree" : "RESULTS DIFFER");
  }

  fold::SessionTotalsFold::Output plain_sessions() const {
    fold::SessionTotalsFold::Output output;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const bool starts = i == 0 || events_.learner[i] != events_.learner[i - 1] ||
                          events_.time[i] - events_.time[i - 1] > kGap;
      output.sessions += starts;
      output.duration += starts ? 0 : events_.time[i] - events_.time[i - 1];
    }
    return output;
  }

  void add_features() {
    const BenchFeatures features = bench_features();
    workspace::Diagnostics diagnostics;
    const workspace::Node node = workspace::parse_yaml(features.yaml, "bench", diagnostics);
    const fold::FeaturesDefinition definition =
        fold::parse_features({"bench", "features", node, node.content_hash()}, diagnostics);
    WAYMARK_CHECK(diagnostics.empty());
    const Micros as_of = events_.start + kAsOfDay * kMicrosPerDay;
    progress_.begin("feature rows", 0);
    BenchRow row{.operation = fmt::format("feature row per learner ({} features)",
                                          definition.features.size())};
    std::vector<double> folded;
    std::size_t rows = 0;
    row.fold_ms = best_of(options_.repeats, [&] {
      const fold::FeaturesFold fold(definition, {.as_of = {as_of}}, {}, Zone::utc(),
                                    fold::Names(reader_->symbols()));
      folded.assign(definition.features.size(), 0);
      rows = 0;
      fold::run_parts(fold, TrailSource(*reader_, fold.reads()), options_.threads,
                      [&](const fold::FeatureTable& part, std::size_t) {
                        add_sums(part, folded);
                        rows += part.size();
                      });
    });
    std::vector<double> asked;
    sql::Connection connection = database_->connect();
    row.sql_ms = best_of(options_.repeats, [&] {
      asked = column_sums(connection.query(features.sql, {sql::Value(as_of)}));
    });
    std::vector<double> plain;
    row.plain_ms = best_of(options_.repeats, [&] { plain = plain_features(events_, as_of); });
    const auto close = [](double a, double b) {
      return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
    };
    row.agree =
        std::ranges::equal(folded, asked, close) && std::ranges::equal(folded, plain, close);
    row.result = fmt::format("{} rows", with_thousands(static_cast<std::int64_t>(rows)));
    outcome_.rows.push_back(row);
    progress_.end(row.agree ? "results agree" : "RESULTS DIFFER");
  }

  const BenchOptions& options_;
  Progress& progress_;
  BenchEvents events_;
  std::optional<trail::TrailReader> reader_;
  std::optional<sql::Database> database_;
  BenchOutcome outcome_;
};

}  // namespace

BenchOutcome bench(const BenchOptions& options, Progress& progress) {
  return Bench(options, progress).run();
}

}  // namespace waymark::engine
