#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fold/features.h"
#include "fold/filter_masks.h"

namespace waymark::fold {

// What a FeaturesFold runs: a definition with names resolved, equal work shared, and every course's
// moments worked out. Made once, then read by many threads.
//
// What is only added up (counts, sums) needs no window while events come: the edges of all windows
// cut time into segments, each event is added to its segment, and a feature adds up the segments of
// its window in the end. That is a tally. All else is a step, made by each event that is within its
// window.
//
// Filters come in three sorts, from fast to general: every event; those that look at one column of
// codes, which a tally finds by a table; and all others, which are bits. Looking bits up costs one
// table per column for 64 filters at a time.

enum class TallyKind : std::uint8_t {
  kEvents,
  kPresent,  // 1 where there is a value
  kValue,
  kProduct,  // value * weight
  kWeight,   // weight, where there is a value
};

// What an event adds. Values are numbered as in FeatureProgram::values.
struct Amount {
  TallyKind kind;
  std::uint32_t value = 0;
  std::uint32_t weight = 0;
  friend bool operator==(const Amount&, const Amount&) = default;
};

// Tallies have one number per segment each; a cell is the first of them. Amounts are numbered as in
// FeatureProgram::amounts.
struct PlainTally {
  std::uint32_t amount;
  std::uint32_t cell;
};

// Filters on one column that have no code in common.
struct CodeTally {
  std::uint32_t amount;
  const Code* Slice::*column;
  std::vector<std::uint32_t> cells;  // by code; the rest, and 0, goes where nothing is read
};

struct MaskTally {
  std::uint32_t amount;
  std::uint64_t filters = 0;                 // those of the block that have this tally, as bits
  std::array<std::uint32_t, 64> cells = {};  // of each
};

enum class StepKind : std::uint8_t {
  kMinimum,
  kMaximum,
  kEarliest,
  kLatest,
  kMaximumDay,   // 3 numbers: the largest sum, the present day's sum, the present day
  kActiveWeeks,  // 2: weeks, the present one
  kWeekly,       // 2: sum of values, sum of value * weeks ago
  kWeeklyEvents,
  kWeeklyDays,  // 4: as kWeekly, the present day and week
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
  std::uint32_t cell = 0;
  bool is_attribute = false;

  auto key() const { return std::tuple(kind, window, value, is_attribute); }
};

// An attribute: what events without a course say holds in all courses.
struct AttributeStep {
  FeatureStep step;
  std::optional<std::size_t> list;  // which of FeatureProgram::steps; none: of every event
};

// Up to 64 filters.
struct FilterBlock {
  FilterMasks masks;
  std::vector<MaskTally> tallies;
  std::uint64_t stepping = 0;                // the bits that have any steps
  std::array<std::uint32_t, 64> lists = {};  // of those: which of FeatureProgram::steps
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

// A column that is numbers [first, end) added up, and to them, where it extends it, the sum before:
// of windows with one end, the shorter come first.
struct FeatureSum {
  std::uint32_t column, first, end;
  bool extends;
};

// The moments of a course.
struct CoursePlan {
  struct Point {
    Micros as_of;  // FeaturesFold::kNever where the course has no such moment
    std::int64_t day;
    // per window
    std::vector<Micros> begin, end;
    std::vector<Micros> local_end;
    std::vector<std::int64_t> weeks;  // whole ones, 0 where the beginning is not known
    std::vector<std::pair<std::uint32_t, std::uint32_t>> segments;  // [first, end)
    // Where segments 1, 2, … begin, in order.
    std::vector<Micros> edges;
    std::vector<FeatureSum> sums;
    Micros target_end = kLatest;
  };
  std::optional<std::int64_t> start_day;
  std::vector<Point> points;
};

struct FeatureProgram {
  static constexpr std::uint8_t kEnrolled = 1, kLeft = 2, kTarget = 4;

  FeatureProgram(const FeaturesDefinition& definition, const FeaturesRequest& request,
                 const Calendar& calendar, const Zone& zone, const Names& names);
  void take_target(const Target& target, const Names& names);

  const CoursePlan& plan(Code course) const {
    const auto found = plans.find(course);
    return found == plans.end() ? undated : found->second;
  }
  // Which roles (kEnrolled, …) events of a kind have.
  std::uint8_t roles(Code kind) const { return kind < kind_roles.size() ? kind_roles[kind] : 0; }

  Reads reads;
  Zone zone;
  ValueList values;
  std::vector<Amount> amounts;
  std::vector<FilterBlock> blocks;
  std::vector<PlainTally> plain_tallies;
  std::vector<CodeTally> code_tallies;
  std::vector<FeatureStep> plain_steps;         // of every event
  std::vector<FeatureStep> range_steps;         // the same, of kinds that need no list of rows
  std::vector<std::vector<FeatureStep>> steps;  // per filter that has any
  std::vector<AttributeStep> attributes;        // those of the steps that are
  std::vector<double> initial_numbers;          // of one point
  std::size_t days = 0, texts = 0, sets = 0;
  std::size_t windows = 0, segments = 1;
  std::vector<std::uint32_t> step_windows;  // those that some step has

  std::vector<FeatureColumn> number_columns;  // in the definition's order
  // Those that are not sums, operands before what is derived from them.
  std::vector<std::uint32_t> number_order;
  std::vector<FeatureColumn> text_columns;

  std::size_t points = 0;
  bool arrived_later = false;
  // What is known as of that moment arrived no later.
  Micros arrived_by(Micros as_of) const {
    return arrived_later ? std::numeric_limits<Micros>::max() : as_of;
  }
  std::unordered_map<Code, CoursePlan> plans;
  CoursePlan undated;

  std::vector<std::uint8_t> kind_roles;
  bool anyone_enrolled = false;  // whoever has an event is in the risk set until they leave
  bool has_target = false;
  Target::Amount target_amount = Target::Amount::kNone;
  // Of no amount: what each outcome says, and what any other does.
  std::vector<std::pair<Code, double>> target_values;
  double other_target = 0;     // NaN: nothing
  bool target_is_any = false;  // no event at all says 0
  bool latest_target = false;  // the latest event counts, not the highest value
};

}  // namespace waymark::fold
