#pragma once

#include <memory>
#include <vector>

#include "engine/catalog.h"
#include "sql/table_function.h"
#include "trail/reader.h"

namespace waymark::engine {

// sessions(), engagement(), funnel(), retention(), lifecycle(), mastery(), paths(), cohort(),
// tiers(), clusters(), metric() and anomalies() in SQL: what a measure of that sort makes of the
// trails when it is asked.
// FROM funnel(measure := VARCHAR, definition := VARCHAR, part := VARCHAR, as_of := TIMESTAMP):
// `measure` names one of the workspace, which may be left out where there is only one of its sort;
// `definition` is one in YAML instead, as it would stand under measures/; `part` is what follows
// the measure's name in the name of one of its further tables, such as "steps"; only events before
// `as_of` (UTC) count.
std::vector<std::shared_ptr<const sql::TableFunction>> fold_functions(
    const Catalog& catalog, const trail::TrailReader& trails);

}  // namespace waymark::engine
