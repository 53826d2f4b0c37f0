#include "engine/bench_operations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

#include "base/text.h"
#include "engine/bench_actives.h"
#include "engine/bench_features.h"
#include "engine/bench_plain.h"
#include "fold/cohort.h"
#include "fold/features.h"
#include "fold/funnel.h"
#include "fold/paths.h"
#include "fold/retention.h"
#include "fold/sessions.h"

namespace waymark::engine {
namespace {

using Numbers = BenchOperation::Numbers;

// A definition as its file would say it.
template <typename Parse>
auto defined(const std::string& yaml, const Parse& parse) {
  workspace::Diagnostics diagnostics;
  const workspace::Node node = workspace::parse_yaml(yaml, "bench", diagnostics);
  auto definition = parse({"bench", "bench", node, node.content_hash()}, diagnostics);
  WAYMARK_CHECK(diagnostics.empty());
  return definition;
}

template <typename T>
void add_numbers(Numbers& numbers, std::initializer_list<T> more) {
  for (const T number : more) numbers.push_back(static_cast<double>(number));
}

std::string thousands(double number) { return with_thousands(static_cast<std::int64_t>(number)); }

// Of rows of `width` numbers, the sum of a column.
double column_sum(const Numbers& rows, std::size_t width, std::size_t column) {
  double sum = 0;
  for (std::size_t i = column; i < rows.size(); i += width) sum += rows[i];
  return sum;
}

// DuckDB: the rows stand in order, so a streaming window finds each event's predecessor without a
// sort. ClickHouse: arrays per learner; windows took more than twice as long.
BenchOperation sessions() {
  return {.name = "sessions (30 min gap): count and time",
          .fold =
              [](const BenchTrails& trails) {
                const auto totals = trails.run(fold::SessionTotalsFold(kBenchGap, false));
                return Numbers{static_cast<double>(totals.sessions),
                               static_cast<double>(totals.duration)};
              },
          .duckdb = fmt::format(
              "SELECT count(*) FILTER (starts), sum(CASE WHEN starts THEN 0 ELSE time - before "
              "END)::BIGINT FROM (SELECT time, before, same IS NULL OR same <> learner OR time - "
              "before > {} AS starts FROM (SELECT learner, time, lag(learner) OVER () AS same, "
              "lag(time) OVER () AS before FROM events))",
              kBenchGap),
          .clickhouse = fmt::format(
              "SELECT sum(arrayCount(x -> x > {0}, pauses)) + count(), sum(arraySum(x -> if(x <= "
              "{0}, x, 0), pauses)) FROM (SELECT arrayPopFront(arrayDifference(groupArray(time))) "
              "AS pauses FROM events GROUP BY learner)",
              kBenchGap),
          .plain = plain_sessions,
          .in_words =
              [](const Numbers& numbers) {
                return fmt::format("{} sessions, {:.0f} hours", thousands(numbers[0]),
                                   numbers[1] / static_cast<double>(kMicrosPerHour));
              }};
}

// DuckDB: each step's earliest time joined to the next step's events. Slower: lists of times per
// learner with lambdas (half as long again), the events within the window made a table first (the
// same), running maxima over the sorted table that need no join (three to seven times). ClickHouse:
// arrays of times; windowFunnel over the window's events took a third longer (by itself it answers
// another question: the furthest of all attempts, not the first).
BenchOperation funnel() {
  const auto definition =
      defined(fmt::format("measure: funnel\nper: learner\nwithin: {}d\nsteps:\n"
                          "  - {{name: a, kinds: [{}]}}\n  - {{name: b, kinds: [{}]}}\n"
                          "  - {{name: c, kinds: [{}]}}\n  - {{name: d, kinds: [{}]}}\n",
                          kBenchWindow / kMicrosPerDay, kBenchKinds[0], kBenchKinds[1],
                          kBenchKinds[2], kBenchKinds[3]),
              fold::parse_funnel);
  return {.name = "4-step funnel within 7 days",
          .fold =
              [definition](const BenchTrails& trails) {
                Numbers reached(kBenchSteps);
                trails.run_parts(fold::FunnelFold(definition, trails.names()),
                                 [&](const fold::FunnelTable& rows) {
                                   for (const std::uint32_t steps : rows.reached) {
                                     for (std::size_t i = 0; i < steps; ++i) ++reached[i];
                                   }
                                 });
                return reached;
              },
          .duckdb = fmt::format(
              "WITH a AS MATERIALIZED (SELECT learner, min(time) AS t FROM events WHERE kind = 0 "
              "GROUP BY learner), b AS MATERIALIZED (SELECT learner, any_value(t) AS f, "
              "min(e.time) AS t FROM events e JOIN a USING (learner) WHERE kind = 1 AND e.time > t "
              "AND e.time <= t + {0} GROUP BY learner), c AS MATERIALIZED (SELECT learner, "
              "any_value(f) AS f, min(e.time) AS t FROM events e JOIN b USING (learner) WHERE kind "
              "= 2 AND e.time > t AND e.time <= f + {0} GROUP BY learner), d AS (SELECT DISTINCT "
              "learner FROM events e JOIN c USING (learner) WHERE kind = 3 AND e.time > t AND "
              "e.time <= f + {0}) SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), "
              "(SELECT count(*) FROM c), (SELECT count(*) FROM d)",
              kBenchWindow),
          .clickhouse = fmt::format(
              "SELECT count(), countIf(b != 0), countIf(c != 0), countIf(d != 0) FROM (SELECT a, "
              "arrayMin(arrayFilter(x -> x > a AND x <= a + {0}, bs)) AS b, if(b = 0, 0, "
              "arrayMin(arrayFilter(x -> x > b AND x <= a + {0}, cs))) AS c, if(c = 0, 0, "
              "arrayMin(arrayFilter(x -> x > c AND x <= a + {0}, ds))) AS d FROM (SELECT "
              "minIf(time, kind = 0) AS a, groupArrayIf(time, kind = 1) AS bs, groupArrayIf(time, "
              "kind = 2) AS cs, groupArrayIf(time, kind = 3) AS ds FROM events GROUP BY learner "
              "HAVING a != 0))",
              kBenchWindow),
          .plain = plain_funnel,
          .in_words =
              [](const Numbers& reached) {
                return fmt::format("{} of {} learners converted", thousands(reached.back()),
                                   thousands(reached.front()));
              }};
}

// DuckDB: weeks as bits per learner, of the rows where the week changes. A little slower: bits of
// all rows; half as long again: distinct pairs joined to first weeks; three times: first weeks as
// a running maximum over the sorted table. Narrower integers change nothing. ClickHouse: bits
// of all rows.
BenchOperation retention() {
  constexpr Micros kWeek = 7 * kMicrosPerDay;
  const auto definition =
      defined(fmt::format("measure: retention\nper: learner\nalign: calendar\nperiods: {}\n",
                          kBenchWeeks - 1),
              [](const workspace::Definition& yaml, workspace::Diagnostics& diagnostics) {
                return fold::parse_retention(yaml, {}, diagnostics);
              });
  std::vector<std::string> weeks, shifted;
  for (std::size_t week = 0; week < kBenchWeeks; ++week) {
    weeks.push_back(fmt::format("sum((active >> (first + {})) & 1)", week));
    shifted.push_back(fmt::format("sum(bitAnd(bitShiftRight(active, first + {}), 1))", week));
  }
  return {.name = "weekly retention matrix",
          .fold =
              [definition](const BenchTrails& trails) {
                const auto output =
                    trails.run(fold::RetentionFold(definition, Zone::utc(), trails.names(), kLatest,
                                                   fold::RetentionFold::Give::kTotals));
                const fold::RetentionMatrix matrix = fold::matrix_of(definition, output.totals);
                Numbers rows;
                for (std::size_t i = 0; i < matrix.size(); ++i) {
                  if (matrix.period[i] == 0) {
                    const std::int64_t week = (matrix.cohort[i] - day_of(kBenchMonday)) / 7;
                    rows.push_back(static_cast<double>(week));
                  }
                  rows.push_back(static_cast<double>(matrix.returned[i]));
                }
                return rows;
              },
          .duckdb = fmt::format(
              "SELECT first, {} FROM (SELECT min(week) AS first, bit_or(1::BIGINT << week) AS "
              "active FROM (SELECT learner, week, coalesce(lag(learner) OVER () <> learner OR "
              "lag(week) OVER () <> week, true) AS changes FROM (SELECT learner, ((time - {}) // "
              "{})::INTEGER AS week FROM events)) WHERE changes GROUP BY learner) GROUP BY first "
              "ORDER BY first",
              fmt::join(weeks, ", "), kBenchMonday, kWeek),
          .clickhouse = fmt::format(
              "SELECT first, {} FROM (SELECT min(week) AS first, groupBitOr(bitShiftLeft("
              "toUInt64(1), week)) AS active FROM (SELECT learner, toUInt8(intDiv(time - {}, {})) "
              "AS week FROM events) GROUP BY learner) GROUP BY first ORDER BY first",
              fmt::join(shifted, ", "), kBenchMonday, kWeek),
          .plain = plain_retention,
          .in_words =
              [](const Numbers& rows) {
                return fmt::format("{} cohorts, {} learner weeks", rows.size() / (kBenchWeeks + 1),
                                   thousands(std::reduce(rows.begin(), rows.end()) -
                                             column_sum(rows, kBenchWeeks + 1, 0)));
              }};
}

void add_sums(const fold::FeatureTable& table, Numbers& sums) {
  const double* number = table.numbers.data();
  for (std::size_t row = 0; row < table.size(); ++row) {
    for (double& sum : sums) {
      sum += std::isnan(*number) ? 0 : *number;
      ++number;
    }
  }
}

BenchOperation feature_rows() {
  BenchFeatures features = bench_features();
  const auto definition = defined(features.yaml, fold::parse_features);
  return {.name = fmt::format("feature row per learner ({} features)", definition.features.size()),
          .fold =
              [definition](const BenchTrails& trails) {
                Numbers sums(definition.features.size());
                trails.run_parts(fold::FeaturesFold(definition, {.as_of = {kBenchAsOf}}, {},
                                                    Zone::utc(), trails.names()),
                                 [&](const fold::FeatureTable& rows) { add_sums(rows, sums); });
                return sums;
              },
          .duckdb = std::move(features.duckdb),
          .clickhouse = std::move(features.clickhouse),
          .plain = plain_features,
          .in_words =
              [](const Numbers& sums) {
                return fmt::format("of {} events, {} active days", thousands(sums.front()),
                                   thousands(sums.back()));
              },
          .tolerance = 1e-9};
}

// DuckDB: grouped by the three values as they are; the pair as one code took a fifth longer.
// ClickHouse: arrays per learner; windows took three times as long.
BenchOperation transitions() {
  const auto definition = defined("measure: paths\nstates: context\n", fold::parse_paths);
  return {.name = "transitions between contexts in sessions",
          .fold =
              [definition](const BenchTrails& trails) {
                const fold::TransitionTotalsFold fold(definition, kBenchContexts, trails.names());
                const auto counts = trails.run(fold).counts;
                const std::size_t width = fold.states().count(), contexts = kBenchContexts.size();
                Numbers rows;
                for (std::size_t from = 0; from <= contexts; ++from) {
                  for (std::size_t to = 0; to < contexts; ++to) {
                    const std::uint64_t count = counts[from * width + to + 1];
                    if (count != 0) add_numbers(rows, {from * contexts + to, count});
                  }
                }
                return rows;
              },
          .duckdb = fmt::format(
              "SELECT CASE WHEN begins THEN 0 ELSE before + 1 END * {} + context AS code, sum(n) "
              "FROM (SELECT begins, before, context, count(*) AS n FROM (SELECT context, "
              "lag(context) OVER () AS before, coalesce(lag(learner) OVER () <> learner OR time - "
              "lag(time) OVER () > {}, true) AS begins FROM events) GROUP BY ALL) GROUP BY code "
              "ORDER BY code",
              kBenchContexts.size(), kBenchGap),
          .clickhouse = fmt::format(
              "SELECT code, count() FROM (SELECT arrayJoin(arrayMap((pause, a, b) -> toUInt8(if("
              "pause > {0}, 0, a + 1) * {1} + b), pauses, arrayPushFront(arrayPopBack(contexts), "
              "0), contexts)) AS code FROM (SELECT groupArray(context) AS contexts, arrayPushFront("
              "arrayPopFront(arrayDifference(groupArray(time))), toInt64({0} + 1)) AS pauses FROM "
              "events "
              "GROUP BY learner)) GROUP BY code ORDER BY code",
              kBenchGap, kBenchContexts.size()),
          .plain = plain_transitions,
          .in_words =
              [](const Numbers& rows) {
                return fmt::format("{} transitions", thousands(column_sum(rows, 2, 1)));
              }};
}

// DuckDB: runs counted per learner, then per run. count(DISTINCT learner) took a sixth longer.
// ClickHouse: arrays per learner; windows took more than twice as long, counts per learner first a
// third longer.
BenchOperation paths() {
  const auto definition = defined("measure: paths\nstates: context\norder: 2\n", fold::parse_paths);
  const std::size_t contexts = kBenchContexts.size();
  return {.name = "paths of 3 contexts in sessions: count and learners",
          .fold =
              [definition, contexts](const BenchTrails& trails) {
                const fold::PathCounts counts =
                    trails.run(fold::PathsFold(definition, kBenchContexts, trails.names()));
                std::vector<std::pair<std::uint64_t, fold::GramTable::Counts>> found;
                const std::uint64_t mask = (std::uint64_t{1} << counts.state_bits) - 1;
                counts.grams[2].for_each([&](const fold::GramTable::Counts& gram) {
                  std::uint64_t code = 0;
                  for (unsigned shift = 3 * counts.state_bits; shift != 0;) {
                    const std::uint64_t state = gram.key >> (shift -= counts.state_bits) & mask;
                    if (state == fold::kSessionEdge) return;
                    code = code * contexts + state - 1;
                  }
                  found.emplace_back(code, gram);
                });
                std::ranges::sort(found, {}, [](const auto& run) { return run.first; });
                Numbers rows;
                for (const auto& [code, gram] : found) {
                  add_numbers(rows, {code, gram.occurrences, std::uint64_t{gram.learners}});
                }
                return rows;
              },
          .duckdb = fmt::format(
              "SELECT code, sum(n), count(*) FROM (SELECT a::USMALLINT * {0} + b::USMALLINT * {1} "
              "+ c AS code, learner, count(*) AS n FROM (SELECT learner, context AS c, "
              "lag(context) OVER () AS b, lag(context, 2) OVER () AS a, time - lag(time) OVER () "
              "AS p, lag(time) OVER () - lag(time, 2) OVER () AS q, lag(learner, 2) OVER () AS "
              "same FROM events) WHERE same = learner AND p <= {2} AND q <= {2} GROUP BY ALL) "
              "GROUP BY code ORDER BY code",
              contexts * contexts, contexts, kBenchGap),
          .clickhouse = fmt::format(
              "SELECT code, count(), uniqExact(learner) FROM (SELECT learner, arrayJoin(arrayMap("
              "(a, b, c, p, q) -> toUInt16(if(p > {0} OR q > {0}, {1}, a * {2} + b * {3} + c)), "
              "arrayPopBack(arrayPopBack(contexts)), arrayPopBack(arrayPopFront(contexts)), "
              "arrayPopFront(arrayPopFront(contexts)), arrayPopFront(arrayPopBack(pauses)), "
              "arrayPopFront(arrayPopFront(pauses)))) AS code FROM (SELECT learner, groupArray("
              "context) AS contexts, arrayDifference(groupArray(time)) AS pauses FROM events GROUP "
              "BY learner HAVING count() >= 3)) WHERE code != {1} GROUP BY code ORDER BY code",
              kBenchGap, contexts * contexts * contexts, contexts * contexts, contexts),
          .plain = plain_paths,
          .in_words =
              [](const Numbers& rows) {
                return fmt::format("{} paths, {} times", rows.size() / 3,
                                   thousands(column_sum(rows, 3, 1)));
              }};
}

// DuckDB: distinct pairs. count(DISTINCT learner) and pairs that differ from the row before took up
// to a third longer. ClickHouse: the same; uniqExact took a fifth longer.
BenchOperation actives() {
  return {.name = "daily actives of a course",
          .fold =
              [](const BenchTrails& trails) {
                const DailyActivesFold fold(
                    trails.names()(&Symbols::courses, bench_course(kBenchCourse)));
                Numbers rows;
                const auto [first, learners] = trails.run(fold);
                for (std::size_t i = 0; i < learners.size(); ++i) {
                  if (learners[i] == 0) continue;
                  add_numbers(rows, {static_cast<double>(first) + static_cast<double>(i),
                                     static_cast<double>(learners[i])});
                }
                return rows;
              },
          .duckdb = fmt::format(
              "SELECT day, count(*) FROM (SELECT DISTINCT time // {} AS day, learner FROM events "
              "WHERE course = {}) GROUP BY day ORDER BY day",
              kMicrosPerDay, kBenchCourse),
          .clickhouse = fmt::format(
              "SELECT day, count() FROM (SELECT DISTINCT intDiv(time, {}) AS day, learner FROM "
              "events WHERE course = {}) GROUP BY day ORDER BY day",
              kMicrosPerDay, kBenchCourse),
          .plain = plain_actives,
          .in_words =
              [](const Numbers& rows) {
                return fmt::format("{} days, {} learner days", rows.size() / 2,
                                   thousands(column_sum(rows, 2, 1)));
              }};
}

fold::CohortDefinition cohort_of(const std::string& rules) {
  return defined("measure: cohort\nper: learner\nwho:\n  all:\n" + rules,
                 [](const workspace::Definition& yaml, workspace::Diagnostics& diagnostics) {
                   std::vector cohorts{fold::parse_cohort(yaml, diagnostics)};
                   fold::resolve_cohorts(cohorts, diagnostics);
                   return cohorts.front();
                 });
}

std::string often(std::string_view kind) {
  return fmt::format("    - did: {{kinds: {}, at_least: {}, last: {}d}}\n", kind, kBenchTimes,
                     kBenchRecent / kMicrosPerDay);
}

// DuckDB: who did enough, without who did what they must not. One pass with counts of both took
// twice as long. ClickHouse: that pass; without those others took half as long again.
BenchOperation cohort() {
  constexpr Micros kFrom = kBenchAsOf - kBenchRecent;
  const auto definition = cohort_of(often(kBenchKinds[1]) +
                                    fmt::format("    - did_not: {{kinds: {}}}\n", kBenchKinds[3]));
  return {
      .name = "cohort as of a day: 3 of a kind in 14 days, none of another ever",
      .fold =
          [definition](const BenchTrails& trails) {
            const fold::CohortFold fold(definition, trails.names(), kBenchAsOf);
            std::uint64_t members = 0;
            trails.run_parts(
                fold,
                [&](const fold::CohortTable& stays) {
                  for (const Micros exited : stays.exited) {
                    members += exited == fold::CohortTable::kNever || exited >= kBenchAsOf;
                  }
                },
                kBenchAsOf);
            return Numbers{static_cast<double>(members)};
          },
      .duckdb = fmt::format(
          "SELECT count(*) FROM (SELECT learner FROM events WHERE kind = 1 AND time >= {0} AND "
          "time < {1} GROUP BY learner HAVING count(*) >= {2}) ANTI JOIN (SELECT learner FROM "
          "events WHERE kind = 3 AND time < {1}) USING (learner)",
          kFrom, kBenchAsOf, kBenchTimes),
      .clickhouse = fmt::format(
          "SELECT count() FROM (SELECT learner FROM events WHERE (kind = 1 AND time >= {0} AND "
          "time < {1}) OR (kind = 3 AND time < {1}) GROUP BY learner HAVING countIf(kind = 1) "
          ">= {2} AND countIf(kind = 3) = 0)",
          kFrom, kBenchAsOf, kBenchTimes),
      .plain = plain_cohort,
      .in_words =
          [](const Numbers& members) { return fmt::format("{} members", thousands(members[0])); }};
}

// The third of three that lie close makes a learner a member until the first is too long ago, and
// stays that meet are one: it begins where the last third's end has gone by, and ends where the
// next comes too late. The numbers: stays, and their length.
BenchOperation stays() {
  const auto definition = cohort_of(often(kBenchKinds[1]));
  return {.name = "stays in a cohort, with entry and exit: 3 of a kind in 14 days",
          .fold =
              [definition](const BenchTrails& trails) {
                std::uint64_t count = 0;
                Micros length = 0;
                trails.run_parts(fold::CohortFold(definition, trails.names()),
                                 [&](const fold::CohortTable& stays) {
                                   count += stays.size();
                                   for (std::size_t i = 0; i < stays.size(); ++i) {
                                     length += stays.exited[i] - stays.entered[i];
                                   }
                                 });
                return Numbers{static_cast<double>(count), static_cast<double>(length)};
              },
          .duckdb = fmt::format(
              "SELECT count(*) FILTER (begins), (sum(until) FILTER (ends) - sum(time) FILTER "
              "(begins))::BIGINT FROM (SELECT time, until, before IS DISTINCT FROM learner OR time "
              "> gone AS begins, after IS DISTINCT FROM learner OR next > until AS ends FROM "
              "(SELECT learner, time, lag(learner, {0}) OVER () AS before, lag(time, {0}) OVER () "
              "+ {2} AS gone, lag(learner, {1}) OVER () AS same, lag(time, {1}) OVER () + {2} AS "
              "until, lead(learner) OVER () AS after, lead(time) OVER () AS next FROM events WHERE "
              "kind = 1) WHERE same = learner AND time < until)",
              kBenchTimes, kBenchTimes - 1, kBenchRecent),
          .clickhouse = fmt::format(
              "SELECT sum(arrayCount((t, until, gone) -> t < until AND t > gone, t, until, gone)), "
              "sum(arraySum((t, until, gone, next) -> if(t < until, if(next > until, until, 0) - "
              "if(t > gone, t, 0), 0), t, until, gone, next)) FROM (SELECT "
              "arrayPopFront(arrayPopFront(times)) AS t, arrayMap(x -> x + {0}, "
              "arrayPopBack(arrayPopBack(times))) AS until, arrayPushFront(arrayPopBack(until), "
              "toInt64(0)) AS gone, arrayPushBack(arrayPopFront(t), toInt64({1})) AS next FROM "
              "(SELECT groupArray(time) AS times FROM events WHERE kind = 1 GROUP BY learner "
              "HAVING count() >= 3))",
              kBenchRecent, kLatest),
          .plain = plain_stays,
          .in_words =
              [](const Numbers& numbers) {
                return fmt::format("{} stays, {:.0f} days", thousands(numbers[0]),
                                   numbers[1] / static_cast<double>(kMicrosPerDay));
              }};
}

}  // namespace

std::vector<BenchOperation> bench_operations() {
  return {sessions(), funnel(),  retention(), feature_rows(), transitions(),
          paths(),    actives(), cohort(),    stays()};
}

}  // namespace waymark::engine
