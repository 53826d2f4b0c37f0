#pragma once

#include <string>
#include <vector>

#include "engine/bench_events.h"

namespace waymark::engine {

// 47 features of a learner as of one moment: counts by kind and sums by context over four windows,
// as a definition file has them and as DuckDB's SQL ($1 is the as-of in microseconds).
struct BenchFeatures {
  std::string yaml;
  std::string sql;
};
BenchFeatures bench_features();

// The same by hand, one loop over the columns: each feature summed over the learners.
std::vector<double> plain_features(const BenchEvents& events, Micros as_of);

}  // namespace waymark::engine
