#include "model/survival_definition.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "fold/feature_rows.h"

namespace waymark::model {
namespace {

constexpr std::string_view kKind = "survival";

SurvivalTarget read_target(const workspace::Node& node, workspace::Diagnostics& diagnostics) {
  SurvivalTarget target;
  target.events = {.kinds = node["kind"].texts(),
                   .contexts = node["context"].texts(),
                   .outcomes = node["outcome"].texts()};
  target.after_end = node["after_end"].boolean(false);
  if (node["reaches"].exists()) target.reaches = node["reaches"].number();
  const auto read = [&](const char* key, const char* needed) -> std::optional<fold::Value> {
    const workspace::Node word = node[key];
    if (!word.exists()) return std::nullopt;
    if (!node[needed].exists()) {
      diagnostics.add(word.place(), "survival.target",
                      fmt::format("'{}' means nothing without '{}'", key, needed),
                      "sum: score, weighted_by: weight, reaches: 40");
    }
    return fold::read_value(word.text(), word.place(), diagnostics);
  };
  target.sum = read("sum", "reaches");
  target.weighted_by = read("weighted_by", "sum");
  return target;
}

// cox, or {discrete: boosting}, or {discrete: {boosting: {depth: [2, 3]}}}: one for each.
void read_methods(const workspace::Node& node, SurvivalDefinition& out,
                  workspace::Diagnostics& diagnostics) {
  for (const workspace::Node& item : node.items()) {
    if (item.is_map()) {
      for (const TrainerSetting& setting : read_settings(item["discrete"], diagnostics)) {
        if (!setting.ranges.empty()) {
          diagnostics.add(item.place(), "survival.range", "here nothing is drawn out of a range",
                          "list what is to be tried, such as depth: [2, 3]");
        }
        for (TrainerSetting& one : variants(setting, 0, out.seed)) {
          out.methods.push_back({stats::SurvivalMethod::kDiscrete, std::move(one)});
        }
      }
      continue;
    }
    const auto known =
        std::ranges::find(stats::kSurvivalMethods, item.text(), &stats::SurvivalMethodWords::name);
    if (known != std::end(stats::kSurvivalMethods)) out.methods.push_back({known->method, {}});
  }
  if (out.methods.empty()) out.methods.emplace_back();
}

}  // namespace

SurvivalDefinition parse_survival(const workspace::Definition& definition,
                                  std::span<const fold::FeaturesDefinition> measures,
                                  const Zone& zone, workspace::Diagnostics& diagnostics) {
  const workspace::Node& node = definition.node;
  SurvivalDefinition out{.name = definition.name, .version = definition.version};
  out.title = node["title"].text(definition.name);
  out.description = node["description"].text();
  out.rows = {.name = definition.name, .version = definition.version, .title = out.title};
  out.rows.purpose = node["purpose"].text();
  out.rows.not_for = node["not_for"].text();
  out.rows.zone = zone;
  out.rows.request.who = fold::read_who(node["who"]);
  out.rows.request.as_of = {
      fold::read_as_of(node["as_of"], zone, kKind, diagnostics).value_or(fold::CourseDay{})};
  out.rows.normalise = read_normalisations(node["normalise"]);
  out.target = read_target(node["target"], diagnostics);
  for (const workspace::Node& day : node["at"].items()) out.at.push_back(day.number());
  std::ranges::sort(out.at);
  out.at.erase(std::ranges::unique(out.at).begin(), out.at.end());
  read_methods(node["methods"], out, diagnostics);
  out.seed = static_cast<std::uint64_t>(node["seed"].integer(1));
  out.split_from = fold::read_date(node["split"]["from"], zone, kKind, diagnostics);

  const auto* measure = fold::find_features(node["features"], measures, kKind, diagnostics);
  if (measure == nullptr) return out;
  out.rows.measure = measure->name;
  out.rows.measure_version = measure->version;
  out.version = to_hex(hash128(definition.version + measure->version));
  out.on = fold::read_features_used(node["on"], node["except"], *measure, kKind, diagnostics);
  out.by = fold::read_feature_names(node["by"], *measure, kKind, diagnostics);
  for (const workspace::Node& item : node["by"].items()) {
    const auto feature = std::ranges::find(measure->features, item.text(), &fold::Feature::name);
    if (feature == measure->features.end() || feature->is_text()) continue;
    diagnostics.add(item.place(), "survival.by_number",
                    "curves are of groups: this feature is a number, and no word");
  }
  out.rows.unsaid =
      fold::read_feature_names(node["reasons"]["except"], *measure, kKind, diagnostics);
  for (const fold::Feature& feature : measure->features) {
    if (!feature.description.empty()) out.rows.labels[feature.name] = feature.description;
  }
  out.rows.features = fold::names_of(*measure);
  std::erase_if(out.rows.features, [&](const std::string& name) {
    return std::ranges::find(out.on, name) == out.on.end() &&
           std::ranges::find(out.by, name) == out.by.end();
  });
  return out;
}

}  // namespace waymark::model
