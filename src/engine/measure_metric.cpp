#include "engine/measure.h"
#include "engine/metrics.h"

namespace waymark::engine {

std::vector<std::string> tables_of(const fold::MetricDefinition& definition) {
  return {definition.name};
}

void make_tables(const fold::MetricDefinition& definition, const Making& making) {
  making.warehouse.show_events(making.trails, making.only);
  const MetricSql metrics(making.catalog, making.trails, making.warehouse.connection(),
                          making.as_of);
  std::optional<std::string> select;
  if (making.same_until) select = metrics.carry_on(definition, definition.name, *making.same_until);
  if (!select) select = metrics.select(definition, MetricSql::usual(definition));
  making.warehouse.replace(definition.name, *select, making.origin);
}

}  // namespace waymark::engine
