#include "engine/catalog.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "fold/schemas.h"
#include "model/schemas.h"
#include "source/schemas.h"
#include "workspace/schemas.h"

namespace waymark::engine {
namespace {

template <typename Definition>
const Definition& find(const std::vector<Definition>& definitions, std::string_view name,
                       std::string_view what) {
  std::vector<std::string> known;
  for (const Definition& definition : definitions) {
    if (definition.name == name) return definition;
    known.push_back(definition.name);
  }
  const std::string_view nearest = nearest_word(name, known);
  throw Error(ErrorCode::kNotFound, fmt::format("{}.missing", what),
              fmt::format("there is no {} '{}'{}; there is: {}", what, name,
                          nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest),
                          known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
}

template <typename Definition, typename Parse>
void parse_all(const workspace::Workspace& workspace, std::string_view kind,
               std::vector<Definition>& into, Parse&& parse) {
  for (const workspace::Definition& definition : workspace.definitions(kind))
    into.push_back(parse(definition));
}

}  // namespace

const source::SourceDefinition& Catalog::source(std::string_view name) const {
  return find(sources, name, "source");
}

const fold::FeaturesDefinition& Catalog::features_of(const model::ModelDefinition& model) const {
  return find(features, model.measure, "features");
}

const model::ModelDefinition& Catalog::model(std::string_view name) const {
  return find(models, name, "model");
}

const std::map<std::string, std::string_view>& schemas() {
  static const std::map<std::string, std::string_view> all{
      {"waymark", workspace::kWaymarkSchema}, {"source", source::kSourceSchema},
      {"sessions", fold::kSessionsSchema},    {"engagement", fold::kEngagementSchema},
      {"features", fold::kFeaturesSchema},    {"funnel", fold::kFunnelSchema},
      {"model", model::kModelSchema}};
  return all;
}

Catalog check(const std::filesystem::path& folder, workspace::Diagnostics& diagnostics) {
  Catalog catalog{.workspace = workspace::Workspace::open(folder, schemas(), diagnostics)};
  const workspace::Workspace& workspace = catalog.workspace;
  parse_all(workspace, "source", catalog.sources, [&](const auto& d) {
    return source::parse_source(d, workspace.settings(), diagnostics);
  });
  parse_all(workspace, "sessions", catalog.sessions,
            [&](const auto& d) { return fold::parse_sessions(d, diagnostics); });
  parse_all(workspace, "engagement", catalog.engagement,
            [&](const auto& d) { return fold::parse_engagement(d, diagnostics); });
  parse_all(workspace, "funnel", catalog.funnels,
            [&](const auto& d) { return fold::parse_funnel(d, diagnostics); });
  parse_all(workspace, "features", catalog.features,
            [&](const auto& d) { return fold::parse_features(d, diagnostics); });
  parse_all(workspace, "model", catalog.models, [&](const auto& d) {
    return model::parse_model(d, catalog.features, catalog.zone(), diagnostics);
  });
  return catalog;
}

Catalog load(const std::filesystem::path& folder) {
  workspace::Diagnostics diagnostics;
  Catalog catalog = check(folder, diagnostics);
  if (diagnostics.empty()) return catalog;
  std::string mistakes;
  for (const workspace::Diagnostic& diagnostic : diagnostics.sorted()) {
    mistakes += "\n  " + workspace::to_text(diagnostic);
  }
  throw Error(ErrorCode::kInvalid, "definitions.invalid",
              "the definitions have mistakes:" + mistakes);
}

void write_schemas(const std::filesystem::path& workspace_folder) {
  const std::filesystem::path folder = workspace_folder / ".waymark" / "schemas";
  std::filesystem::create_directories(folder);
  for (const auto& [kind, schema] : schemas()) {
    write_file_atomically(folder / (kind + ".schema.json"), schema);
  }
}

}  // namespace waymark::engine
