#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/definition.h"
#include "model/explanation.h"
#include "model/kept.h"
#include "model/survival_method.h"
#include "stats/bootstrap.h"
#include "stats/survival_curve.h"

namespace waymark::model {

// What is waited for: the first of these events, or the one with which they add up to so much.
struct SurvivalTarget {
  fold::Filter events;
  std::optional<double> reaches;                // none: one event is enough
  std::optional<fold::Value> sum, weighted_by;  // what is added up; none: 1 for each event
  bool after_end = false;                       // watched when the course is over, too
};

// models/*.yaml with `model: survival`; see survival.schema.json.
struct SurvivalDefinition {
  std::string name;
  std::string version;  // of the definition together with its features' definition
  std::string title, description;
  ModelDefinition rows;  // who, as of when, and every feature that is needed
  SurvivalTarget target;
  std::vector<std::string> on, by;  // features
  std::vector<SurvivalMethod> methods;
  std::vector<double> at;            // days, rising
  std::optional<Micros> split_from;  // none: the latest start
  std::uint64_t seed = 1;            // of trainers
};

// A definition with mistakes comes back with what could be read.
SurvivalDefinition parse_survival(const workspace::Definition& definition,
                                  std::span<const fold::FeaturesDefinition> measures,
                                  const Zone& zone, workspace::Diagnostics& diagnostics);

// Learners at risk of it from their as-of on.
struct SurvivalRows {
  DataSet data;                        // without a target
  std::vector<Micros> watched_until;   // at or after the as-of
  std::vector<std::uint8_t> happened;  // 1: it did then
};

// A curve of those who have one value of a feature; of all where there is no feature.
struct SurvivalGroup {
  std::string feature, value;
  std::size_t rows = 0, events = 0;
  std::vector<stats::SurvivalStep> curve;  // times in days
  double probability = 1;  // log-rank: of groups of the feature as far apart, were they alike
};

// How well test rows are foretold, with stats::jackknife_estimates().
struct SurvivalQuality {
  stats::Estimate concordance;
  std::vector<stats::Estimate> brier;  // of each time
};

// A method on rows that it has not learned from.
struct SurvivalJudgement {
  bool chosen = false, converged = false;
  double held_out_brier = 0;  // on training rows, the mean over times: what chooses
  SurvivalQuality quality;
  SurvivalQuality over_chosen;  // by how much more than the chosen method's
};

// What an input does, with the others as they are.
struct SurvivalEffect {
  std::string input;  // "score", "gender = F", "score is missing"
  std::string unit;   // what the coefficient is for: "1", "log(1 + x)", "yes or no"
  double coefficient = 0, standard_error = 0;
  double probability = 1;  // of one so far from 0, were there none
  double changes = 1;      // cox: the probability of as much change over time, were there none
};

struct SurvivalStudy {
  std::vector<SurvivalGroup> groups;      // all first
  std::vector<SurvivalJudgement> judged;  // one for each method; or none
  SurvivalQuality curve;                  // what the training curve foretells of all alike
  SurvivalQuality curve_over_chosen;
  std::size_t training = 0, training_events = 0, test = 0, test_events = 0;
  std::size_t chosen = 0;                // of the definition's methods
  std::optional<std::size_t> explained;  // the best of those that have effects
  std::vector<SurvivalEffect> effects;   // by it
  std::vector<std::uint32_t> test_rows;  // by their place among all
  SurvivalForecasts forecasts;           // of these
  std::vector<Explanation> reasons;      // of these, by the chosen method; raising: sooner
};

// Methods are chosen and fitted on courses that start before those of the test, watched until the
// first as-of of these; without an earlier course nothing is judged and nobody forecast. What
// chooses holds apart learners, with all of their rows. Curves and effects are of all rows. The
// same for the same arguments, whatever `threads` and whatever was kept: a method is fitted again
// where it learns from other rows, or is asked about others.
SurvivalStudy study_survival(const SurvivalDefinition& definition, const SurvivalRows& rows,
                             std::size_t threads = 1, const KeptFits& kept = KeptFits());

}  // namespace waymark::model
