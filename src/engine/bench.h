#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/progress.h"

namespace waymark::engine {

struct BenchOptions {
  std::uint64_t events = 5'000'000;
  std::size_t threads = 1;           // for the folds and the databases alike
  std::size_t repeats = 3;           // at least; the best counts
  double least_ms = 500;             // at least; of all repeats together
  std::filesystem::path scratch;     // an empty folder for the trails
  std::filesystem::path clickhouse;  // libchdb.so; empty: without
  std::string only;                  // operations whose name holds this word
  // Each run begins with files that the system has forgotten, and databases that have just been
  // opened.
  bool cold = false;
};

// One operation, timed in each way on the same events in one run. All times are the best of the
// repeats, wall clock; data in memory or in the page cache, unless cold.
struct BenchRow {
  std::string operation;
  double fold_ms = 0;    // the fold, as `waymark build` drives it, over mapped trails
  double duckdb_ms = 0;  // the best SQL we know, on a sorted table of narrow columns
  std::optional<double> clickhouse_ms;  // the same
  // A bare loop over vectors in memory, one thread, never cold: what the machine allows.
  double plain_ms = 0;
  std::string result;  // what all of them agree on
  bool agree = false;
};

struct BenchOutcome {
  std::uint64_t events = 0;
  std::uint64_t learners = 0;
  double bytes_per_event = 0;  // of the trails' core columns
  double peak_memory_mb = 0;   // of the process: the databases and the generated events included
  std::vector<BenchRow> rows;
};

// Generates events (the same for the same number), stores them in each way, and measures.
BenchOutcome bench(const BenchOptions& options, Progress& progress);

}  // namespace waymark::engine
