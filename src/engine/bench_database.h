#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/bench.h"
#include "engine/bench_events.h"

namespace waymark::engine {

// A database that the benchmark compares with. It holds the generated events as the table
// `events(learner, time, kind, context, course, weight)`: the narrowest types (time: microseconds
// in 64 bits; kind, context, course: codes in 8), sorted by learner and time.
class BenchDatabase {
 public:
  virtual ~BenchDatabase() = default;
  // The numbers that a query gives, row after row.
  virtual std::vector<double> ask(const std::string& sql) = 0;
  // Drops what is kept in memory of the table, whose files then can be forgotten, too.
  virtual void forget() = 0;
};

// In memory; where the benchmark is cold, a file in the scratch folder.
std::unique_ptr<BenchDatabase> load_duckdb(const BenchEvents& events, const BenchOptions& options);
// ClickHouse as the shared library `options.clickhouse`, with its files in the scratch folder. One
// in a process. Throws Error{kInvalid, "bench.clickhouse"}.
std::unique_ptr<BenchDatabase> load_clickhouse(const BenchEvents& events,
                                               const BenchOptions& options);

}  // namespace waymark::engine
