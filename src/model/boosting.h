#pragma once

#include <cstdint>
#include <string>

#include "model/predictor.h"

namespace waymark::model {

// XGBoost's parameters under names that say what they do.
struct BoostingParameters {
  std::size_t rounds = 400;  // trees
  std::size_t depth = 4;     // splits from root to leaf at most
  double learning_rate = 0.03;
  double row_share = 0.7;      // of the rows, drawn anew for each tree
  double column_share = 0.3;   // of the inputs, drawn anew for each tree
  double leaf_weight = 30;     // least sum of p (1 - p) in a leaf
  double l2 = 5;               // on leaf values
  std::size_t stop_after = 0;  // rounds that bring nothing on rows kept aside; 0: never stops
  std::uint64_t seed = 1;
};

// Gradient-boosted trees, grown by XGBoost (histogram method); of more than two classes a tree for
// each in every round. With `stop_after` the rounds are counted first, by log-loss on a tenth of
// the learners kept aside (Zhang and Yu 2005, "Boosting with early stopping"), and then as many are
// grown on all rows.
class BoostingTrainer : public Trainer {
 public:
  explicit BoostingTrainer(BoostingParameters parameters) : parameters_(parameters) {}
  std::shared_ptr<const Predictor> fit(const DataSet& data) const override;

 private:
  BoostingParameters parameters_;
};

}  // namespace waymark::model
