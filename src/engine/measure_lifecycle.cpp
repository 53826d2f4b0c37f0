#include <fmt/format.h>

#include <algorithm>

#include "engine/measure.h"
#include "fold/lifecycle_totals.h"

namespace waymark::engine {
namespace {

std::string periods_name(const fold::LifecycleDefinition& definition) {
  return definition.name + "_periods";
}
std::string transitions_name(const fold::LifecycleDefinition& definition) {
  return definition.name + "_transitions";
}

// Stages as a table's column; the words must outlive it.
query::Codes stage_column(std::span<const Code> stages) {
  return {stages, [](Code stage) { return std::string(fold::kStageWords[stage]); }, kAbsentCode};
}

std::vector<Code> codes_of(std::span<const std::optional<fold::Stage>> stages) {
  std::vector<Code> codes;
  for (const auto stage : stages) codes.push_back(stage ? static_cast<Code>(*stage) : kAbsentCode);
  return codes;
}
std::vector<Code> codes_of(std::span<const fold::Stage> stages) {
  std::vector<Code> codes;
  for (const fold::Stage stage : stages) codes.push_back(static_cast<Code>(stage));
  return codes;
}

void add_course(const Making& making, const fold::LifecycleDefinition& definition,
                std::span<const Code> courses, query::Table& table) {
  if (!definition.per_course) return;
  table.columns.push_back({"course", text_column(making.symbols().courses, courses)});
}

void append_stays(const Making& making, const fold::LifecycleDefinition& definition,
                  const fold::LifecycleFold& fold, const fold::LifecycleTable& part,
                  query::TableReplacement& table) {
  const std::vector<Code> stages = codes_of(part.stage);
  query::Table piece{definition.name, {{"learner", learner_column(making.trails, part.learner)}}};
  add_course(making, definition, part.course, piece);
  auto& columns = piece.columns;
  columns.push_back({"stage", stage_column(stages)});
  columns.push_back({"first_period", query::Dates{part.first_period}});
  columns.push_back({"last_period", query::Dates{part.last_period}});
  columns.push_back({"periods", std::span(part.periods)});
  columns.push_back({"active_days", std::span(part.active_days)});
  columns.push_back({"entered", query::Times{part.entered}});
  columns.push_back({"lasts", query::Flags{part.lasts}});
  if (!definition.zone_property.empty()) add_zones(fold.zones(), part.zone, piece);
  table.append(piece);
}

// What the table's stays come to.
fold::LifecycleTables totals_of(const fold::LifecycleDefinition& definition, const Making& making) {
  fold::LifecycleTotals totals(definition);
  fold::LifecycleTable stays;
  const auto take = [&](const sql::Chunk& chunk, std::size_t row) {
    const auto day = [&](std::size_t column) {
      return static_cast<std::int32_t>(chunk.column(column).integer(row));
    };
    const auto stage = std::ranges::find(fold::kStageWords, chunk.column(1).text(row));
    stays.learner.push_back(kNoCode);
    stays.stage.push_back(static_cast<fold::Stage>(stage - fold::kStageWords.begin()));
    stays.first_period.push_back(day(2));
    stays.last_period.push_back(day(3));
    stays.lasts.push_back(chunk.column(4).boolean(row));
    stays.course.push_back(definition.per_course && !chunk.column(5).is_null(row)
                               ? making.symbols().courses.find(chunk.column(5).text(row))
                               : kNoCode);
  };
  for_each_learner(making, definition.name,
                   fmt::format("stage, first_period, last_period, lasts, {}",
                               definition.per_course ? "course" : "NULL AS course"),
                   "learner, course, first_period", take, [&] {
                     totals.add(stays);
                     stays = {};
                   });
  return totals.tables();
}

}  // namespace

std::vector<std::string> tables_of(const fold::LifecycleDefinition& definition) {
  return {definition.name, periods_name(definition), transitions_name(definition)};
}

// A row per period, with the learners in each stage side by side.
Summary summary_of(const fold::LifecycleDefinition& definition) {
  std::string counts;
  std::vector<std::string> totals{"learners"};
  for (const std::string_view stage : fold::kStageWords) {
    totals.emplace_back(stage);
    counts += fmt::format("count_if(stage = '{0}') AS {0}, ", stage);
  }
  return {.sql = fmt::format(
              R"(SELECT {{by}}period, count(*) AS learners, {}
    (learners - at_risk - dormant) / learners AS active_share
    FROM (SELECT *, unnest(generate_series(first_period, last_period, INTERVAL 1 {}))::DATE AS period
          FROM asked) GROUP BY ALL ORDER BY ALL)",
              counts, word_of(definition.unit)),
          .start = "entered",
          .estimated = {.totals = totals, .shares = {"active_share"}},
          .is_per_course = definition.per_course,
          .spans_periods = true,
          .labels = {"period"},
          .value = "active_share",
          .words = "Share of learners who are at work, neither at risk nor dormant",
          .kept = {periods_name(definition), {"course", "period", "stage"}, "learners"}};
}

void make_tables(const fold::LifecycleDefinition& definition, const Making& making) {
  const fold::LifecycleFold fold(definition, making.calendar, making.catalog.zone(), making.names(),
                                 making.known_until());
  replace_in_parts(making, fold,
                   [&](const fold::LifecycleTable& part, query::TableReplacement& table) {
                     append_stays(making, definition, fold, part, table);
                   });
  const auto [periods, transitions] = totals_of(definition, making);
  query::Table in_stages{periods_name(definition), {}};
  add_course(making, definition, periods.course, in_stages);
  const std::vector<Code> stages = codes_of(periods.stage);
  in_stages.columns.push_back({"period", query::Dates{periods.period}});
  in_stages.columns.push_back({"stage", stage_column(stages)});
  in_stages.columns.push_back({"learners", std::span(periods.learners)});
  in_stages.columns.push_back({"share", std::span(periods.share)});
  making.warehouse.replace(in_stages, making.origin);

  query::Table between{transitions_name(definition), {}};
  add_course(making, definition, transitions.course, between);
  const std::vector<Code> from = codes_of(transitions.from), to = codes_of(transitions.to);
  between.columns.push_back({"period", query::Dates{transitions.period}});
  between.columns.push_back({"from_stage", stage_column(from)});
  between.columns.push_back({"to_stage", stage_column(to)});
  between.columns.push_back({"learners", std::span(transitions.learners)});
  between.columns.push_back({"share", std::span(transitions.share)});
  making.warehouse.replace(between, making.origin);
}

}  // namespace waymark::engine
