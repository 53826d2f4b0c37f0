#include "fold/lifecycle_definition.h"

#include <fmt/format.h>

namespace waymark::fold {
namespace {

using workspace::Node;

// What a unit's periods hold, and what is asked of them unless the definition says otherwise.
struct Usual {
  std::uint32_t longest, engaged_days, at_risk, dormant;
};

Usual usual(PeriodUnit unit) {
  switch (unit) {
    case PeriodUnit::kDay:
      return {1, 1, 7, 28};
    case PeriodUnit::kMonth:
      return {31, 8, 1, 3};
    case PeriodUnit::kWeek:
      break;
  }
  return {7, 3, 1, 4};
}

std::uint32_t number_of(const Node& node, std::uint32_t fallback) {
  return static_cast<std::uint32_t>(node.integer(fallback));
}

}  // namespace

LifecycleDefinition parse_lifecycle(const workspace::Definition& definition,
                                    workspace::Diagnostics& diagnostics) {
  const Node& node = definition.node;
  LifecycleDefinition lifecycle{.name = definition.name, .version = definition.version};
  lifecycle.activity = read_filter(node["activity"], diagnostics);
  if (const Node activated = node["activated"]; activated.exists()) {
    lifecycle.activated = read_filter(activated, diagnostics);
    lifecycle.activating = number_of(activated["at_least"], 1);
  }
  if (node["left"].exists()) lifecycle.left = read_filter(node["left"], diagnostics);
  lifecycle.per_course = node["per"].text("course") == "course";
  lifecycle.unit = period_unit(node["period"].text("week"));
  lifecycle.zone_property = node["time_zone"]["property"].text();
  const Usual usually = usual(lifecycle.unit);
  const Node days = node["engaged"]["active_days"];
  lifecycle.engaged_days = number_of(days, usually.engaged_days);
  if (lifecycle.engaged_days > usually.longest) {
    diagnostics.add(days.place(), "lifecycle.too_many_days",
                    fmt::format("a {} never has {} active days", node["period"].text("week"),
                                lifecycle.engaged_days),
                    fmt::format("at most {}", usually.longest));
  }
  const Node dormant = node["dormant"]["after"];
  lifecycle.at_risk = number_of(node["at_risk"]["after"], usually.at_risk);
  lifecycle.dormant = number_of(dormant, usually.dormant);
  if (lifecycle.dormant <= lifecycle.at_risk) {
    diagnostics.add((dormant.exists() ? dormant : node["at_risk"]).place(),
                    "lifecycle.dormant_too_soon",
                    fmt::format("dormant after {} periods leaves no time to be at risk, which is "
                                "after {}",
                                lifecycle.dormant, lifecycle.at_risk),
                    "ask for more periods until somebody is dormant");
  }
  return lifecycle;
}

}  // namespace waymark::fold
