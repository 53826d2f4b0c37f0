#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "fold/gram_table.h"
#include "fold/path_states.h"

namespace waymark::fold {

// What paths count.
//
// The events of the population, in trail order, are visits to states; a pause longer than the gap
// (and, if so defined, a change of course) ends a session. A session begins at "(start)" and ends
// at "(end)"; a learner's last session counts as ended. Events of one microsecond are ordered by
// id, and where a source knows only days, so are those of a day: always the same, but arbitrary.
//
// A gram is a run of states that follow one another within a session, as a key of GramTable: its
// last state in the lowest bits, and 0 for what lies before the start and after the end.
struct PathCounts {
  unsigned state_bits = 0;
  // grams[n - 1]: of n states, one for each event and each end, filled up with 0 where the session
  // is younger than that.
  std::vector<GramTable> grams;
  // Of each state that the definition names and the states before it, as many as there are (0
  // first), or after it (0 last).
  std::vector<GramTable> to, from;  // one each, or none
  std::uint64_t events = 0, sessions = 0, learners = 0, held_out_learners = 0;
};

class PathsFold {
 public:
  using State = PathTrail;
  using Output = PathCounts;

  // What all grams may hold in memory.
  static constexpr std::size_t kMostGrams = 2'000'000;

  // `listed`: as choose_states() gives them. end() and merge() throw Error{kInvalid,
  // "paths.too_many"} beyond `most_grams` different ones.
  PathsFold(const PathsDefinition& definition, std::vector<std::string> listed, const Names& names,
            std::size_t most_grams = kMostGrams);

  const Reads& reads() const { return states_.reads(); }
  const PathStates& states() const { return states_; }
  void begin(State& state) const { states_.begin(state); }
  void step(State& state, const Slice& slice) const { states_.step(state, slice); }
  Output make_output() const;
  void end(const State& state, Code, Output& output) const;
  void merge(Output& output, Output&& more) const;
  void finish(Output& output) const;
  void save(const State& state, ByteWriter& writer) const { states_.save(state, writer); }
  State load(ByteReader& reader) const { return states_.load(reader); }

 private:
  void count_paths(const std::vector<PathState>& states, GramTable::Who who, Output& output) const;
  void expect_room(const Output& output) const;

  PathStates states_;
  unsigned bits_, longest_, length_;
  std::vector<std::uint8_t> is_to_, is_from_;  // by state; empty where no path is asked for
  std::size_t most_grams_;
};

// How often each state follows each other within sessions, and no more: one pass and a sum an
// event. Counts what PathsFold counts as transitions of depth 1.
class TransitionTotalsFold {
 public:
  using State = PathTrail;
  struct Output {
    std::vector<std::uint64_t> counts;  // [from * states + to]; 0 is the edge of a session
  };

  TransitionTotalsFold(const PathsDefinition& definition, std::vector<std::string> listed,
                       const Names& names)
      : states_(definition, std::move(listed), names) {}

  const Reads& reads() const { return states_.reads(); }
  const PathStates& states() const { return states_; }
  void begin(State& state) const { states_.begin(state); }
  void step(State& state, const Slice& slice) const { states_.step(state, slice); }
  Output make_output() const;
  void end(const State& state, Code, Output& output) const;
  void merge(Output& output, Output&& more) const;
  void finish(Output&) const {}
  void save(const State& state, ByteWriter& writer) const { states_.save(state, writer); }
  State load(ByteReader& reader) const { return states_.load(reader); }

 private:
  PathStates states_;
};

}  // namespace waymark::fold
