#include "fold/paths_story.h"

#include <fmt/format.h>

#include <cmath>
#include <concepts>

#include "fold/schemas.h"
#include "fold/story_table.h"

namespace waymark::fold {
namespace {

std::string cell(const std::string& text) { return text; }
std::string cell(double number) { return std::isnan(number) ? "" : fmt::format("{}", number); }
template <std::integral T>
std::string cell(T number) {
  return fmt::format("{}", number);
}

template <typename T>
void add(TextTable& table, const char* name, const std::vector<T>& values) {
  table.header.emplace_back(name);
  table.rows.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) table.rows[i].push_back(cell(values[i]));
}

TextTable table_of(const PathStateTable& states) {
  TextTable table;
  add(table, "state", states.state);
  add(table, "events", states.events);
  add(table, "share", states.share);
  add(table, "sessions", states.sessions);
  add(table, "learners", states.learners);
  return table;
}

TextTable table_of(const TransitionTable& transitions) {
  TextTable table;
  add(table, "depth", transitions.depth);
  add(table, "from_state", transitions.from);
  add(table, "to_state", transitions.to);
  add(table, "count", transitions.count);
  add(table, "share", transitions.share);
  add(table, "learners", transitions.learners);
  add(table, "loop", transitions.loop);
  return table;
}

TextTable table_of(const SequenceTable& sequences) {
  TextTable table;
  add(table, "length", sequences.length);
  add(table, "sequence", sequences.sequence);
  add(table, "sessions", sequences.sessions);
  add(table, "share", sequences.share);
  add(table, "learners", sequences.learners);
  add(table, "occurrences", sequences.occurrences);
  return table;
}

TextTable table_of(const PathTable& paths) {
  TextTable table;
  add(table, "direction", paths.direction);
  add(table, "anchor", paths.anchor);
  add(table, "path", paths.path);
  add(table, "count", paths.count);
  add(table, "share", paths.share);
  add(table, "sessions", paths.sessions);
  add(table, "learners", paths.learners);
  return table;
}

TextTable table_of(const PredictionTable& said) {
  TextTable table;
  add(table, "depth", said.depth);
  add(table, "learners", said.learners);
  add(table, "held_out_learners", said.held_out_learners);
  add(table, "events", said.events);
  add(table, "accuracy", said.accuracy);
  add(table, "accuracy_low", said.accuracy_low);
  add(table, "accuracy_high", said.accuracy_high);
  add(table, "baseline", said.baseline);
  add(table, "baseline_accuracy", said.baseline_accuracy);
  add(table, "baseline_low", said.baseline_low);
  add(table, "baseline_high", said.baseline_high);
  add(table, "helps", said.helps);
  return table;
}

}  // namespace

TextTable table_of(const PathCounts& counts, const PathStates& states,
                   const PathsDefinition& definition, PathsView view) {
  switch (view) {
    case PathsView::kStates:
      return table_of(state_table(counts, states));
    case PathsView::kTransitions:
      return table_of(transition_table(counts, states, definition));
    case PathsView::kSequences:
      return table_of(sequence_table(counts, states, definition));
    case PathsView::kPaths:
      return table_of(path_table(counts, states, definition));
    case PathsView::kPrediction:
      break;
  }
  return table_of(prediction_table(counts, states, definition));
}

PathsDefinition paths_definition(std::string_view yaml) {
  return parsed("paths", yaml, kPathsSchema, parse_paths);
}

Measure<PathsFold> paths(std::string_view yaml, PathsView view,
                         const std::vector<std::string>& values) {
  const PathsDefinition definition = paths_definition(yaml);
  std::vector<std::string> listed = values;
  for (const PathStep& step : definition.steps) listed.push_back(step.name);
  return {[=](const Names& names) { return PathsFold(definition, listed, names); },
          [=](const PathCounts& counts, const Meaning& meaning) {
            const PathStates states(definition, listed, Names(meaning.symbols));
            return table_of(counts, states, definition, view);
          }};
}

}  // namespace waymark::fold
