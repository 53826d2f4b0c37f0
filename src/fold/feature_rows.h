#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fold/features.h"
#include "workspace/diagnostic.h"
#include "workspace/node.h"

namespace waymark::fold {

// What definitions that stand on features have in common. Each takes a node that has passed its
// schema; reasons begin with the definition's kind.

// The features measure that the node names; null where there is none.
const FeaturesDefinition* find_features(const workspace::Node& node,
                                        std::span<const FeaturesDefinition> measures,
                                        std::string_view kind, workspace::Diagnostics& diagnostics);
std::vector<std::string> names_of(const FeaturesDefinition& measure);
// The node's texts, each of which has to be the name of a feature.
std::vector<std::string> read_feature_names(const workspace::Node& node,
                                            const FeaturesDefinition& measure,
                                            std::string_view kind,
                                            workspace::Diagnostics& diagnostics);
// Those of the measure that a definition uses: what `only` lists, where it lists any, without what
// `except` does.
std::vector<std::string> read_features_used(const workspace::Node& only,
                                            const workspace::Node& except,
                                            const FeaturesDefinition& measure,
                                            std::string_view kind,
                                            workspace::Diagnostics& diagnostics);
std::optional<Micros> read_date(const workspace::Node& node, const Zone& zone,
                                std::string_view kind, workspace::Diagnostics& diagnostics);
// {day: N} or {date: D}; none where the node is absent.
std::optional<AsOf> read_as_of(const workspace::Node& node, const Zone& zone, std::string_view kind,
                               workspace::Diagnostics& diagnostics);
RiskSet read_who(const workspace::Node& node);

// The rows that segments are made of: who counts, and as of when. Segments describe, and foretell
// nothing: what happened before the as-of counts whenever it arrived.
struct FeatureRows {
  std::string measure;  // of the features
  RiskSet who;
  std::optional<AsOf> as_of;  // none: all that is known

  FeaturesRequest request(Micros known_until) const {
    return {.as_of = {as_of.value_or(known_until)}, .who = who, .arrived_later = true};
  }
};

// Reads `features`, `who` and `as_of`; `measure` is null where the first is a mistake.
FeatureRows read_feature_rows(const workspace::Node& node, const FeaturesDefinition* measure,
                              const Zone& zone, std::string_view kind,
                              workspace::Diagnostics& diagnostics);

// The features of the node's list that are numbers; others are mistakes.
std::vector<std::string> read_number_features(const workspace::Node& node,
                                              const FeaturesDefinition& measure,
                                              std::string_view kind,
                                              workspace::Diagnostics& diagnostics);

// Where a feature that is a number stands among the table's.
std::size_t number_column(const FeatureTable& table, const std::string& feature);

}  // namespace waymark::fold
