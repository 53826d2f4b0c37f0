#include "engine/scratch.h"

#include "engine/measure.h"
#include "engine/measures.h"

namespace waymark::engine {

void Scratch::make(const std::set<std::string>& names, const Catalog& catalog,
                   const trail::TrailReader& trails, const fold::Calendar& calendar,
                   std::optional<Micros> as_of, Progress& progress) const {
  query::Warehouse tables(warehouse(), sql_options(catalog));
  const auto make_one = [&](const auto& definition) {
    if (!names.contains(definition.name)) return;
    progress.begin(definition.name, trails.bucket_count());
    make_tables(definition, {catalog,
                             trails,
                             calendar,
                             tables,
                             progress,
                             {.definition = definition.name, .version = definition.version},
                             as_of});
    progress.end(as_of ? "as of " + to_iso(*as_of) : "");
  };
  for_each_measure(catalog, make_one);
  for (const fold::MetricDefinition& metric : catalog.metrics) make_one(metric);
}

}  // namespace waymark::engine
