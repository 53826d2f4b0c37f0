#include "engine/kept_definitions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "engine/trails.h"
#include "model/registry.h"

namespace waymark::engine {
namespace {

namespace fs = std::filesystem;

bool is_defined(const workspace::Workspace& workspace, const std::string& model) {
  return workspace.find("model", model) != nullptr || workspace.find("survival", model) != nullptr;
}

// None where there is nothing to read.
std::optional<KeptDefinitions> read_folder(const workspace::Workspace& workspace,
                                           const std::string& model, const std::string& version,
                                           workspace::Diagnostics& diagnostics) {
  const fs::path folder = Folders(workspace).models / model / version;
  const std::string place = folder.lexically_relative(workspace.folder());
  try {
    KeptDefinitions kept =
        read_kept(model, {read_file(folder / "model.yaml"), read_file(folder / "features.yaml")},
                  place, diagnostics);
    if (kept.model.node.exists()) return kept;
  } catch (const Error& error) {
    diagnostics.add({place, 0, 0}, error.reason(), error.what(), "import the version again");
  }
  return std::nullopt;
}

// The live version, where it was imported; else empty.
std::string imported_live(const fs::path& models, const std::string& model,
                          workspace::Diagnostics& diagnostics) try {
  const auto registry = model::Registry::read(models, model);
  const std::string live = registry.live().value_or("");
  const bool is_from_elsewhere =
      std::ranges::any_of(registry.history(), [&](const model::HistoryEntry& entry) {
        return entry.act == model::Act::kImport && entry.version == live;
      });
  return is_from_elsewhere ? live : "";
} catch (const Error& error) {
  diagnostics.add({models / model / "history.jsonl", 0, 0}, error.reason(), error.what());
  return "";
}

// The live version and the shadows; none where the history is damaged.
std::vector<std::string> versions_in_use(const fs::path& models, const std::string& model) try {
  const auto registry = model::Registry::read(models, model);
  std::vector<std::string> versions = registry.shadows();
  if (const auto live = registry.live()) versions.push_back(*live);
  return versions;
} catch (const Error&) {
  return {};
}

}  // namespace

KeptDefinitions read_kept(const std::string& model, const model::DefinitionTexts& texts,
                          const std::string& folder, workspace::Diagnostics& diagnostics) {
  const auto node_of = [&](const std::string& text, const char* file) {
    return workspace::parse_yaml(text, fmt::format("{}/{}", folder, file), diagnostics);
  };
  const auto checked = [&](const std::string& name, const std::string& kind,
                           const workspace::Node& node) {
    workspace::validate(node, schemas().at(kind), diagnostics);
    return workspace::Definition{name, kind, node,
                                 node.content_hash(workspace::Definition::kTests)};
  };
  const workspace::Node node = node_of(texts.model, "model.yaml");
  const bool is_survival = node["model"].text() == "survival";
  KeptDefinitions kept{checked(model, is_survival ? "survival" : "model", node), {}};
  if (!node.exists() || node["rows"].exists()) return kept;
  const workspace::Node features = node["features"];
  const std::string measure = (features.is_map() ? features["measure"] : features).text();
  kept.features = fold::parse_features(
      checked(measure, "features", node_of(texts.features, "features.yaml")), diagnostics);
  return kept;
}

std::vector<KeptDefinitions> imported_definitions(const workspace::Workspace& workspace,
                                                  workspace::Diagnostics& diagnostics) {
  const fs::path models = Folders(workspace).models;
  std::vector<std::string> names;
  if (fs::is_directory(models)) {
    for (const auto& entry : fs::directory_iterator(models))
      names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  std::vector<KeptDefinitions> list;
  for (const std::string& name : names) {
    if (is_defined(workspace, name)) continue;
    const std::string live = imported_live(models, name, diagnostics);
    if (live.empty()) continue;
    if (auto kept = read_folder(workspace, name, live, diagnostics))
      list.push_back(std::move(*kept));
  }
  return list;
}

bool is_imported(const Catalog& catalog, const std::string& model) {
  return !is_defined(catalog.workspace, model);
}

std::string how_to_define(const Catalog& catalog, const std::string& model) {
  const auto live = model::Registry::read(Folders(catalog.workspace).models, model).live();
  const model::SurvivalDefinition* survival = catalog.find_survival(model);
  const model::ModelDefinition& rows = survival != nullptr ? survival->rows : catalog.model(model);
  std::string words = fmt::format("copy .waymark/models/{0}/{1}/model.yaml to models/{0}.yaml",
                                  model, live.value_or("VERSION"));
  if (!rows.table)
    words += fmt::format(" and features.yaml beside it to measures/{}.yaml",
                         rows.measure.substr(model.size() + 1));
  return words;
}

std::vector<fold::FeaturesDefinition> features_in_use(const Catalog& catalog) {
  std::vector<std::string> models;
  for (const auto& definition : catalog.models) models.push_back(definition.name);
  for (const auto& definition : catalog.survivals) models.push_back(definition.name);
  std::vector<fold::FeaturesDefinition> list;
  workspace::Diagnostics ignored;  // whoever scores with such a version is told
  for (const std::string& model : models) {
    for (const std::string& version : versions_in_use(Folders(catalog.workspace).models, model)) {
      if (auto kept = read_folder(catalog.workspace, model, version, ignored))
        list.push_back(std::move(kept->features));
    }
  }
  return list;
}

}  // namespace waymark::engine
