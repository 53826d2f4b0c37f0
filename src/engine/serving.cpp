#include "engine/serving.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "base/error.h"
#include "base/file.h"
#include "engine/trails.h"

namespace waymark::engine {
namespace {

// A text that passed this program's, or an earlier one's, checks once.
workspace::Definition kept(const std::string& kind, const std::string& name,
                           const std::string& text, workspace::Diagnostics& diagnostics) {
  const workspace::Node node = workspace::parse_yaml(text, kind + ".yaml", diagnostics);
  workspace::validate(node, schemas().at(kind), diagnostics);
  return {name, kind, node, node.content_hash()};
}

Serving with_definitions(const Catalog& catalog, const model::ModelDefinition& today,
                         model::Model model, model::Stage stage) {
  if (model.definition_version() == today.version) {
    return {std::move(model), stage, today,
            today.table ? fold::FeaturesDefinition() : catalog.features_of(today)};
  }
  workspace::Diagnostics diagnostics;
  const auto of_model = kept("model", model.name(), model.texts().model, diagnostics);
  fold::FeaturesDefinition of_features;
  if (!of_model.node["rows"].exists()) {
    const workspace::Node features = of_model.node["features"];
    const std::string measure = (features.is_map() ? features["measure"] : features).text();
    of_features = fold::parse_features(
        kept("features", measure, model.texts().features, diagnostics), diagnostics);
  }
  model::ModelDefinition definition = model::parse_model(
      of_model, {&of_features, 1}, catalog.calendars, catalog.zone(), diagnostics);
  if (!diagnostics.empty() || definition.version != model.definition_version()) {
    throw Error(ErrorCode::kInvalid, "model.definition_gone",
                fmt::format("version {0} of model '{1}' was trained by another definition, and the "
                            "copy that it keeps cannot be read by this program; put the "
                            "definition back, or `waymark train {1}` and promote what it makes",
                            model.version(), model.name()));
  }
  return {std::move(model), stage, std::move(definition), of_features};
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

std::string file_text(const Catalog& catalog, std::string_view kind, const std::string& name) {
  const workspace::Definition* definition = catalog.workspace.find(kind, name);
  WAYMARK_CHECK(definition != nullptr);
  return read_file(catalog.workspace.folder() / definition->node.place().file);
}

}  // namespace

std::optional<Serving> serving_version(const Catalog& catalog,
                                       const model::ModelDefinition& definition) {
  const std::filesystem::path models = Folders(catalog.workspace).models;
  if (const auto live = model::Registry::read(models, definition.name).live()) {
    return with_definitions(catalog, definition,
                            model::Model::load(models / definition.name / *live),
                            model::Stage::kLive);
  }
  const auto directory = model::latest_model(models, definition.name);
  if (!directory) return std::nullopt;
  model::Model trained = model::Model::load(*directory);
  if (trained.definition_version() != definition.version) return std::nullopt;
  return with_definitions(catalog, definition, std::move(trained), model::Stage::kTrained);
}

std::vector<Serving> shadow_versions(const Catalog& catalog,
                                     const model::ModelDefinition& definition) {
  const std::filesystem::path models = Folders(catalog.workspace).models;
  std::vector<Serving> list;
  for (const std::string& version : model::Registry::read(models, definition.name).shadows()) {
    list.push_back(with_definitions(catalog, definition,
                                    model::Model::load(models / definition.name / version),
                                    model::Stage::kShadow));
  }
  return list;
}

void expect_computable(const Serving& serving, const Catalog& catalog,
                       const model::ModelDefinition& today, const Dictionary& kinds) {
  if (serving.definition.version == today.version) return;
  if (today.table) return;
  const std::set<std::string> named = kinds_read(catalog.features_of(today), today);
  std::vector<std::string> gone;
  for (const std::string& kind : kinds_read(serving.features, serving.definition)) {
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

model::DefinitionTexts texts_of(const Catalog& catalog, const model::ModelDefinition& definition) {
  return {file_text(catalog, "model", definition.name),
          definition.table ? "" : file_text(catalog, "features", definition.measure)};
}

}  // namespace waymark::engine
