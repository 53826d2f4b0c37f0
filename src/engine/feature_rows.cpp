#include "engine/feature_rows.h"

#include <algorithm>
#include <string>
#include <tuple>

namespace waymark::engine {

fold::FeatureTable fold_features(const fold::FeaturesDefinition& definition,
                                 const fold::FeaturesRequest& request, const Making& making) {
  const fold::FeaturesFold fold(definition, request, making.calendar, making.catalog.zone(),
                                making.names());
  return fold::run(fold, making.source(fold.reads()), making.threads());
}

std::shared_ptr<const fold::FeatureTable> features_of(const fold::FeaturesDefinition& definition,
                                                      const fold::FeaturesRequest& request,
                                                      const Making& making) {
  FoldedFeatures aside;
  FoldedFeatures& last = making.features != nullptr ? *making.features : aside;
  if (last.table == nullptr || last.version != definition.version || last.request != request) {
    last = {};  // the room first
    auto table = fold_features(definition, request, making);
    last = {definition.version, request,
            std::make_shared<const fold::FeatureTable>(std::move(table))};
  }
  return last.table;
}

SegmentRows segment_rows(const fold::FeatureRows& of, const Making& making) {
  const fold::FeaturesDefinition& measure =
      *std::ranges::find(making.catalog.features, of.measure, &fold::FeaturesDefinition::name);
  SegmentRows segments{features_of(measure, of.request(making.known_until()), making), {}};
  const fold::FeatureTable& features = *segments.features;
  std::vector<std::tuple<std::string, std::string_view, std::uint32_t>> keys;
  for (std::uint32_t row = 0; row < features.size(); ++row) {
    if (features.in_risk_set[row] == 0 || features.as_of[row] > making.known_until()) continue;
    keys.emplace_back(making.trails.learner(features.learner[row]).reveal(),
                      making.symbols().courses.text(features.course[row]), row);
  }
  std::ranges::sort(keys);
  for (const auto& [learner, course, row] : keys) segments.rows.push_back(row);
  return segments;
}

}  // namespace waymark::engine
