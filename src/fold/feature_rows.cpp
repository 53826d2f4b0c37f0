#include "fold/feature_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace waymark::fold {

using workspace::Diagnostics;
using workspace::Node;

const FeaturesDefinition* find_features(const Node& node,
                                        std::span<const FeaturesDefinition> measures,
                                        std::string_view kind, Diagnostics& diagnostics) {
  const std::string name = node.text();
  std::vector<std::string> known;
  for (const FeaturesDefinition& measure : measures) {
    if (measure.name == name) return &measure;
    known.push_back(measure.name);
  }
  if (node.exists()) {
    diagnostics.add(node.place(), fmt::format("{}.measure_unknown", kind),
                    fmt::format("no features measure is called '{}'", name),
                    did_you_mean(name, known));
  }
  return nullptr;
}

std::vector<std::string> names_of(const FeaturesDefinition& measure) {
  std::vector<std::string> names;
  for (const Feature& feature : measure.features) names.push_back(feature.name);
  return names;
}

std::vector<std::string> read_feature_names(const Node& node, const FeaturesDefinition& measure,
                                            std::string_view kind, Diagnostics& diagnostics) {
  const std::vector<std::string> known = names_of(measure);
  std::vector<std::string> names;
  for (const Node& item : node.items()) {
    const std::string name = item.text();
    if (std::ranges::find(known, name) == known.end()) {
      diagnostics.add(item.place(), fmt::format("{}.feature_unknown", kind),
                      fmt::format("measure '{}' has no feature '{}'", measure.name, name),
                      did_you_mean(name, known));
    }
    names.push_back(name);
  }
  return names;
}

std::vector<std::string> read_features_used(const Node& only, const Node& except,
                                            const FeaturesDefinition& measure,
                                            std::string_view kind, Diagnostics& diagnostics) {
  const std::vector<std::string> wanted = read_feature_names(only, measure, kind, diagnostics);
  const std::vector<std::string> unwanted = read_feature_names(except, measure, kind, diagnostics);
  std::vector<std::string> names = names_of(measure);
  std::erase_if(names, [&](const std::string& name) {
    const bool is_wanted = wanted.empty() || std::ranges::find(wanted, name) != wanted.end();
    return !is_wanted || std::ranges::find(unwanted, name) != unwanted.end();
  });
  return names;
}

std::vector<std::string> read_number_features(const Node& node, const FeaturesDefinition& measure,
                                              std::string_view kind, Diagnostics& diagnostics) {
  std::vector<std::string> names = read_feature_names(node, measure, kind, diagnostics);
  for (const std::string& name : names) {
    const auto feature = std::ranges::find(measure.features, name, &Feature::name);
    if (feature == measure.features.end() || !feature->is_text()) continue;
    diagnostics.add(
        node.place(), fmt::format("{}.feature_is_text", kind),
        fmt::format("feature '{}' of '{}' is a text, and no number", name, measure.name));
  }
  return names;
}

std::optional<Micros> read_date(const Node& node, const Zone& zone, std::string_view kind,
                                Diagnostics& diagnostics) {
  if (!node.exists()) return std::nullopt;
  const std::optional<Micros> time = parse_iso_time(node.text(), zone);
  if (!time) {
    diagnostics.add(node.place(), fmt::format("{}.date", kind),
                    fmt::format("'{}' is not a date", node.text()), "write it as 2026-09-01");
  }
  return time;
}

std::optional<AsOf> read_as_of(const Node& node, const Zone& zone, std::string_view kind,
                               Diagnostics& diagnostics) {
  if (!node.exists()) return std::nullopt;
  if (!node["date"].exists()) return CourseDay{node["day"].integer()};
  return read_date(node["date"], zone, kind, diagnostics).value_or(0);
}

RiskSet read_who(const Node& node) {
  return {.enrolled = node["enrolled"].texts(), .until = node["until"].texts()};
}

FeatureRows read_feature_rows(const Node& node, const FeaturesDefinition* measure, const Zone& zone,
                              std::string_view kind, Diagnostics& diagnostics) {
  return {.measure = measure == nullptr ? "" : measure->name,
          .who = read_who(node["who"]),
          .as_of = read_as_of(node["as_of"], zone, kind, diagnostics)};
}

std::size_t number_column(const FeatureTable& table, const std::string& feature) {
  const auto found = std::ranges::find(table.number_names, feature);
  return static_cast<std::size_t>(found - table.number_names.begin());
}

}  // namespace waymark::fold
