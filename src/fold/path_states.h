#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fold/code_index.h"
#include "fold/filter_masks.h"
#include "fold/fold.h"
#include "fold/paths_definition.h"

namespace waymark::fold {

// A state's number: 1, 2, … for those with a name, in that order; one more for all others. 0 stands
// where a session begins or ends.
using PathState = std::uint16_t;
inline constexpr PathState kSessionEdge = 0;

// A learner's events as states: each session's after a kSessionEdge.
struct PathTrail {
  std::vector<PathState> states;
  Micros last = 0;             // of the event looked at last
  Code course = kNoCode;       // its course, where that matters
  std::uint32_t held_out = 0;  // 1 where the learner is in the half that predictions are tried on
};

// Turns events into states.
class PathStates {
 public:
  // `names` of the states: those of the steps, or the values that are states, each once.
  PathStates(const PathsDefinition& definition, std::vector<std::string> listed,
             const Names& names);

  const Reads& reads() const { return reads_; }
  std::size_t count() const { return listed_.size() + 2; }  // with the edge and the others
  PathState other() const { return static_cast<PathState>(listed_.size() + 1); }
  // 0 where no state is called so.
  PathState find(const std::string& name) const;
  // As tables show it.
  std::string text(PathState state) const;

  void begin(PathTrail& trail) const;
  void step(PathTrail& trail, const Slice& slice) const;
  void save(const PathTrail& trail, ByteWriter& writer) const;
  PathTrail load(ByteReader& reader) const;

 private:
  template <bool kByCourse>
  void append(PathTrail& trail, const Slice& slice) const;

  std::vector<std::string> listed_;
  Micros gap_;
  bool by_course_, holds_out_;
  const Code* Slice::*column_ = nullptr;  // null: by steps
  std::vector<PathState> by_code_;        // the last for all greater codes
  bool filtered_ = false;
  std::uint64_t population_ = 0;
  ValueList values_;
  FilterMasks masks_;
  Reads reads_;
};

// How many events of the population each value has that may become a state; to choose the states.
class PathValuesFold {
 public:
  struct State {
    CodeIndex codes;
    std::vector<std::uint64_t> events;
  };
  using Output = std::vector<std::uint64_t>;  // by code

  PathValuesFold(const PathsDefinition& definition, const Names& names);

  const Reads& reads() const { return reads_; }
  void begin(State& state) const;
  void step(State& state, const Slice& slice) const;
  Output make_output() const { return {}; }
  void end(const State& state, Code, Output& output) const;
  void merge(Output& output, Output&& more) const;
  void finish(Output&) const {}
  void save(const State& state, ByteWriter& writer) const;
  State load(ByteReader& reader) const;

 private:
  const Code* Slice::*column_;
  ValueList values_;
  FilterMasks masks_;
  Reads reads_;
};

// Whether there are more values than states, so that choose_states() must know their events.
bool must_count_values(const PathsDefinition& definition, const Symbols& symbols);

// The names of the states, in their order: the steps as they are listed, or by name the values that
// the definition names and those with the most events. `events` by code; empty where they need not
// be counted.
std::vector<std::string> choose_states(const PathsDefinition& definition, const Symbols& symbols,
                                       const PathValuesFold::Output& events);

}  // namespace waymark::fold
