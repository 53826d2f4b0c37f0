#include "fold/paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/error.h"

namespace waymark::fold {
namespace {

std::uint64_t low_bits(unsigned bits) { return (std::uint64_t{1} << bits) - 1; }

// Calls visit(key, who) for the run of n states that each event and each end of a session
// completes. Where sessions end cannot be foreseen, so that no branch asks.
template <typename Visit>
void for_each_run(const std::vector<PathState>& states, unsigned bits, unsigned n,
                  GramTable::Who who, const Visit& visit) {
  const std::uint64_t mask = low_bits(n * bits);
  std::uint64_t key = 0;
  const auto take = [&](PathState state) {
    key = (key << bits | state) & mask;
    visit(key, who);
    const std::uint64_t goes_on = state != kSessionEdge;
    key &= 0 - goes_on;
    who.session += 1 - goes_on;
  };
  for (std::size_t i = 1; i < states.size(); ++i) take(states[i]);
  take(kSessionEdge);
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

// Each longest run ends in one of every length. Occurrences are counted of the longest alone:
// finish() gives them to the shorter ones.
void PathsFold::end(const State& state, Code, Output& output) const {
  const std::vector<PathState>& states = state.states;
  if (states.empty()) return;
  const GramTable::Who who{output.sessions + 1, output.sessions + 1, state.held_out};
  GramTable* const grams = output.grams.data();
  for_each_run(states, bits_, longest_, who, [&](std::uint64_t key, const GramTable::Who& now) {
    for (unsigned n = 1; n < longest_; ++n) grams[n - 1][key & low_bits(n * bits_)].count_who(now);
    grams[longest_ - 1][key].count(now);
  });
  count_paths(states, who, output);
  const auto sessions = static_cast<std::uint64_t>(std::ranges::count(states, kSessionEdge));
  output.sessions += sessions;
  output.events += states.size() - sessions;
  output.held_out_learners += state.held_out;
  ++output.learners;
  expect_room(output);
}

void PathsFold::count_paths(const std::vector<PathState>& states, GramTable::Who who,
                            Output& output) const {
  if (!is_to_.empty()) {
    GramTable& to = output.to.front();
    for_each_run(states, bits_, length_, who, [&](std::uint64_t key, const GramTable::Who& now) {
      if (is_to_[key & low_bits(bits_)] != 0) to[key].count(now);
    });
  }
  if (is_from_.empty()) return;
  std::uint64_t onwards = 0;
  for (std::size_t i = states.size(); --i != 0;) {
    onwards = states[i] == kSessionEdge
                  ? 0
                  : onwards >> bits_ | std::uint64_t{states[i]} << (length_ - 1) * bits_;
    who.session += states[i] == kSessionEdge;
    if (is_from_[states[i]] != 0) output.from.front()[onwards].count(who);
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

void PathsFold::finish(Output& output) const {
  output.grams.back().for_each([&](const GramTable::Counts& longest) {
    for (unsigned n = 1; n < longest_; ++n) {
      GramTable::Counts& counts = output.grams[n - 1][longest.key & low_bits(n * bits_)];
      counts.occurrences += longest.occurrences;
      counts.held_out += longest.held_out;
    }
  });
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
