#include "engine/feature_rows.h"
#include "engine/measure.h"
#include "fold/clusters.h"

namespace waymark::engine {

std::vector<std::string> tables_of(const fold::ClustersDefinition& definition) {
  return {definition.name, definition.name + "_profiles", definition.name + "_features",
          definition.name + "_choice"};
}

Summary summary_of(const fold::ClustersDefinition&) {
  return {.sql = R"(SELECT {by}name, count(*) AS learners,
    count(*) / sum(count(*)) OVER (PARTITION BY {by}true) AS share,
    round(avg(distance), 3) AS mean_distance
    FROM asked GROUP BY {by}name, cluster ORDER BY {by}cluster = 0, cluster)",
          .start = "as_of",
          .labels = {"name"},
          .value = "learners"};
}

void make_tables(const fold::ClustersDefinition& definition, const Making& making) {
  const auto [features, rows] = segment_rows(definition.rows, making);
  const fold::ClusterTables tables = fold::clusters_of(definition, features, rows);
  const auto replace = [&](const char* suffix, std::vector<query::TableColumn> columns) {
    making.warehouse.replace({definition.name + suffix, std::move(columns)}, making.origin);
  };
  const auto& learners = tables.learners;
  replace("", {{"learner", learner_column(making.trails, learners.learner)},
               {"course", text_column(making.symbols().courses, learners.course)},
               {"as_of", query::Times{learners.as_of}},
               {"cluster", std::span(learners.cluster)},
               {"name", std::span(learners.name)},
               {"distance", std::span(learners.distance)}});
  const auto& clusters = tables.clusters;
  replace("_profiles", {{"cluster", std::span(clusters.cluster)},
                        {"name", std::span(clusters.name)},
                        {"learners", std::span(clusters.learners)},
                        {"share", std::span(clusters.share)},
                        {"stability", std::span(clusters.stability)},
                        {"profile", std::span(clusters.profile)}});
  const auto& differences = tables.features;
  replace("_features", {{"cluster", std::span(differences.cluster)},
                        {"name", std::span(differences.name)},
                        {"feature", std::span(differences.feature)},
                        {"mean", std::span(differences.mean)},
                        {"usual", std::span(differences.usual)},
                        {"difference", std::span(differences.difference)}});
  const auto& choices = tables.choices;
  replace("_choice", {{"clusters", std::span(choices.clusters)},
                      {"silhouette", std::span(choices.silhouette)},
                      {"learners", std::span(choices.learners)},
                      {"chosen", query::Flags{choices.chosen}}});
}

}  // namespace waymark::engine
