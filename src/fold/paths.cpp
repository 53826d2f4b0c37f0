#include "fold/paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/error.h"

namespace waymark::fold {
namespace {

std::uint64_t low_bits(unsigned bits) { return (std::uint64_t{1} << bits) - 1; }

// Adds one occurrence for a learner in a session of theirs.
void count(GramTable::Counts& counts, const GramTable::Counts& who) {
  ++counts.occurrences;
  counts.held_out += who.held_out;
  const bool other_learner = counts.last_learner != who.last_learner;
  counts.learners += other_learner;
  counts.sessions += other_learner || counts.last_session != who.last_session;
  counts.last_learner = who.last_learner;
  counts.last_session = who.last_session;
}

// Calls visit(begin, end) for the states of each session.
template <typename Visit>
void for_each_session(const std::vector<PathState>& states, const Visit& visit) {
  const PathState* const end = states.data() + states.size();
  for (const PathState* begin = states.data(); begin != end;) {
    const PathState* const last = std::find(begin + 1, end, kSessionEdge);
    visit(begin + 1, last);
    begin = last;
  }
}

std::vector<std::uint8_t> flags_of(const std::vector<std::string>& names,
                                   const PathStates& states) {
  if (names.empty()) return {};
  std::vector<std::uint8_t> flags(states.count());
  for (const std::string& name : names) flags[states.find(name)] = 1;
  flags[kSessionEdge] = 0;
  return flags;
}

void merge_tables(std::vector<GramTable>& tables, const std::vector<GramTable>& more) {
  for (std::size_t i = 0; i < tables.size(); ++i) {
    more[i].for_each([&](const GramTable::Counts& counts) {
      GramTable::Counts& sum = tables[i][counts.key];
      sum.occurrences += counts.occurrences;
      sum.held_out += counts.held_out;
      sum.sessions += counts.sessions;
      sum.learners += counts.learners;
    });
  }
}

}  // namespace

PathsFold::PathsFold(const PathsDefinition& definition, std::vector<std::string> listed,
                     const Names& names, std::size_t most_grams)
    : states_(definition, std::move(listed), names),
      bits_(static_cast<unsigned>(std::bit_width(states_.count() - 1))),
      longest_(std::max(definition.order + 1, definition.longest)),
      length_(definition.length + 1),
      is_to_(flags_of(definition.to, states_)),
      is_from_(flags_of(definition.from, states_)),
      most_grams_(most_grams) {
  WAYMARK_CHECK(bits_ * std::max(longest_, length_) < 64);
}

PathCounts PathsFold::make_output() const {
  PathCounts counts{.state_bits = bits_};
  for (unsigned n = 1; n <= longest_; ++n) counts.grams.emplace_back(n * bits_);
  if (!is_to_.empty()) counts.to.emplace_back(length_ * bits_);
  if (!is_from_.empty()) counts.from.emplace_back(length_ * bits_);
  return counts;
}

void PathsFold::end(const State& state, Code, Output& output) const {
  if (state.states.empty()) return;
  GramTable::Counts who{.held_out = state.held_out, .last_learner = ++output.learners};
  output.held_out_learners += state.held_out;
  GramTable* const grams = output.grams.data();
  for_each_session(state.states, [&](const PathState* begin, const PathState* end) {
    ++who.last_session;
    output.events += static_cast<std::uint64_t>(end - begin);
    std::uint64_t key = 0;
    for (const PathState* at = begin; at <= end; ++at) {
      key = key << bits_ | (at == end ? kSessionEdge : *at);
      for (unsigned n = 1; n <= longest_; ++n) count(grams[n - 1][key & low_bits(n * bits_)], who);
    }
    count_paths(begin, end, who, output);
  });
  output.sessions += who.last_session;
  expect_room(output);
}

void PathsFold::count_paths(const PathState* begin, const PathState* end,
                            const GramTable::Counts& who, Output& output) const {
  if (is_to_.empty() && is_from_.empty()) return;
  std::uint64_t key = 0;
  for (const PathState* at = begin; at != end; ++at) {
    key = key << bits_ | *at;
    if (!is_to_.empty() && is_to_[*at] != 0) {
      count(output.to.front()[key & low_bits(length_ * bits_)], who);
    }
    if (is_from_.empty() || is_from_[*at] == 0) continue;
    std::uint64_t onwards = 0;
    for (unsigned i = 0; i < length_; ++i) {
      onwards = onwards << bits_ | (end - at > i ? at[i] : kSessionEdge);
    }
    count(output.from.front()[onwards], who);
  }
}

void PathsFold::merge(Output& output, Output&& more) const {
  merge_tables(output.grams, more.grams);
  merge_tables(output.to, more.to);
  merge_tables(output.from, more.from);
  output.events += more.events;
  output.sessions += more.sessions;
  output.held_out_learners += more.held_out_learners;
  output.learners += more.learners;
  expect_room(output);
}

void PathsFold::expect_room(const Output& output) const {
  std::size_t used = 0;
  for (const auto* tables : {&output.grams, &output.to, &output.from}) {
    for (const GramTable& table : *tables) used += table.size();
  }
  if (used <= most_grams_) return;
  throw Error(ErrorCode::kInvalid, "paths.too_many",
              fmt::format("these paths have more than {} different runs of states; name fewer "
                          "states (most_states), or ask for shorter runs (order, sequences, "
                          "paths)",
                          most_grams_));
}

TransitionTotalsFold::Output TransitionTotalsFold::make_output() const {
  return {std::vector<std::uint64_t>(states_.count() * states_.count())};
}

// From edge to edge: a session's last state is followed by the edge before the next session.
void TransitionTotalsFold::end(const State& state, Code, Output& output) const {
  const std::size_t width = states_.count();
  std::uint64_t* const counts = output.counts.data();
  std::size_t from = kSessionEdge;
  if (state.states.empty()) return;
  for (std::size_t i = 1; i < state.states.size(); ++i) {
    const std::size_t to = state.states[i];
    ++counts[from * width + to];
    from = to;
  }
  ++counts[from * width + kSessionEdge];
}

void TransitionTotalsFold::merge(Output& output, Output&& more) const {
  for (std::size_t i = 0; i < more.counts.size(); ++i) output.counts[i] += more.counts[i];
}

}  // namespace waymark::fold
