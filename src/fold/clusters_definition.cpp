#include "fold/clusters_definition.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"
#include "fold/feature_words.h"

namespace waymark::fold {
namespace {

using workspace::Diagnostics;
using workspace::Node;

// The node's texts, each of which has to be among the features that are clustered by.
std::vector<std::string> read_chosen(const Node& node, const std::vector<std::string>& chosen,
                                     Diagnostics& diagnostics) {
  for (const Node& item : node.items()) {
    if (std::ranges::find(chosen, item.text()) != chosen.end()) continue;
    diagnostics.add(item.place(), "clusters.feature_not_used",
                    fmt::format("'{}' is not among the features under 'of'", item.text()),
                    did_you_mean(item.text(), chosen));
  }
  return node.texts();
}

void read_features(const Node& node, const FeaturesDefinition& measure, std::string_view kind,
                   ClustersDefinition& clusters, Diagnostics& diagnostics) {
  clusters.features = read_number_features(node["of"], measure, kind, diagnostics);
  for (const Feature& feature : measure.features) clusters.words[feature.name] = words_of(feature);
  for (std::size_t i = 0; i < clusters.features.size(); ++i) {
    const auto before = clusters.features.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(clusters.features.begin(), before, *before) == before) continue;
    diagnostics.add(node["of"].place(), "clusters.feature_twice",
                    fmt::format("'{}' is listed twice, and would count twice", *before));
  }
  clusters.logged = read_chosen(node["log"], clusters.features, diagnostics);
  read_chosen(node["order_by"], clusters.features, diagnostics);
}

}  // namespace

ClustersDefinition parse_clusters(const workspace::Definition& definition,
                                  std::span<const FeaturesDefinition> measures, const Zone& zone,
                                  Diagnostics& diagnostics) {
  const Node& node = definition.node;
  ClustersDefinition clusters{.name = definition.name, .version = definition.version};
  const auto* measure = find_features(node["features"], measures, definition.kind, diagnostics);
  clusters.rows = read_feature_rows(node, measure, zone, definition.kind, diagnostics);
  if (measure != nullptr) {
    read_features(node, *measure, definition.kind, clusters, diagnostics);
    clusters.version = to_hex(hash128(clusters.version + measure->version));
  }
  clusters.standardise = node["scale"].text("standardise") == "standardise";
  const Node number = node["clusters"];
  const auto fixed = static_cast<std::uint32_t>(number.integer(0));
  clusters.fewest = fixed != 0 ? fixed : static_cast<std::uint32_t>(number["from"].integer(2));
  clusters.most = fixed != 0 ? fixed : static_cast<std::uint32_t>(number["to"].integer(8));
  if (clusters.most < clusters.fewest) {
    diagnostics.add(number.place(), "clusters.range",
                    fmt::format("there is no number from {} to {}", clusters.fewest, clusters.most),
                    "the smaller one comes first");
  }
  clusters.names = node["names"].texts();
  if (clusters.names.size() > clusters.most) {
    diagnostics.add(
        node["names"].place(), "clusters.too_many_names",
        fmt::format("{} names for {} clusters at most", clusters.names.size(), clusters.most));
  }
  clusters.order_by = node["order_by"].text();
  clusters.seed = static_cast<std::uint64_t>(node["seed"].integer(1));
  return clusters;
}

}  // namespace waymark::fold
