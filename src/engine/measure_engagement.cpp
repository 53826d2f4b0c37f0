#include "engine/measure.h"

namespace waymark::engine {
namespace {

std::string contexts_name(const fold::EngagementDefinition& definition) {
  return definition.name + "_contexts";
}

}  // namespace

std::vector<std::string> tables_of(const fold::EngagementDefinition& definition) {
  return {definition.name, contexts_name(definition)};
}

Summary summary_of(const fold::EngagementDefinition&) {
  return {.sql = R"(SELECT {by}count(*) AS learners, count(*) FILTER (events > 0) AS active,
    round(median(first_action_days), 1) AS median_first_action_days,
    median(active_days) AS median_active_days, median(weight) AS median_weight,
    round(avg(revisits), 1) AS mean_revisits, round(avg(abandoned), 3) AS share_abandoned
    FROM asked GROUP BY ALL ORDER BY ALL)",
          .start = "last_active",
          .estimated = {.totals = {"learners", "active"},
                        .shares = {"share_abandoned"},
                        .differences = {"median_first_action_days"}},
          .value = "median_active_days",
          .words = "Days on which learners were active, median"};
}

void make_tables(const fold::EngagementDefinition& definition, const Making& making) {
  const fold::EngagementFold fold(definition, making.calendar, making.catalog.zone(),
                                  making.names(), making.known_until());
  const fold::EngagementTable rows = fold::run(fold, making.source(fold.reads()), making.threads());
  const Symbols& symbols = making.symbols();
  making.warehouse.replace({definition.name,
                            {{"learner", learner_column(making.trails, rows.learner)},
                             {"course", text_column(symbols.courses, rows.course)},
                             {"first_active", query::Times{rows.first_active}},
                             {"last_active", query::Times{rows.last_active}},
                             {"events", std::span(rows.events)},
                             {"weight", std::span(rows.weight)},
                             {"active_days", std::span(rows.active_days)},
                             {"objects", std::span(rows.objects)},
                             {"revisits", std::span(rows.revisits)},
                             {"first_action_days", std::span(rows.first_action_days)},
                             {"abandoned", std::span(rows.abandoned)},
                             {"active_ms", std::span(rows.active_ms)},
                             {"weight_per_active_day", std::span(rows.weight_per_active_day)},
                             {"weight_per_course_week", std::span(rows.weight_per_course_week)},
                             {"relative_intensity", std::span(rows.relative_intensity)}}},
                           making.origin);
  const auto& contexts = rows.contexts;
  making.warehouse.replace({contexts_name(definition),
                            {{"learner", learner_column(making.trails, contexts.learner)},
                             {"course", text_column(symbols.courses, contexts.course)},
                             {"context", text_column(symbols.contexts, contexts.context)},
                             {"events", std::span(contexts.events)},
                             {"weight", std::span(contexts.weight)},
                             {"active_days", std::span(contexts.active_days)},
                             {"active_ms", std::span(contexts.active_ms)}}},
                           making.origin);
}

}  // namespace waymark::engine
