#include "engine/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>

#include "base/text.h"
#include "engine/bench_events.h"
#include "engine/trails.h"
#include "fold/batch.h"
#include "fold/features.h"
#include "fold/sessions.h"
#include "sql/database.h"

namespace waymark::engine {
namespace {

constexpr Micros kGap = 30 * kMicrosPerMinute;
constexpr std::int64_t kAsOfDay = 84;

// The features of the benchmark, as a definition file would have them.
constexpr std::string_view kFeatures = R"(
measure: features
features:
  events: {count: true}
  weight: {sum: weight}
  weight_mean: {mean: weight}
  weight_max: {max: weight}
  active_days: {active_days: true}
  viewed: {count: true, kinds: [viewed]}
  answered: {count: true, kinds: [answered]}
  submitted: {count: true, kinds: [submitted]}
  posted: {count: true, kinds: [posted]}
  played: {count: true, kinds: [played]}
  pages: {sum: weight, context: [page]}
  videos: {sum: weight, context: [video]}
  quizzes: {sum: weight, context: [quiz]}
  forum: {sum: weight, context: [forum]}
  books: {sum: weight, context: [book]}
  events_1w: {count: true, last: 7d}
  events_2w: {count: true, last: 14d}
  events_4w: {count: true, last: 28d}
  weight_1w: {sum: weight, last: 7d}
  weight_2w: {sum: weight, last: 14d}
  weight_4w: {sum: weight, last: 28d}
  weight_before: {sum: weight, from: 28d, to: 14d}
  answered_4w: {count: true, kinds: [answered], last: 28d}
  submitted_4w: {count: true, kinds: [submitted], last: 28d}
)";

// The same in DuckDB's SQL. `?` is the as-of in microseconds.
constexpr std::string_view kFeaturesSql = R"(
SELECT count(*), sum(weight), avg(weight), max(weight), count(DISTINCT time // 86400000000),
  count(*) FILTER (kind = 0), count(*) FILTER (kind = 1), count(*) FILTER (kind = 2),
  count(*) FILTER (kind = 3), count(*) FILTER (kind = 4),
  sum(weight) FILTER (context = 0), sum(weight) FILTER (context = 1), sum(weight) FILTER (context = 2),
  sum(weight) FILTER (context = 3), sum(weight) FILTER (context = 4),
  count(*) FILTER (time >= $1 - 7 * 86400000000), count(*) FILTER (time >= $1 - 14 * 86400000000),
  count(*) FILTER (time >= $1 - 28 * 86400000000),
  sum(weight) FILTER (time >= $1 - 7 * 86400000000), sum(weight) FILTER (time >= $1 - 14 * 86400000000),
  sum(weight) FILTER (time >= $1 - 28 * 86400000000),
  sum(weight) FILTER (time >= $1 - 28 * 86400000000 AND time < $1 - 14 * 86400000000),
  count(*) FILTER (kind = 1 AND time >= $1 - 28 * 86400000000),
  count(*) FILTER (kind = 2 AND time >= $1 - 28 * 86400000000)
FROM events WHERE time < $1 GROUP BY learner)";

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
    workspace::Diagnostics diagnostics;
    const workspace::Node node = workspace::parse_yaml(kFeatures, "bench", diagnostics);
    const fold::FeaturesDefinition definition =
        fold::parse_features({"bench", "features", node, node.content_hash()}, diagnostics);
    WAYMARK_CHECK(diagnostics.empty());
    const Micros as_of = events_.start + kAsOfDay * kMicrosPerDay;
    progress_.begin("feature rows", 0);
    BenchRow row{.operation = fmt::format("feature row per learner ({} features)",
                                          definition.features.size())};
    fold::FeatureTable table;
    row.fold_ms = best_of(options_.repeats, [&] {
      const fold::FeaturesFold fold(definition, {.as_of = {as_of}}, {}, Zone::utc(),
                                    fold::Names(reader_->symbols()));
      table = fold::run(fold, TrailSource(*reader_, fold.reads()), options_.threads);
    });
    std::vector<double> asked;
    sql::Connection connection = database_->connect();
    row.sql_ms = best_of(options_.repeats, [&] {
      asked = column_sums(connection.query(kFeaturesSql, {sql::Value(as_of)}));
    });
    std::vector<double> plain;
    row.plain_ms = best_of(options_.repeats, [&] { plain = plain_features(as_of); });
    std::vector<double> folded;
    for (const auto& column : table.numbers) {
      double sum = 0;
      for (const double value : column.values) sum += std::isnan(value) ? 0 : value;
      folded.push_back(sum);
    }
    const auto close = [](double a, double b) {
      return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
    };
    row.agree =
        std::ranges::equal(folded, asked, close) && std::ranges::equal(folded, plain, close);
    row.result = fmt::format("{} rows", with_thousands(static_cast<std::int64_t>(table.size())));
    outcome_.rows.push_back(row);
    progress_.end(row.agree ? "results agree" : "RESULTS DIFFER");
  }

  // The sums over learners of what kFeatures declares, by hand.
  std::vector<double> plain_features(Micros as_of) const;

  const BenchOptions& options_;
  Progress& progress_;
  BenchEvents events_;
  std::optional<trail::TrailReader> reader_;
  std::optional<sql::Database> database_;
  BenchOutcome outcome_;
};

std::vector<double> Bench::plain_features(Micros as_of) const {
  std::vector<double> sums(24);
  const auto window = [&](Micros days) { return as_of - days * kMicrosPerDay; };
  const Micros week1 = window(7), week2 = window(14), week4 = window(28);
  for (std::size_t begin = 0; begin < events_.size();) {
    std::array<double, 24> row{};
    std::int64_t last_day = -1;
    std::size_t i = begin;
    for (; i < events_.size() && events_.learner[i] == events_.learner[begin]; ++i) {
      const Micros time = events_.time[i];
      if (time >= as_of) continue;
      const double weight = events_.weight[i];
      row[0] += 1;
      row[1] += weight;
      row[3] = std::max(row[3], weight);
      const std::int64_t day = time / kMicrosPerDay;
      row[4] += day != last_day;
      last_day = day;
      row[5 + events_.kind[i]] += 1;
      if (events_.context[i] < 5) row[10 + events_.context[i]] += weight;
      const bool in1 = time >= week1, in2 = time >= week2, in4 = time >= week4;
      row[15] += in1;
      row[16] += in2;
      row[17] += in4;
      row[18] += in1 ? weight : 0;
      row[19] += in2 ? weight : 0;
      row[20] += in4 ? weight : 0;
      row[21] += in4 && !in2 ? weight : 0;
      row[22] += in4 && events_.kind[i] == 1;
      row[23] += in4 && events_.kind[i] == 2;
    }
    row[2] = row[0] > 0 ? row[1] / row[0] : 0;
    for (std::size_t column = 0; column < sums.size(); ++column) sums[column] += row[column];
    begin = i;
  }
  return sums;
}

}  // namespace

BenchOutcome bench(const BenchOptions& options, Progress& progress) {
  return Bench(options, progress).run();
}

}  // namespace waymark::engine
