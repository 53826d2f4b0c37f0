#include "engine/measure.h"
#include "engine/metrics.h"

namespace waymark::engine {

std::vector<std::string> tables_of(const fold::MetricDefinition& definition) {
  return {definition.name};
}

void make_tables(const fold::MetricDefinition& definition, const Making& making) {
  making.warehouse.show_events(making.trails);
  const MetricSql metrics(making.catalog, making.trails, making.warehouse.connection(),
                          making.as_of);
  making.warehouse.replace(definition.name,
                           metrics.select(definition, MetricSql::usual(definition)), making.origin);
}

}  // namespace waymark::engine
