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
// machines"): each tree is grown on rows drawn with replacement, each split chosen among a few
// inputs drawn anew, and a leaf gives the shares of the classes in it.
class ForestTrainer : public Trainer {
 public:
  explicit ForestTrainer(ForestParameters parameters) : parameters_(parameters) {}
  std::shared_ptr<const Predictor> fit(const DataSet& data) const override;

 private:
  ForestParameters parameters_;
};

}  // namespace waymark::model
