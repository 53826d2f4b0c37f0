#include "engine/scratch.h"

#include "engine/measure.h"
#include "engine/measures.h"
#include "engine/metrics.h"

namespace waymark::engine {

void Scratch::make(const std::set<std::string>& names, const Catalog& catalog,
                   const trail::TrailReader& trails, const fold::Calendar& calendar,
                   std::optional<Micros> as_of, Progress& progress, trail::Selection only) const {
  std::set<std::string> wanted = names;
  if (names.contains(kCohortOverlap)) {
    for (const fold::CohortDefinition& cohort : catalog.cohorts) wanted.insert(cohort.name);
  }
  const auto add_needed_by = [&](const auto& definitions) {
    for (const auto& definition : definitions) {
      if (names.contains(definition.name)) wanted.merge(measures_of(definition, catalog));
    }
  };
  add_needed_by(catalog.metrics);
  add_needed_by(catalog.anomalies);
  query::Warehouse tables(warehouse(), sql_options(catalog));
  for_each_tabled(catalog, [&](const auto& definition) {
    if (!wanted.contains(definition.name)) return;
    progress.begin(definition.name, trails.bucket_count());
    make_tables(definition,
                {.catalog = catalog,
                 .trails = trails,
                 .calendar = calendar,
                 .warehouse = tables,
                 .progress = progress,
                 .origin = {.definition = definition.name, .version = definition.version},
                 .as_of = as_of,
                 .only = only});
    progress.end(as_of ? "as of " + to_iso(*as_of) : "");
  });
}

}  // namespace waymark::engine
