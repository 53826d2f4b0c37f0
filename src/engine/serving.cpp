#include "engine/serving.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "base/error.h"
#include "base/file.h"
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

// A text that passed this program's, or an earlier one's, checks once.
workspace::Definition kept(const std::string& kind, const std::string& name,
                           const std::string& text, workspace::Diagnostics& diagnostics) {
  const workspace::Node node = workspace::parse_yaml(text, kind + ".yaml", diagnostics);
  workspace::validate(node, schemas().at(kind), diagnostics);
  return {name, kind, node, node.content_hash()};
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
  const auto of_model = kept(kind_of(today), model.name(), model.texts().model, diagnostics);
  fold::FeaturesDefinition of_features;
  if (!of_model.node["rows"].exists()) {
    const workspace::Node features = of_model.node["features"];
    const std::string measure = (features.is_map() ? features["measure"] : features).text();
    of_features = fold::parse_features(
        kept("features", measure, model.texts().features, diagnostics), diagnostics);
  }
  typename Version::Definition definition;
  read(of_model, of_features, catalog, diagnostics, definition);
  if (!diagnostics.empty() || definition.version != model.definition_version()) {
    throw Error(ErrorCode::kInvalid, "model.definition_gone",
                fmt::format("version {0} of model '{1}' was trained by another definition, and the "
                            "copy that it keeps cannot be read by this program; put the "
                            "definition back, or `waymark train {1}` and promote what it makes",
                            model.version(), model.name()));
  }
  return {std::move(model), stage, std::move(definition), of_features};
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

std::set<std::string> kinds_read(const fold::FeaturesDefinition& features,
                                 const model::ModelDefinition& definition) {
  std::set<std::string> kinds(definition.request.who.enrolled.begin(),
                              definition.request.who.enrolled.end());
  for (const fold::Feature& feature : features.features) {
    kinds.insert(feature.filter.kinds.begin(), feature.filter.kinds.end());
  }
  return kinds;
}

template <typename Version>
void expect_kinds(const ServingOf<Version>& serving, const Catalog& catalog,
                  const typename Version::Definition& today, const Dictionary& kinds) {
  if (serving.definition.version == today.version || rows_of(today).table) return;
  const std::set<std::string> named =
      kinds_read(catalog.features_of(rows_of(today)), rows_of(today));
  std::vector<std::string> gone;
  for (const std::string& kind : kinds_read(serving.features, rows_of(serving.definition))) {
    if (!named.contains(kind) && kinds.find(kind) == kAbsentCode) gone.push_back(kind);
  }
  if (gone.empty()) return;
  throw Error(
      ErrorCode::kInvalid, "model.kinds_gone",
      fmt::format("version {0} of model '{1}' reads events of kind {2}, which the definition no "
                  "longer names and of which there are none now, so its features cannot be "
                  "computed; let a source give that kind again, or `waymark train {1}` and promote "
                  "what it makes",
                  serving.model.version(), today.name, fmt::join(gone, ", ")));
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
                       const model::ModelDefinition& today, const Dictionary& kinds) {
  expect_kinds(serving, catalog, today, kinds);
}

void expect_computable(const SurvivalServing& serving, const Catalog& catalog,
                       const model::SurvivalDefinition& today, const Dictionary& kinds) {
  expect_kinds(serving, catalog, today, kinds);
}

model::DefinitionTexts texts_of(const Catalog& catalog, const model::ModelDefinition& definition) {
  return texts(catalog, definition);
}

model::DefinitionTexts texts_of(const Catalog& catalog,
                                const model::SurvivalDefinition& definition) {
  return texts(catalog, definition);
}

}  // namespace waymark::engine
