#include "fold/tiers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/hash.h"
#include "stats/descriptive.h"

namespace waymark::fold {
namespace {

using workspace::Node;

std::vector<Tier> read_tiers(const Node& node, workspace::Diagnostics& diagnostics) {
  std::vector<Tier> tiers;
  for (const auto& [name, from] : node.members()) {
    const Tier tier{name, from.number()};
    if (name == TiersDefinition::kUnknown) {
      diagnostics.add(from.place(), "tiers.name",
                      "'unknown' is the tier of learners without a value",
                      "give this one another name");
    }
    if (std::ranges::find(tiers, tier.from, &Tier::from) != tiers.end()) {
      diagnostics.add(from.place(), "tiers.bound_twice",
                      fmt::format("two tiers begin at percentile {}", tier.from));
    }
    tiers.push_back(tier);
  }
  std::ranges::sort(tiers, {}, &Tier::from);
  if (!tiers.empty() && tiers.front().from != 0) {
    diagnostics.add(node.place(), "tiers.gap",
                    fmt::format("learners below percentile {} are in no tier", tiers.front().from),
                    "let one tier begin at 0");
  }
  return tiers;
}

}  // namespace

TiersDefinition parse_tiers(const workspace::Definition& definition,
                            std::span<const FeaturesDefinition> measures, const Zone& zone,
                            workspace::Diagnostics& diagnostics) {
  const Node& node = definition.node;
  TiersDefinition tiers{.name = definition.name, .version = definition.version};
  const auto* measure = find_features(node["features"], measures, definition.kind, diagnostics);
  tiers.rows = read_feature_rows(node, measure, zone, definition.kind, diagnostics);
  tiers.feature = node["of"].text();
  if (measure != nullptr) {
    read_number_features(node["of"], *measure, definition.kind, diagnostics);
    tiers.version = to_hex(hash128(tiers.version + measure->version));
  }
  tiers.within_course = node["within"].text("course") == "course";
  tiers.tiers = read_tiers(node["tiers"], diagnostics);
  return tiers;
}

TierTable tiers_of(const TiersDefinition& definition, const FeatureTable& features,
                   std::span<const std::uint32_t> rows) {
  const std::size_t column = number_column(features, definition.feature);
  TierTable table;
  std::map<Code, std::vector<std::size_t>> groups;  // rows of the table that are compared
  for (const std::uint32_t row : rows) {
    groups[definition.within_course ? features.course[row] : kNoCode].push_back(table.size());
    table.learner.push_back(features.learner[row]);
    table.course.push_back(features.course[row]);
    table.as_of.push_back(features.as_of[row]);
    table.value.push_back(features.number(row, column));
  }
  table.percentile.resize(table.size());
  table.tier.resize(table.size());
  for (const auto& [course, group] : groups) {
    std::vector<double> compared;
    for (const std::size_t row : group) compared.push_back(table.value[row]);
    const auto known = static_cast<double>(
        std::ranges::count_if(compared, [](double value) { return !std::isnan(value); }));
    const std::vector<double> ranks = stats::average_ranks(compared);
    for (std::size_t i = 0; i < group.size(); ++i) {
      const double percentile = 100 * (ranks[i] - 0.5) / known;
      table.percentile[group[i]] = percentile;
      const auto above = std::ranges::upper_bound(definition.tiers, percentile, {}, &Tier::from);
      table.tier[group[i]] =
          std::isnan(percentile) ? std::string(TiersDefinition::kUnknown) : (above - 1)->name;
    }
  }
  return table;
}

}  // namespace waymark::fold
