#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/explanation.h"
#include "model/kept.h"
#include "model/survival_definition.h"
#include "stats/bootstrap.h"
#include "stats/survival_curve.h"

namespace waymark::model {

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
  bool endless = false;    // the coefficient has no end, only a sign (stats/effects.h)
  double probability = 1;  // of one so far from 0, were there none; missing where it has no end
  double changes = 1;      // cox: the probability of as much change over time, were there none
};

// What was learned from earlier courses, and how good that is.
struct SurvivalFindings {
  std::vector<SurvivalJudgement> judged;  // one for each method; or none
  SurvivalQuality curve;                  // what the training curve foretells of all alike
  SurvivalQuality curve_over_chosen;
  std::size_t training = 0, training_events = 0, test = 0, test_events = 0;
  std::size_t chosen = 0;                // of the definition's methods
  std::optional<std::size_t> explained;  // the best of those that have effects
  std::vector<SurvivalEffect> effects;   // by it
  double changes = kMissing;             // cox: as of an effect, of all of them together
};

// What is foretold of the rows of the test, and why.
struct SurvivalForecast {
  std::vector<std::uint32_t> test_rows;  // by their place among all
  SurvivalForecasts forecasts;           // of these
  std::vector<Explanation> reasons;      // of these; raising: sooner
};

struct SurvivalStudy : SurvivalFindings, SurvivalForecast {
  std::vector<SurvivalGroup> groups;  // all first
};

// Methods are chosen and fitted on courses that start before those of the test, watched until the
// first as-of of these; without an earlier course nothing is judged and nobody forecast. What
// chooses holds apart learners, with all of their rows. Curves and effects are of all rows. The
// same for the same arguments, whatever `threads` and whatever was kept: a method is fitted again
// where it learns from other rows, or is asked about others.
SurvivalStudy study_survival(const SurvivalDefinition& definition, const SurvivalRows& rows,
                             std::size_t threads = 1, const KeptFits& kept = KeptFits());

// The curves of a study alone.
std::vector<SurvivalGroup> survival_groups(const SurvivalDefinition& definition,
                                           const SurvivalRows& rows);

// What a method has learned, and what is known of features to tell reasons by.
struct SurvivalForecaster {
  std::shared_ptr<const SurvivalPredictor> predictor;
  std::vector<FeatureFacts> facts;  // with one direction each
};
// As the study does it; its training has events.
SurvivalForecaster learn_forecaster(const SurvivalDefinition& definition, const SurvivalRows& rows,
                                    const SurvivalMethod& method);
// Of the test rows, at the definition's days, as the study has it of its chosen method. Throws
// Error{kInvalid, "model.column_missing"}.
SurvivalForecast forecast_survival(const SurvivalDefinition& definition, const SurvivalRows& rows,
                                   const SurvivalForecaster& forecaster, std::size_t threads = 1);

// The concordance of each, then its Brier scores at these days; of several forecasts of the same
// rows.
std::vector<double> survival_figures(const stats::Lifetimes& lifetimes,
                                     std::span<const stats::SurvivalForecasts> forecasts,
                                     std::span<const double> at,
                                     std::span<const std::uint32_t> rows);
// Those of the test, in days.
stats::Lifetimes tested_lifetimes(const SurvivalDefinition& definition, const SurvivalRows& rows);

}  // namespace waymark::model
