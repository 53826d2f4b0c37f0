#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/candidates.h"
#include "model/held_out.h"
#include "model/kept.h"

namespace waymark::model {

// What one set of training rows gives for one candidate: an entry, its probabilities as they are or
// calibrated.
struct FittedCandidate {
  std::size_t entry = 0;
  Calibration calibration = Calibration::kNone;
  std::string name, words;
  std::shared_ptr<const Predictor> predictor;  // shared by an entry's candidates
  Calibrator calibrator;
  double held_out_roc_auc = 0;   // of a calibrated one: what calibrators of other rows make of them
  double held_out_log_loss = 0;  // the same
  Decision decision;
  double seconds = 0;  // to fit it
};

struct Fitted {
  std::vector<FittedCandidate> candidates;  // the same ones for all sets of rows
  std::string held_out_words;
};

// Everything that is done with one set of training rows: of each entry the variant of the highest
// ROC-AUC on held-out rows is fitted to all of them; calibrators and decisions are fitted to what
// it said of the held-out rows when it had not seen them. The same whatever `threads`, and whatever
// is `kept` of fits to the same rows. `progress` hears from the calling thread how many of
// steps_of(entries) are done.
Fitted fitted_to(const DataSet& training, const std::vector<Entry>& entries,
                 const ModelDefinition& definition, std::size_t threads, const KeptFits& kept,
                 const std::function<void(std::size_t done)>& progress);
std::size_t steps_of(const std::vector<Entry>& entries);

}  // namespace waymark::model
