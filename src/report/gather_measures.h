#pragma once

#include "engine/catalog.h"
#include "query/session.h"
#include "report/content.h"
#include "trail/reader.h"

namespace waymark::report {

// Metrics, funnels, retentions, lifecycles, cohorts, tiers, clusters, paths and anomalies, as
// `waymark query` answers with them; those that have been built.
void gather_measures(const engine::Catalog& catalog, const trail::TrailReader& trails,
                     query::Session& session, Content& content);

}  // namespace waymark::report
