#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "fold/calendar.h"
#include "fold/code_index.h"
#include "fold/filter_masks.h"
#include "fold/fold.h"
#include "fold/learner_zones.h"
#include "fold/lifecycle_definition.h"

namespace waymark::fold {

// Where learners stand, in every period from that of their first activity on.
//
// Periods are days, weeks (from Monday) or months of the calendar, local to the workspace or to the
// zone that the latest event up to the first activity names. A learner who was active is
//
//   new           in the period of their first activity, and later as long as not activated
//   resurrected   where they were dormant in the period before
//   engaged       else, where activated and active on `engaged_days` days of the period or more
//   activated     else: by the period's end the events that activate were there
//
// and one who was not is, by how many periods that has been so,
//
//   dormant       from the `dormant`-th on
//   at risk       before, from the `at_risk`-th on
//   activated, new  before that, as they are or not: a pause so short says nothing
//
// A period counts once it is over at `as_of`, by the learner's clock. Per course, those count that
// begin before the course's end, where it is known. Who has left has no stage in the periods that
// begin after that, until the one of their next activity; so each stage depends on nothing that
// came later than its period. The order of events at the same microsecond does not matter.
//
// A row is a stay: periods in a row in the same stage.
struct LifecycleTable {
  static constexpr Micros kNever = std::numeric_limits<Micros>::min();

  std::vector<Code> learner, course;  // kNoCode in a lifecycle across courses
  std::vector<Stage> stage;
  std::vector<std::int32_t> first_period, last_period;  // their first days
  std::vector<std::uint32_t> periods, active_days;
  std::vector<Micros> entered;      // when the first of the periods was over: then it shows
  std::vector<std::uint8_t> lasts;  // 1: the last of them is the latest that is over
  std::vector<Code> zone;           // as told by the learner's events

  std::size_t size() const { return learner.size(); }
};

class LifecycleFold {
 public:
  struct Course {
    Micros last = LifecycleTable::kNever;         // activity
    Micros until = LifecycleTable::kNever;        // its local day goes on at least till then
    Micros activated = LifecycleTable::kNever;    // when there were as many events as it takes
    Micros left = LifecycleTable::kNever;         // the first such event since the last activity,
    Micros latest_left = LifecycleTable::kNever;  // and the latest of all
    std::int64_t day = 0;                         // of the last activity
    std::uint64_t activating = 0;                 // events, up to what it takes
    std::uint64_t zone = kNoCode;  // a Code; wide, so that a saved course has no padding
  };
  struct ActivePeriod {
    static constexpr std::int32_t kStays = std::numeric_limits<std::int32_t>::max();
    std::int32_t number;
    std::uint32_t days = 0;
    std::int32_t left = kStays;  // the period in which they left before the next activity
  };
  struct State {
    CodeIndex courses;
    std::vector<Course> of_course;
    std::vector<std::vector<ActivePeriod>> periods;  // may have more, empty, for courses to come
    Code zone = kNoCode;                             // the latest that was told
  };
  using Output = LifecycleTable;

  // `as_of` lies after all events that count; later ones are not looked at.
  LifecycleFold(const LifecycleDefinition& definition, const Calendar& calendar, const Zone& zone,
                const Names& names, Micros as_of = kLatest);

  const Reads& reads() const { return reads_; }
  void begin(State& state) const;
  void step(State& state, const Slice& slice) const;
  Output make_output() const { return {}; }
  void end(const State& state, Code learner, Output& output) const;
  Micros settled_until(const State& state) const;
  void merge(Output& output, Output&& more) const;
  void finish(Output&) const {}
  void save(const State& state, ByteWriter& writer) const;
  State load(ByteReader& reader) const;

  const LearnerZones& zones() const { return zones_; }

 private:
  class Stays;
  std::uint32_t enter(State& state, Code course) const;
  void act(Course& course, std::vector<ActivePeriod>& periods, Micros time) const;
  // The latest period that is over, and the last in which a learner has a stage.
  struct Reach {
    std::int32_t latest, last;
  };
  Reach reach(const Course& course, Code code) const;
  std::int32_t period_at(Micros time, const Course& course) const;
  std::int32_t period_left(const Course& course) const;
  void judge(const Course& course, const std::vector<ActivePeriod>& periods, Code learner,
             Code code, Output& output) const;

  LifecycleDefinition definition_;
  Micros as_of_;
  Reads reads_;
  LearnerZones zones_;
  ValueList values_;
  FilterMasks masks_;
  std::unordered_map<Code, Micros> ends_;  // of courses
};

}  // namespace waymark::fold
