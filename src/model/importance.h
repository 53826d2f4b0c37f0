#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/explanation.h"

namespace waymark::model {

// How much a model as a whole leans on a feature, with all columns that tell of it.
struct Importance {
  std::string feature;
  std::string label;
  double share = 0;         // of all importance in the predictor's own terms: saved loss for trees,
                            // standardised weights for logistic regression
  double permutation = 0;   // ROC-AUC on the test rows lost when the feature's values are shuffled
                            // among them (Breiman 2001; mean of kShuffles)
  double contribution = 0;  // mean size of its contributions to the margins of test rows, before
                            // calibration (Lundberg and others 2020; the mean over outputs); at
                            // most kExplained rows, evenly spaced
  double direction = 0;  // of two classes: how its values go with these contributions (Pearson), 1
                         // where more of it always raises the probability; NaN for categories
};
inline constexpr std::size_t kShuffles = 3;
inline constexpr std::size_t kExplained = 1000;

// By falling permutation. The same for the same arguments, whatever `threads`.
std::vector<Importance> importance_of(const Predictor& predictor,
                                      std::span<const FeatureFacts> features, const DataSet& test,
                                      std::uint64_t seed, std::size_t threads);

}  // namespace waymark::model
