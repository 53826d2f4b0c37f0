#include <fmt/format.h>

#include "engine/measure.h"
#include "fold/retention.h"

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

}  // namespace

std::vector<std::string> tables_of(const fold::RetentionDefinition& definition) {
  return {definition.name, matrix_name(definition), curve_name(definition)};
}

// The curve, by what is asked. The share is that of learners, also where the curve's own share
// evens out closed days.
Summary summary_of(const fold::RetentionDefinition& definition) {
  const auto wilson = [](char sign) {
    return fmt::format(
        "(p + 1.920729 / n {} 1.959964 * sqrt(p * (1 - p) / n + 0.960365 / (n * n))) / "
        "(1 + 3.841459 / n)",
        sign);
  };
  std::string periods;
  for (std::size_t i = 0; i < definition.cells.size(); ++i) {
    periods += fmt::format("{}({}, {})", i == 0 ? "" : ", ", i, definition.cells[i].first);
  }
  return {
      .sql = fmt::format(
          R"(SELECT {{by}}period, learners, observed, returned, p AS {}, {} AS low, {} AS high
    FROM (SELECT *, returned / nullif(observed, 0) AS p, nullif(observed, 0)::DOUBLE AS n
          FROM (SELECT {{by}}period, count(*) AS learners, count_if(observed > cell) AS observed,
                count_if(substr(periods, cell + 1, 1) = '1') AS returned
                FROM asked, (VALUES {}) cells(cell, period) GROUP BY ALL)) ORDER BY ALL)",
          definition.closures == fold::Closures::kNormalise ? "share_of_learners" : "share",
          wilson('-'), wilson('+'), periods),
      .start = "started",
      .totals = {"learners", "observed", "returned"},
      .labels = {"period"},
      .value = definition.closures == fold::Closures::kNormalise ? "share_of_learners" : "share"};
}

void make_tables(const fold::RetentionDefinition& definition, const Making& making) {
  const fold::RetentionFold fold(definition, making.catalog.zone(), making.names(),
                                 making.known_until());
  fold::RetentionTotals totals = fold.make_output().totals;
  replace_in_parts(making, fold,
                   [&](const fold::RetentionFold::Output& part, query::TableReplacement& table) {
                     append_rows(making, definition, fold, part.rows, table);
                     totals.merge(part.totals);
                   });
  replace_cells(making, definition, matrix_name(definition), matrix_of(definition, totals), true);
  replace_cells(making, definition, curve_name(definition), curve_of(definition, totals), false);
}

}  // namespace waymark::engine
