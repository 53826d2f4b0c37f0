#include "engine/serving.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "engine/kept_definitions.h"
#include "engine/trails.h"

namespace waymark::engine {
namespace {

// What each kind of definition has in its own way: the rows that it is about, what its files are
// called, and how they are read.
const model::ModelDefinition& rows_of(const model::ModelDefinition& definition) {
  return definition;
}
const model::ModelDefinition& rows_of(const model::SurvivalDefinition& definition) {
  return definition.rows;
}
const char* kind_of(const model::ModelDefinition&) { return "model"; }
const char* kind_of(const model::SurvivalDefinition&) { return "survival"; }

void read(const workspace::Definition& text, const fold::FeaturesDefinition& features,
          const Catalog& catalog, workspace::Diagnostics& diagnostics,
          model::ModelDefinition& into) {
  into = model::parse_model(text, {&features, 1}, catalog.calendars, catalog.zone(), diagnostics);
}
void read(const workspace::Definition& text, const fold::FeaturesDefinition& features,
          const Catalog& catalog, workspace::Diagnostics& diagnostics,
          model::SurvivalDefinition& into) {
  into = model::parse_survival(text, {&features, 1}, catalog.zone(), diagnostics);
}

template <typename Version>
ServingOf<Version> with_definitions(const Catalog& catalog,
                                    const typename Version::Definition& today, Version model,
                                    model::Stage stage) {
  if (model.definition_version() == today.version) {
    return {
        std::move(model), stage, today,
        rows_of(today).table ? fold::FeaturesDefinition() : catalog.features_of(rows_of(today))};
  }
  workspace::Diagnostics diagnostics;
  const std::string folder = fmt::format("models/{}/{}", model.name(), model.version());
  KeptDefinitions kept = read_kept(model.name(), model.texts(), folder, diagnostics);
  typename Version::Definition definition;
  read(kept.model, kept.features, catalog, diagnostics, definition);
  if (!diagnostics.empty() || definition.version != model.definition_version()) {
    std::string mistakes;
    for (const auto& one : diagnostics.sorted()) mistakes += "\n  " + workspace::to_text(one);
    throw Error(ErrorCode::kInvalid, "model.definition_gone",
                fmt::format("version {0} of model '{1}' was trained by another definition, and the "
                            "copy that it keeps cannot be read by this program; put the "
                            "definition back, or `waymark train {1}` and promote what it makes{2}",
                            model.version(), model.name(), mistakes));
  }
  return {std::move(model), stage, std::move(definition), std::move(kept.features)};
}

template <typename Version>
std::optional<ServingOf<Version>> live_version(const Catalog& catalog,
                                               const typename Version::Definition& today) {
  const std::filesystem::path models = Folders(catalog.workspace).models;
  const auto live = model::Registry::read(models, today.name).live();
  if (!live) return std::nullopt;
  return with_definitions(catalog, today, Version::load(models / today.name / *live),
                          model::Stage::kLive);
}

template <typename Version>
std::vector<ServingOf<Version>> shadows_of(const Catalog& catalog,
                                           const typename Version::Definition& today) {
  const std::filesystem::path models = Folders(catalog.workspace).models;
  std::vector<ServingOf<Version>> list;
  for (const std::string& version : model::Registry::read(models, today.name).shadows()) {
    list.push_back(with_definitions(catalog, today, Version::load(models / today.name / version),
                                    model::Stage::kShadow));
  }
  return list;
}

struct NamesRead {
  std::set<std::string> kinds, properties;

  void add(const fold::FeaturesDefinition& all, const fold::Feature& feature) {
    kinds.insert(feature.filter.kinds.begin(), feature.filter.kinds.end());
    std::vector<std::string> read = feature.filter.properties();
    if (!feature.property.empty()) read.push_back(feature.property);
    for (const auto& value : {feature.value, feature.weighted_by}) {
      if (value && value->kind == fold::Value::Kind::kProperty) read.push_back(value->property);
    }
    properties.insert(read.begin(), read.end());
    if (!feature.is_derived()) return;
    add(all, all.features[feature.left]);
    add(all, all.features[feature.right]);
  }
};

// By features that the model learns from, and who is enrolled.
NamesRead names_read(const fold::FeaturesDefinition& features,
                     const model::ModelDefinition& definition) {
  NamesRead names;
  for (const fold::Feature& feature : features.features) {
    if (std::ranges::find(definition.features, feature.name) != definition.features.end())
      names.add(features, feature);
  }
  const std::vector<std::string>& enrolled = definition.request.who.enrolled;
  names.kinds.insert(enrolled.begin(), enrolled.end());
  return names;
}

template <typename Version>
void expect_names(const ServingOf<Version>& serving, const Catalog& catalog,
                  const typename Version::Definition& today, const trail::TrailReader& trails) {
  const bool imported = is_imported(catalog, today.name);
  const bool is_of_today = serving.definition.version == today.version && !imported;
  if (is_of_today || rows_of(today).table) return;
  NamesRead named;
  if (!imported) named = names_read(catalog.features_of(rows_of(today)), rows_of(today));
  const NamesRead read = names_read(serving.features, rows_of(serving.definition));
  const std::vector<std::string> properties = trails.properties();
  std::vector<std::string> gone;
  for (const std::string& kind : read.kinds) {
    const bool is_there = trails.symbols().kinds.find(kind) != kAbsentCode;
    if (!is_there && !named.kinds.contains(kind)) gone.push_back("events of kind " + kind);
  }
  for (const std::string& property : read.properties) {
    const bool is_there = std::ranges::find(properties, property) != properties.end();
    if (!is_there && !named.properties.contains(property))
      gone.push_back("the property " + property);
  }
  if (gone.empty()) return;
  throw Error(
      ErrorCode::kInvalid, "model.names_gone",
      fmt::format("version {} of model '{}' reads {}, of which there are none now{}, so its "
                  "features cannot be computed; let a source give them by these names, or "
                  "{}",
                  serving.model.version(), today.name, fmt::join(gone, ", "),
                  imported ? "" : " and which the definition no longer names",
                  imported
                      ? "where they are yet to come, " + how_to_define(catalog, today.name)
                      : fmt::format("`waymark train {}` and promote what it makes", today.name)));
}

std::string file_text(const Catalog& catalog, std::string_view kind, const std::string& name) {
  const workspace::Definition* definition = catalog.workspace.find(kind, name);
  WAYMARK_CHECK(definition != nullptr);
  return read_file(catalog.workspace.folder() / definition->node.place().file);
}

template <typename Definition>
model::DefinitionTexts texts(const Catalog& catalog, const Definition& definition) {
  const model::ModelDefinition& rows = rows_of(definition);
  return {file_text(catalog, kind_of(definition), definition.name),
          rows.table ? "" : file_text(catalog, "features", rows.measure)};
}

}  // namespace

std::optional<Serving> serving_version(const Catalog& catalog,
                                       const model::ModelDefinition& definition) {
  if (auto live = live_version<model::Model>(catalog, definition)) return live;
  const auto directory = model::latest_model(Folders(catalog.workspace).models, definition.name);
  if (!directory) return std::nullopt;
  model::Model trained = model::Model::load(*directory);
  if (trained.definition_version() != definition.version) return std::nullopt;
  return with_definitions(catalog, definition, std::move(trained), model::Stage::kTrained);
}

std::optional<SurvivalServing> serving_version(const Catalog& catalog,
                                               const model::SurvivalDefinition& definition) {
  return live_version<model::SurvivalVersion>(catalog, definition);
}

std::vector<Serving> shadow_versions(const Catalog& catalog,
                                     const model::ModelDefinition& definition) {
  return shadows_of<model::Model>(catalog, definition);
}

std::vector<SurvivalServing> shadow_versions(const Catalog& catalog,
                                             const model::SurvivalDefinition& definition) {
  return shadows_of<model::SurvivalVersion>(catalog, definition);
}

void expect_computable(const Serving& serving, const Catalog& catalog,
                       const model::ModelDefinition& today, const trail::TrailReader& trails) {
  expect_names(serving, catalog, today, trails);
}

void expect_computable(const SurvivalServing& serving, const Catalog& catalog,
                       const model::SurvivalDefinition& today, const trail::TrailReader& trails) {
  expect_names(serving, catalog, today, trails);
}

model::DefinitionTexts texts_of(const Catalog& catalog, const model::ModelDefinition& definition) {
  return texts(catalog, definition);
}

model::DefinitionTexts texts_of(const Catalog& catalog,
                                const model::SurvivalDefinition& definition) {
  return texts(catalog, definition);
}

}  // namespace waymark::engine
