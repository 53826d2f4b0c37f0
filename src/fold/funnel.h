#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "fold/code_index.h"
#include "fold/filter_masks.h"
#include "fold/fold.h"
#include "fold/funnel_definition.h"

namespace waymark::fold {

// What a funnel counts.
//
// Only events of the population are looked at, per learner and course (events without a course are
// a course of their own) or per learner across courses, in trail order: by time to the microsecond,
// then by id. An event at the same microsecond and of a greater id is "after"; where a source knows
// only days, which of two events of a day counts as the earlier is arbitrary, though always the
// same.
//
// An attempt starts at an event of the first step (any order: of any step) while none is open. Each
// further step is reached by the first event after the step before that is one of it; nothing is
// gained by waiting for a later one, as the window counts from the attempt's start. In any order an
// event reaches the first step of the list, not yet reached, that it is one of; so list the step
// with the narrower condition first.
//   - An event serves as one step only. Steps with equal conditions need an event each.
//   - An event that reaches a step never excludes.
//   - While an attempt is open, an event of the first step starts nothing; it is one of the events
//     between. So a strict funnel ends at a second event of the first step.
//
// An attempt ends when all steps are reached; at an event beyond the window (exactly at its end is
// within); at an exclusion between its steps; in a strict funnel at any event that is not the next
// step. Steps reached before stay reached. An event that ends an attempt without being a step of it
// may start the next.
//
// `count: first` has only the attempt that starts first: one row per learner (and course), whatever
// came later; a learner who failed within the first window and converted in a later one counts as
// not converted. `count: every` has them all, one after the other, never overlapping: a learner
// counts once per attempt, and without a window an attempt that stalls stays open for good. Who
// never had an event of the first step has no row.
enum class AttemptEnd : std::uint8_t { kOpen, kConverted, kWindow, kExcluded, kInterrupted };
std::string_view to_text(AttemptEnd end);
AttemptEnd attempt_end(std::string_view text);  // the same back

// One row per attempt; a learner's by course, in the order in which those first occur, then in
// order of time.
struct FunnelTable {
  static constexpr Micros kNever = std::numeric_limits<Micros>::min();

  std::vector<Code> learner;
  std::vector<Code> course;             // kNoCode in a funnel across courses
  std::vector<std::uint32_t> attempt;   // 1, 2, … per learner and course
  std::vector<Micros> started;          // of the first event
  std::vector<std::vector<Micros>> at;  // per step: when it was reached, or kNever
  std::vector<std::uint32_t> reached;   // how many steps
  std::vector<std::uint32_t> furthest;  // the step that was reached last, 0 = the first
  std::vector<AttemptEnd> ended_by;
  // 1: its window is over, or there is none. Who converts does so before that; shares of attempts
  // that began lately are of these alone, or they would count who is quick, and not who is not.
  std::vector<std::uint8_t> observed;

  std::size_t size() const { return learner.size(); }
};

class FunnelFold {
 public:
  // The latest attempt of a learner in a course.
  struct Attempt {
    std::uint64_t reached = 0;  // steps, as bits; 0: none has started
    Micros started = 0;
    std::uint32_t course = 0;  // its position in State::courses
    std::uint32_t number = 0;
    std::uint32_t furthest = 0;
    std::uint32_t end = 0;  // AttemptEnd; wide, so that a saved attempt has no padding
  };
  // One attempt per course, and in `count: every` the earlier ones; each has as many times as the
  // funnel has steps.
  struct State {
    CodeIndex courses;
    std::vector<Attempt> latest;
    std::vector<Micros> latest_at;
    std::vector<Attempt> earlier;
    std::vector<Micros> earlier_at;
  };
  using Output = FunnelTable;

  // Attempts whose window is over before `as_of`, which lies after all events, are no longer open.
  FunnelFold(const FunnelDefinition& definition, const Names& names, Micros as_of = kLatest);

  const Reads& reads() const { return reads_; }
  void begin(State& state) const;
  void step(State& state, const Slice& slice) const;
  Output make_output() const;
  void end(const State& state, Code learner, Output& output) const;
  Micros settled_until(const State& state) const;
  void merge(Output& output, Output&& more) const;
  void finish(Output&) const {}
  void save(const State& state, ByteWriter& writer) const;
  State load(ByteReader& reader) const;

 private:
  void step_course(State& state, Code course, const Micros* times, std::uint64_t rows,
                   const FilterRows& filters) const;
  std::size_t find(State& state, Code course) const;
  std::uint64_t awaited_by(const Attempt& attempt) const;
  void take(State& state, std::size_t index, Micros time, std::uint64_t mask) const;
  bool advance(Attempt& attempt, Micros* at, Micros time, std::uint64_t mask) const;
  void start(State& state, std::size_t index, Micros time, unsigned step) const;
  std::uint64_t next_steps(const Attempt& attempt, std::uint64_t mask) const;
  bool is_over(const Attempt& attempt) const;
  void add_row(const Attempt& attempt, const Micros* at, const State& state, Code learner,
               Output& output) const;

  FunnelOrder order_;
  Micros window_;
  bool every_attempt_, per_course_;
  Micros as_of_;
  std::size_t steps_;
  std::uint64_t all_steps_, population_ = 0;
  // In order: by the number of steps reached. In any order: all alike.
  std::array<std::uint64_t, FunnelDefinition::kMostSteps + 1> exclusions_ = {};
  ValueList values_;
  FilterMasks masks_;
  Reads reads_;
};

// A funnel as a whole: one row per step. Shares are of attempts. In any order there is no step
// before: its share is missing, and times are from the attempt's start.
struct FunnelSteps {
  std::vector<std::uint32_t> step;  // 1, 2, …
  std::vector<std::string> name;
  std::vector<std::string> conversion;  // empty where it has none
  std::vector<std::uint64_t> attempts;  // that reached it
  std::vector<std::uint64_t> learners;  // that have such an attempt; each once
  // Attempts that came no further, though not all the way: whose time ran out or who were
  // interrupted, who met an exclusion, who may yet go on (without a window for good).
  std::vector<std::uint64_t> dropped, excluded, still_open;
  std::vector<double> share_of_first;  // of all attempts
  std::vector<double> share_of_previous;
  // Exact, interpolated linearly between order statistics (type 7 of Hyndman and Fan).
  std::vector<double> median_seconds, p25_seconds, p75_seconds, p90_seconds;

  std::size_t size() const { return step.size(); }
};

// Adds up rows of attempts, piece by piece; all rows of a learner must be in one piece, one after
// the other. Keeps a number per attempt and step.
class FunnelSummary {
 public:
  explicit FunnelSummary(const FunnelDefinition& definition);
  void add(const FunnelTable& attempts);
  FunnelSteps steps() const;

 private:
  struct Step {
    std::uint64_t attempts = 0, learners = 0, dropped = 0, excluded = 0, still_open = 0;
    std::vector<double> seconds;  // none of the first step in order, where time begins
  };
  FunnelDefinition definition_;
  std::vector<Step> steps_;
  std::uint64_t attempts_ = 0;
};

}  // namespace waymark::fold
