#pragma once

#include <string>

namespace waymark::engine {

// 47 features of a learner as of one moment: counts by kind and sums by context over four windows,
// as a definition file has them and as SQL, which sums each over the learners.
struct BenchFeatures {
  std::string yaml;
  std::string duckdb, clickhouse;
};
BenchFeatures bench_features();

}  // namespace waymark::engine
