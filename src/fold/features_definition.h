#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "workspace/diagnostic.h"
#include "workspace/workspace.h"

namespace waymark::fold {

// A number that an event carries: one of its columns, or the numeric open property of that name.
// In YAML: `weight`, `score`, `duration_ms`, any other word for a property, and `property.weight`
// for a property that is called like a column.
struct Value {
  enum class Kind : std::uint8_t { kWeight, kScore, kDuration, kProperty };
  Kind kind = Kind::kWeight;
  std::string property;
  friend auto operator<=>(const Value&, const Value&) = default;
};

// at_least <= value <= at_most; an event without the value does not meet it.
struct Condition {
  Value value;
  double at_least = -std::numeric_limits<double>::infinity();
  double at_most = std::numeric_limits<double>::infinity();
  friend auto operator<=>(const Condition&, const Condition&) = default;
};

// The events that a feature looks at: those that are in every list that is not empty and meet every
// condition.
struct Filter {
  std::vector<std::string> kinds, contexts, objects, outcomes, sources;
  std::vector<Condition> where;
  friend auto operator<=>(const Filter&, const Filter&) = default;
};

// The stretch [from ago, to ago) before the as-of, counted on the local clock, so that 7 days
// always reach back to the same time of day. Without `from` all that came before; since_start adds
// that it is not before the course's start (no such events where the start is not known).
struct Window {
  std::optional<Micros> from;
  Micros to = 0;
  bool since_start = false;
  friend auto operator<=>(const Window&, const Window&) = default;
};

enum class Aggregate : std::uint8_t {
  kCount,  // events; with a value: those that have it
  kSum,    // of a value; weighted: of value * weight
  kMean,   // of a value; weighted: sum(value * weight) / sum(weight)
  kMin,
  kMax,
  kFirst,
  kLast,
  kMaxDay,         // the largest sum of a value on one local day
  kDistinct,       // objects, contexts, kinds, outcomes or sources, without the empty one
  kActiveDays,     // local days with an event
  kActiveWeeks,    // weeks before the as-of (7 local days each, counted back from it) with an event
  kLongestStreak,  // local days in a row, each with an event
  kCurrentStreak,  // the run that reaches the as-of's day or the day before it, else 0
  kRecency,        // local days from the last event's to the as-of's
  kFirstDay,       // local days from the course's start to the first event; negative before it
  kGapMean,
  kGapSd,
  kGapMax,          // days between active days that follow each other; the sd of a sample
  kWeekdayEntropy,  // bits, of how active days spread over weekdays: 0 always the same, log2 7
                    // evenly
  kSlope,           // per week: least squares of weekly sums, weeks of nothing being 0
  kRatio,           // of two other features
  kDifference,      // of two other features
  kAttribute,       // the property's last value as a number
  kAttributeText,   // the property's last value as a text
};

// What slope adds up in each week.
enum class Weekly : std::uint8_t { kValue, kEvents, kActiveDays };

struct Feature {
  std::string name;
  Aggregate aggregate = Aggregate::kCount;
  std::optional<Value> value;
  std::optional<Value> weighted_by;
  Weekly weekly = Weekly::kValue;
  std::string distinct;             // "object", "context", "kind", "outcome", "source"
  std::string property;             // of an attribute
  std::size_t left = 0, right = 0;  // of a ratio or difference: indexes into the features
  Filter filter;
  Window window;
};

// measures/*.yaml with `measure: features`; see features.schema.json.
struct FeaturesDefinition {
  std::string name;
  std::string version;
  std::vector<Feature> features;
};

// Ratios of what does not exist, of texts or of each other are mistakes.
FeaturesDefinition parse_features(const workspace::Definition& definition,
                                  workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
