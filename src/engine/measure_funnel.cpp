#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/measure.h"
#include "fold/funnel.h"

namespace waymark::engine {
namespace {

std::string steps_name(const fold::FunnelDefinition& definition) {
  return definition.name + "_steps";
}

void append_attempts(const Making& making, const fold::FunnelDefinition& definition,
                     const fold::FunnelTable& part, query::TableReplacement& table) {
  const std::vector<fold::FunnelStep>& steps = definition.steps;
  std::vector<std::string> furthest, ends;
  std::vector<std::uint8_t> converted;
  for (std::size_t i = 0; i < part.size(); ++i) {
    furthest.push_back(steps[part.furthest[i]].name);
    ends.emplace_back(fold::to_text(part.ended_by[i]));
    converted.push_back(part.ended_by[i] == fold::AttemptEnd::kConverted);
  }
  // A named conversion is true where its step was reached.
  std::vector<std::vector<std::uint8_t>> conversions(steps.size());
  query::Table piece{definition.name, {{"learner", learner_column(making.trails, part.learner)}}};
  auto& columns = piece.columns;
  if (definition.per_course) {
    columns.push_back({"course", text_column(making.symbols().courses, part.course)});
  }
  columns.push_back({"attempt", std::span(part.attempt)});
  columns.push_back({"started", query::Times{part.started}});
  for (std::size_t k = 0; k < steps.size(); ++k) {
    columns.push_back({fold::FunnelDefinition::time_column(steps[k]), query::Times{part.at[k]}});
    for (const Micros at : part.at[k]) conversions[k].push_back(at != fold::FunnelTable::kNever);
  }
  columns.push_back({"reached", std::span(part.reached)});
  columns.push_back({"furthest", std::span<const std::string>(furthest)});
  for (std::size_t k = 0; k < steps.size(); ++k) {
    if (!steps[k].conversion.empty())
      columns.push_back({steps[k].conversion, query::Flags{conversions[k]}});
  }
  columns.push_back({"converted", query::Flags{converted}});
  columns.push_back({"ended_by", std::span<const std::string>(ends)});
  columns.push_back({"observed", query::Flags{part.observed}});
  table.append(piece);
}

fold::FunnelTable no_attempts(const fold::FunnelDefinition& definition) {
  fold::FunnelTable table;
  table.at.resize(definition.steps.size());
  return table;
}

// What the table's attempts come to.
fold::FunnelSteps steps_of(const fold::FunnelDefinition& definition, const Making& making) {
  std::vector<std::string> columns{"started", "furthest", "ended_by"};
  for (const fold::FunnelStep& step : definition.steps)
    columns.push_back(sql::quoted_name(fold::FunnelDefinition::time_column(step)));
  fold::FunnelSummary summary(definition);
  fold::FunnelTable attempts = no_attempts(definition);
  const auto take = [&](const sql::Chunk& chunk, std::size_t row) {
    const auto time = [&](std::size_t column) {
      return chunk.column(column).is_null(row) ? fold::FunnelTable::kNever
                                               : chunk.column(column).integer(row);
    };
    const auto furthest =
        std::ranges::find(definition.steps, chunk.column(2).text(row), &fold::FunnelStep::name);
    attempts.learner.push_back(kNoCode);
    attempts.started.push_back(time(1));
    attempts.furthest.push_back(static_cast<std::uint32_t>(furthest - definition.steps.begin()));
    attempts.ended_by.push_back(fold::attempt_end(chunk.column(3).text(row)));
    for (std::size_t k = 0; k < attempts.at.size(); ++k) attempts.at[k].push_back(time(4 + k));
  };
  for_each_learner(making, definition.name, fmt::format("{}", fmt::join(columns, ", ")), "learner",
                   take, [&] {
                     summary.add(attempts);
                     attempts = no_attempts(definition);
                   });
  return summary.steps();
}

}  // namespace

std::vector<std::string> tables_of(const fold::FunnelDefinition& definition) {
  return {definition.name, steps_name(definition)};
}

// The table of steps, by what is asked: see fold::FunnelSteps.
Summary summary_of(const fold::FunnelDefinition& definition) {
  const bool any_order = definition.order == fold::FunnelOrder::kAny;
  std::string sql;
  std::string before;
  for (std::size_t i = 0; i < definition.steps.size(); ++i) {
    const fold::FunnelStep& step = definition.steps[i];
    const std::string at = sql::quoted_name(fold::FunnelDefinition::time_column(step));
    const std::string name = sql::quoted_text(step.name);
    const bool has_previous = i > 0 && !any_order;
    const std::string seconds = i == 0 && !any_order ? "NULL::DOUBLE"
                                                     : fmt::format("epoch_us({} - {}) / 1e6", at,
                                                                   any_order ? "started" : before);
    sql += fmt::format(
        R"({0}SELECT {{by}}{1} AS step, {2} AS name, count({3}) AS attempts,
    count(DISTINCT CASE WHEN {3} IS NOT NULL THEN learner END) AS learners,
    count(*) FILTER (furthest = {2} AND ended_by IN ('window', 'interrupted')) AS dropped,
    count(*) FILTER (furthest = {2} AND ended_by = 'excluded') AS excluded,
    count(*) FILTER (furthest = {2} AND ended_by = 'open') AS still_open,
    count({3}) / nullif(count(*), 0) AS share_of_first,
    {4} AS share_of_previous,
    quantile_cont({5}, 0.5) AS median_seconds, quantile_cont({5}, 0.25) AS p25_seconds,
    quantile_cont({5}, 0.75) AS p75_seconds, quantile_cont({5}, 0.9) AS p90_seconds
    FROM asked GROUP BY ALL)",
        i == 0 ? "" : " UNION ALL ", i + 1, name, at,
        has_previous ? fmt::format("count({}) / nullif(count({}), 0)", at, before) : "NULL::DOUBLE",
        seconds);
    before = at;
  }
  return {.sql = sql + " ORDER BY ALL",
          .start = "started",
          .estimated = {.totals = {"attempts", "learners", "dropped", "excluded", "still_open"},
                        .shares = {"share_of_first", "share_of_previous"}},
          .reading = reading_of(definition),
          .labels = {"name"},
          .value = "share_of_first",
          .words = "Share of the attempts that came so far",
          .kept = {steps_name(definition), {"name"}, "share_of_first"}};
}

void make_tables(const fold::FunnelDefinition& definition, const Making& making) {
  replace_in_parts(making, fold::FunnelFold(definition, making.names(), making.known_until()),
                   [&](const fold::FunnelTable& part, query::TableReplacement& table) {
                     append_attempts(making, definition, part, table);
                   });
  const fold::FunnelSteps steps = steps_of(definition, making);
  const auto conversion = [&](Code step) { return definition.steps[step - 1].conversion; };
  std::vector<Code> conversions = steps.step;
  for (Code& step : conversions) {
    if (conversion(step).empty()) step = kNoCode;
  }
  making.warehouse.replace({steps_name(definition),
                            {{"step", std::span(steps.step)},
                             {"name", std::span(steps.name)},
                             {"conversion", query::Codes{conversions, conversion}},
                             {"attempts", std::span(steps.attempts)},
                             {"learners", std::span(steps.learners)},
                             {"dropped", std::span(steps.dropped)},
                             {"excluded", std::span(steps.excluded)},
                             {"still_open", std::span(steps.still_open)},
                             {"share_of_first", std::span(steps.share_of_first)},
                             {"share_of_previous", std::span(steps.share_of_previous)},
                             {"median_seconds", std::span(steps.median_seconds)},
                             {"p25_seconds", std::span(steps.p25_seconds)},
                             {"p75_seconds", std::span(steps.p75_seconds)},
                             {"p90_seconds", std::span(steps.p90_seconds)}}},
                           making.origin);
}

}  // namespace waymark::engine
