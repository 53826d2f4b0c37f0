#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "fold/calendar.h"
#include "fold/code_index.h"
#include "fold/fold.h"
#include "workspace/diagnostic.h"
#include "workspace/workspace.h"

namespace waymark::fold {

// measures/*.yaml with `measure: engagement`; see engagement.schema.json.
struct EngagementDefinition {
  enum class Revisit { kDay, kSession };

  std::string name;
  std::string version;
  std::vector<std::string> kinds;         // activity; empty = all but those of `enrolled`
  std::vector<std::string> first_action;  // the kinds of which the first is timed; empty = activity
  std::vector<std::string> enrolled;      // kinds that begin a learner's part in a course
  Micros abandoned_after = 21 * kMicrosPerDay;
  Micros session_gap = 30 * kMicrosPerMinute;  // a longer pause is not time spent
  Micros idle_cap = 30 * kMicrosPerMinute;     // of a pause within a session, at most this counts
  Revisit revisit = Revisit::kDay;
};

EngagementDefinition parse_engagement(const workspace::Definition& definition,
                                      workspace::Diagnostics& diagnostics);

// One row per (learner, course) with activity, a first action or an enrolment. A learner's rows
// come in the order in which the courses first occur. Missing numbers are NaN, missing times
// kNoTime. Days are calendar days in the workspace's zone.
//
// "until" is the end of the course or the as-of, whichever comes first; where neither is known,
// what depends on it is missing. "Course days" are the days from the course's start to until.
struct EngagementTable {
  static constexpr Micros kNoTime = std::numeric_limits<Micros>::min();

  std::vector<Code> learner, course;
  std::vector<Micros> first_active, last_active;
  std::vector<std::uint64_t> events;
  std::vector<double> weight;
  std::vector<std::uint32_t> active_days;
  std::vector<std::uint32_t> objects;  // distinct, without the empty one
  std::vector<std::uint32_t>
      revisits;  // returns to an object on a later day (or in a later session)
  // Days of 24 hours from the course's start, or the enrolment if that is later, to the first
  // action; negative where the learner acted before.
  std::vector<double> first_action_days;
  // 1 if the last activity lies more than abandoned_after before until, else 0. Without activity
  // the time from which first_action_days counts stands for it.
  std::vector<double> abandoned;
  // Time between an event and the learner's next one, in whichever course, while pauses are no
  // longer than the session gap, each pause cut at the idle cap. A session's last event adds none:
  // how long it took is not known.
  std::vector<std::int64_t> active_ms;

  // Intensity, in three steps. Plain: weight per active day. By length, to compare courses of
  // different length: weight per week of the course (7 course days).
  std::vector<double> weight_per_active_day, weight_per_course_week;
  // By length and modality, to compare learners who use different kinds of activity: weight over
  // the weight expected of them. Expected is, summed over contexts, the learner's active days in
  // the context times what is typical there: the median, over the course's learners active in that
  // context, of their weight per active day in it. 1 = as intense as is typical on such days in
  // such activities, 2 = twice. This is indirect standardisation, as of death rates in
  // epidemiology (Breslow & Day, Statistical Methods in Cancer Research II, 1987), with a median
  // because clicks have long tails.
  std::vector<double> relative_intensity;

  // One row per (learner, course, context) with activity, in the order in which they first occur.
  struct Contexts {
    std::vector<Code> learner, course, context;
    std::vector<std::uint64_t> events;
    std::vector<double> weight;
    std::vector<std::uint32_t> active_days;
    std::vector<std::int64_t> active_ms;
    std::size_t size() const { return learner.size(); }
  } contexts;

  std::size_t size() const { return learner.size(); }
};

// Engagement as it was known at `as_of`: events from then on are not looked at.
class EngagementFold {
 public:
  struct Context {
    std::uint64_t events = 0;
    double weight = 0;
    std::int64_t active_days = 0;
    std::int64_t last_day = std::numeric_limits<std::int64_t>::min();
    Micros active = 0;
  };
  struct Course {
    Micros enrolled = EngagementTable::kNoTime;
    Micros first_action = EngagementTable::kNoTime;
    Micros first = EngagementTable::kNoTime;
    Micros last = EngagementTable::kNoTime;
    std::int64_t active_days = 0;
    std::int64_t last_day = std::numeric_limits<std::int64_t>::min();
    std::uint64_t revisits = 0;
    CodeIndex context_codes;
    std::vector<Context> contexts;
    CodeIndex objects;
    std::vector<std::int64_t> visited;  // per object: the local day or the session, the last time
  };
  struct State {
    CodeIndex course_codes;
    std::vector<Course> courses;
    std::int64_t session = 0;  // of the learner, over all courses
    Micros last = EngagementTable::kNoTime;
    std::uint32_t last_course = 0, last_context = 0;  // to which the running pause will count
  };
  using Output = EngagementTable;

  EngagementFold(const EngagementDefinition& definition, const Calendar& calendar, const Zone& zone,
                 const Names& names, Micros as_of = kLatest);

  const Reads& reads() const { return reads_; }
  void begin(State& state) const { state = {}; }
  void step(State& state, const Slice& slice) const;
  Output make_output() const { return {}; }
  void end(const State& state, Code learner, Output& output) const;
  void merge(Output& output, Output&& more) const;
  // Weeks of courses, and what is typical. Rows come in any order, but of each learner in a course
  // those of contexts where those of courses do.
  void finish(Output& output) const;
  Micros settled_until(const State& state) const;
  void save(const State& state, ByteWriter& writer) const;
  State load(ByteReader& reader) const;

 private:
  // Of a course; kNoTime and kLatest where there are none.
  struct Span {
    Micros start, until;
  };
  Span span_of(Code course) const;
  std::uint32_t course_of(State& state, Code code) const;
  void act(State& state, const Slice& slice, std::size_t row, std::int64_t day) const;
  void count_pause(State& state, Micros time) const;
  void row(Code learner, Code code, const Course& course, Output& output) const;
  void compare_with_typical(Output& output) const;

  EngagementDefinition definition_;
  std::vector<Code> kinds_, first_action_, enrolled_;
  std::unordered_map<Code, CourseDates> dates_;
  Zone zone_;
  Micros as_of_;
  Reads reads_;
};

}  // namespace waymark::fold
