#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "fold/feature_rows.h"

namespace waymark::fold {

// measures/*.yaml with `measure: clusters`; see clusters.schema.json.
struct ClustersDefinition {
  static constexpr std::uint32_t kMostClusters = 20;

  std::string name;
  std::string version;  // covers the features' definition
  FeatureRows rows;
  std::vector<std::string> features;
  std::map<std::string, std::string> words;  // feature -> what people call it
  std::vector<std::string> logged;           // those of which the logarithm is taken
  bool standardise = true;                   // else features count as they are
  std::uint32_t fewest = 2, most = 8;        // clusters
  std::vector<std::string> names;            // of the clusters, in their order
  std::string order_by;                      // a feature, the highest mean first; empty: by size
  std::uint64_t seed = 1;
};

ClustersDefinition parse_clusters(const workspace::Definition& definition,
                                  std::span<const FeaturesDefinition> measures, const Zone& zone,
                                  workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
