#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/measure.h"
#include "fold/feature_rows.h"

namespace waymark::engine {

// Features over all trails.
fold::FeatureTable fold_features(const fold::FeaturesDefinition& definition,
                                 const fold::FeaturesRequest& request, const Making& making);

// The same, but those folded last where these are asked for again (Making::features).
std::shared_ptr<const fold::FeatureTable> features_of(const fold::FeaturesDefinition& definition,
                                                      const fold::FeaturesRequest& request,
                                                      const Making& making);

// What segments are made of: features, and which of their rows count, in an order that is the same
// for equal events.
struct SegmentRows {
  std::shared_ptr<const fold::FeatureTable> features;
  std::vector<std::uint32_t> rows;
};
SegmentRows segment_rows(const fold::FeatureRows& of, const Making& making);

}  // namespace waymark::engine
