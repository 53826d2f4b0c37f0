#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/measures.h"
#include "model/model.h"
#include "model/registry.h"
#include "model/survival.h"
#include "model/trial.h"

namespace waymark::engine {

// The tables that a model has in the warehouse.
std::string features_table(const std::string& model);     // a row per learner, course and as-of
std::string predictions_table(const std::string& model);  // a row per scored learner and course
std::string shadow_table(const std::string& model);       // the same of each shadow version
std::vector<std::string> tables_of(const model::ModelDefinition& definition);  // all of them

// The model trained last, if it is of that definition as it is now; else null.
std::optional<model::Model> trained_model(const Catalog& catalog,
                                          const model::ModelDefinition& definition);

// That of what its features' table and its scores are made by: of the definition and, where it
// heeds outages, of their calendar. An outage that is declared later asks for other rows, and not
// for another definition.
std::string rows_version(const model::ModelDefinition& definition);

struct TrainOutcome {
  std::string version;
  bool unchanged = false;  // this very version was there already
};

// Computes a model's features from the trails (kept as its features table), trains it and judges
// it. The same data and definition give the same version. `if_stale`: does nothing at all where the
// model is of this definition and its features of these events. Errors: "model.leak" where it would
// know what it is to foretell (model/lint.h).
TrainOutcome train(const Catalog& catalog, const journal::Journal& journal,
                   const trail::TrailReader& trails, const model::ModelDefinition& definition,
                   bool if_stale, Micros now, Progress& progress);

// The same of a survival model, of all events; it is learned anew each time, as far as fits of
// earlier times do not hold. Errors: those of model::train_survival().
TrainOutcome train(const Catalog& catalog, const journal::Journal& journal,
                   const trail::TrailReader& trails, const model::SurvivalDefinition& definition,
                   Micros now, Progress& progress);

struct CompareOutcome {
  model::Trial trial;
  std::vector<std::string> leaks;  // for which train() would refuse: figures that promise too much
};

// Tries all that the definition names on one protocol, as train() does, and keeps nothing.
CompareOutcome compare(const Catalog& catalog, const journal::Journal& journal,
                       const trail::TrailReader& trails, const model::ModelDefinition& definition,
                       Micros now, Progress& progress);

// The same of a model of a file's rows, which takes no events.
CompareOutcome compare_rows(const Catalog& catalog, const model::ModelDefinition& definition,
                            Progress& progress);
// The same of a survival model.
model::SurvivalFindings compare(const Catalog& catalog, const journal::Journal& journal,
                                const trail::TrailReader& trails,
                                const model::SurvivalDefinition& definition, Progress& progress);

struct ScoreOutcome {
  std::string table;
  std::vector<std::string> versions;  // that scored: the shadows may be several
  model::Stage stage = model::Stage::kTrained;
  std::uint64_t rows = 0;
  bool unchanged = false;
  std::string problem;  // why shadows did not score; what is live does not wait for them
};

// How many reasons in each direction go with a score.
inline constexpr std::size_t kReasons = 3;

// Scores the learners of the latest courses in which the model's day has come, as of that day, with
// the version that serving_version() gives, and keeps the scores as its predictions table: learner,
// course, as_of, probability, at_risk (of more than two classes: called, probability_CLASS for
// each; null for those who are left to people), model_version, and `reasons`, a JSON list of
// {"words", "effect"} with the effect in log-odds. Shadow versions then fill the shadow table, with
// a row each (the second outcome; the table is dropped where there are none). Throws
// Error{kNotFound, "model.missing"} where no version can score, and what serving.h throws of that
// version.
std::vector<ScoreOutcome> score(const Catalog& catalog, const journal::Journal& journal,
                                const trail::TrailReader& trails,
                                const model::ModelDefinition& definition, Micros now,
                                Progress& progress);

}  // namespace waymark::engine
