#include "engine/bench_features.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>

#include "engine/bench_plain.h"

namespace waymark::engine {
namespace {

constexpr std::array<Micros, 4> kWindowDays{0, 7, 14, 28};  // 0: all that was before
constexpr std::size_t kWindows = kWindowDays.size();
constexpr std::size_t kKinds = 5;
constexpr std::size_t kContexts = 4;
constexpr std::size_t kAll = kWindows * (2 + kKinds + kContexts) + 3;
static_assert(kAll == 47);

}  // namespace

// The fastest that we know. DuckDB: products of conditions (FILTER took up to twice as long, and so
// did a table grouped before by kind, context and window), and days counted where they change, as
// the table is sorted (count(DISTINCT) took up to half as long again). ClickHouse: -If functions
// (products took three times as long), days as a bitmap.
BenchFeatures bench_features() {
  BenchFeatures features{.yaml = "measure: features\nfeatures:\n"};
  std::vector<std::string> columns, clickhouse_columns;
  const auto add_column = [&](std::string_view sql, std::string_view clickhouse_sql) {
    clickhouse_columns.push_back(fmt::format("{} AS f{}", clickhouse_sql, columns.size()));
    columns.push_back(fmt::format("{} AS f{}", sql, columns.size()));
  };
  const auto add = [&](std::string_view what, std::string_view filter, std::string_view value,
                       std::string_view condition) {
    for (const Micros days : kWindowDays) {
      features.yaml += fmt::format("  f{}: {{{}", columns.size(), what);
      std::vector<std::string> factors, conditions{"1"};
      if (!value.empty()) factors.emplace_back(value);
      if (!filter.empty()) {
        features.yaml += fmt::format(", {}", filter);
        factors.push_back(fmt::format("({})::UTINYINT", condition));
        conditions.emplace_back(condition);
      }
      if (days != 0) {
        features.yaml += fmt::format(", last: {}d", days);
        conditions.push_back(fmt::format("time >= {}", kBenchAsOf - days * kMicrosPerDay));
        factors.push_back(fmt::format("({})::UTINYINT", conditions.back()));
      }
      features.yaml += "}\n";
      add_column(factors.empty() ? "count(*)" : fmt::format("sum({})", fmt::join(factors, " * ")),
                 fmt::format("{}{})", value.empty() ? "countIf(" : fmt::format("sumIf({}, ", value),
                             fmt::join(conditions, " AND ")));
    }
  };
  add("count: true", "", "", "");
  add("sum: weight", "", "weight", "");
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    add("count: true", fmt::format("kinds: [{}]", kBenchKinds[kind]), "",
        fmt::format("kind = {}", kind));
  }
  for (std::size_t context = 0; context < kContexts; ++context) {
    add("sum: weight", fmt::format("context: [{}]", kBenchContexts[context]), "weight",
        fmt::format("context = {}", context));
  }
  features.yaml += "  mean: {mean: weight}\n  most: {max: weight}\n  days: {active_days: true}\n";
  add_column("avg(weight)", "avg(weight)");
  add_column("max(weight)", "max(weight)");
  add_column("sum(starts::UTINYINT)",
             fmt::format("groupBitmap(toUInt16(intDiv(time, {})))", kMicrosPerDay));
  std::vector<std::string> sums;
  for (std::size_t i = 0; i < columns.size(); ++i) sums.push_back(fmt::format("sum(f{})", i));
  features.duckdb = fmt::format(
      "SELECT {} FROM (SELECT {} FROM (SELECT *, coalesce(lag(learner) OVER () <> learner OR "
      "lag(time) OVER () // {} <> time // {}, true) AS starts FROM events) WHERE time < {} GROUP "
      "BY learner)",
      fmt::join(sums, ", "), fmt::join(columns, ", "), kMicrosPerDay, kMicrosPerDay, kBenchAsOf);
  features.clickhouse =
      fmt::format("SELECT {} FROM (SELECT {} FROM events WHERE time < {} GROUP BY learner)",
                  fmt::join(sums, ", "), fmt::join(clickhouse_columns, ", "), kBenchAsOf);
  return features;
}

std::vector<double> plain_features(const BenchEvents& events) {
  std::array<Micros, kWindows> from{};
  for (std::size_t w = 0; w < kWindows; ++w) {
    from[w] = kWindowDays[w] == 0 ? std::numeric_limits<Micros>::min()
                                  : kBenchAsOf - kWindowDays[w] * kMicrosPerDay;
  }
  std::vector<double> sums(kAll);
  for (std::size_t i = 0; i < events.size();) {
    const std::uint32_t learner = events.learner[i];
    std::array<double, kAll> row{};
    double* const by_kind = row.data() + 2 * kWindows;
    double* const by_context = by_kind + kKinds * kWindows;
    double& most = row[kAll - 2];
    double& days = row[kAll - 1];
    std::int64_t last_day = -1;
    for (; i < events.size() && events.learner[i] == learner; ++i) {
      const Micros time = events.time[i];
      if (time >= kBenchAsOf) continue;
      const double weight = events.weight[i];
      const std::size_t kind = events.kind[i];
      const std::size_t context = events.context[i];
      for (std::size_t w = 0; w < kWindows; ++w) {
        const double in = time >= from[w];
        row[w] += in;
        row[kWindows + w] += in * weight;
        by_kind[kind * kWindows + w] += in;
        if (context < kContexts) by_context[context * kWindows + w] += in * weight;
      }
      most = std::max(most, weight);
      const std::int64_t day = time / kMicrosPerDay;
      days += day != last_day;
      last_day = day;
    }
    row[kAll - 3] = row[0] > 0 ? row[kWindows] / row[0] : 0;
    for (std::size_t column = 0; column < kAll; ++column) sums[column] += row[column];
  }
  return sums;
}

}  // namespace waymark::engine
