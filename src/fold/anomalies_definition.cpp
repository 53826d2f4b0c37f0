#include "fold/anomalies_definition.h"

namespace waymark::fold {

AnomaliesDefinition parse_anomalies(const workspace::Definition& definition,
                                    std::span<const SeasonCalendar> calendars,
                                    workspace::Diagnostics& diagnostics) {
  const workspace::Node& node = definition.node;
  AnomaliesDefinition anomalies{.name = definition.name, .version = definition.version};
  anomalies.description = node["description"].text();
  anomalies.owner = node["owner"].text();
  anomalies.metric = mention(node["metric"]);
  if (node["grain"].exists()) anomalies.grain = read_grain(node["grain"]);
  if (node["by"].exists()) anomalies.by = read_dimensions(node["by"], diagnostics);
  for (const workspace::Node& item : node["where"].items()) {
    anomalies.where.push_back(mention(item));
  }
  if (node["repeats"].exists()) anomalies.repeats = mention(node["repeats"]);
  anomalies.false_alarms = node["false_alarms"].number(anomalies.false_alarms);
  anomalies.least_effect = node["least_effect"].number(anomalies.least_effect);
  anomalies.calendar = read_calendar(node["calendar"], calendars, diagnostics);
  if (anomalies.calendar) anomalies.version = version_with(anomalies.version, *anomalies.calendar);
  return anomalies;
}

}  // namespace waymark::fold
