#include "fold/paths.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "fold/paths_story.h"

namespace waymark::fold {
namespace {

const std::vector<std::string> kPages{"a", "b", "c"};

// ann: a b | a a b a, bob: b
const Story& walks() {
  static const Story story(R"(
    learner | time             | object
    ann     | 2026-03-02 09:00 | a
    ann     | 2026-03-02 09:30 | b
    ann     | 2026-03-02 12:00 | a
    ann     | 2026-03-02 12:01 | a
    ann     | 2026-03-02 12:02 | b
    ann     | 2026-03-02 12:03 | a
    bob     | 2026-03-02 09:00 | b
  )");
  return story;
}

TEST(Paths, StatesAndTransitionsWithinSessions) {
  walks().gives(paths("states: object", PathsView::kStates, kPages), R"(
    state | events | share | sessions | learners
    a     | 4      | 0.571 | 2        | 1
    b     | 3      | 0.429 | 3        | 2
  )");
  walks().gives(paths("states: object", PathsView::kTransitions, kPages), R"(
    depth | from_state | to_state | count | share | learners | loop
    1     | (start)    | a        | 2     | 0.667 | 1        |
    1     | a          | b        | 2     | 0.50  | 1        |
    1     | b          | (end)    | 2     | 0.667 | 2        |
    1     | (start)    | b        | 1     | 0.333 | 1        |
    1     | a          | (end)    | 1     | 0.25  | 1        |
    1     | a          | a        | 1     | 0.25  | 1        | self
    1     | b          | a        | 1     | 0.333 | 1        |
  )");
}

TEST(Paths, TheGapItselfStillBelongsToTheSession) {
  walks().gives(paths("states: object\ngap: 1799s", PathsView::kStates, kPages), R"(
    state | sessions
    a     | 2
    b     | 3
  )");
  walks().gives(paths("states: object\ngap: 1d", PathsView::kStates, kPages), R"(
    state | sessions
    a     | 1
    b     | 2
  )");
}

TEST(Paths, OfHigherOrderReturnsShow) {
  walks().gives(paths("states: object\norder: 2", PathsView::kTransitions, kPages), R"(
    depth | from_state  | to_state | count | share | loop
    1     | (start)     | a        | 2     | 0.667 |
    1     | a           | b        | 2     | 0.50  |
    1     | b           | (end)    | 2     | 0.667 |
    1     | (start)     | b        | 1     | 0.333 |
    1     | a           | (end)    | 1     | 0.25  |
    1     | a           | a        | 1     | 0.25  | self
    1     | b           | a        | 1     | 0.333 |
    2     | (start)     | a        | 2     | 0.667 |
    2     | (start)     | b        | 1     | 0.333 |
    2     | (start) > a | a        | 1     | 0.50  | self
    2     | (start) > a | b        | 1     | 0.50  |
    2     | (start) > b | (end)    | 1     | 1     |
    2     | a > a       | b        | 1     | 1     |
    2     | a > b       | (end)    | 1     | 0.50  |
    2     | a > b       | a        | 1     | 0.50  | return
    2     | b > a       | (end)    | 1     | 1     |
  )");
}

TEST(Paths, SequencesCountOncePerSessionAndInAll) {
  walks().gives(
      paths("states: object\nsequences: {longest: 3, support: 1}", PathsView::kSequences, kPages),
      R"(
    length | sequence  | sessions | share | learners | occurrences
    2      | a > b     | 2        | 0.667 | 1        | 2
    2      | a > a     | 1        | 0.333 | 1        | 1
    2      | b > a     | 1        | 0.333 | 1        | 1
    3      | a > a > b | 1        | 0.333 | 1        | 1
    3      | a > b > a | 1        | 0.333 | 1        | 1
  )");
  Story(R"(
    learner | time             | object
    ann     | 2026-03-02 09:00 | a
    ann     | 2026-03-02 09:01 | a
    ann     | 2026-03-02 09:02 | a
    bob     | 2026-03-02 09:01 | a
    bob     | 2026-03-02 09:02 | a
    bob     | 2026-03-02 09:03 | b
  )")
      .gives(paths("states: object\nsequences: {longest: 3, support: 2}", PathsView::kSequences,
                   kPages),
             R"(
    length | sequence | sessions | learners | occurrences
    2      | a > a    | 2        | 2        | 3
  )");
}

TEST(Paths, ToAndFromAState) {
  walks().gives(
      paths("states: object\npaths: {to: [b], from: [b, c], length: 2}", PathsView::kPaths, kPages),
      R"(
    direction | anchor | path            | count | share | sessions | learners
    from      | b      | b > (end)       | 2     | 0.667 | 2        | 2
    from      | b      | b > a > (end)   | 1     | 0.333 | 1        | 1
    to        | b      | (start) > b     | 1     | 0.333 | 1        | 1
    to        | b      | (start) > a > b | 1     | 0.333 | 1        | 1
    to        | b      | a > a > b       | 1     | 0.333 | 1        | 1
  )");
}

TEST(Paths, WhatIsNoStateIsOtherOrNone) {
  const Story story(R"(
    learner | time             | kind   | context
    ann     | 2026-03-02 09:00 | viewed | forum
    ann     | 2026-03-02 09:01 | viewed | wiki
    ann     | 2026-03-02 09:02 | viewed |
    ann     | 2026-03-02 09:03 | result | forum
  )");
  story.gives(paths("states: context", PathsView::kStates, {"", "forum"}), R"(
    state   | events
    (none)  | 1
    (other) | 1
    forum   | 2
  )");
  story.gives(
      paths("states: context\npopulation: {kinds: viewed}", PathsView::kTransitions, {"", "forum"}),
      R"(
    from_state | to_state
    (start)    | forum
    (none)     | (end)
    forum      | (other)
    (other)    | (none)
  )");
  story.gives(paths("states:\n  - {name: result, kinds: result}\n"
                    "  - {name: in forum, context: forum}\n",
                    PathsView::kTransitions),
              R"(
    from_state | to_state | count
    (start)    | in forum | 1
    result     | (end)    | 1
    in forum   | (other)  | 1
    (other)    | result   | 1
    (other)    | (other)  | 1
  )");
}

TEST(Paths, AChangeOfCourseMayEndASession) {
  const Story story(R"(
    learner | time             | course | object
    ann     | 2026-03-02 09:00 | maths  | a
    ann     | 2026-03-02 09:01 | maths  | b
    ann     | 2026-03-02 09:02 | art    | c
  )");
  story.gives(paths("states: object\nswitch_on: course\nsequences: {support: 1}",
                    PathsView::kSequences, kPages),
              R"(
    sequence
    a > b
  )");
  story.gives(paths("states: object\nsequences: {support: 1}", PathsView::kSequences, kPages), R"(
    sequence
    a > b
    b > c
    a > b > c
  )");
}

TEST(Paths, NoEventsNoRows) {
  const Story story("learner | time | object");
  story.gives(paths("states: object", PathsView::kTransitions, kPages), "from_state | to_state");
  story.gives(paths("states: object\npredict: true", PathsView::kPrediction, kPages), R"(
    depth | events | accuracy | baseline | helps
    1     | 0      |          |          | 0
  )");
}

// Everyone goes a, b, a, b, …: what comes next is certain, and half of it is the most frequent.
TEST(Paths, PredictionIsTriedOnTheOtherHalf) {
  std::string rows = "learner | time | object\n";
  for (int learner = 0; learner < 40; ++learner) {
    for (int i = 0; i < 20; ++i) {
      rows += "l" + std::to_string(learner) + "|2026-03-02 09:" + std::to_string(10 + i) + "|" +
              (i % 2 == 0 ? "a" : "b") + "\n";
    }
  }
  const EventBatch events = Story(rows).events();
  const TextTable table =
      run_variants(paths("states: object\norder: 2\npredict: true", PathsView::kPrediction, kPages),
                   events, Zone::utc());
  const auto view = table.with_columns({"accuracy", "baseline", "baseline_accuracy", "helps"});
  ASSERT_EQ(view.rows.size(), 2u);
  for (const auto& row : view.rows) {
    EXPECT_EQ(row, (std::vector<std::string>{"1", "a", "0.5", "1"})) << table.aligned();
  }
  const auto halves = table.with_columns({"learners", "held_out_learners", "events"}).rows[0];
  EXPECT_EQ(std::stoi(halves[0]) + std::stoi(halves[1]), 40);
  EXPECT_GT(std::stoi(halves[0]), 10);
  EXPECT_GT(std::stoi(halves[1]), 10);
  EXPECT_EQ(std::stoi(halves[2]), 20 * std::stoi(halves[1]));
}

TEST(Paths, TheMostFrequentValuesAreTheStates) {
  const EventBatch events = random_events({.seed = 7});
  const Symbols symbols = symbols_of(events);
  const auto chosen = [&](const std::string& yaml) {
    const PathsDefinition definition = paths_definition("states: object\n" + yaml);
    const PathValuesFold fold(definition, Names(symbols));
    Symbols readable = symbols;
    const auto counts = run(fold, EventSource(events, readable, fold.reads(), 3, 5), 2);
    return choose_states(definition, symbols, counts);
  };
  std::map<std::string, int> clicks;
  for (std::size_t row = 0; row < events.size(); ++row) {
    if (events.kinds.text(events.kind[row]) == "click")
      ++clicks[std::string(events.objects.text(events.object[row]))];
  }
  std::vector<std::pair<int, std::string>> ranked;
  for (const auto& [name, count] : clicks) ranked.emplace_back(-count, name);
  std::ranges::sort(ranked);
  std::set<std::string> expected{"object 3", "unheard of"};
  for (const auto& [count, name] : ranked) {
    if (expected.size() < 5) expected.insert(name);
  }
  EXPECT_EQ(chosen("population: {kinds: click}\nmost_states: 5\n"
                   "paths: {to: [object 3, unheard of]}"),
            std::vector<std::string>(expected.begin(), expected.end()));
  EXPECT_FALSE(must_count_values(paths_definition("states: object"), symbols));
  EXPECT_TRUE(must_count_values(paths_definition("states: object\nmost_states: 12"), symbols));
  EXPECT_EQ(choose_states(paths_definition("states: object"), symbols, {}).size(),
            symbols.objects.size());
}

TEST(Paths, ValuesAreCountedTheSameHoweverTheyAreDriven) {
  const PathsDefinition definition =
      paths_definition("states: context\npopulation: {kinds: click}");
  const Measure<PathValuesFold> measure{
      [=](const Names& names) { return PathValuesFold(definition, names); },
      [](const PathValuesFold::Output& events, const Meaning& meaning) {
        std::map<std::string, std::uint64_t> by_name;
        for (Code code = 0; code < events.size(); ++code) {
          if (events[code] != 0) by_name.emplace(meaning.symbols.contexts.text(code), events[code]);
        }
        TextTable table{{"value", "events"}, {}};
        for (const auto& [name, count] : by_name) {
          table.rows.push_back({name, std::to_string(count)});
        }
        return table;
      }};
  EXPECT_EQ(run_variants(measure, random_events({.learners = 5}), Zone::utc()).rows.size(), 5u);
}

TEST(Paths, TooManyRunsAreAClearError) {
  const EventBatch events = random_events({.seed = 3, .learners = 30});
  Symbols symbols = symbols_of(events);
  const PathsDefinition definition = paths_definition("states: object\norder: 4");
  const auto count = [&](std::size_t most, std::size_t buckets) {
    const PathsFold fold(definition, choose_states(definition, symbols, {}), Names(symbols), most);
    run(fold, EventSource(events, symbols, fold.reads(), buckets, 100), 2);
  };
  EXPECT_NO_THROW(count(PathsFold::kMostGrams, 2));
  for (const std::size_t buckets : {1, 8}) {
    try {
      count(400, buckets);
      ADD_FAILURE() << "nothing thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), "paths.too_many");
    }
  }
}

TEST(Paths, ASavedStateOfOthersIsRefused) {
  const Symbols symbols;
  const PathsDefinition definition = paths_definition("states: object");
  const PathsFold fold(definition, {"a"}, Names(symbols));
  for (const std::vector<PathState>& states :
       std::vector<std::vector<PathState>>{{0, 3}, {1, 2}, {0, 0, 1}, {0, 1, 0}, {0}}) {
    ByteWriter writer;
    fold.save({.states = states}, writer);
    ByteReader reader(writer.bytes());
    EXPECT_THROW(fold.load(reader), Error);
  }
}

TEST(Paths, MistakesAreReportedWhereTheyAre) {
  EXPECT_EQ(mistakes("paths", "states: contxt"),
            "measure.yaml:2:1: 'contxt' cannot be the states (did you mean 'context'?)\n");
  EXPECT_EQ(mistakes("paths", "states: [{name: quiz}]\nmost_states: 9"),
            "measure.yaml:2:10: step 'quiz' does not say which events it means (add kinds, "
            "context, object, course, outcome, source or where; what fits no step is '(other)')\n"
            "measure.yaml:3:1: the states are those listed (leave 'most_states' out, or list "
            "fewer)\n");
  EXPECT_EQ(mistakes("paths",
                     "states: [{name: quiz, kinds: a}, {name: quiz, kinds: b}]\n"
                     "paths: {to: [quizz]}"),
            "measure.yaml:2:35: two steps are called 'quiz'\n"
            "measure.yaml:3:14: no step here is called 'quizz' (did you mean 'quiz'?)\n");
  EXPECT_EQ(mistakes("paths", "states: kind\npaths: {length: 2}"),
            "measure.yaml:3:1: this names no state (say 'to' or 'from' and the states)\n");
  std::string many = "states:\n";
  for (int i = 0; i < 62; ++i) many += "  - {name: s" + std::to_string(i) + ", kinds: click}\n";
  EXPECT_EQ(mistakes("paths", many), "measure.yaml:63:5: paths have at most 60 steps\n");
  std::string anchors = "states: kind\npaths: {to: [";
  for (int i = 0; i < 21; ++i) anchors += "s" + std::to_string(i) + ",";
  EXPECT_NE(mistakes("paths", anchors + "]}").find("at most 20 states are named here"),
            std::string::npos);
}

}  // namespace
}  // namespace waymark::fold
