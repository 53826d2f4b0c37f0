#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/node.h"

namespace waymark::fold {

// Which events a measure looks at, as definitions say it.

// A number that an event carries: one of its columns, or the numeric open property of that name.
// In YAML: `weight`, `score`, `duration_ms`, any other word for a property, and `property.weight`
// for a property that is called like a column.
struct Value {
  enum class Kind : std::uint8_t { kWeight, kScore, kDuration, kProperty };
  Kind kind = Kind::kWeight;
  std::string property;
  friend auto operator<=>(const Value&, const Value&) = default;
};

// Of a number: at_least <= value <= at_most. Of a text (where `texts` names any; the value is a
// property): one of the texts, or, `is_not`, a text that is none of them. An event without the
// value, or with one of the other sort, does not meet it.
struct Condition {
  Value value;
  double at_least = -std::numeric_limits<double>::infinity();
  double at_most = std::numeric_limits<double>::infinity();
  std::vector<std::string> texts;
  bool is_not = false;
  friend auto operator<=>(const Condition&, const Condition&) = default;
};

// The events that are in every list that is not empty and meet every condition.
struct Filter {
  std::vector<std::string> kinds, contexts, objects, courses, outcomes, sources;
  std::vector<Condition> where;
  friend auto operator<=>(const Filter&, const Filter&) = default;

  // The open properties that it asks for.
  std::vector<std::string> properties() const;
};

Value read_value(std::string_view word, const workspace::Place& place,
                 workspace::Diagnostics& diagnostics);

// A map from values to conditions; see filter_keys.part.json, `where`. Sorted.
std::vector<Condition> read_conditions(const workspace::Node& node,
                                       workspace::Diagnostics& diagnostics);

// The keys kinds, context, object, course, outcome, source and where of a map; see
// filter_keys.part.json.
Filter read_filter(const workspace::Node& node, workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
