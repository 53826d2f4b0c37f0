#include "fold/path_tables.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>

#include "stats/proportion.h"

namespace waymark::fold {
namespace {

constexpr std::string_view kThen = " > ";

double share_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                    : static_cast<double>(part) / static_cast<double>(whole);
}

// Takes keys apart.
class Keys {
 public:
  Keys(const PathCounts& counts, const PathStates& states)
      : bits_(counts.state_bits), states_(states) {}

  std::uint64_t last(std::uint64_t key, unsigned n) const {
    return key & ((std::uint64_t{1} << n * bits_) - 1);
  }
  std::uint64_t without_last(std::uint64_t key) const { return key >> bits_; }
  // From the last one, 0.
  PathState state(std::uint64_t key, unsigned back) const {
    return static_cast<PathState>(last(key >> back * bits_, 1));
  }
  bool inside_session(std::uint64_t key, unsigned n) const {
    for (unsigned back = 0; back < n; ++back) {
      if (state(key, back) == kSessionEdge) return false;
    }
    return true;
  }

  // Of n states; the edges in front of them are the start, those behind them the end.
  std::string text(std::uint64_t key, unsigned n) const {
    std::vector<PathState> run;
    for (unsigned back = n; back-- > 0;) {
      const PathState now = state(key, back);
      if (run.empty() || now != kSessionEdge || run.back() != kSessionEdge) run.push_back(now);
    }
    std::string text;
    for (std::size_t i = 0; i < run.size(); ++i) {
      if (i != 0) text += kThen;
      text += run[i] != kSessionEdge ? states_.text(run[i]) : i == 0 ? kStart : kEnd;
    }
    return text;
  }
  std::string to_text(PathState state) const {
    return state == kSessionEdge ? kEnd : states_.text(state);
  }

 private:
  static constexpr const char* kStart = "(start)";
  static constexpr const char* kEnd = "(end)";
  unsigned bits_;
  const PathStates& states_;
};

// What occurs, the most frequent first by `weight`, equal ones by key.
template <typename Weight>
std::vector<GramTable::Counts> ranked(const GramTable& table, const Weight& weight) {
  std::vector<GramTable::Counts> all;
  table.for_each([&](const GramTable::Counts& counts) { all.push_back(counts); });
  std::ranges::sort(all, [&](const GramTable::Counts& a, const GramTable::Counts& b) {
    return weight(a) != weight(b) ? weight(a) > weight(b) : a.key < b.key;
  });
  return all;
}
std::uint64_t occurrences(const GramTable::Counts& counts) { return counts.occurrences; }

// For predictions: per states before, the state that came next most often.
class NextStates {
 public:
  NextStates(const GramTable& table, const Keys& keys) {
    table.for_each([&](const GramTable::Counts& counts) {
      const std::uint64_t learned = counts.occurrences - counts.held_out;
      const PathState next = keys.state(counts.key, 0);
      if (learned == 0 || next == kSessionEdge) return;
      Best& best = best_[keys.without_last(counts.key)];
      if (learned > best.count || (learned == best.count && next < best.state)) {
        best = {learned, next};
      }
    });
  }
  // kSessionEdge where these states were never seen.
  PathState after(std::uint64_t before) const {
    const auto found = best_.find(before);
    return found == best_.end() ? kSessionEdge : found->second.state;
  }

 private:
  struct Best {
    std::uint64_t count = 0;
    PathState state = kSessionEdge;
  };
  std::unordered_map<std::uint64_t, Best> best_;
};

}  // namespace

void add(const PathCounts& counts, const PathStates& states, PathStateTable& table) {
  for (const auto& state : ranked(counts.grams.front(), occurrences)) {
    if (state.key == kSessionEdge) continue;
    table.state.push_back(states.text(static_cast<PathState>(state.key)));
    table.events.push_back(state.occurrences);
    table.share.push_back(share_of(state.occurrences, counts.events));
    table.sessions.push_back(state.sessions);
    table.learners.push_back(state.learners);
  }
}

void add(const PathCounts& counts, const PathStates& states, const PathsDefinition& definition,
         TransitionTable& table) {
  const Keys keys(counts, states);
  for (unsigned depth = 1; depth <= definition.order; ++depth) {
    const GramTable& grams = counts.grams[depth];
    std::unordered_map<std::uint64_t, std::uint64_t> from;
    grams.for_each([&](const GramTable::Counts& gram) {
      from[keys.without_last(gram.key)] += gram.occurrences;
    });
    for (const auto& gram : ranked(grams, occurrences)) {
      const std::uint64_t before = keys.without_last(gram.key);
      const PathState to = keys.state(gram.key, 0);
      const bool self = to == keys.state(before, 0);
      const bool back = depth > 1 && to != kSessionEdge && to == keys.state(before, 1);
      table.depth.push_back(depth);
      table.from.push_back(keys.text(before, depth));
      table.to.push_back(keys.to_text(to));
      table.count.push_back(gram.occurrences);
      table.share.push_back(share_of(gram.occurrences, from[before]));
      table.learners.push_back(gram.learners);
      table.loop.emplace_back(self ? "self" : back ? "return" : "");
    }
  }
}

void add(const PathCounts& counts, const PathStates& states, const PathsDefinition& definition,
         SequenceTable& table) {
  const Keys keys(counts, states);
  for (unsigned length = 2; length <= definition.longest; ++length) {
    const auto sessions = [](const GramTable::Counts& gram) { return gram.sessions; };
    for (const auto& gram : ranked(counts.grams[length - 1], sessions)) {
      if (gram.sessions < definition.support || !keys.inside_session(gram.key, length)) continue;
      table.sequence.push_back(keys.text(gram.key, length));
      table.length.push_back(length);
      table.sessions.push_back(gram.sessions);
      table.share.push_back(share_of(gram.sessions, counts.sessions));
      table.learners.push_back(gram.learners);
      table.occurrences.push_back(gram.occurrences);
    }
  }
}

void add(const PathCounts& counts, const PathStates& states, const PathsDefinition& definition,
         PathTable& table) {
  const Keys keys(counts, states);
  const unsigned length = definition.length + 1;
  const auto add_paths = [&](const char* direction, const GramTable& grams, unsigned anchor_back) {
    std::unordered_map<PathState, std::uint64_t> of_anchor;
    grams.for_each([&](const GramTable::Counts& gram) {
      of_anchor[keys.state(gram.key, anchor_back)] += gram.occurrences;
    });
    std::vector<GramTable::Counts> rows = ranked(grams, occurrences);
    std::ranges::stable_sort(
        rows, {}, [&](const GramTable::Counts& gram) { return keys.state(gram.key, anchor_back); });
    for (const auto& gram : rows) {
      const PathState anchor = keys.state(gram.key, anchor_back);
      table.direction.emplace_back(direction);
      table.anchor.push_back(states.text(anchor));
      table.path.push_back(keys.text(gram.key, length));
      table.count.push_back(gram.occurrences);
      table.share.push_back(share_of(gram.occurrences, of_anchor[anchor]));
      table.sessions.push_back(gram.sessions);
      table.learners.push_back(gram.learners);
    }
  };
  for (const GramTable& grams : counts.to) add_paths("to", grams, 0);
  for (const GramTable& grams : counts.from) add_paths("from", grams, length - 1);
}

void add(const PathCounts& counts, const PathStates& states, const PathsDefinition& definition,
         PredictionTable& table) {
  const Keys keys(counts, states);
  const PathState baseline = NextStates(counts.grams.front(), keys).after(0);
  std::vector<NextStates> next;
  for (unsigned depth = 1; depth <= definition.order; ++depth) {
    const GramTable& grams = counts.grams[depth];
    next.emplace_back(grams, keys);
    std::uint64_t events = 0, right = 0, baseline_right = 0;
    grams.for_each([&](const GramTable::Counts& gram) {
      const PathState truth = keys.state(gram.key, 0);
      if (gram.held_out == 0 || truth == kSessionEdge) return;
      PathState said = kSessionEdge;
      for (unsigned back = depth; back > 0 && said == kSessionEdge; --back) {
        said = next[back - 1].after(keys.last(keys.without_last(gram.key), back));
      }
      events += gram.held_out;
      right += (said == kSessionEdge ? baseline : said) == truth ? gram.held_out : 0;
      baseline_right += baseline == truth ? gram.held_out : 0;
    });
    const auto interval = [&](std::uint64_t hits) {
      return stats::wilson_interval(static_cast<double>(hits), static_cast<double>(events));
    };
    const stats::Interval own = interval(right), other = interval(baseline_right);
    const auto held_out = static_cast<std::uint32_t>(counts.held_out_learners);
    table.depth.push_back(depth);
    table.learners.push_back(counts.learners - held_out);
    table.held_out_learners.push_back(held_out);
    table.events.push_back(events);
    table.accuracy.push_back(share_of(right, events));
    table.accuracy_low.push_back(own.low);
    table.accuracy_high.push_back(own.high);
    table.baseline.push_back(baseline == kSessionEdge ? "" : states.text(baseline));
    table.baseline_accuracy.push_back(share_of(baseline_right, events));
    table.baseline_low.push_back(other.low);
    table.baseline_high.push_back(other.high);
    table.helps.push_back(own.low > other.high);
  }
}

}  // namespace waymark::fold
