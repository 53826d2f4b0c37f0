#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/progress.h"

namespace waymark::engine {

struct BenchOptions {
  std::uint64_t events = 5'000'000;
  std::size_t threads = 1;        // for the fold and for DuckDB alike
  std::size_t repeats = 3;        // the best counts
  std::filesystem::path scratch;  // an empty folder for the trails
};

// One operation, timed three ways on the same events in one run. All times are the best of the
// repeats, wall clock, data in memory or in the page cache.
struct BenchRow {
  std::string operation;
  double fold_ms = 0;  // the fold, as `waymark build` drives it, over mapped trails
  double sql_ms =
      0;  // DuckDB's best SQL we know, on a table of narrow columns sorted by learner and time
  double plain_ms = 0;  // a bare loop over vectors in memory, one thread: what the machine allows
  std::string result;   // what all three agree on
  bool agree = false;
};

struct BenchOutcome {
  std::uint64_t events = 0;
  std::uint64_t learners = 0;
  double bytes_per_event = 0;  // of the trails' core columns
  std::vector<BenchRow> rows;
};

// Generates events (the same for the same number), stores them both ways, and measures.
BenchOutcome bench(const BenchOptions& options, Progress& progress);

}  // namespace waymark::engine
