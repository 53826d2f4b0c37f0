#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fold/anomalies_definition.h"
#include "fold/clusters_definition.h"
#include "fold/cohort_definition.h"
#include "fold/engagement.h"
#include "fold/example.h"
#include "fold/features_definition.h"
#include "fold/funnel_definition.h"
#include "fold/lifecycle_definition.h"
#include "fold/mastery_definition.h"
#include "fold/metric_definition.h"
#include "fold/paths_definition.h"
#include "fold/retention_definition.h"
#include "fold/season_calendar.h"
#include "fold/sessions.h"
#include "fold/tiers.h"
#include "model/definition.h"
#include "model/survival_definition.h"
#include "source/definition.h"
#include "workspace/workspace.h"

namespace waymark::engine {

// The table that compares all cohorts, where there are any.
inline constexpr const char* kCohortOverlap = "cohort_overlap";

// What a measure's definition says must come out.
struct MeasureTests {
  std::string measure;
  std::vector<fold::Example> tests;
};

// Every definition of a workspace, typed.
struct Catalog {
  workspace::Workspace workspace;
  std::vector<source::SourceDefinition> sources;
  std::vector<fold::SeasonCalendar> calendars;
  std::vector<fold::SessionsDefinition> sessions;
  std::vector<fold::EngagementDefinition> engagement;
  std::vector<fold::FunnelDefinition> funnels;
  std::vector<fold::CohortDefinition> cohorts;
  std::vector<fold::PathsDefinition> paths;
  std::vector<fold::RetentionDefinition> retentions;
  std::vector<fold::LifecycleDefinition> lifecycles;
  std::vector<fold::MasteryDefinition> masteries;
  std::vector<fold::FeaturesDefinition> features;
  std::vector<fold::TiersDefinition> tiers;
  std::vector<fold::ClustersDefinition> clusters;
  std::vector<fold::EventsDefinition> events;
  std::vector<fold::MetricDefinition> metrics;
  std::vector<fold::AnomaliesDefinition> anomalies;
  std::vector<model::ModelDefinition> models;
  std::vector<model::SurvivalDefinition> survivals;
  std::vector<MeasureTests> tests;  // of the measures that carry some

  Zone zone() const { return Zone::named(workspace.settings().time_zone); }
  // Throw Error{kNotFound} that lists what there is.
  const source::SourceDefinition& source(std::string_view name) const;
  const fold::FeaturesDefinition& features_of(const model::ModelDefinition& model) const;
  const model::ModelDefinition& model(std::string_view name) const;
  // Null where there is no such survival model.
  const model::SurvivalDefinition* find_survival(std::string_view name) const;
  const fold::CohortDefinition& cohort(std::string_view name) const;
  const fold::MetricDefinition& metric(std::string_view name) const;
  const fold::AnomaliesDefinition& anomalies_named(std::string_view name) const;
};

// Reads a workspace; every mistake in it becomes a diagnostic. Throws Error{kNotFound,
// "workspace.missing"} where the folder holds none.
Catalog check(const std::filesystem::path& folder, workspace::Diagnostics& diagnostics);

// The same for work that needs definitions without mistakes: throws Error{kInvalid,
// "definitions.invalid"} that lists them.
Catalog load(const std::filesystem::path& folder);

// Throws Error{kNotFound, reason}: "there is no funnel 'x' (did you mean 'y'?); there is: y, z".
[[noreturn]] void throw_missing(std::string_view reason, std::string_view what,
                                std::string_view name, const std::vector<std::string>& known);

// With one more measure of this kind and name. Throws as load() does, with places in "definition".
Catalog with_measure(const Catalog& catalog, const std::string& kind, const std::string& name,
                     std::string_view yaml);

// kind -> JSON Schema: what validates the definitions and what editors complete them with.
const std::map<std::string, std::string_view>& schemas();

// Puts the schemas where the editors' hints in definition files point: .waymark/schemas/.
void write_schemas(const std::filesystem::path& workspace_folder);

}  // namespace waymark::engine
