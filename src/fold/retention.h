#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "fold/code_index.h"
#include "fold/filter_masks.h"
#include "fold/fold.h"
#include "fold/learner_zones.h"
#include "fold/retention_definition.h"
#include "fold/retention_totals.h"

namespace waymark::fold {

// What retention counts.
//
// A learner's start, per course (events without a course are a course of their own) or across
// courses, is the first of the start events that is known. Every return event at the start's moment
// or later is a return, the start itself included where it is one; the order of events at the same
// microsecond does not matter. A learner counts once, however often they start or return.
//
// An event lies in the period in which its local day lies, so that periods follow changes of the
// clock: a day may have 23 or 25 hours. Days are local to the workspace, or to the zone that the
// latest event up to the start names.
//
// A cell (a period, or a bracket of them) is observed of a learner when its last day was over at
// `as_of`, by the learner's clock. Only then does it count, whether they had returned by then or
// not: who could not yet show it does not lower a share, and who did so early does not raise it.
//
// Exact: returned in the cell. Unbounded: returned on the cell's first day or later, as far as is
// known; the latest cells have had the least time for that.
//
// Closed days are counted in the learner's cell, so the same holiday may fall into different cells
// of learners of one cohort. Excluded periods, those closed as a whole, get no number: numbers
// count the others. The start's period always is 0.
struct RetentionTable {
  static constexpr Micros kNever = std::numeric_limits<Micros>::min();

  std::vector<Code> learner, course;              // kNoCode in a retention across courses
  std::vector<Micros> started, last_return;       // or kNever
  std::vector<std::int32_t> cohort;               // the first day of the start's period
  std::vector<std::uint32_t> observed, returned;  // cells
  std::vector<std::string> periods;               // per observed cell 1 or 0: returned or not
  std::vector<std::string> days, open_days;       // per observed cell, "[7, 7, 5]"; with a calendar
  std::vector<Code> zone;                         // as told by the learner's events

  std::size_t size() const { return learner.size(); }
};

// What `days` and `open_days` say.
std::vector<std::uint64_t> day_counts(std::string_view text);

class RetentionFold {
 public:
  struct Course {
    Micros start = RetentionTable::kNever;
    Micros last_return = RetentionTable::kNever;  // also before the start
    std::int64_t day = 0;                         // of the start
    std::uint64_t zone = kNoCode;  // a Code; wide, so that a saved course has no padding
  };
  struct State {
    CodeIndex courses;
    std::vector<Course> of_course;
    std::vector<std::uint64_t> active;  // per course: periods as bits
    Code zone = kNoCode;                // the latest that was told
  };
  struct Output {
    RetentionTable rows;
    RetentionTotals totals;
  };
  enum class Give : std::uint8_t { kRowsAndTotals, kTotals };

  // `as_of` lies after all events that count; later ones are not looked at.
  RetentionFold(const RetentionDefinition& definition, const Zone& zone, const Names& names,
                Micros as_of = kLatest, Give give = Give::kRowsAndTotals);

  const Reads& reads() const { return reads_; }
  void begin(State& state) const;
  void step(State& state, const Slice& slice) const;
  Output make_output() const { return {{}, RetentionTotals(definition_.cells.size())}; }
  void end(const State& state, Code learner, Output& output) const;
  Micros settled_until(const State& state) const;
  void merge(Output& output, Output&& more) const;
  void finish(Output&) const {}
  void save(const State& state, ByteWriter& writer) const;
  State load(ByteReader& reader) const;

  const LearnerZones& zones() const { return zones_; }

 private:
  void take(State& state, Code code, const Slice& slice, std::size_t begin, std::size_t end,
            const std::uint64_t* masks) const;
  void mark(const Course& course, std::uint64_t* active, const Micros* time,
            const std::uint64_t* masks, std::size_t rows) const;
  void mark_months(const Course& course, std::uint64_t* active, const Micros* time,
                   const std::uint64_t* masks, std::size_t rows) const;
  void judge(const Course& course, std::span<const std::uint64_t> active, Code learner, Code code,
             Output& output) const;
  std::int64_t as_of_day(const Course& course) const;

  RetentionDefinition definition_;
  Micros as_of_;
  std::int64_t as_of_day_;
  bool with_rows_, excludes_;
  std::size_t periods_, words_;       // that are kept of each course
  std::vector<std::uint64_t> cells_;  // per cell its periods as bits
  ValueList values_;
  FilterMasks masks_;
  Reads reads_;
  LearnerZones zones_;
};

}  // namespace waymark::fold
