#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fold/paths.h"

namespace waymark::fold {

// The counts of paths as tables, whose rows add() appends in an order that depends on nothing but
// the counts and the names.

// Each state that occurs, by falling number of events.
struct PathStateTable {
  std::vector<std::string> state;
  std::vector<std::uint64_t> events;
  std::vector<double> share;  // of all events
  std::vector<std::uint64_t> sessions;
  std::vector<std::uint32_t> learners;

  std::size_t size() const { return state.size(); }
};
void add(const PathCounts& counts, const PathStates& states, PathStateTable& table);

// What follows the last state, the last two, … up to the order. At the beginning of a session there
// are fewer: "(start)", "(start) > A". Every event and every end is one transition of each depth.
struct TransitionTable {
  std::vector<std::uint32_t> depth;  // 1, 2, …
  std::vector<std::string> from;     // "A", "A > B"
  std::vector<std::string> to;
  std::vector<std::uint64_t> count;
  std::vector<double> share;  // of those from there
  std::vector<std::uint32_t> learners;
  // "self" where the state stays the same, "return" where it is that before the last: A > B, A.
  // Else empty.
  std::vector<std::string> loop;

  std::size_t size() const { return from.size(); }
};
void add(const PathCounts& counts, const PathStates& states, const PathsDefinition& definition,
         TransitionTable& table);

// Runs of states within sessions; those with support.
struct SequenceTable {
  std::vector<std::string> sequence;  // "A > B"
  std::vector<std::uint32_t> length;
  std::vector<std::uint64_t> sessions;  // each once
  std::vector<double> share;            // of all sessions
  std::vector<std::uint32_t> learners;
  std::vector<std::uint64_t> occurrences;  // overlapping ones as well

  std::size_t size() const { return sequence.size(); }
};
void add(const PathCounts& counts, const PathStates& states, const PathsDefinition& definition,
         SequenceTable& table);

// What lies before and after the states that the definition names; one path for each visit.
struct PathTable {
  std::vector<std::string> direction;  // "to", "from"
  std::vector<std::string> anchor;
  std::vector<std::string> path;  // with the anchor: "(start) > A > anchor"
  std::vector<std::uint64_t> count;
  std::vector<double> share;  // of the anchor's in that direction
  std::vector<std::uint64_t> sessions;
  std::vector<std::uint32_t> learners;

  std::size_t size() const { return path.size(); }
};
void add(const PathCounts& counts, const PathStates& states, const PathsDefinition& definition,
         PathTable& table);

// The next event of a session, foretold from the last `depth` states: the state that most often
// came next among the learners who are not held out; where these states were never seen there, from
// one state less, and so on. Ends are not foretold. Tried on the learners who are held out, half of
// them, by a hash of the id of their first event. Of equal counts the first by name (steps: in the
// list) is taken.
struct PredictionTable {
  std::vector<std::uint32_t> depth;
  std::vector<std::uint32_t> learners, held_out_learners;  // whom it learned from, and tried it on
  std::vector<std::uint64_t> events;                       // foretold
  // Shares that were right, and their 95 % intervals (Wilson), as if events were independent:
  // those of one learner are not, so the true ones are wider.
  std::vector<double> accuracy, accuracy_low, accuracy_high;
  // Always naming the state that is most frequent among those it learned from.
  std::vector<std::string> baseline;
  std::vector<double> baseline_accuracy, baseline_low, baseline_high;
  std::vector<std::uint8_t> helps;  // accuracy_low > baseline_high

  std::size_t size() const { return depth.size(); }
};
void add(const PathCounts& counts, const PathStates& states, const PathsDefinition& definition,
         PredictionTable& table);

}  // namespace waymark::fold
