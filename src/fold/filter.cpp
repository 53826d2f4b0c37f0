#include "fold/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fold/reading.h"

namespace waymark::fold {
namespace {

using workspace::Node;

Condition read_condition(const std::string& name, const Node& bounds,
                         workspace::Diagnostics& diagnostics) {
  Condition condition{.value = read_value(name, bounds.place(), diagnostics)};
  const auto narrow = [&](double low, double high) {
    condition.at_least = std::max(condition.at_least, low);
    condition.at_most = std::min(condition.at_most, high);
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (bounds.is_scalar()) narrow(bounds.number(), bounds.number());
  for (const auto& [key, bound] : bounds.members()) {
    const double number = bound.number();
    if (key == "equals") narrow(number, number);
    if (key == "at_least") narrow(number, kInfinity);
    if (key == "at_most") narrow(-kInfinity, number);
    if (key == "above") narrow(std::nextafter(number, kInfinity), kInfinity);
    if (key == "below") narrow(-kInfinity, std::nextafter(number, -kInfinity));
  }
  if (condition.at_least > condition.at_most) {
    diagnostics.add(bounds.place(), "condition.empty",
                    fmt::format("no value of '{}' meets this condition", name));
  }
  return condition;
}

}  // namespace

Value read_value(std::string_view word, const workspace::Place& place,
                 workspace::Diagnostics& diagnostics) {
  static const std::vector<std::string> columns{"weight", "score", "duration_ms"};
  if (word == "weight") return {Value::Kind::kWeight, ""};
  if (word == "score") return {Value::Kind::kScore, ""};
  if (word == "duration_ms") return {Value::Kind::kDuration, ""};
  return {Value::Kind::kProperty, read_property(word, place, columns, diagnostics)};
}

Filter read_filter(const Node& node, workspace::Diagnostics& diagnostics) {
  Filter filter{.kinds = node["kinds"].texts(),
                .contexts = node["context"].texts(),
                .objects = node["object"].texts(),
                .outcomes = node["outcome"].texts(),
                .sources = node["source"].texts()};
  for (const auto& [name, bounds] : node["where"].members()) {
    filter.where.push_back(read_condition(name, bounds, diagnostics));
  }
  for (auto* list :
       {&filter.kinds, &filter.contexts, &filter.objects, &filter.outcomes, &filter.sources}) {
    std::ranges::sort(*list);
  }
  std::ranges::sort(filter.where);
  return filter;
}

}  // namespace waymark::fold
