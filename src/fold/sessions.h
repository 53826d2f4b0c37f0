#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fold/code_index.h"
#include "fold/fold.h"
#include "workspace/diagnostic.h"
#include "workspace/workspace.h"

namespace waymark::fold {

// measures/*.yaml with `measure: sessions`; see sessions.schema.json.
struct SessionsDefinition {
  std::string name;
  std::string version;
  Micros gap = 30 * kMicrosPerMinute;  // a pause strictly longer than this starts a new session
  bool switch_on_course = false;       // so does a change of these
  bool switch_on_context = false;
  bool switch_on_object = false;
  std::vector<std::string> switch_on_properties;
  std::vector<std::string> kinds;  // events of other kinds are not looked at; empty = all
  std::uint64_t minimum_events = 1;
  Micros minimum_duration = 0;
  std::optional<Micros> episode_gap;  // a pause between sessions strictly longer starts an episode
};

SessionsDefinition parse_sessions(const workspace::Definition& definition,
                                  workspace::Diagnostics& diagnostics);

// Why a session is over: the pause after it, a switch, or that no event has come since.
enum class EndedBy : std::uint8_t { kGap, kSwitch, kEnd };

// One row per session, a learner's in order of time. Sessions below the minimum are left out and
// not numbered.
struct SessionTable {
  std::vector<Code> learner;
  std::vector<Code> course;           // of the first event
  std::vector<std::uint32_t> number;  // 1, 2, … per learner
  std::vector<Micros> start, end;     // of the first and the last event
  std::vector<std::uint64_t> events;
  std::vector<double> weight;
  std::vector<std::uint32_t> objects;  // distinct, without the empty one
  // Of the context, from one event that has one to the next that has.
  std::vector<std::uint32_t> switches;
  std::vector<EndedBy> ended_by;

  std::size_t size() const { return learner.size(); }
};

// Splits a learner's events into sessions. A property switches when it changes from one event to
// the next, absence being a value like any other.
class SessionsFold {
 public:
  struct Session {
    Code course = kNoCode;
    std::uint32_t objects = 0, switches = 0;
    Code context = kNoCode;  // the latest
    Micros start = 0, end = 0;
    std::uint64_t events = 0;
    double weight = 0;
    std::uint64_t ended_by = 0;  // EndedBy; wide, so that a saved session has no padding
  };
  struct State {
    std::vector<Session> closed;      // those that reach the minimum
    Session open;                     // events == 0: none yet
    CodeIndex objects;                // of the open session
    std::vector<std::uint64_t> keys;  // of the last event: what a switch is recognised by
  };
  using Output = SessionTable;

  SessionsFold(const SessionsDefinition& definition, const Names& names);

  const Reads& reads() const { return reads_; }
  void begin(State& state) const { state = {.keys = std::vector<std::uint64_t>(key_count_)}; }
  void step(State& state, const Slice& slice) const;
  Output make_output() const { return {}; }
  void end(const State& state, Code learner, Output& output) const;
  Micros settled_until(const State&) const { return kLatest; }
  void merge(Output& output, Output&& more) const;
  void finish(Output&) const {}
  void save(const State& state, ByteWriter& writer) const;
  State load(ByteReader& reader) const;

 private:
  bool set_keys(State& state, const Slice& slice, std::size_t row) const;
  void close(State& state, EndedBy why) const;
  bool reaches_minimum(const Session& session) const;

  SessionsDefinition definition_;
  std::vector<Code> kinds_;
  std::size_t key_count_;
  Reads reads_;
};

// How many sessions and how much time in them: sums only, one pass at the speed of memory. For all
// kinds of events, without minimum; counts the same sessions as SessionsFold with that definition.
class SessionTotalsFold {
 public:
  struct State {
    Micros last = 0;
    Code course = kNoCode;
    std::uint32_t started = 0;  // 0 before the first event
    std::uint64_t sessions = 0;
    Micros duration = 0;
  };
  struct Output {
    std::uint64_t sessions = 0;
    Micros duration = 0;
  };

  SessionTotalsFold(Micros gap, bool switch_on_course);

  const Reads& reads() const { return reads_; }
  void begin(State& state) const { state = {}; }
  void step(State& state, const Slice& slice) const;
  Output make_output() const { return {}; }
  void end(const State& state, Code, Output& output) const {
    output.sessions += state.sessions;
    output.duration += state.duration;
  }
  void merge(Output& output, Output&& more) const {
    output.sessions += more.sessions;
    output.duration += more.duration;
  }
  void finish(Output&) const {}
  void save(const State& state, ByteWriter& writer) const { writer.value(state); }
  State load(ByteReader& reader) const { return reader.value<State>(); }

 private:
  Micros gap_;
  bool switch_on_course_;
  Reads reads_;
};

}  // namespace waymark::fold
