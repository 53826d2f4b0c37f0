#pragma once

#include <cstdint>

#include "model/predictor.h"

namespace waymark::model {

struct ForestParameters {
  std::size_t trees = 300;
  std::size_t depth = 16;   // splits from root to leaf at most
  double leaf_rows = 5;     // drawn rows in a leaf at least
  double column_share = 0;  // of the inputs, drawn anew for each split; 0: their square root
  std::uint64_t seed = 1;
};

// Breiman 2001, "Random forests", as probability forests (Malley et al. 2012, "Probability
// machines"): each tree is grown on rows drawn with replacement, and a leaf gives the share of a
// class in it; of more than two classes one forest for each, on the same draws. Trees split where
// the squared error falls most, which for shares is Gini's criterion. Grown by XGBoost.
class ForestTrainer : public Trainer {
 public:
  explicit ForestTrainer(ForestParameters parameters) : parameters_(parameters) {}
  std::shared_ptr<const Predictor> fit(const DataSet& data) const override;

 private:
  ForestParameters parameters_;
};

}  // namespace waymark::model
