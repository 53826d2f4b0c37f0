#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/frame.h"
#include "stats/concordance.h"
#include "stats/survival_curve.h"
#include "stats/survival_model.h"

namespace waymark::engine {

// What is asked of rows that were each watched for some time, until something happened or nobody
// looked any more.
struct SurvivalQuestion {
  std::string time;   // the column that says for how long, or until when
  std::string event;  // "COLUMN", of 1 (it happened then) and 0; or "COLUMN=VALUE|VALUE"
  std::string start;  // the column that says from when a row is watched; empty: from the beginning
  std::vector<std::string> by;      // a curve for each of what these are
  std::vector<std::string> strata;  // compared only among themselves
  std::vector<std::string> on;      // what a regression learns from; none: no regression
  stats::SurvivalMethod model = stats::SurvivalMethod::kCox;
  stats::Ties ties = stats::Ties::kEfron;
  stats::SurvivalScale scale = stats::SurvivalScale::kLogLog;
  std::vector<double> at;  // times of which forecasts are judged; none: quarters of all events
};

// A regression squares its numbers and adds them up.
inline constexpr double kLargestCovariate = 1e100;

struct SurvivalGroup {
  std::string name;
  stats::GroupEvents events;
  std::vector<stats::SurvivalStep> curve;
  stats::SurvivalQuantile median;
};

struct SurvivalRegression {
  std::vector<std::string> columns;
  // Of each column without a coefficient, why: "is the same in all rows". Empty for the others.
  std::vector<std::string> silent;
  stats::SurvivalFit fit;
  double seconds = 0;                                      // that the fit took
  std::optional<stats::ProportionalHazards> proportional;  // of Cox's
  stats::Concordance concordance;                          // of the rows learned from
  std::optional<stats::SurvivalTrial> trial;               // none where rows start late

  const stats::Effects& effects() const;
};

struct SurvivalStudy {
  std::size_t rows = 0, events = 0;
  std::size_t left_out = 0;  // rows where something is missing that is needed
  std::vector<SurvivalGroup> groups;
  std::optional<stats::LogRank> log_rank;  // of several groups
  std::optional<SurvivalRegression> regression;
};

// Throws Error{kUsage} for columns that cannot be asked so, Error{kInvalid}: "survival.time" for
// times that are none, "survival.too_large" for numbers beyond kLargestCovariate to learn from,
// "survival.nothing" where no row is complete, or where there is no event to learn from.
SurvivalStudy study_survival(const Frame& frame, const SurvivalQuestion& question);

}  // namespace waymark::engine
