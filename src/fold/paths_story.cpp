#include "fold/paths_story.h"

#include "fold/schemas.h"
#include "fold/story_table.h"

namespace waymark::fold {
namespace {

TextTable table_of(const PathStateTable& states, const Meaning& meaning) {
  return Tabulator(states.state.size(), meaning)
      .texts("state", states.state)
      .numbers("events", states.events)
      .numbers("share", states.share)
      .numbers("sessions", states.sessions)
      .numbers("learners", states.learners)
      .take();
}

TextTable table_of(const TransitionTable& transitions, const Meaning& meaning) {
  return Tabulator(transitions.depth.size(), meaning)
      .numbers("depth", transitions.depth)
      .texts("from_state", transitions.from)
      .texts("to_state", transitions.to)
      .numbers("count", transitions.count)
      .numbers("share", transitions.share)
      .numbers("learners", transitions.learners)
      .texts("loop", transitions.loop)
      .take();
}

TextTable table_of(const SequenceTable& sequences, const Meaning& meaning) {
  return Tabulator(sequences.length.size(), meaning)
      .numbers("length", sequences.length)
      .texts("sequence", sequences.sequence)
      .numbers("sessions", sequences.sessions)
      .numbers("share", sequences.share)
      .numbers("learners", sequences.learners)
      .numbers("occurrences", sequences.occurrences)
      .take();
}

TextTable table_of(const PathTable& paths, const Meaning& meaning) {
  return Tabulator(paths.direction.size(), meaning)
      .texts("direction", paths.direction)
      .texts("anchor", paths.anchor)
      .texts("path", paths.path)
      .numbers("count", paths.count)
      .numbers("share", paths.share)
      .numbers("sessions", paths.sessions)
      .numbers("learners", paths.learners)
      .take();
}

TextTable table_of(const PredictionTable& said, const Meaning& meaning) {
  return Tabulator(said.depth.size(), meaning)
      .numbers("depth", said.depth)
      .numbers("learners", said.learners)
      .numbers("held_out_learners", said.held_out_learners)
      .numbers("events", said.events)
      .numbers("accuracy", said.accuracy)
      .numbers("accuracy_low", said.accuracy_low)
      .numbers("accuracy_high", said.accuracy_high)
      .texts("baseline", said.baseline)
      .numbers("baseline_accuracy", said.baseline_accuracy)
      .numbers("baseline_low", said.baseline_low)
      .numbers("baseline_high", said.baseline_high)
      .numbers("helps", said.helps)
      .take();
}

template <typename Table, typename... Definition>
TextTable shown(const Meaning& meaning, const PathCounts& counts, const PathStates& states,
                const Definition&... definition) {
  Table table;
  add(counts, states, definition..., table);
  return table_of(table, meaning);
}

TextTable table_of(const PathCounts& counts, const PathStates& states,
                   const PathsDefinition& definition, PathsView view, const Meaning& meaning) {
  switch (view) {
    case PathsView::kStates:
      return shown<PathStateTable>(meaning, counts, states);
    case PathsView::kTransitions:
      return shown<TransitionTable>(meaning, counts, states, definition);
    case PathsView::kSequences:
      return shown<SequenceTable>(meaning, counts, states, definition);
    case PathsView::kPaths:
      return shown<PathTable>(meaning, counts, states, definition);
    case PathsView::kPrediction:
      break;
  }
  return shown<PredictionTable>(meaning, counts, states, definition);
}

}  // namespace

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
            return table_of(counts, states, definition, view, meaning);
          }};
}

}  // namespace waymark::fold
