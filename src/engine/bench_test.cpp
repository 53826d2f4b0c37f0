// The benchmark, tiny, so that it cannot rot; times are nobody's business here.

#include "engine/bench.h"

#include <gtest/gtest.h>

#include "engine/test_workspace.h"

namespace waymark::engine {
namespace {

TEST(Bench, EveryWayGivesTheSame) {
  for (const auto& [threads, cold] : {std::pair{1u, false}, {2u, true}}) {
    const TemporaryFolder scratch;
    Silent silent;
    const BenchOutcome outcome = bench({.events = 4'000,
                                        .threads = threads,
                                        .repeats = 1,
                                        .least_ms = 0,
                                        .scratch = scratch.path(),
                                        .cold = cold},
                                       silent);
    EXPECT_EQ(outcome.events, 4'000u);
    EXPECT_EQ(outcome.rows.size(), 9u);
    for (const BenchRow& row : outcome.rows) {
      EXPECT_TRUE(row.agree) << row.operation;
      EXPECT_GT(row.duckdb_ms, 0) << row.operation;
      EXPECT_FALSE(row.clickhouse_ms.has_value()) << row.operation;
    }
  }
}

}  // namespace
}  // namespace waymark::engine
