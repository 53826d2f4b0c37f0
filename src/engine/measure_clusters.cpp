#include <bit>

#include "base/hash.h"
#include "engine/feature_rows.h"
#include "engine/measure.h"
#include "fold/clusters.h"

namespace waymark::engine {
namespace {

// All that clusters are made of.
std::string input_of(const fold::ClustersDefinition& definition, const SegmentRows& segments,
                     const Making& making) {
  const fold::FeatureTable& features = *segments.features;
  Hasher hasher;
  hasher.field(definition.version);
  std::vector<std::size_t> columns;
  for (const std::string& feature : definition.features)
    columns.push_back(fold::number_column(features, feature));
  for (const std::uint32_t row : segments.rows) {
    hasher.field(making.trails.learner(features.learner[row]).reveal());
    hasher.field(making.symbols().courses.text(features.course[row]));
    hasher.number(static_cast<std::uint64_t>(features.as_of[row]));
    for (const std::size_t column : columns)
      hasher.number(std::bit_cast<std::uint64_t>(features.number(row, column)));
  }
  return to_hex(hasher.digest());
}

}  // namespace

std::vector<std::string> tables_of(const fold::ClustersDefinition& definition) {
  return {definition.name, definition.name + "_profiles", definition.name + "_features",
          definition.name + "_choice"};
}

Summary summary_of(const fold::ClustersDefinition&) {
  return {.sql = R"(SELECT {by}name, count(*) AS learners,
    count(*) / sum(count(*)) OVER (PARTITION BY {by}true) AS share,
    avg(distance) AS mean_distance
    FROM asked GROUP BY {by}name, cluster ORDER BY {by}cluster = 0, cluster)",
          .start = "as_of",
          // In the clusters that a sample makes.
          .estimated = {.totals = {"learners"}, .shares = {"share"}},
          .labels = {"name"},
          .value = "learners"};
}

void make_tables(const fold::ClustersDefinition& definition, const Making& making) {
  const SegmentRows segments = segment_rows(definition.rows, making);
  query::Origin origin = making.origin;
  origin.input = input_of(definition, segments, making);
  if (making.same_until && making.warehouse.keep(tables_of(definition), origin)) return;
  const fold::ClusterTables tables =
      fold::clusters_of(definition, *segments.features, segments.rows);
  const auto replace = [&](const char* suffix, std::vector<query::TableColumn> columns) {
    making.warehouse.replace({definition.name + suffix, std::move(columns)}, origin);
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
