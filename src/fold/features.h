#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fold/calendar.h"
#include "fold/code_index.h"
#include "fold/features_definition.h"
#include "fold/fold.h"

namespace waymark::fold {

// A moment as of which features are computed: so many local days after the course's start, or a
// fixed time. What happened before it (time < as-of) and had arrived by it (received <= as-of) is
// known; nothing else is.
struct CourseDay {
  std::int64_t day = 0;

  friend bool operator==(const CourseDay&, const CourseDay&) = default;
};
using AsOf = std::variant<CourseDay, Micros>;

// The moment itself in a course that starts then. None: a course day of a course without a start.
std::optional<Micros> moment_of(const AsOf& as_of, std::optional<Micros> start, const Zone& zone);

// Who is counted at an as-of: learners who by then have an event of an `enrolled` kind (an empty
// list: any event) and none of an `until` kind at or after the last of those.
struct RiskSet {
  std::vector<std::string> enrolled, until;

  friend bool operator==(const RiskSet&, const RiskSet&) = default;
};

// What is to be predicted, looked for from the as-of on, whenever it arrived: 1 if an event of
// these kinds with one of these outcomes (an empty list: any) is there. Else 0 if there is another
// event of these kinds or if any outcome would do; else missing.
// With `classes`: the place in that list of the latest such event's outcome; missing where there is
// none. With `amount`: the number of such events, or the sum of their weights; 0 where there is
// none.
struct Target {
  enum class Amount { kNone, kCount, kWeight };
  std::vector<std::string> kinds, outcomes;
  std::vector<std::vector<std::string>> classes;  // the outcomes of each
  Amount amount = Amount::kNone;
  std::optional<std::int64_t> days;  // local days from the as-of's on after which nothing counts

  friend bool operator==(const Target&, const Target&) = default;
};

struct FeaturesRequest {
  std::vector<AsOf> as_of;
  RiskSet who;
  std::optional<Target> target;
  bool arrived_later = false;  // what happened before an as-of is known whenever it arrived

  friend bool operator==(const FeaturesRequest&, const FeaturesRequest&) = default;
};

// One row per (learner, course, as-of) of which an event is known; a learner's in the order in
// which the courses first occur, then of the request's as-ofs. A course without a start has no rows
// as of a course day.
struct FeatureTable {
  struct Texts {
    std::string name;
    std::vector<Code> values;  // of Symbols::property_texts; kNoCode = missing
  };

  std::vector<Code> learner, course;
  std::vector<Micros> as_of;
  std::vector<std::uint32_t> as_of_index;  // which of the request's
  std::vector<std::uint8_t> in_risk_set;   // 1 or 0
  std::vector<double> target;              // see Target; NaN where none was asked for
  std::vector<std::string> number_names;   // in the definition's order
  std::vector<double> numbers;             // row by row; NaN = missing, which differs from 0
  std::vector<Texts> texts;                // in the definition's order

  std::size_t size() const { return learner.size(); }
  double number(std::size_t row, std::size_t column) const {
    return numbers[row * number_names.size() + column];
  }
  std::vector<double> numbers_of(std::size_t column) const;
};

struct FeatureProgram;

// Computes declared features in one pass. What a learner's state holds is fixed by the definition,
// the number of as-ofs and that of the learner's courses; only sets, for counts of distinct things,
// grow with what they count, and with events without a course that have an attribute: what they say
// holds in all courses.
class FeaturesFold {
 public:
  // What several day-wise features are computed from.
  struct Days {
    std::int32_t first = 0, last = 0, active = 0, run = 0, longest = 0, longest_gap = 0;
    std::uint32_t weekday[7] = {};  // active days, from Monday
    std::uint32_t padding = 0;
    std::int64_t squared_gaps = 0;
  };
  static constexpr Micros kNever = std::numeric_limits<Micros>::min();
  // What is known of a learner in a course as of one moment, beside the accumulators.
  struct Point {
    std::uint64_t events = 0;
    Micros enrolled = kNever, left = kNever;  // the last times
    double target = std::numeric_limits<double>::quiet_NaN();
  };
  // An attribute's value: the bits of a double, or the code of a text.
  struct Said {
    Micros time = 0, received = 0;
    std::uint64_t value = 0;
  };
  // Per course and as-of, one as-of after the other; each has its accumulators of a sort together.
  struct State {
    CodeIndex courses;
    std::vector<Point> points;
    std::vector<double> numbers;
    std::vector<Days> days;
    std::vector<Code> texts;
    std::vector<CodeIndex> sets;          // may have some more, empty, for courses to come
    std::vector<std::vector<Said>> said;  // of each attribute, by events without a course
  };
  using Output = FeatureTable;

  FeaturesFold(const FeaturesDefinition& definition, const FeaturesRequest& request,
               const Calendar& calendar, const Zone& zone, const Names& names);
  ~FeaturesFold();
  FeaturesFold(FeaturesFold&&) noexcept;
  FeaturesFold& operator=(FeaturesFold&&) noexcept;

  const Reads& reads() const;
  void begin(State& state) const;
  void step(State& state, const Slice& slice) const;
  Output make_output() const;
  void end(const State& state, Code learner, Output& output) const;
  void merge(Output& output, Output&& more) const;
  void finish(Output&) const {}
  void save(const State& state, ByteWriter& writer) const;
  State load(ByteReader& reader) const;

 private:
  std::unique_ptr<const FeatureProgram> program_;
};

}  // namespace waymark::fold
