// Definition files, as somebody types them.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fold/anomalies_definition.h"
#include "fold/clusters_definition.h"
#include "fold/cohort_definition.h"
#include "fold/cohort_words.h"
#include "fold/engagement.h"
#include "fold/features_definition.h"
#include "fold/funnel_definition.h"
#include "fold/lifecycle_definition.h"
#include "fold/mastery_definition.h"
#include "fold/metric_definition.h"
#include "fold/paths_definition.h"
#include "fold/retention_definition.h"
#include "fold/schemas.h"
#include "fold/season_calendar.h"
#include "fold/sessions.h"
#include "fold/tiers.h"
#include "model/definition.h"
#include "model/schemas.h"
#include "model/survival.h"
#include "source/definition.h"
#include "source/schemas.h"

namespace {

using namespace waymark;

// What models may name.
const std::vector<fold::FeaturesDefinition> kStudy{
    {.name = "study",
     .features = {{.name = "clicks"},
                  {.name = "region", .aggregate = fold::Aggregate::kAttributeText}}}};
const std::vector<fold::SeasonCalendar> kTerms{{.name = "terms"}};

void parse(std::uint8_t kind, std::string_view text) try {
  workspace::Diagnostics diagnostics;
  const workspace::Node node = workspace::parse_yaml(text, "fuzz.yaml", diagnostics);
  if (!diagnostics.empty()) return;
  const auto parse_as = [&](std::string_view schema, const auto& parse) {
    workspace::validate(node, schema, diagnostics);
    if (diagnostics.empty()) parse({"fuzz", "", node, node.content_hash()}, diagnostics);
  };
  switch (kind % 18) {
    case 0:
      return parse_as(source::kSourceSchema, [](const workspace::Definition& d, auto& found) {
        source::parse_source(d, {}, found);
      });
    case 1:
      return parse_as(fold::kSessionsSchema, fold::parse_sessions);
    case 2:
      return parse_as(fold::kEngagementSchema, fold::parse_engagement);
    case 3:
      return parse_as(fold::kFeaturesSchema, fold::parse_features);
    case 4:
      return parse_as(fold::kFunnelSchema, fold::parse_funnel);
    case 5:
      return parse_as(fold::kCalendarSchema, fold::parse_season_calendar);
    case 6:
      return parse_as(fold::kRetentionSchema, [](const workspace::Definition& d, auto& found) {
        fold::parse_retention(d, {}, found);
      });
    case 7:
      return parse_as(fold::kPathsSchema, fold::parse_paths);
    case 8:
      return parse_as(fold::kCohortSchema, [](const workspace::Definition& d, auto& found) {
        std::vector cohorts{fold::parse_cohort(d, Zone::utc(), found)};
        fold::resolve_cohorts(cohorts, found);
        if (found.empty()) fold::describe(cohorts.front());
      });
    case 9:
      return parse_as(fold::kEventsSchema, fold::parse_events);
    case 10:
      return parse_as(fold::kMetricSchema, [](const workspace::Definition& d, auto& found) {
        fold::parse_metric(d, {}, found);
      });
    case 11:
      return parse_as(fold::kLifecycleSchema, fold::parse_lifecycle);
    case 12:
      return parse_as(fold::kTiersSchema, [](const workspace::Definition& d, auto& found) {
        fold::parse_tiers(d, {}, Zone::utc(), found);
      });
    case 13:
      return parse_as(fold::kClustersSchema, [](const workspace::Definition& d, auto& found) {
        fold::parse_clusters(d, {}, Zone::utc(), found);
      });
    case 14:
      return parse_as(fold::kAnomaliesSchema, [](const workspace::Definition& d, auto& found) {
        fold::parse_anomalies(d, {}, found);
      });
    case 15:
      return parse_as(fold::kMasterySchema, fold::parse_mastery);
    case 16:
      return parse_as(model::kSurvivalSchema, [](const workspace::Definition& d, auto& found) {
        model::parse_survival(d, kStudy, Zone::utc(), found);
      });
    default:
      return parse_as(model::kModelSchema, [](const workspace::Definition& d, auto& found) {
        model::parse_model(d, kStudy, kTerms, Zone::utc(), found);
      });
  }
} catch (const Error&) {
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size != 0) parse(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
