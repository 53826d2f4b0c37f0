#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "engine/measure.h"
#include "engine/metrics.h"

namespace waymark::engine {
namespace {

using fold::MetricDefinition;
using fold::MetricPart;
using fold::MetricTerm;
using fold::MetricType;

constexpr std::array<std::string_view, 4> kPeriods{"period", "day", "week", "month"};

// Of a retention metric that evens out closed days.
constexpr std::size_t kTermsOfEvened = 4;

struct Aggregation {
  std::string value, n;
};

// `own`: SQL for the column, where there is one.
Aggregation aggregation(const MetricPart& part, const std::string& own) {
  using Aggregate = MetricPart::Aggregate;
  const std::string number = fmt::format("TRY_CAST({} AS DOUBLE)", own);
  const std::string n = fmt::format("count({})", number);
  switch (part.aggregate) {
    case Aggregate::kCount:
      return {"count(*)", "count(*)"};
    case Aggregate::kDistinct:
      return {fmt::format("count(DISTINCT {})", own), "count(*)"};
    case Aggregate::kSum:
      return {fmt::format("coalesce(sum({}), 0)", number), n};
    case Aggregate::kMean:
      return {fmt::format("avg({})", number), n};
    case Aggregate::kQuantile:
      break;
  }
  return {fmt::format("quantile_cont({}, {})", number, part.quantile), n};
}

std::string own_column(Rows& rows, const MetricPart& part) {
  return part.column.word.empty() ? part.column_sql : rows.own(part.column.word);
}

// A row for each of a series' periods from its first to its last, `from` a table of them:
// CTEs `bounds` and `spine`.
std::string spine_of(std::string_view from, const std::string& period, std::string_view unit,
                     const std::string& others) {
  return fmt::format(
      "bounds AS (SELECT {1}min({2}) AS first_period, max({2}) AS last_period FROM {0} GROUP BY "
      "ALL), spine AS (SELECT {1}unnest(generate_series(first_period, last_period, INTERVAL 1 "
      "{3}))::DATE AS {2} FROM bounds)",
      from, others, period, unit);
}

}  // namespace

// A question, and how its parts are written.
struct MetricSql::Asked {
  Asked(const MetricDefinition& metric, const std::vector<std::string>& names,
        const std::vector<std::string>& conditions)
      : by(names), grain(word_of(metric.grain)) {
    for (const std::string& condition : conditions) where.push_back(parse_comparison(condition));
    for (const std::string& name : by) {
      const bool is_period = std::ranges::find(kPeriods, name) != kPeriods.end();
      if (is_period && period.empty()) {
        period = sql::quoted_name(name);
        unit = name == "period" ? grain : std::string_view(name);
      } else {
        others += sql::quoted_name(name) + ", ";
        other_names.push_back(sql::quoted_name(name));
      }
      columns += sql::quoted_name(name) + ", ";
    }
  }
  // "table.a, table.b, ", of all that is asked by.
  std::string columns_of(std::string_view table) const {
    std::string all;
    for (const std::string& name : by) all += fmt::format("{}.{}, ", table, sql::quoted_name(name));
    return all;
  }
  // Joins two tables on all but the period.
  std::string join_on(std::string_view one, std::string_view other) const {
    std::string same = "true";
    for (const std::string& name : other_names)
      same += fmt::format(" AND {0}.{2} IS NOT DISTINCT FROM {1}.{2}", one, other, name);
    return same;
  }
  std::string known_period() const {
    return period.empty() ? "" : fmt::format(" WHERE {} IS NOT NULL", period);
  }

  const std::vector<std::string>& by;
  std::vector<Comparison> where;
  std::optional<Micros> since;          // only events from there on
  std::string_view grain, unit;         // unit: of the period that is asked by
  std::string period, columns, others;  // "" or "a, b, "; others: columns without the period
  std::vector<std::string> other_names;
};

// What a period is compared with: SQL for what is the same in all of these, for a condition that
// leaves a period out, and which of them.
struct MetricSql::Seasons {
  std::string season, closed, frame;
};

// Days differ by what day of the week they are, weeks by what week of term.
MetricSql::Seasons MetricSql::seasons_of(const MetricDefinition& metric, const Asked& asked) {
  const auto date = [](std::int64_t day) {
    return fmt::format("DATE '{}'", to_iso_date(day * kMicrosPerDay));
  };
  const std::size_t last = metric.baseline.last;
  const bool by_weekday = asked.unit == "day";
  Seasons seasons{.season = by_weekday ? fmt::format("isodow({})", asked.period) : "0",
                  .closed = "false",
                  .frame = fmt::format("RANGE BETWEEN INTERVAL {} {} PRECEDING AND INTERVAL 1 DAY "
                                       "PRECEDING",
                                       last, by_weekday ? "WEEK" : asked.unit)};
  if (!metric.baseline.calendar) return seasons;
  const fold::SeasonCalendar& calendar = *metric.baseline.calendar;
  for (const fold::ClosedDays::Run& run : calendar.closed.runs()) {
    seasons.closed += fmt::format(" OR ({0} < {1} AND {0} + INTERVAL 1 {2} > {3})", asked.period,
                                  date(run.end), asked.unit, date(run.first));
  }
  if (asked.unit != "week" || calendar.terms.empty()) return seasons;
  seasons.season = "CASE";
  const fold::Periods weeks(fold::PeriodUnit::kWeek, true);
  for (auto term = calendar.terms.rbegin(); term != calendar.terms.rend(); ++term) {
    const std::string monday = date(weeks.cohort_of(term->first));
    seasons.season +=
        fmt::format(" WHEN {0} >= {1} AND {0} < {2} THEN date_diff('day', {1}, {0}) // 7",
                    asked.period, monday, date(term->end));
  }
  seasons.season += " END";
  seasons.frame = fmt::format("ROWS BETWEEN {} PRECEDING AND 1 PRECEDING", last);
  return seasons;
}

std::vector<std::string> MetricSql::usual(const MetricDefinition& metric) {
  std::vector<std::string> by{"period"};
  for (const fold::Mention& dimension : metric.dimensions) by.push_back(dimension.word);
  return by;
}

Rows MetricSql::rows_of(const MetricPart& part, const Asked& asked) const {
  RowsOf of{.table = part.rows, .start = part.start, .filter = part.filter, .may_be_to_come = true};
  if (part.rows.empty()) of.start = "time";
  if (as_of_) of.events = fmt::format("events(until := TIMESTAMP '{}')", to_iso(*as_of_));
  if (asked.since) of.events = fmt::format("events(since := TIMESTAMP '{}')", to_iso(*asked.since));
  Rows rows(of, catalog_.zone().name(), trails_, connection_);
  if (replicates_ != nullptr) rows.replicate(Replicates::kTable);
  for (const std::string& name : asked.by) {
    name == "period" ? rows.need_period(asked.grain, name) : rows.need(name);
  }
  for (const Comparison& comparison : asked.where) rows.where(comparison);
  for (const fold::Mention& condition : part.where) rows.where(parse_comparison(condition.word));
  for (const std::string& condition : part.sql) rows.where(condition);
  return rows;
}

std::string MetricSql::values(const MetricPart& part, const Asked& asked) const {
  Rows rows = rows_of(part, asked);
  const auto [value, n] = aggregation(part, own_column(rows, part));
  return weighted(part, fmt::format("SELECT {}({})::DOUBLE AS value, NULL::DOUBLE AS numerator, "
                                    "NULL::DOUBLE AS denominator, {} AS n FROM ({}){} GROUP BY ALL",
                                    asked.columns, value, n, rows.sql(), asked.known_period()));
}

// A part's values, in a sample those of all.
std::string MetricSql::weighted(const MetricPart& part, const std::string& values) const {
  if (replicates_ == nullptr || !part.is_count()) return values;
  if (part.aggregate == MetricPart::Aggregate::kDistinct && part.column.word != "learner") {
    throw Error(ErrorCode::kUsage, "query.sample",
                fmt::format("how many different '{}' there are cannot be told from a sample of "
                            "learners",
                            part.column.word));
  }
  return fmt::format("SELECT * REPLACE (value * {} AS value) FROM ({})", replicates_->weight(),
                     values);
}

std::string MetricSql::values(const MetricTerm& term, const Asked& asked) const {
  return term.metric.word.empty() ? values(term.part, asked)
                                  : values(catalog_.metric(term.metric.word), asked);
}

std::string MetricSql::values(const MetricDefinition& metric, const Asked& asked) const {
  if (metric.type == MetricType::kSimple) return values(metric.terms[0], asked);
  if (metric.type == MetricType::kCumulative) return cumulated(metric, asked);
  return combined(metric, asked);
}

// What the term counts, where it is a count.
const MetricPart* MetricSql::count_of(const MetricTerm& term) const {
  if (term.metric.word.empty()) return term.part.is_count() ? &term.part : nullptr;
  const MetricDefinition& metric = catalog_.metric(term.metric.word);
  const bool counts = metric.type == MetricType::kSimple || metric.type == MetricType::kCumulative;
  return counts ? count_of(metric.terms[0]) : nullptr;
}

// The terms side by side, and what they come to. A count that has no row is 0.
std::string MetricSql::combined(const MetricDefinition& metric, const Asked& asked) const {
  const std::size_t size = metric.terms.size();
  std::vector<std::string> selects, gathered, sizes;
  for (std::size_t i = 0; i < size; ++i) {
    std::string columns;
    for (std::size_t k = 0; k < size; ++k) {
      columns += fmt::format("{0}{1} AS v{2}, {3} AS n{2}", k == 0 ? "" : ", ",
                             k == i ? "value" : "NULL::DOUBLE", k, k == i ? "n" : "NULL::BIGINT");
    }
    selects.push_back(fmt::format("SELECT {}{} FROM ({})", asked.columns, columns,
                                  values(metric.terms[i], asked)));
    gathered.push_back(fmt::format("{0} AS v{1}, coalesce(max(n{1}), 0) AS n{1}",
                                   count_of(metric.terms[i]) != nullptr
                                       ? fmt::format("coalesce(max(v{}), 0)", i)
                                       : fmt::format("max(v{})", i),
                                   i));
    sizes.push_back(fmt::format("n{}", i));
  }
  const bool is_derived = metric.type == MetricType::kDerived;
  const std::string share = "(v0 / nullif(v1, 0))";
  const auto value_of = [&](const std::string& name) {
    const auto at = std::ranges::find(metric.formula.names(), name);
    return fmt::format("v{}", at - metric.formula.names().begin());
  };
  return fmt::format(
      "SELECT {}{} FROM (SELECT {}{} FROM ({}) GROUP BY ALL)", asked.columns,
      is_derived ? fmt::format("{} AS value, NULL::DOUBLE AS numerator, NULL::DOUBLE AS "
                               "denominator, least({}) AS n",
                               metric.formula.sql(value_of), fmt::join(sizes, ", "))
                 : fmt::format("{} AS value, v0 AS numerator, v1 AS denominator, n1 AS n",
                               size == kTermsOfEvened ? evened_share(share, "v2", "v3") : share),
      asked.columns, fmt::join(gathered, ", "), fmt::join(selects, " UNION ALL "));
}

std::string MetricSql::cumulated(const MetricDefinition& metric, const Asked& asked) const {
  const MetricPart& part = *count_of(metric.terms[0]);
  if (asked.period.empty()) return values(part, asked);
  const bool distinct = part.aggregate == MetricPart::Aggregate::kDistinct;
  Rows rows = rows_of(part, asked);
  const std::string own = own_column(rows, part);
  const auto [value, n] = aggregation(part, own);
  const std::string window = metric.window == 0
                                 ? ""
                                 : fmt::format(" AND pieces.{0} > spine.{0} - INTERVAL {1} {2}",
                                               asked.period, metric.window, asked.unit);
  return weighted(
      part,
      fmt::format("WITH pieces AS (SELECT {columns}{piece} AS piece, {n} AS n FROM ({rows}){known} "
                  "GROUP BY ALL), {spine} SELECT {spine_columns}{value}::DOUBLE AS value, "
                  "NULL::DOUBLE AS numerator, NULL::DOUBLE AS denominator, coalesce(sum(pieces.n), "
                  "0)::BIGINT AS n FROM spine LEFT JOIN pieces ON {same} AND pieces.{period} <= "
                  "spine.{period}{window} GROUP BY ALL",
                  fmt::arg("columns", asked.columns), fmt::arg("piece", distinct ? own : value),
                  fmt::arg("n", n), fmt::arg("rows", rows.sql()),
                  fmt::arg("known", asked.known_period()),
                  fmt::arg("spine", spine_of("pieces", asked.period, asked.unit, asked.others)),
                  fmt::arg("spine_columns", asked.columns_of("spine")),
                  fmt::arg("value", distinct ? "count(DISTINCT piece)" : "coalesce(sum(piece), 0)"),
                  fmt::arg("same", asked.join_on("spine", "pieces")),
                  fmt::arg("period", asked.period), fmt::arg("window", window)));
}

std::string MetricSql::select(const MetricDefinition& metric, const std::vector<std::string>& by,
                              const std::vector<std::string>& where) const {
  const Asked asked(metric, by, where);
  const std::string known = values(metric, asked);
  return asked.period.empty() ? known + " ORDER BY ALL" : compared(metric, asked, known);
}

std::optional<MetricSql::Later> MetricSql::later(const MetricDefinition& metric,
                                                 const std::vector<std::string>& by,
                                                 const std::vector<std::string>& where,
                                                 Micros same_until) const {
  if (as_of_ || !is_of_events(metric)) return std::nullopt;
  Asked asked(metric, by, where);
  const Zone zone = catalog_.zone();
  const std::int64_t first =
      fold::Periods(metric.grain, true).cohort_of(zone.local_day(same_until));
  asked.since = zone.to_utc(first * kMicrosPerDay);
  return Later{to_iso_date(first * kMicrosPerDay), values(metric, asked)};
}

std::optional<std::string> MetricSql::carry_on(const MetricDefinition& metric,
                                               const std::string& table, Micros same_until) const {
  const std::vector<std::string> by = usual(metric);
  const std::vector<std::string> nothing;
  const auto more = later(metric, by, nothing, same_until);
  if (!more) return std::nullopt;
  const Asked asked(metric, by, nothing);
  return compared(
      metric, asked,
      fmt::format("SELECT {}value, numerator, denominator, n FROM {} WHERE {} < DATE "
                  "'{}' UNION ALL FROM ({})",
                  asked.columns, sql::quoted_name(table), asked.period, more->first, more->select));
}

bool MetricSql::is_of_events(const MetricDefinition& metric) const {
  return metric.type != MetricType::kCumulative &&
         std::ranges::all_of(metric.terms, [&](const MetricTerm& term) {
           return term.metric.word.empty() ? term.part.rows.empty()
                                           : is_of_events(catalog_.metric(term.metric.word));
         });
}

// Periods beside what they are compared with; `known`: SELECT of their numbers.
std::string MetricSql::compared(const MetricDefinition& metric, const Asked& asked,
                                const std::string& known) const {
  const bool is_count = metric.type == MetricType::kSimple && metric.terms[0].part.is_count();
  const std::string filled =
      is_count ? fmt::format(
                     "{}, filled AS (SELECT {}coalesce(value, 0) AS value, numerator, "
                     "denominator, coalesce(n, 0) AS n FROM spine LEFT JOIN known ON {} "
                     "AND spine.{} = known.{})",
                     spine_of("known", asked.period, asked.unit, asked.others),
                     asked.columns_of("spine"), asked.join_on("spine", "known"), asked.period,
                     asked.period)
               : "filled AS (FROM known)";
  const Seasons seasons = seasons_of(metric, asked);
  const double scale = 1.4826 * metric.baseline.width;
  // A running total goes on from its past, and is never as that was.
  const bool is_running_total = metric.type == MetricType::kCumulative && metric.window == 0;
  // What never was below 0 hardly will be; a difference may.
  const char* const lowest = metric.is_share() ? "0"
                             : metric.type == MetricType::kDerived
                                 ? "NULL"
                                 : "CASE WHEN min(value) OVER () >= 0 THEN 0 END";
  return fmt::format(
      "WITH known AS ({known}), {filled}, marked AS (SELECT *, {period} + INTERVAL 1 {unit} <= "
      "DATE "
      "'{known_until}' AS complete, CASE WHEN complete AND NOT ({closed}) THEN value END AS "
      "compared_value FROM filled), compared AS (SELECT *, CASE WHEN {is_compared} AND "
      "count(compared_value) OVER earlier >= {least} AND compared_value IS NOT NULL THEN "
      "median(compared_value) OVER earlier END AS baseline, {scale} * mad(compared_value) OVER "
      "earlier AS band_width FROM marked WINDOW earlier AS (PARTITION BY {others}{season} ORDER BY "
      "{period}::TIMESTAMP {frame})) SELECT {columns}value, numerator, denominator, n, complete, "
      "baseline, CASE WHEN baseline IS NOT NULL THEN greatest(baseline - band_width, {lowest}) END "
      "AS band_low, CASE WHEN baseline IS NOT NULL THEN least(baseline + band_width, {highest}) "
      "END AS band_high FROM compared ORDER BY ALL",
      fmt::arg("known", known), fmt::arg("filled", filled), fmt::arg("period", asked.period),
      fmt::arg("unit", asked.unit), fmt::arg("known_until", known_until(metric.settling)),
      fmt::arg("season", seasons.season), fmt::arg("closed", seasons.closed),
      fmt::arg("columns", asked.columns), fmt::arg("least", fold::MetricBaseline::kLeast),
      fmt::arg("scale", scale), fmt::arg("is_compared", !is_running_total),
      fmt::arg("lowest", lowest), fmt::arg("highest", metric.is_share() ? "1" : "NULL"),
      fmt::arg("others", asked.others), fmt::arg("frame", seasons.frame));
}

// The first day of which numbers may still change that do so for so long.
std::string MetricSql::known_until(Micros settling) const {
  const Micros last = trails_.state().last_time + 1;
  const Micros until = as_of_ ? std::min(*as_of_, last) : last;
  return to_iso_date(catalog_.zone().local_day(until - settling) * kMicrosPerDay);
}

MetricSql::Step MetricSql::step_of(const std::string& name, const MetricPart& part,
                                   const Asked& asked) const {
  Rows rows = rows_of(part, asked);
  const std::string own = own_column(rows, part);
  const std::string shown =
      part.column.word.empty() ? part.column_sql : sql::quoted_name(part.column.word);
  return {.name = name,
          .formula = fmt::format("{} FROM {}", aggregation(part, shown).value, rows.words()),
          .is_count = part.is_count(),
          .values = values(part, asked),
          .rows = rows.sql()};
}

void MetricSql::add_steps(const MetricDefinition& metric, const Asked& asked, std::size_t depth,
                          std::size_t window, std::vector<Step>& steps) const {
  if (metric.type == MetricType::kSimple) {
    steps.push_back(step_of(metric.name, metric.terms[0].part, asked));
  } else {
    steps.push_back({.name = metric.name, .values = values(metric, asked)});
  }
  const std::size_t own = steps.size() - 1;
  steps[own].version = metric.version;
  steps[own].depth = depth;
  steps[own].window = window;
  if (metric.type == MetricType::kSimple) return;
  static constexpr const char* kTerms[]{"numerator", "denominator", "days", "open_days"};
  const bool cumulative = metric.type == MetricType::kCumulative;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < metric.terms.size(); ++i) {
    const MetricTerm& term = metric.terms[i];
    const std::size_t within = cumulative ? metric.window : window;
    if (term.metric.word.empty()) {
      steps.push_back(step_of(cumulative ? "of" : kTerms[i], term.part, asked));
      steps.back().depth = depth + 1;
      steps.back().window = within;
    } else {
      add_steps(catalog_.metric(term.metric.word), asked, depth + 1, within, steps);
    }
    names.push_back(term.metric.word.empty() ? steps.back().name : term.metric.word);
  }
  steps[own].formula =
      metric.type == MetricType::kDerived ? metric.text
      : names.size() == kTermsOfEvened
          ? fmt::format("1 - (1 - {} / {}) ^ ({} / {})", names[0], names[1], names[2], names[3])
      : !cumulative        ? fmt::format("{} / {}", names[0], names[1])
      : metric.window == 0 ? fmt::format("{} up to the period", names[0])
                           : fmt::format("{} over {} periods", names[0], metric.window);
}

std::vector<MetricSql::Step> MetricSql::steps(const MetricDefinition& metric,
                                              const std::vector<std::string>& by,
                                              const std::vector<std::string>& where) const {
  std::vector<Step> steps;
  add_steps(metric, Asked(metric, by, where), 0, 1, steps);
  return steps;
}

}  // namespace waymark::engine
