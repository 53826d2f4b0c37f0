#include "engine/feature_rows.h"
#include "engine/measure.h"
#include "fold/tiers.h"

namespace waymark::engine {
namespace {

std::string bounds_name(const fold::TiersDefinition& definition) {
  return definition.name + "_bounds";
}

}  // namespace

std::vector<std::string> tables_of(const fold::TiersDefinition& definition) {
  return {definition.name, bounds_name(definition)};
}

// What tiers hold, the highest first.
Summary summary_of(const fold::TiersDefinition&) {
  return {.sql = R"(SELECT {by}tier, count(*) AS learners,
    count(*) / sum(count(*)) OVER (PARTITION BY {by}true) AS share,
    min(value) AS lowest, median(value) AS median, max(value) AS highest
    FROM asked GROUP BY {by}tier ORDER BY {by}max(percentile) DESC NULLS LAST)",
          .start = "as_of",
          .estimated = {.totals = {"learners"},
                        .shares = {"share"},
                        .differences = {"median"},
                        .bounds = {"lowest", "highest"}},
          .is_remade = true,
          .is_per_course = true,
          .labels = {"tier"},
          .value = "learners"};
}

void make_tables(const fold::TiersDefinition& definition, const Making& making) {
  const auto [features, rows] = segment_rows(definition.rows, making);
  const fold::TierTable tiers = fold::tiers_of(definition, *features, rows);
  making.warehouse.replace({definition.name,
                            {{"learner", learner_column(making.trails, tiers.learner)},
                             {"course", text_column(making.symbols().courses, tiers.course)},
                             {"as_of", query::Times{tiers.as_of}},
                             {"value", std::span(tiers.value)},
                             {"percentile", std::span(tiers.percentile)},
                             {"tier", std::span(tiers.tier)}}},
                           making.origin);
  std::vector<std::string> by;
  if (definition.within_course) by.emplace_back("course");
  making.warehouse.replace(
      bounds_name(definition),
      select_of(summary_of(definition), "FROM " + sql::quoted_name(definition.name), by),
      making.origin);
}

}  // namespace waymark::engine
