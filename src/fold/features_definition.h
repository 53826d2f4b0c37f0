#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "fold/filter.h"
#include "workspace/diagnostic.h"
#include "workspace/workspace.h"

namespace waymark::fold {

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
  kCount,           // events; with a value: those that have it
  kSum,             // of a value; weighted: of value * weight
  kMean,            // of a value; weighted: sum of value * weight over sum of weight
  kMinimum,         // of a value
  kMaximum,         // of a value
  kEarliest,        // a value of the first event that has it
  kLatest,          // a value of the last event that has it
  kMaximumDay,      // the largest sum of a value on one local day
  kDistinct,        // objects, contexts, kinds, outcomes or sources, without the empty one
  kActiveDays,      // local days with an event
  kActiveWeeks,     // weeks with an event; see below
  kLongestStreak,   // local days in a row, each with an event
  kCurrentStreak,   // the run that reaches the as-of's local day or the day before it, else 0
  kRecency,         // local days from the last event's to the as-of's
  kFirstDay,        // local days from the course's start to the first event; negative before it
  kGapMean,         // local days from one active day to the next: their mean,
  kGapDeviation,    // their standard deviation as a sample,
  kGapMaximum,      // and the longest
  kWeekdayEntropy,  // bits: how evenly active days spread over weekdays, from 0 to log2 7
  kSlope,           // least squares line through weekly sums, per week; see below
  kRatio,           // left / right
  kDifference,      // left - right
  kAttribute,       // a property's last value as a number
  kAttributeText,   // a property's last value as a text
};
// Weeks are 7 local days each, counted back from the window's end. A slope goes through the whole
// weeks of its window (without `from`: since the course's start), weeks without events being 0; it
// needs two. Sums, counts and streaks of nothing are 0; all else of nothing is missing, as is what
// is computed from something missing and a division by 0.

// What a slope adds up in each week.
enum class Weekly : std::uint8_t { kValue, kEvents, kActiveDays };

enum class Distinct : std::uint8_t { kObject, kContext, kKind, kOutcome, kSource };

struct Feature {
  std::string name;
  std::string description;  // in plain words; empty where none is given
  Aggregate aggregate = Aggregate::kCount;
  std::optional<Value> value;
  std::optional<Value> weighted_by;
  Weekly weekly = Weekly::kValue;
  Distinct distinct = Distinct::kObject;
  std::string property;             // of an attribute
  std::size_t left = 0, right = 0;  // of a ratio or difference: positions among the features
  Filter filter;
  Window window;

  bool is_text() const { return aggregate == Aggregate::kAttributeText; }
  bool is_derived() const {
    return aggregate == Aggregate::kRatio || aggregate == Aggregate::kDifference;
  }
};

// measures/*.yaml with `measure: features`; see features.schema.json.
struct FeaturesDefinition {
  std::string name;
  std::string version;
  std::vector<Feature> features;
};

// No derived feature of the result leads back to itself, whatever the mistakes.
FeaturesDefinition parse_features(const workspace::Definition& definition,
                                  workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
