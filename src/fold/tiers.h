#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fold/feature_rows.h"

namespace waymark::fold {

// A tier holds the learners from this percentile on, up to the next one's.
struct Tier {
  std::string name;
  double from = 0;
};

// measures/*.yaml with `measure: tiers`; see tiers.schema.json.
struct TiersDefinition {
  static constexpr std::string_view kUnknown = "unknown";

  std::string name;
  std::string version;  // covers the features' definition
  FeatureRows rows;
  std::string feature;
  bool within_course = true;  // else all courses are compared
  std::vector<Tier> tiers;    // from the lowest, which begins at 0
};

TiersDefinition parse_tiers(const workspace::Definition& definition,
                            std::span<const FeaturesDefinition> measures, const Zone& zone,
                            workspace::Diagnostics& diagnostics);

// Where learners stand by one feature. The percentile is the share, in %, of those with a lower
// value and half of those with the same one: equal values have the same percentile and are in the
// same tier, so that a tier may hold more or fewer than its bounds say. Who has no value has no
// percentile, and is in the tier "unknown".
struct TierTable {
  std::vector<Code> learner, course;
  std::vector<Micros> as_of;
  std::vector<double> value, percentile;  // NaN where not known
  std::vector<std::string> tier;

  std::size_t size() const { return learner.size(); }
};

// Of these rows of the features.
TierTable tiers_of(const TiersDefinition& definition, const FeatureTable& features,
                   std::span<const std::uint32_t> rows);

}  // namespace waymark::fold
