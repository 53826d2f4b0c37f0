#include "engine/bench_features.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>

namespace waymark::engine {
namespace {

constexpr std::array<Micros, 4> kWindowDays{0, 7, 14, 28};  // 0: all that was before
constexpr std::size_t kWindows = kWindowDays.size();
constexpr std::size_t kKinds = 5;
constexpr std::size_t kContexts = 4;
constexpr std::size_t kAll = kWindows * (2 + kKinds + kContexts) + 3;
static_assert(kAll == 47);

}  // namespace

// Of the ways to ask DuckDB for this, the fastest that we know: products of conditions (FILTER took
// up to twice as long, and so did a table grouped before by kind, context and window), and days
// counted where they change, as the table is sorted (count(DISTINCT) took up to half as long
// again).
BenchFeatures bench_features() {
  BenchFeatures features{.yaml = "measure: features\nfeatures:\n"};
  std::vector<std::string> columns;
  const auto add = [&](std::string_view what, std::string_view filter, std::string_view value,
                       std::string_view condition) {
    for (const Micros days : kWindowDays) {
      features.yaml += fmt::format("  f{}: {{{}", columns.size(), what);
      std::vector<std::string> factors;
      if (!value.empty()) factors.emplace_back(value);
      if (!filter.empty()) {
        features.yaml += fmt::format(", {}", filter);
        factors.push_back(fmt::format("({})::UTINYINT", condition));
      }
      if (days != 0) {
        features.yaml += fmt::format(", last: {}d", days);
        factors.push_back(fmt::format("(time >= $1 - {})::UTINYINT", days * kMicrosPerDay));
      }
      features.yaml += "}\n";
      columns.push_back(factors.empty() ? "count(*)"
                                        : fmt::format("sum({})", fmt::join(factors, " * ")));
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
  features.sql = fmt::format(
      "SELECT {}, avg(weight), max(weight), sum(starts::UTINYINT) FROM (SELECT *, "
      "coalesce(lag(learner) OVER () <> learner OR lag(time) OVER () // {} <> time // {}, true) AS "
      "starts FROM events) WHERE time < $1 GROUP BY learner",
      fmt::join(columns, ", "), kMicrosPerDay, kMicrosPerDay);
  return features;
}

std::vector<double> plain_features(const BenchEvents& events, Micros as_of) {
  std::array<Micros, kWindows> from{};
  for (std::size_t w = 0; w < kWindows; ++w) {
    from[w] = kWindowDays[w] == 0 ? std::numeric_limits<Micros>::min()
                                  : as_of - kWindowDays[w] * kMicrosPerDay;
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
      if (time >= as_of) continue;
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
