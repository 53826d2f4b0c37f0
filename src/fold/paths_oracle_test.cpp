// Paths against a recomputation over lists of names: each run of states is cut out of its session
// and looked up among all the others.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "fold/paths_story.h"
#include "stats/proportion.h"

namespace waymark::fold {
namespace {

using Words = std::vector<std::string>;

struct Walk {
  Words states;
  std::size_t learner;
  bool held_out;
};

// What the yaml says, in plain C++.
struct Case {
  std::string yaml;
  std::function<std::string(const EventBatch&, std::size_t row)> state;  // "" : not looked at
  Words values;                                                          // that are states
  Micros gap = 30 * kMicrosPerMinute;
  bool by_course = false;
  std::size_t order = 1, longest = 0, length = 0, support = 2;
  std::set<std::string> to, from;
};

std::vector<Walk> walks_of(const Case& c, const EventBatch& events) {
  std::vector<Walk> walks;
  std::size_t learner = 0;
  for (const auto& rows : trails_of(events)) {
    ++learner;
    std::optional<std::size_t> before;
    bool held_out = false;
    for (const std::size_t row : rows) {
      const std::string state = c.state(events, row);
      if (state.empty()) continue;
      if (!before) held_out = events.id[row].low * 0x9e37'79b9'7f4a'7c15 >> 63 == 1;
      if (!before || events.time[row] > events.time[*before] + c.gap ||
          (c.by_course && events.course[row] != events.course[*before])) {
        walks.push_back({{}, learner, held_out});
      }
      walks.back().states.push_back(state);
      before = row;
    }
  }
  return walks;
}

std::string number(double value) { return std::isnan(value) ? "" : fmt::format("{}", value); }
std::string joined(const Words& words) { return fmt::format("{}", fmt::join(words, " > ")); }

struct Found {
  std::size_t count = 0;
  std::set<std::size_t> sessions, learners;
};

// The n states before position i, as many as there are, with the start where there are fewer.
Words before(const Walk& walk, std::size_t i, std::size_t n) {
  Words words;
  if (i < n) words.push_back("(start)");
  for (std::size_t k = i - std::min(i, n); k < i; ++k) words.push_back(walk.states[k]);
  return words;
}
std::string at(const Walk& walk, std::size_t i) {
  return i == walk.states.size() ? "(end)" : walk.states[i];
}

// Rows in no order: what the tables say, not how they sort it.
using Rows = std::multiset<Words>;
Rows rows_of(const TextTable& table) { return {table.rows.begin(), table.rows.end()}; }

Rows transitions(const Case& c, const std::vector<Walk>& walks) {
  Rows rows;
  for (std::size_t depth = 1; depth <= c.order; ++depth) {
    std::map<std::pair<Words, std::string>, Found> found;
    std::map<Words, std::size_t> from;
    for (const Walk& walk : walks) {
      for (std::size_t i = 0; i <= walk.states.size(); ++i) {
        const Words past = before(walk, i, depth);
        Found& pair = found[{past, at(walk, i)}];
        ++pair.count;
        pair.learners.insert(walk.learner);
        ++from[past];
      }
    }
    for (const auto& [pair, seen] : found) {
      const auto& [past, next] = pair;
      const bool back = past.size() > 1 && past[past.size() - 2] == next;
      rows.insert({std::to_string(depth), joined(past), next, std::to_string(seen.count),
                   number(static_cast<double>(seen.count) / static_cast<double>(from[past])),
                   std::to_string(seen.learners.size()),
                   past.back() == next ? "self"
                   : back              ? "return"
                                       : ""});
    }
  }
  return rows;
}

Rows sequences(const Case& c, const std::vector<Walk>& walks) {
  std::map<Words, Found> found;
  for (std::size_t session = 0; session < walks.size(); ++session) {
    const Words& states = walks[session].states;
    for (std::size_t begin = 0; begin < states.size(); ++begin) {
      for (std::size_t n = 2; n <= c.longest && begin + n <= states.size(); ++n) {
        const auto first = states.begin() + static_cast<std::ptrdiff_t>(begin);
        Found& run = found[Words(first, first + static_cast<std::ptrdiff_t>(n))];
        ++run.count;
        run.sessions.insert(session);
        run.learners.insert(walks[session].learner);
      }
    }
  }
  Rows rows;
  for (const auto& [run, seen] : found) {
    if (seen.sessions.size() < c.support) continue;
    rows.insert(
        {std::to_string(run.size()), joined(run), std::to_string(seen.sessions.size()),
         number(static_cast<double>(seen.sessions.size()) / static_cast<double>(walks.size())),
         std::to_string(seen.learners.size()), std::to_string(seen.count)});
  }
  return rows;
}

Rows paths_to_and_from(const Case& c, const std::vector<Walk>& walks) {
  std::map<Words, Found> found;  // direction, anchor, path
  std::map<Words, std::size_t> anchors;
  for (std::size_t session = 0; session < walks.size(); ++session) {
    const Walk& walk = walks[session];
    const auto add = [&](const std::string& direction, const std::string& anchor,
                         const Words& path) {
      Found& one = found[{direction, anchor, joined(path)}];
      ++one.count;
      one.sessions.insert(session);
      one.learners.insert(walk.learner);
      ++anchors[{direction, anchor}];
    };
    for (std::size_t i = 0; i < walk.states.size(); ++i) {
      const std::string& anchor = walk.states[i];
      if (c.to.contains(anchor)) {
        Words path = before(walk, i, c.length);
        path.push_back(anchor);
        add("to", anchor, path);
      }
      if (c.from.contains(anchor)) {
        Words path{anchor};
        for (std::size_t k = i + 1; k <= std::min(i + c.length, walk.states.size()); ++k) {
          path.push_back(at(walk, k));
        }
        add("from", anchor, path);
      }
    }
  }
  Rows rows;
  for (const auto& [path, seen] : found) {
    const std::size_t of_anchor = anchors[{path[0], path[1]}];
    rows.insert({path[0], path[1], path[2], std::to_string(seen.count),
                 number(static_cast<double>(seen.count) / static_cast<double>(of_anchor)),
                 std::to_string(seen.sessions.size()), std::to_string(seen.learners.size())});
  }
  return rows;
}

// The state seen most often after these, the first in the list of equal ones.
std::optional<std::string> most_often_after(const Words& past, std::size_t depth, const Case& c,
                                            const std::vector<Walk>& walks) {
  std::map<std::string, std::size_t> next;
  for (const Walk& walk : walks) {
    for (std::size_t i = 0; !walk.held_out && i < walk.states.size(); ++i) {
      if (depth == 0 || before(walk, i, depth) == past) ++next[walk.states[i]];
    }
  }
  std::optional<std::string> best;
  Words names = c.values;
  names.push_back("(other)");
  for (std::string& name : names) {
    if (name.empty()) name = "(none)";
    if (next[name] > (best ? next[*best] : 0)) best = name;
  }
  return best;
}

Rows predictions(const Case& c, const std::vector<Walk>& walks) {
  std::set<std::size_t> learned_from, held_out;
  for (const Walk& walk : walks) (walk.held_out ? held_out : learned_from).insert(walk.learner);
  const std::optional<std::string> baseline = most_often_after({}, 0, c, walks);
  Rows rows;
  for (std::size_t depth = 1; depth <= c.order; ++depth) {
    double events = 0, right = 0, baseline_right = 0;
    std::map<Words, std::optional<std::string>> said;
    for (const Walk& walk : walks) {
      for (std::size_t i = 0; walk.held_out && i < walk.states.size(); ++i) {
        const auto [known, is_new] = said.try_emplace(before(walk, i, depth));
        for (std::size_t k = depth; is_new && k > 0 && !known->second; --k) {
          known->second = most_often_after(before(walk, i, k), k, c, walks);
        }
        events += 1;
        right += (known->second ? known->second : baseline) == walk.states[i] ? 1 : 0;
        baseline_right += baseline == walk.states[i] ? 1 : 0;
      }
    }
    const auto own = stats::wilson_interval(right, events);
    const auto other = stats::wilson_interval(baseline_right, events);
    rows.insert({std::to_string(depth), std::to_string(learned_from.size()),
                 std::to_string(held_out.size()), number(events), number(right / events),
                 number(own.low), number(own.high), baseline.value_or(""),
                 number(baseline_right / events), number(other.low), number(other.high),
                 own.low > other.high ? "1" : "0"});
  }
  return rows;
}

std::string text_at(const Dictionary& texts, Code code, const Words& values) {
  const std::string text(texts.text(code));
  if (std::ranges::find(values, text) == values.end()) return "(other)";
  return text.empty() ? "(none)" : text;
}

std::vector<Case> cases() {
  const Words contexts{"", "context 1", "context 2"};
  const Words kinds{"click", "enrolled", "result", "submitted", "unregistered"};
  Words objects{""};
  for (int i = 0; i < 12; ++i) objects.push_back(fmt::format("object {}", i));
  std::ranges::sort(objects);
  return {
      {.yaml = "states: kind\norder: 4\nsequences: {longest: 6, support: 3}\npredict: true\n"
               "paths: {to: [result], from: [click, enrolled], length: 5}",
       .state = [=](const EventBatch& e,
                    std::size_t row) { return text_at(e.kinds, e.kind[row], kinds); },
       .values = kinds,
       .order = 4,
       .longest = 6,
       .length = 5,
       .support = 3,
       .to = {"result"},
       .from = {"click", "enrolled"}},
      {.yaml = "states: context\ngap: 1h\nswitch_on: course\npopulation: {kinds: [click, result]}\n"
               "sequences: {longest: 2}\npredict: true\npaths: {to: [context 2], length: 1}",
       .state = [=](const EventBatch& e, std::size_t row) -> std::string {
         const std::string_view kind = e.kinds.text(e.kind[row]);
         if (kind != "click" && kind != "result") return "";
         return text_at(e.contexts, e.context[row], contexts);
       },
       .values = contexts,
       .gap = kMicrosPerHour,
       .by_course = true,
       .longest = 2,
       .length = 1,
       .to = {"context 2"}},
      {.yaml = "states: object\ngap: 2d\norder: 3\nsequences: {support: 1}\npredict: true\n"
               "paths: {from: [object 5, object 4]}",
       .state = [=](const EventBatch& e,
                    std::size_t row) { return text_at(e.objects, e.object[row], objects); },
       .values = objects,
       .gap = 2 * kMicrosPerDay,
       .order = 3,
       .longest = 3,
       .length = 3,
       .support = 1,
       .from = {"object 4", "object 5"}},
      {.yaml = "states:\n  - {name: heavy, kinds: click, where: {weight: {at_least: 5}}}\n"
               "  - {name: click, kinds: click}\n  - {name: passed, outcome: Pass}\n"
               "gap: 0\norder: 2\nsequences: {longest: 4}\npredict: true\npaths: {to: [passed]}",
       .state =
           [](const EventBatch& e, std::size_t row) {
             const bool click = e.kinds.text(e.kind[row]) == "click";
             return click && e.weight[row] >= 5                 ? "heavy"
                    : click                                     ? "click"
                    : e.outcomes.text(e.outcome[row]) == "Pass" ? "passed"
                                                                : "(other)";
           },
       .values = {"heavy", "click", "passed"},
       .gap = 0,
       .order = 2,
       .longest = 4,
       .length = 3,
       .to = {"passed"}}};
}

TEST(PathsOracle, EqualsAnObviousRecomputation) {
  for (const Case& c : cases()) {
    const PathsDefinition definition = paths_definition(c.yaml);
    const Words listed = definition.steps.empty() ? c.values : Words{};
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      SCOPED_TRACE(testing::Message() << c.yaml << "\nseed " << seed);
      const EventBatch events = random_events({.seed = seed, .learners = 12, .most_events = 80});
      const std::vector<Walk> walks = walks_of(c, events);
      const auto table = [&](PathsView view) {
        return rows_of(run_batch(paths(c.yaml, view, listed), events, Zone::utc(),
                                 {.buckets = 3, .threads = 2, .slice_rows = 7}));
      };
      EXPECT_EQ(table(PathsView::kTransitions), transitions(c, walks));
      EXPECT_EQ(table(PathsView::kSequences), sequences(c, walks));
      EXPECT_EQ(table(PathsView::kPaths), paths_to_and_from(c, walks));
      EXPECT_EQ(table(PathsView::kPrediction), predictions(c, walks));
    }
  }
}

TEST(PathsOracle, IsTheSameHoweverItIsDriven) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.yaml);
    const Words listed = paths_definition(c.yaml).steps.empty() ? c.values : Words{};
    const EventBatch events = random_events({.seed = 9, .learners = 5, .most_events = 25});
    for (const PathsView view : {PathsView::kStates, PathsView::kTransitions, PathsView::kSequences,
                                 PathsView::kPaths, PathsView::kPrediction}) {
      run_variants(paths(c.yaml, view, listed), events, Zone::utc());
    }
  }
}

// The fold that only counts pairs, as text: state, next, count.
TEST(PathsOracle, TotalsAreTheTransitionsOfDepthOne) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.yaml);
    const PathsDefinition definition = paths_definition(c.yaml);
    Words listed = c.values;
    const Measure<TransitionTotalsFold> totals{
        [=](const Names& names) { return TransitionTotalsFold(definition, listed, names); },
        [=](const TransitionTotalsFold::Output& output, const Meaning& meaning) {
          const PathStates states(definition, listed, Names(meaning.symbols));
          TextTable table{{"from_state", "to_state", "count"}, {}};
          const auto all = static_cast<PathState>(states.count());
          for (PathState from = 0; from < all; ++from) {
            for (PathState to = 0; to < all; ++to) {
              const std::uint64_t count = output.counts[from * states.count() + to];
              if (count == 0) continue;
              table.rows.push_back({from == kSessionEdge ? "(start)" : states.text(from),
                                    to == kSessionEdge ? "(end)" : states.text(to),
                                    std::to_string(count)});
            }
          }
          return table;
        }};
    const EventBatch events = random_events({.seed = 4, .learners = 6, .most_events = 30});
    TextTable expected = run_batch(
        paths(c.yaml, PathsView::kTransitions, definition.steps.empty() ? listed : Words{}), events,
        Zone::utc());
    std::erase_if(expected.rows, [](const Words& row) { return row.front() != "1"; });
    EXPECT_EQ(rows_of(run_variants(totals, events, Zone::utc())),
              rows_of(expected.with_columns({"from_state", "to_state", "count"})));
  }
}

}  // namespace
}  // namespace waymark::fold
