#include "engine/catalog.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/anomalies.h"
#include "engine/kept_definitions.h"
#include "engine/measure.h"
#include "engine/metrics.h"
#include "engine/models.h"
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
  throw_missing(fmt::format("{}.missing", what), what, name, known);
}

// Reads the definitions of a workspace, sort by sort, and sees to it that no two make one table of
// the warehouse, which compares names without regard to case.
class Parser {
 public:
  Parser(const workspace::Workspace& workspace, workspace::Diagnostics& diagnostics)
      : workspace_(workspace), diagnostics_(diagnostics) {
    for (const std::string_view name : query::Warehouse::kTakenNames) {
      makers_.emplace(name, "Waymark itself");
    }
    if (!workspace.definitions("cohort").empty()) {
      makers_.emplace(kCohortOverlap, "the comparison of all cohorts");
    }
  }

  // tables(definition): the tables that it makes.
  template <typename Definition, typename Parse, typename Tables>
  void parse(std::string_view kind, std::vector<Definition>& into, const Parse& parse,
             const Tables& tables) {
    for (const workspace::Definition& definition : workspace_.definitions(kind)) {
      add(definition, into, parse, tables);
    }
  }
  template <typename Definition, typename Parse>
  void parse(std::string_view kind, std::vector<Definition>& into, const Parse& parse_one) {
    parse(kind, into, parse_one, [](const Definition&) { return std::vector<std::string>(); });
  }
  template <typename Definition, typename Parse>
  void parse_measures(std::string_view kind, std::vector<Definition>& into,
                      const Parse& parse_one) {
    parse(kind, into, parse_one,
          [](const Definition& definition) { return tables_of(definition); });
  }
  template <typename Definition, typename Parse, typename Tables>
  void add(const workspace::Definition& definition, std::vector<Definition>& into,
           const Parse& parse, const Tables& tables) {
    into.push_back(parse(definition));
    for (const std::string& table : tables(into.back())) claim(table, definition);
  }

 private:
  void claim(const std::string& table, const workspace::Definition& definition) {
    const auto [maker, is_new] =
        makers_.emplace(lower_ascii(table), definition.kind + " '" + definition.name + "'");
    if (is_new) return;
    diagnostics_.add(definition.node.place(), "table.taken",
                     fmt::format("this makes the table '{}', and so does {}", table, maker->second),
                     "rename one of the files");
  }

  const workspace::Workspace& workspace_;
  workspace::Diagnostics& diagnostics_;
  std::map<std::string, std::string> makers_;
};

}  // namespace

void throw_missing(std::string_view reason, std::string_view what, std::string_view name,
                   const std::vector<std::string>& known) {
  throw Error(ErrorCode::kNotFound, std::string(reason),
              fmt::format("there is no {} '{}'{}; there is: {}", what, name,
                          in_brackets(did_you_mean(name, known)),
                          known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
}

const source::SourceDefinition& Catalog::source(std::string_view name) const {
  return find(sources, name, "source");
}

const fold::FeaturesDefinition& Catalog::features_of(const model::ModelDefinition& model) const {
  return find(features, model.measure, "features");
}

const model::ModelDefinition& Catalog::model(std::string_view name) const {
  return find(models, name, "model");
}

const model::SurvivalDefinition* Catalog::find_survival(std::string_view name) const {
  const auto found = std::ranges::find(survivals, name, &model::SurvivalDefinition::name);
  return found == survivals.end() ? nullptr : &*found;
}

const fold::CohortDefinition& Catalog::cohort(std::string_view name) const {
  return find(cohorts, name, "cohort");
}

const fold::MetricDefinition& Catalog::metric(std::string_view name) const {
  return find(metrics, name, "metric");
}

const fold::AnomaliesDefinition& Catalog::anomalies_named(std::string_view name) const {
  return find(anomalies, name, "anomalies");
}

const std::map<std::string, std::string_view>& schemas() {
  static const std::map<std::string, std::string_view> all{
      {"waymark", workspace::kWaymarkSchema}, {"source", source::kSourceSchema},
      {"sessions", fold::kSessionsSchema},    {"engagement", fold::kEngagementSchema},
      {"features", fold::kFeaturesSchema},    {"funnel", fold::kFunnelSchema},
      {"retention", fold::kRetentionSchema},  {"lifecycle", fold::kLifecycleSchema},
      {"calendar", fold::kCalendarSchema},    {"tiers", fold::kTiersSchema},
      {"clusters", fold::kClustersSchema},    {"paths", fold::kPathsSchema},
      {"cohort", fold::kCohortSchema},        {"model", model::kModelSchema},
      {"events", fold::kEventsSchema},        {"metric", fold::kMetricSchema},
      {"anomalies", fold::kAnomaliesSchema},  {"mastery", fold::kMasterySchema},
      {"survival", model::kSurvivalSchema}};
  return all;
}

namespace {

std::vector<std::string> all_tables(const model::SurvivalDefinition& survival) {
  std::vector<std::string> tables = tables_of(survival);
  tables.push_back(shadow_table(survival));
  return tables;
}

// Its features are called MODEL/MEASURE, as the workspace may have others of that name.
void add_imported(KeptDefinitions& kept, Catalog& catalog, Parser& parser,
                  workspace::Diagnostics& diagnostics) {
  fold::FeaturesDefinition& features = kept.features;
  const std::span<const fold::FeaturesDefinition> measures(&features, 1);
  const std::string name = fmt::format("{}/{}", kept.model.name, features.name);
  if (kept.model.kind == "survival") {
    const auto parse = [&](const auto& d) {
      return model::parse_survival(d, measures, catalog.zone(), diagnostics);
    };
    parser.add(kept.model, catalog.survivals, parse, all_tables);
    catalog.survivals.back().rows.measure = name;
  } else {
    const auto parse = [&](const auto& d) {
      return model::parse_model(d, measures, catalog.calendars, catalog.zone(), diagnostics);
    };
    const auto tables = [](const model::ModelDefinition& model) { return tables_of(model); };
    parser.add(kept.model, catalog.models, parse, tables);
    if (catalog.models.back().table) return;
    catalog.models.back().measure = name;
  }
  features.name = name;
  catalog.features.push_back(std::move(features));
}

Catalog typed(workspace::Workspace untyped, workspace::Diagnostics& diagnostics) {
  Catalog catalog{.workspace = std::move(untyped)};
  const workspace::Workspace& workspace = catalog.workspace;
  Parser parser(workspace, diagnostics);
  const auto with_diagnostics = [&](auto* parse) {
    return [&diagnostics, parse](const auto& d) { return parse(d, diagnostics); };
  };
  parser.parse("source", catalog.sources, [&](const auto& d) {
    return source::parse_source(d, workspace.settings(), diagnostics);
  });
  parser.parse_measures("sessions", catalog.sessions, with_diagnostics(fold::parse_sessions));
  parser.parse_measures("engagement", catalog.engagement, with_diagnostics(fold::parse_engagement));
  parser.parse_measures("funnel", catalog.funnels, with_diagnostics(fold::parse_funnel));
  parser.parse("calendar", catalog.calendars, with_diagnostics(fold::parse_season_calendar));
  parser.parse_measures("retention", catalog.retentions, [&](const auto& d) {
    return fold::parse_retention(d, catalog.calendars, diagnostics);
  });
  parser.parse_measures("lifecycle", catalog.lifecycles, with_diagnostics(fold::parse_lifecycle));
  parser.parse_measures("mastery", catalog.masteries, with_diagnostics(fold::parse_mastery));
  parser.parse_measures("paths", catalog.paths, with_diagnostics(fold::parse_paths));
  parser.parse_measures("cohort", catalog.cohorts, with_diagnostics(fold::parse_cohort));
  fold::resolve_cohorts(catalog.cohorts, diagnostics);
  parser.parse("features", catalog.features, with_diagnostics(fold::parse_features));
  parser.parse_measures("tiers", catalog.tiers, [&](const auto& d) {
    return fold::parse_tiers(d, catalog.features, catalog.zone(), diagnostics);
  });
  parser.parse_measures("clusters", catalog.clusters, [&](const auto& d) {
    return fold::parse_clusters(d, catalog.features, catalog.zone(), diagnostics);
  });
  parser.parse(
      "survival", catalog.survivals,
      [&](const auto& d) {
        return model::parse_survival(d, catalog.features, catalog.zone(), diagnostics);
      },
      all_tables);
  parser.parse("events", catalog.events, with_diagnostics(fold::parse_events));
  parser.parse_measures("metric", catalog.metrics, [&](const auto& d) {
    return fold::parse_metric(d, catalog.calendars, diagnostics);
  });
  resolve_metrics(catalog, diagnostics);
  parser.parse_measures("anomalies", catalog.anomalies, [&](const auto& d) {
    return fold::parse_anomalies(d, catalog.calendars, diagnostics);
  });
  resolve_anomalies(catalog, diagnostics);
  parser.parse_measures("model", catalog.models, [&](const auto& d) {
    return model::parse_model(d, catalog.features, catalog.calendars, catalog.zone(), diagnostics);
  });
  for (KeptDefinitions& kept : imported_definitions(workspace, diagnostics)) {
    add_imported(kept, catalog, parser, diagnostics);
  }
  for (const workspace::Definition& definition : workspace.definitions()) {
    auto tests = fold::read_examples(definition, catalog.zone(), diagnostics);
    if (!tests.empty()) catalog.tests.push_back({definition.name, std::move(tests)});
  }
  return catalog;
}

// Throws where there are mistakes.
void expect_none(const workspace::Diagnostics& diagnostics) {
  if (diagnostics.empty()) return;
  std::string mistakes;
  for (const workspace::Diagnostic& diagnostic : diagnostics.sorted()) {
    mistakes += "\n  " + workspace::to_text(diagnostic);
  }
  throw Error(ErrorCode::kInvalid, "definitions.invalid",
              "the definitions have mistakes:" + mistakes);
}

}  // namespace

Catalog check(const std::filesystem::path& folder, workspace::Diagnostics& diagnostics) {
  return typed(workspace::Workspace::open(folder, schemas(), diagnostics), diagnostics);
}

Catalog load(const std::filesystem::path& folder) {
  workspace::Diagnostics diagnostics;
  Catalog catalog = check(folder, diagnostics);
  expect_none(diagnostics);
  return catalog;
}

Catalog with_measure(const Catalog& catalog, const std::string& kind, const std::string& name,
                     std::string_view yaml) {
  workspace::Diagnostics diagnostics;
  const workspace::Node node = workspace::parse_yaml(yaml, "definition", diagnostics);
  workspace::validate(node, schemas().at(kind), diagnostics);
  Catalog more = typed(
      catalog.workspace.with({name, kind, node, node.content_hash(workspace::Definition::kTests)}),
      diagnostics);
  expect_none(diagnostics);
  return more;
}

void write_schemas(const std::filesystem::path& workspace_folder) {
  const std::filesystem::path folder = workspace_folder / ".waymark" / "schemas";
  std::filesystem::create_directories(folder);
  for (const auto& [kind, schema] : schemas()) {
    write_file_atomically(folder / (kind + ".schema.json"), schema);
  }
}

}  // namespace waymark::engine
