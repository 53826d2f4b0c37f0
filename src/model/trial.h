#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "model/calibrator.h"
#include "model/definition.h"
#include "model/evaluation.h"
#include "model/imputation.h"
#include "model/kept.h"
#include "model/linear.h"
#include "model/split.h"

namespace waymark::model {

// What a candidate costs, on the machine at hand.
struct Cost {
  double fit_seconds = 0;    // on all rows that the model learns from
  double score_seconds = 0;  // all test rows
  std::size_t bytes = 0;     // as a file
};

using Steps = std::function<void(std::size_t done, std::size_t all)>;

// What training found: the predictor to keep and what is known about all that were tried.
struct Trial {
  std::shared_ptr<const Predictor> predictor;
  Calibrator calibrator;                 // of its probabilities
  std::optional<Imputation> imputation;  // of its rows
  Evaluation evaluation;
  DataSet training, test;            // what the predictor learned from; all rows that were tested;
                                     // what an outage has spoiled is replaced
  std::vector<double> probability;   // what the chosen candidate said of those, by row, output
  std::vector<std::uint8_t> called;  // and called them,
  std::vector<std::uint8_t> left;    // where they are not left to people (1)
  std::vector<Weight> weights;       // of logistic regression, where it is tried
  std::vector<Cost> costs;           // of each candidate; differ from run to run
};

// Fits the definition's trainers and the baselines; chooses, within training rows alone, what each
// tries by ROC-AUC on held-out ones, whether it is calibrated by log-loss, and what it calls by
// macro-F1 on them; judges on the test rows, which influence nothing. Where there are several folds
// that is done in each, and the model learns from all rows in the same way; which trainer it is
// goes by the mean over the folds. What was asked about held-out rows is `kept`: an interrupted
// trial that begins again asks only what it had not. `progress` hears how much of all the work is
// done, from the calling thread, first none. The same for the same arguments but for costs,
// whatever `threads`. Throws what the splits throw, and Error{kInvalid, "model.decide"} where the
// decision is of other classes.
Trial try_trainers(const ModelDefinition& asked, const DataSet& data,
                   const std::vector<Fold>& folds, std::size_t threads, const KeptFits& kept,
                   const Steps& progress);

}  // namespace waymark::model
