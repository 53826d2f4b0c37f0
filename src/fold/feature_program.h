#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "fold/features.h"

namespace waymark::fold {

// What a FeaturesFold runs: a definition with names resolved, equal work shared, and every course's
// moments worked out. Made once, then read by many threads.
//
// Each distinct filter is a bit. Looking a filter up costs one table per column for 64 filters at a
// time; what remains of the bits says which steps an event makes, and each step adds the event to
// one accumulator.

// Which filters of a block let a code pass.
class CodeMasks {
 public:
  // Only these codes pass filter `bit`.
  void restrict_to(const std::vector<Code>& codes, unsigned bit);
  std::uint64_t operator()(Code code) const {
    return code < by_code_.size() ? by_code_[code] : otherwise_;
  }
  bool used() const { return !by_code_.empty() || otherwise_ != ~std::uint64_t{0}; }

 private:
  std::vector<std::uint64_t> by_code_;
  std::uint64_t otherwise_ = ~std::uint64_t{0};
};

enum class StepKind : std::uint8_t {
  kCount,
  kCountValue,
  kSum,
  kSumProduct,  // value * weight
  kSumWeight,   // weight, of events with a value
  kMinimum,
  kMaximum,
  kEarliest,
  kLatest,
  kMaximumDay,   // 3 numbers: the largest sum, the present day's sum, the present day
  kActiveWeeks,  // 2: weeks, the present one
  kWeekly,       // 2: sum of values, sum of value * weeks ago
  kWeeklyEvents,
  kWeeklyDays,  // 3: as kWeekly, the present day
  kDays,        // one FeaturesFold::Days
  kText,        // one text
  kObjects,     // one set, and so are all below
  kContexts,
  kKinds,
  kOutcomes,
  kSources,
};

// Adds an event within the window to the accumulator at `cell` (of numbers, days, texts or sets, by
// kind). Values are numbered as in FeatureProgram::values, texts as reads.properties.
struct FeatureStep {
  StepKind kind;
  std::uint32_t window = 0;
  std::uint32_t value = 0;
  std::uint32_t weight = 0;
  std::uint32_t cell = 0;

  auto key() const { return std::tuple(kind, window, value, weight); }
};

// Up to 64 filters.
struct FilterBlock {
  struct Check {
    unsigned bit;
    std::uint32_t value;
    double at_least, at_most;
  };
  std::uint64_t all = 0;  // the bits in use
  CodeMasks kinds, contexts, objects, outcomes, sources;
  std::vector<Check> checks;
  std::array<std::vector<FeatureStep>, 64> steps;  // by filter
};

// How a feature's number comes from its accumulators.
struct FeatureResult {
  Aggregate aggregate;
  std::uint32_t window = 0;
  std::uint32_t cell = 0;    // or the column of the left operand
  std::uint32_t second = 0;  // a mean's divisor, or the column of the right operand
};

// Column numbers count numbers and texts apart.
struct FeatureColumn {
  std::string name;
  FeatureResult result;
};

// The moments of a course.
struct CoursePlan {
  struct Point {
    Micros as_of;  // kNever where the course has no such moment
    std::int64_t day;
    // per window
    std::vector<Micros> begin, end;
    std::vector<Micros> local_end;
    std::vector<std::int64_t> weeks;  // whole ones, 0 where the beginning is not known
  };
  static constexpr Micros kNever = std::numeric_limits<Micros>::min();
  std::optional<std::int64_t> start_day;
  std::vector<Point> points;
};

struct FeatureProgram {
  static constexpr std::uint8_t kEnrolled = 1, kLeft = 2, kTarget = 4;

  FeatureProgram(const FeaturesDefinition& definition, const FeaturesRequest& request,
                 const Calendar& calendar, const Zone& zone, const Names& names);

  const CoursePlan& plan(Code course) const {
    const auto found = plans.find(course);
    return found == plans.end() ? undated : found->second;
  }
  // Which roles (kEnrolled, …) events of a kind have.
  std::uint8_t roles(Code kind) const { return kind < kind_roles.size() ? kind_roles[kind] : 0; }

  Reads reads;
  Zone zone;
  std::vector<Value> values;
  std::vector<std::uint32_t> value_properties;  // of a property: its position in reads.properties
  std::vector<FilterBlock> blocks;
  std::vector<double> initial_numbers;  // of one point
  std::size_t days = 0, texts = 0, sets = 0;

  std::vector<FeatureColumn> number_columns;  // in the definition's order
  std::vector<std::uint32_t> number_order;    // operands before what is derived from them
  std::vector<FeatureColumn> text_columns;

  std::size_t points = 0;
  std::unordered_map<Code, CoursePlan> plans;
  CoursePlan undated;

  std::vector<std::uint8_t> kind_roles;
  bool anyone_enrolled = false;  // whoever has an event is in the risk set until they leave
  bool has_target = false;
  bool any_outcome = false;
  std::vector<Code> target_outcomes;
};

}  // namespace waymark::fold
