#include <fmt/format.h>

#include "engine/measure.h"
#include "fold/retention.h"
#include "stats/proportion.h"

namespace waymark::engine {
namespace {

std::string matrix_name(const fold::RetentionDefinition& definition) {
  return definition.name + "_matrix";
}
std::string curve_name(const fold::RetentionDefinition& definition) {
  return definition.name + "_curve";
}

void append_rows(const Making& making, const fold::RetentionDefinition& definition,
                 const fold::RetentionFold& fold, const fold::RetentionTable& part,
                 query::TableReplacement& table) {
  query::Table piece{definition.name, {{"learner", learner_column(making.trails, part.learner)}}};
  auto& columns = piece.columns;
  if (definition.per_course) {
    columns.push_back({"course", text_column(making.symbols().courses, part.course)});
  }
  columns.push_back({"started", query::Times{part.started}});
  columns.push_back({"cohort", query::Dates{part.cohort}});
  columns.push_back({"last_return", query::Times{part.last_return}});
  columns.push_back({"observed", std::span(part.observed)});
  columns.push_back({"returned", std::span(part.returned)});
  columns.push_back({"periods", std::span<const std::string>(part.periods)});
  if (definition.calendar) {
    columns.push_back({"days", std::span<const std::string>(part.days)});
    columns.push_back({"open_days", std::span<const std::string>(part.open_days)});
  }
  if (!definition.zone_property.empty()) add_zones(fold.zones(), part.zone, piece);
  table.append(piece);
}

void replace_cells(const Making& making, const fold::RetentionDefinition& definition,
                   const std::string& name, const fold::RetentionMatrix& cells, bool by_cohort) {
  query::Table table{name, {}};
  auto& columns = table.columns;
  if (definition.per_course) {
    columns.push_back({"course", text_column(making.symbols().courses, cells.course)});
  }
  if (by_cohort) columns.push_back({"cohort", query::Dates{cells.cohort}});
  columns.push_back({"period", std::span(cells.period)});
  columns.push_back({"last_period", std::span(cells.last_period)});
  columns.push_back({"learners", std::span(cells.learners)});
  columns.push_back({"observed", std::span(cells.observed)});
  columns.push_back({"returned", std::span(cells.returned)});
  columns.push_back({"share", std::span(cells.share)});
  columns.push_back({"low", std::span(cells.low)});
  columns.push_back({"high", std::span(cells.high)});
  if (definition.calendar) {
    columns.push_back({"open_share", std::span(cells.open_share)});
    columns.push_back({"flagged", query::Flags{cells.flagged}});
  }
  making.warehouse.replace(table, making.origin);
}

// What the table's rows come to.
fold::RetentionTotals totals_of(const fold::RetentionDefinition& definition, const Making& making) {
  fold::RetentionTotals totals(definition.cells.size());
  const std::string columns =
      fmt::format("cohort, periods, {}, {}", definition.per_course ? "course" : "NULL",
                  definition.calendar ? "days, open_days" : "NULL, NULL");
  const auto take = [&](const sql::Chunk& chunk, std::size_t row) {
    const std::string_view periods = chunk.column(2).text(row);
    const Code course = definition.per_course && !chunk.column(3).is_null(row)
                            ? making.symbols().courses.find(chunk.column(3).text(row))
                            : kNoCode;
    const auto counters =
        totals.add(course, static_cast<std::int32_t>(chunk.column(1).integer(row)), periods.size());
    for (std::size_t cell = 0; cell < periods.size(); ++cell)
      counters.returned[cell] += periods[cell] == '1';
    if (!definition.calendar) return;
    const std::vector<std::uint64_t> days = fold::day_counts(chunk.column(4).text(row));
    const std::vector<std::uint64_t> open_days = fold::day_counts(chunk.column(5).text(row));
    for (std::size_t cell = 0; cell < periods.size(); ++cell) {
      counters.days[cell] += days[cell];
      counters.closed[cell] += days[cell] - open_days[cell];
    }
  };
  for_each_learner(making, definition.name, columns, "learner", take, [] {});
  return totals;
}

// SQL for a share as if no day were closed, where the definition asks for it.
std::string evened(const fold::RetentionDefinition& definition, const std::string& share) {
  if (definition.closures != fold::Closures::kNormalise) return share;
  return evened_share(share, "days", "open_days");
}

}  // namespace

std::vector<std::string> tables_of(const fold::RetentionDefinition& definition) {
  return {definition.name, matrix_name(definition), curve_name(definition)};
}

// The curve, by what is asked: the same shares, intervals and flags.
Summary summary_of(const fold::RetentionDefinition& definition) {
  // As stats::wilson_interval() says.
  const auto wilson = [&](char sign) {
    return evened(
        definition,
        fmt::format("(CASE WHEN p = {0} THEN {0} WHEN p IS NOT NULL THEN greatest(0, least(1, "
                    "(p + {1} * {1} / (2 * n) {2} {1} * sqrt(p * (1 - p) / n + {1} * {1} / "
                    "(4 * n * n))) / (1 + {1} * {1} / n))) END)",
                    sign == '-' ? 0 : 1, fmt::format("{}e0", stats::kNormal95), sign));
  };
  std::string cells;
  bool has_brackets = false;
  for (std::size_t i = 0; i < definition.cells.size(); ++i) {
    const auto [first, last] = definition.cells[i];
    cells += fmt::format("{}({}, {}, {})", i == 0 ? "" : ", ", i, first, last);
    has_brackets |= first != last;
  }
  const bool dated = definition.calendar.has_value();
  return {
      .sql = fmt::format(
          R"(SELECT {{by}}period{last}, learners, observed, returned, {share} AS share, {low} AS low,
    {high} AS high{dates}
    FROM (SELECT *, returned / nullif(observed, 0) AS p, nullif(observed, 0)::DOUBLE AS n
          FROM (SELECT {{by}}period, last_period, count(*) AS learners,
                count_if(observed > cell) AS observed,
                count_if(substr(periods, cell + 1, 1) = '1') AS returned{days}
                FROM {asked}, (VALUES {cells}) cells(cell, period, last_period) GROUP BY ALL))
    ORDER BY ALL)",
          fmt::arg("last", has_brackets ? ", last_period" : ""),
          fmt::arg("share", evened(definition, "p")), fmt::arg("low", wilson('-')),
          fmt::arg("high", wilson('+')),
          fmt::arg("dates",
                   dated
                       ? ", open_days / nullif(days, 0) AS open_share, open_days < days AS flagged"
                       : ""),
          fmt::arg("days", dated ? ", sum(all_days[cell + 1]) AS days, "
                                   "sum(all_open_days[cell + 1]) AS open_days"
                                 : ""),
          fmt::arg("asked", dated ? "(SELECT *, days::INT[] AS all_days, open_days::INT[] AS "
                                    "all_open_days FROM asked)"
                                  : "asked"),
          fmt::arg("cells", cells)),
      .start = "started",
      .estimated = {.totals = {"learners", "observed", "returned"},
                    .shares = {"share", "open_share"},
                    .bounds = {"low", "high"}},
      .reading = reading_of(definition),
      .is_per_course = definition.per_course,
      .labels = has_brackets ? std::vector<std::string>{"period", "last_period"}
                             : std::vector<std::string>{"period"},
      .value = "share",
      .low = "low",
      .high = "high",
      .words = "Share of learners who came back",
      .kept = {curve_name(definition), {"course", "period", "last_period"}, "share"}};
}

void make_tables(const fold::RetentionDefinition& definition, const Making& making) {
  const fold::RetentionFold fold(definition, making.catalog.zone(), making.names(),
                                 making.known_until());
  replace_in_parts(making, fold,
                   [&](const fold::RetentionFold::Output& part, query::TableReplacement& table) {
                     append_rows(making, definition, fold, part.rows, table);
                   });
  const fold::RetentionTotals totals = totals_of(definition, making);
  replace_cells(making, definition, matrix_name(definition), matrix_of(definition, totals), true);
  replace_cells(making, definition, curve_name(definition), curve_of(definition, totals), false);
}

}  // namespace waymark::engine
