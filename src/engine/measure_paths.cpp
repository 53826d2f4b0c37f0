#include "engine/measure.h"
#include "fold/path_tables.h"

namespace waymark::engine {
namespace {

using Counts = fold::PathCounts;

std::vector<std::string> chosen_states(const fold::PathsDefinition& definition,
                                       const Making& making) {
  fold::PathValuesFold::Output events;
  if (fold::must_count_values(definition, making.symbols())) {
    const fold::PathValuesFold fold(definition, making.names());
    events = fold::run(fold, making.source(fold.reads()), making.threads());
  }
  return fold::choose_states(definition, making.symbols(), events);
}

std::string transitions_name(const fold::PathsDefinition& definition) {
  return definition.name + "_transitions";
}

}  // namespace

std::vector<std::string> tables_of(const fold::PathsDefinition& definition) {
  std::vector<std::string> tables{definition.name, transitions_name(definition)};
  if (definition.longest != 0) tables.push_back(definition.name + "_sequences");
  if (definition.has_paths()) tables.push_back(definition.name + "_paths");
  if (definition.predict) tables.push_back(definition.name + "_prediction");
  return tables;
}

Summary summary_of(const fold::PathsDefinition& definition) {
  return {.sql = R"(SELECT {by}sum(count)::BIGINT AS count FROM asked WHERE depth = 1
    GROUP BY ALL ORDER BY count DESC)",
          .table = transitions_name(definition),
          .by = {"from_state", "to_state"},
          .estimated = {.totals = {"count"}},
          .is_remade = true,
          .value = "count"};
}

void make_tables(const fold::PathsDefinition& definition, const Making& making) {
  const fold::PathsFold fold(definition, chosen_states(definition, making), making.names());
  Counts counts = fold.make_output();
  fold::run_parts(fold, making.source(fold.reads()), making.threads(),
                  [&](Counts&& part, std::size_t done) {
                    fold.merge(counts, std::move(part));
                    making.progress.advance(done);
                  });
  fold.finish(counts);
  const auto replace = [&](const char* suffix, std::vector<query::TableColumn> columns) {
    making.warehouse.replace({definition.name + suffix, std::move(columns)}, making.origin);
  };
  const fold::PathStateTable states = fold::state_table(counts, fold.states());
  replace("", {{"state", std::span(states.state)},
               {"events", std::span(states.events)},
               {"share", std::span(states.share)},
               {"sessions", std::span(states.sessions)},
               {"learners", std::span(states.learners)}});
  const fold::TransitionTable transitions =
      fold::transition_table(counts, fold.states(), definition);
  replace("_transitions", {{"depth", std::span(transitions.depth)},
                           {"from_state", std::span(transitions.from)},
                           {"to_state", std::span(transitions.to)},
                           {"count", std::span(transitions.count)},
                           {"share", std::span(transitions.share)},
                           {"learners", std::span(transitions.learners)},
                           {"loop", std::span(transitions.loop)}});
  if (definition.longest != 0) {
    const fold::SequenceTable sequences = fold::sequence_table(counts, fold.states(), definition);
    replace("_sequences", {{"sequence", std::span(sequences.sequence)},
                           {"length", std::span(sequences.length)},
                           {"sessions", std::span(sequences.sessions)},
                           {"share", std::span(sequences.share)},
                           {"learners", std::span(sequences.learners)},
                           {"occurrences", std::span(sequences.occurrences)}});
  }
  if (definition.has_paths()) {
    const fold::PathTable paths = fold::path_table(counts, fold.states(), definition);
    replace("_paths", {{"direction", std::span(paths.direction)},
                       {"anchor", std::span(paths.anchor)},
                       {"path", std::span(paths.path)},
                       {"count", std::span(paths.count)},
                       {"share", std::span(paths.share)},
                       {"sessions", std::span(paths.sessions)},
                       {"learners", std::span(paths.learners)}});
  }
  if (definition.predict) {
    const fold::PredictionTable said = fold::prediction_table(counts, fold.states(), definition);
    replace("_prediction", {{"depth", std::span(said.depth)},
                            {"learners", std::span(said.learners)},
                            {"held_out_learners", std::span(said.held_out_learners)},
                            {"events", std::span(said.events)},
                            {"accuracy", std::span(said.accuracy)},
                            {"accuracy_low", std::span(said.accuracy_low)},
                            {"accuracy_high", std::span(said.accuracy_high)},
                            {"baseline", std::span(said.baseline)},
                            {"baseline_accuracy", std::span(said.baseline_accuracy)},
                            {"baseline_low", std::span(said.baseline_low)},
                            {"baseline_high", std::span(said.baseline_high)},
                            {"helps", query::Flags{said.helps}}});
  }
}

}  // namespace waymark::engine
