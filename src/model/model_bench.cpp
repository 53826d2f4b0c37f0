// One learner scored: Waymark's compiled trees beside XGBoost's own prediction by the same trees.
// Beside the mean, which Google Benchmark gives, the median and the 99th percentile of single
// calls. And a Cox regression of many rows.

#include <benchmark/benchmark.h>
#include <xgboost/c_api.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/hash.h"
#include "base/stopwatch.h"
#include "model/scorer.h"
#include "model/xgboost.h"
#include "stats/cox.h"
#include "stats/random.h"

namespace waymark::model {
namespace {

constexpr std::size_t kInputs = 50;

Matrix random_rows(std::size_t rows, std::uint64_t seed) {
  stats::Random random(seed);
  Matrix out{.rows = rows, .columns = kInputs, .values = {}};
  for (std::size_t i = 0; i < rows * kInputs; ++i) {
    out.values.push_back(static_cast<float>(static_cast<double>(random.below(1'000'000)) / 1e6));
  }
  return out;
}

// A booster grown on rows whose target hangs on many inputs, so that its trees are full.
class Grown {
 public:
  Grown(std::size_t rows, std::size_t trees)
      : data_(random_rows(rows, 1)), matrix_(data_), booster_(labelled()) {
    for (const auto& [name, value] : {std::pair{"objective", "binary:logistic"},
                                      {"max_depth", "6"},
                                      {"eta", "0.05"},
                                      {"min_child_weight", "0"}}) {
      booster_.set(name, value);
    }
    booster_.grow(trees, matrix_);
  }
  const Booster& booster() const { return booster_; }

 private:
  const TrainingMatrix& labelled() {
    stats::Random random(2);
    std::vector<float> target;
    for (std::size_t row = 0; row < data_.rows; ++row) {
      double sum = 0;
      for (std::size_t i = 0; i < kInputs; ++i) {
        sum += std::sin(static_cast<double>(i + 1) * data_.row(row)[i]);
      }
      const double noise = static_cast<double>(random.below(1000)) / 250 - 2;
      target.push_back(std::sin(sum) + noise > 0 ? 1.0F : 0.0F);
    }
    matrix_.set("label", target);
    return matrix_;
  }

  Matrix data_;
  TrainingMatrix matrix_;
  Booster booster_;
};

// Times `score(row)` call by call.
template <typename Score>
void one_row(benchmark::State& state, std::size_t inputs, const Score& score) {
  const Matrix rows = random_rows(inputs, 3);
  std::vector<double> took;
  double sum = 0;
  std::size_t at = 0;
  for (auto _ : state) {
    const Stopwatch watch;
    sum += score(rows.row(at));
    took.push_back(watch.seconds());
    at = (at + 1) % rows.rows;
  }
  benchmark::DoNotOptimize(sum);
  std::ranges::sort(took);
  state.counters["median_us"] = 1e6 * took[took.size() / 2];
  state.counters["p99_us"] = 1e6 * took[took.size() * 99 / 100];
  // The result, so that both can be seen to compute the same.
  Hasher hash;
  for (std::size_t i = 0; i < 20; ++i) {
    hash.number(static_cast<std::uint64_t>(std::llround(1e4 * score(rows.row(i % rows.rows)))));
  }
  state.SetLabel(to_hex(hash.digest()).substr(0, 8));
}

void score_one_row(benchmark::State& state, std::size_t rows, std::size_t trees) {
  const Grown grown(rows, trees);
  const TreeScorer scorer(grown.booster().trees(), {0});
  one_row(state, rows, [&](const double* row) {
    double margin = 0;
    scorer.sums(row, kInputs, &margin);
    return margin;
  });
}

void score_one_row_by_xgboost(benchmark::State& state, std::size_t rows, std::size_t trees) {
  const Grown grown(rows, trees);
  const std::string config =
      R"({"type": 1, "training": false, "iteration_begin": 0, "iteration_end": 0,
          "strict_shape": false, "missing": NaN, "cache_id": 0})";
  one_row(state, rows, [&](const double* row) {
    float values[kInputs];
    std::copy_n(row, kInputs, values);
    const std::string array = R"({"data": [)" +
                              std::to_string(reinterpret_cast<std::uintptr_t>(values)) +
                              R"(, true], "shape": [1, 50], "typestr": "<f4", "version": 3})";
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* out = nullptr;
    const int status =
        XGBoosterPredictFromDense(grown.booster().handle(), array.c_str(), config.c_str(), nullptr,
                                  &shape, &dimensions, &out);
    WAYMARK_CHECK(status == 0);
    return static_cast<double>(out[0]);
  });
}

// Times in whole days up to 100, so that many events fall together; half of the rows are censored.
void fit_cox(benchmark::State& state, std::size_t rows) {
  constexpr std::size_t kColumns = 20;
  stats::Random random(4);
  const auto unit = [&] { return (static_cast<double>(random.below(1'000'000)) + 0.5) / 1e6; };
  stats::Points covariates{.columns = kColumns, .values = {}};
  stats::Lifetimes lifetimes;
  for (std::size_t row = 0; row < rows; ++row) {
    double risk = 0;
    for (std::size_t j = 0; j < kColumns; ++j) {
      covariates.values.push_back(unit());
      risk += 0.1 * static_cast<double>(j % 5) * covariates.values.back();
    }
    const double until = -50 * std::log(unit()) / std::exp(risk), watched = 100 * unit();
    lifetimes.stop.push_back(std::ceil(std::min(until, watched)));
    lifetimes.event.push_back(until <= watched ? 1 : 0);
  }
  for (auto _ : state) benchmark::DoNotOptimize(stats::fit_cox(lifetimes, covariates));
}

BENCHMARK_CAPTURE(fit_cox, tiny, 200)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fit_cox, 200000_rows_of_20_columns, 200'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(score_one_row, tiny, 200, 5)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(score_one_row_by_xgboost, tiny, 200, 5)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(score_one_row, 300_trees_of_depth_6, 20'000, 300)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(score_one_row_by_xgboost, 300_trees_of_depth_6, 20'000, 300)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace waymark::model
