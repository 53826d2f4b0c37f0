#include <algorithm>

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

namespace {

// Of a course, or of all together.
struct Counted {
  Code course = kNoCode;
  fold::PathStateTable states;
  fold::TransitionTable transitions;
  fold::SequenceTable sequences;
  fold::PathTable paths;
  fold::PredictionTable prediction;
};

// `part` of so many that are counted.
Counted count(const fold::PathsDefinition& definition, const std::vector<std::string>& listed,
              const Making& making, std::size_t part, std::size_t parts) {
  const fold::PathsFold fold(definition, listed, making.names());
  Counts counts = fold.make_output();
  fold::run_parts(fold, making.source(fold.reads()), making.threads(),
                  [&](Counts&& more, std::size_t done) {
                    fold.merge(counts, std::move(more));
                    making.progress.advance((part * making.trails.bucket_count() + done) / parts);
                  });
  fold.finish(counts);
  Counted counted;
  if (counts.events == 0) return counted;
  add(counts, fold.states(), counted.states);
  add(counts, fold.states(), definition, counted.transitions);
  add(counts, fold.states(), definition, counted.sequences);
  if (definition.has_paths()) add(counts, fold.states(), definition, counted.paths);
  if (definition.predict) add(counts, fold.states(), definition, counted.prediction);
  return counted;
}

// The states are those of all courses, so that courses can be compared.
std::vector<Counted> count_all(const fold::PathsDefinition& definition, const Making& making) {
  const std::vector<std::string> listed = chosen_states(definition, making);
  if (!definition.per_course) return {count(definition, listed, making, 0, 1)};
  const Dictionary& courses = making.symbols().courses;
  std::vector<Counted> all(1);  // without rows, so that there are tables
  const std::vector<std::string>& asked = definition.population.courses;
  for (Code course = kNoCode; course < courses.size(); ++course) {
    const std::string name(courses.text(course));
    if (!asked.empty() && std::ranges::find(asked, name) == asked.end()) continue;
    fold::PathsDefinition of_course = definition;
    of_course.population.courses = {name};
    Counted counted = count(of_course, listed, making, course, courses.size());
    counted.course = course;
    if (counted.states.size() != 0) all.push_back(std::move(counted));
  }
  return all;
}

}  // namespace

void make_tables(const fold::PathsDefinition& definition, const Making& making) {
  const std::vector<Counted> all = count_all(definition, making);
  const auto replace = [&](const char* suffix, const auto& columns_of) {
    query::TableReplacement table(making.warehouse, making.origin);
    for (const Counted& counted : all) {
      query::Table piece{definition.name + suffix, columns_of(counted)};
      const std::vector<Code> course(piece.rows(), counted.course);
      if (definition.per_course) {
        piece.columns.insert(piece.columns.begin(),
                             {"course", text_column(making.symbols().courses, course)});
      }
      table.append(piece);
    }
    table.finish();
  };
  using Columns = std::vector<query::TableColumn>;
  replace("", [](const Counted& counted) {
    const fold::PathStateTable& states = counted.states;
    return Columns{{"state", std::span(states.state)},
                   {"events", std::span(states.events)},
                   {"share", std::span(states.share)},
                   {"sessions", std::span(states.sessions)},
                   {"learners", std::span(states.learners)}};
  });
  replace("_transitions", [](const Counted& counted) {
    const fold::TransitionTable& transitions = counted.transitions;
    return Columns{
        {"depth", std::span(transitions.depth)}, {"from_state", std::span(transitions.from)},
        {"to_state", std::span(transitions.to)}, {"count", std::span(transitions.count)},
        {"share", std::span(transitions.share)}, {"learners", std::span(transitions.learners)},
        {"loop", std::span(transitions.loop)}};
  });
  if (definition.longest != 0) {
    replace("_sequences", [](const Counted& counted) {
      const fold::SequenceTable& sequences = counted.sequences;
      return Columns{{"sequence", std::span(sequences.sequence)},
                     {"length", std::span(sequences.length)},
                     {"sessions", std::span(sequences.sessions)},
                     {"share", std::span(sequences.share)},
                     {"learners", std::span(sequences.learners)},
                     {"occurrences", std::span(sequences.occurrences)}};
    });
  }
  if (definition.has_paths()) {
    replace("_paths", [](const Counted& counted) {
      const fold::PathTable& paths = counted.paths;
      return Columns{
          {"direction", std::span(paths.direction)}, {"anchor", std::span(paths.anchor)},
          {"path", std::span(paths.path)},           {"count", std::span(paths.count)},
          {"share", std::span(paths.share)},         {"sessions", std::span(paths.sessions)},
          {"learners", std::span(paths.learners)}};
    });
  }
  if (definition.predict) {
    replace("_prediction", [](const Counted& counted) {
      const fold::PredictionTable& said = counted.prediction;
      return Columns{{"depth", std::span(said.depth)},
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
                     {"helps", query::Flags{said.helps}}};
    });
  }
}

}  // namespace waymark::engine
