#include "model/definition.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "fold/feature_rows.h"

namespace waymark::model {
namespace {

using workspace::Diagnostics;
using workspace::Node;

constexpr std::string_view kKind = "model";

// Which features, what they are called, and which are left unsaid.
void read_features(const Node& model, std::span<const fold::FeaturesDefinition> measures,
                   ModelDefinition& out, Diagnostics& diagnostics) {
  const Node node = model["features"];
  const Node measure_node = node.is_map() ? node["measure"] : node;
  out.measure = measure_node.text();
  const auto* measure = fold::find_features(measure_node, measures, kKind, diagnostics);
  if (measure == nullptr) return;
  out.version += measure->version;
  const std::vector<std::string> known = fold::names_of(*measure);
  const auto only = fold::read_feature_names(node["only"], *measure, kKind, diagnostics);
  const auto except = fold::read_feature_names(node["except"], *measure, kKind, diagnostics);
  for (const fold::Feature& feature : measure->features) {
    if (!feature.description.empty()) out.labels[feature.name] = feature.description;
  }
  for (const std::string& name : known) {
    const bool wanted = only.empty() || std::ranges::find(only, name) != only.end();
    if (wanted && std::ranges::find(except, name) == except.end()) out.features.push_back(name);
  }
  out.unsaid = fold::read_feature_names(model["reasons"]["except"], *measure, kKind, diagnostics);
  if (out.features.empty() && !except.empty()) {
    diagnostics.add(node.place(), "model.no_features", "no feature is left to learn from");
  }
}

void read_trainers(const Node& node, ModelDefinition& out, Diagnostics& diagnostics) {
  for (const Node& item : node.items()) {
    if (item.is_scalar() && item.text() == "blend") {
      out.blend = true;
      continue;
    }
    if (item.is_scalar()) out.trainers.push_back({.name = item.text()});
    for (const auto& [name, parameters] : item.members()) {
      TrainerSetting setting{.name = name};
      for (const auto& [key, value] : parameters.members()) {
        setting.parameters[key] = value.number();
      }
      out.trainers.push_back(std::move(setting));
    }
  }
  if (out.blend && out.trainers.size() < 2) {
    diagnostics.add(node.place(), "model.blend_alone", "a blend needs two other trainers to mix",
                    "trainers: [logistic, boosting, blend]");
  }
  for (std::size_t i = 0; i < out.trainers.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (out.trainers[i].name != out.trainers[j].name) continue;
      diagnostics.add(node.place(), "model.trainer_twice",
                      fmt::format("'{}' is listed twice", out.trainers[i].name));
    }
  }
}

DataColumn numeric_column(const fold::FeatureTable& table, std::size_t at,
                          const std::vector<std::uint32_t>& rows) {
  const std::string& name = table.number_names[at];
  DataColumn column{.name = name, .feature = name};
  for (const std::uint32_t row : rows) column.numbers.push_back(table.number(row, at));
  return column;
}

DataColumn text_column(const fold::FeatureTable::Texts& from,
                       const std::vector<std::uint32_t>& rows, const Dictionary& texts) {
  DataColumn column{
      .name = from.name, .feature = from.name, .categorical = true, .categories = {""}};
  std::map<Code, std::uint32_t> numbers{{kNoCode, 0}};
  for (const std::uint32_t row : rows) {
    const auto [known, added] =
        numbers.try_emplace(from.values[row], static_cast<std::uint32_t>(column.categories.size()));
    if (added) column.categories.emplace_back(texts.text(known->first));
    column.codes.push_back(known->second);
  }
  return column;
}

}  // namespace

ModelDefinition parse_model(const workspace::Definition& definition,
                            std::span<const fold::FeaturesDefinition> measures, const Zone& zone,
                            Diagnostics& diagnostics) {
  const Node& node = definition.node;
  ModelDefinition out{.name = definition.name, .version = definition.version};
  out.zone = zone;
  out.title = node["title"].text(definition.name);
  out.purpose = node["purpose"].text();
  out.not_for = node["not_for"].text();
  out.request.who = fold::read_who(node["who"]);
  out.request.as_of = {
      fold::read_as_of(node["as_of"], zone, kKind, diagnostics).value_or(fold::CourseDay{})};
  out.request.target = fold::Target{.kinds = node["target"]["kind"].texts(),
                                    .outcomes = node["target"]["outcome"].texts()};
  read_features(node, measures, out, diagnostics);
  for (const std::string& how : node["normalise"]["as"].texts()) {
    out.normalise.push_back(how == "zscore" ? Normalisation::kZScore : Normalisation::kRank);
  }
  out.test_from = fold::read_date(node["split"]["test"]["from"], zone, kKind, diagnostics);
  read_trainers(node["trainers"], out, diagnostics);
  out.seed = static_cast<std::uint64_t>(node["seed"].integer(1));
  out.version = to_hex(hash128(out.version));
  return out;
}

DataSet make_data_set(const ModelDefinition& definition, const fold::FeatureTable& table,
                      const Symbols& symbols, const fold::Calendar& calendar,
                      const std::function<LearnerKey(Code)>& learner, Rows which) {
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < table.size(); ++row) {
    if (table.in_risk_set[row] != 0) rows.push_back(row);
  }
  DataSet data;
  std::map<Cohort, std::uint32_t> cohorts;
  for (const std::uint32_t row : rows) {
    data.learner.push_back(learner(table.learner[row]));
    Cohort cohort{.course = std::string(symbols.courses.text(table.course[row])),
                  .as_of = table.as_of[row]};
    const auto dates = calendar.find(cohort.course);
    if (dates != calendar.end()) {
      cohort.start = dates->second.start;
      cohort.end = dates->second.end;
    }
    const auto [known, added] =
        cohorts.try_emplace(std::move(cohort), static_cast<std::uint32_t>(cohorts.size()));
    if (added) data.cohorts.push_back(known->first);
    data.cohort.push_back(known->second);
  }
  const auto wanted = [&](const std::string& name) {
    return std::ranges::find(definition.features, name) != definition.features.end();
  };
  for (std::size_t i = 0; i < table.number_names.size(); ++i) {
    if (wanted(table.number_names[i])) data.columns.push_back(numeric_column(table, i, rows));
  }
  for (const auto& texts : table.texts) {
    if (wanted(texts.name))
      data.columns.push_back(text_column(texts, rows, symbols.property_texts));
  }
  for (const Normalisation how : definition.normalise) data = with_normalised(std::move(data), how);
  if (which == Rows::kAll) return in_canonical_order(data);

  std::vector<std::uint32_t> labelled;
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    const double target = table.target[rows[i]];
    data.target.push_back(target == 1 ? 1 : 0);
    if (target == 0 || target == 1) labelled.push_back(i);
  }
  return in_canonical_order(select(data, labelled));
}

}  // namespace waymark::model
