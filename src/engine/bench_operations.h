#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/bench_events.h"
#include "engine/trails.h"
#include "fold/batch.h"

namespace waymark::engine {

// The stored trails, and how `waymark build` drives a fold over them.
class BenchTrails {
 public:
  BenchTrails(const trail::TrailReader& reader, std::size_t threads)
      : reader_(reader), threads_(threads) {}

  fold::Names names() const { return fold::Names(reader_.symbols()); }
  template <fold::Fold F>
  typename F::Output run(const F& fold) const {
    return fold::run(fold, TrailSource(reader_, fold.reads()), threads_);
  }
  // Bucket by bucket, as where rows go to a table; where `before` is given, only events before it.
  template <fold::Fold F, typename Visit>
  void run_parts(const F& fold, const Visit& visit, std::optional<Micros> before = {}) const {
    fold::run_parts(fold, TrailSource(reader_, fold.reads(), before), threads_,
                    [&](typename F::Output&& part, std::size_t) { visit(part); });
  }

 private:
  const trail::TrailReader& reader_;
  std::size_t threads_;
};

// One question, asked in each way. The numbers are those of a small table, row after row; what is
// compared are whole tables where they are small, else sums over all their rows.
struct BenchOperation {
  using Numbers = std::vector<double>;

  std::string name;
  std::function<Numbers(const BenchTrails&)> fold;
  std::string duckdb, clickhouse;
  std::function<Numbers(const BenchEvents&)> plain;
  std::function<std::string(const Numbers&)> in_words;
  // By which the numbers may differ, relatively: where doubles are added up in another order.
  double tolerance = 0;
};

std::vector<BenchOperation> bench_operations();

}  // namespace waymark::engine
