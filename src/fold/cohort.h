#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory_resource>
#include <span>
#include <unordered_map>
#include <vector>

#include "fold/calendar.h"
#include "fold/code_index.h"
#include "fold/cohort_definition.h"
#include "fold/cohort_program.h"
#include "fold/fold.h"

namespace waymark::fold {

// Who is in a cohort, and when.
//
// Membership is a function of time. As of a moment T only events with time < T count, at T itself
// nothing is known yet. Times are microseconds, windows lengths of time: a day is 24 hours,
// whatever the clocks do.
//   - `last: L`    counts events with T - L <= time < T
//   - `before: D`  counts events with time < T - D; with `last`, of those that this counts
//   - of neither   counts all events with time < T
// So an event at t counts as of each T in (t, t + L], with `before` from T = t + D on, excluded. A
// sequence counts like an event at the time of its last step, and so long as any chain of events
// completes it: each step later in trail order (by time, then by id) than the one before, an event
// as one step only, the last at most `within` after the first, exactly so long included. An
// attribute is the value of the last event in trail order that has one of that sort, number or
// text; in a course, of the course's events and those of none; where none is known the rule is not
// met. Sums count millionths and are exact. A course runs in [start, end).
//
// Learners (in a course: learners of the course) exist from their first event on, whatever it is;
// before it they are in no cohort. Events without a course are a course of their own.
//
// What changes membership is an event, or a window that runs out, at a moment m, and it shows from
// m on, excluded, as an event does. So a stay is the half-open interval (entered, exited]:
//
//   in as of T  ⇔  entered < T and not exited < T
//
// and both times are those of events, or of events and a window's length. All that happens within
// one microsecond is one change; no stay is empty.
struct CohortTable {
  static constexpr Micros kNever = CohortProgram::kNone;

  std::vector<Code> learner;
  std::vector<Code> course;  // kNoCode in a cohort across courses
  std::vector<Micros> entered;
  std::vector<Micros> exited;  // kNever: still in

  std::size_t size() const { return learner.size(); }
};

// What a state holds is fixed by the definition, per course: what counts ask for (1 + at_least
// times, or so), and for sums in a window, and counts in one that begins and ends, the events in it
// and after it; beside that the stays themselves.
class CohortFold {
 public:
  struct Stay {
    Micros entered = CohortTable::kNever, exited = CohortTable::kNever;
  };
  // A learner in a course.
  struct Part {
    std::uint64_t truth = 0;                // of the leaves, after the last event or expiry
    Micros next = CohortProgram::kForever;  // no leaf changes earlier without an event
    std::uint32_t is_in = 0;
    std::uint32_t settled = 0;  // for good in, or out: nothing more is looked at
    Stay stay;                  // the latest; one that is over may be empty
  };
  struct EarlierStay {
    std::uint64_t part = 0;
    Stay stay;
  };
  __extension__ using Wide = __int128;
  // A sum in a window: of the entries from `head` to `end`; those from there on are yet to enter.
  struct Sum {
    Wide total = 0;
    std::uint64_t head = 0, end = 0;
  };
  struct Entry {
    Micros time;
    std::int64_t units;
  };
  struct State {
    CodeIndex courses;
    std::vector<Part> parts;
    std::vector<std::int64_t> words;          // those of a part together
    std::vector<Sum> sums;                    // those of a part together
    std::vector<std::vector<Entry>> entries;  // of each sum
    std::vector<EarlierStay> earlier;
    std::uint64_t said = 0;  // of the leaves: attributes, by events without a course
  };
  using Output = CohortTable;

  // Stays that are over by `as_of`, which lies after all events, have ended. The calendar says when
  // courses run.
  CohortFold(const CohortDefinition& definition, const Names& names, Micros as_of = kLatest,
             const Calendar& calendar = {});

  const Reads& reads() const { return program_.reads; }
  void begin(State& state) const;
  void step(State& state, const Slice& slice) const;
  Output make_output() const { return {}; }
  void end(const State& state, Code learner, Output& output) const;
  Micros settled_until(const State& state) const;
  void merge(Output& output, Output&& more) const;
  void finish(Output&) const {}
  void save(const State& state, ByteWriter& writer) const;
  State load(ByteReader& reader) const;

 private:
  class Clock;
  template <typename Leave>
  Part as_of_now(const State& state, std::size_t at, const Leave& leave) const;
  std::size_t enter(State& state, Code course, Micros time) const;
  CourseDates dates_of(Code course) const;
  void take(State& state, std::size_t at, std::uint64_t leaves, std::uint64_t mask, Micros time,
            std::size_t row, std::span<const double* const> values) const;
  void say(State& state, std::uint64_t mask, Micros time) const;
  std::uint64_t touched_by(std::uint64_t mask) const;
  std::uint64_t add(const CohortProgram::Leaf& leaf, std::uint64_t mask, Micros time,
                    std::int64_t* words, Part& part) const;
  bool add_to_sum(const CohortProgram::Leaf& leaf, double value, Micros time, Sum& sum,
                  std::vector<Entry>& entries, Part& part) const;

  bool per_course_;
  Micros as_of_;
  CohortProgram program_;
  Part new_part_;
  std::unordered_map<Code, CourseDates> dates_;  // only where a rule asks
};

}  // namespace waymark::fold
