#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "model/definition.h"
#include "model/evaluation.h"
#include "model/split.h"

namespace waymark::model {

// What training found: the predictor to keep and what is known about all that were tried.
struct Trial {
  std::shared_ptr<const Predictor> predictor;
  Evaluation evaluation;
};

// Probabilities are used as the predictors give them. Correcting them by a line in log-odds fitted
// to held-out earlier courses was tried on the Open University data and made them worse
// (calibration error 0.03 -> 0.10): the share of positives moves more from course to course than
// the predictors err. A threshold chosen on held-out courses suffers in the same way, so it is
// chosen on the training rows.
//
// Fits the definition's trainers and the baselines; chooses on held-out training rows; judges on
// the test rows, which influence nothing. `progress` hears what is being done, from the calling
// thread. The same for the same arguments, whatever `threads`. Throws what the splits throw.
Trial try_trainers(const ModelDefinition& definition, const Split& split, std::size_t threads,
                   const std::function<void(std::string_view)>& progress);

}  // namespace waymark::model
