#pragma once

#include <cstdint>

#include "model/predictor.h"
#include "model/preparation.h"

namespace waymark::model {

// One node of a decision tree. Inner: an input below `threshold` goes left, a missing one to the
// side that `missing_left` says, any other right. Leaf (left == 0): adds `value`.
struct TreeNode {
  std::uint32_t left = 0, right = 0;
  std::uint32_t input = 0;
  bool missing_left = false;
  float threshold = 0;
  double value = 0;
  double cover = 0;  // training weight that reached the node
  double gain = 0;   // loss that the split saved
};

// Node 0 is the root; children come after their parent.
using Tree = std::vector<TreeNode>;

// Log-odds as a base and the sum of one leaf per tree. The trees are Waymark's own structure,
// whoever grew them, so that a model file can be checked to the last index before use.
class TreePredictor : public Predictor {
 public:
  // The trees are well formed: see read().
  TreePredictor(Preparation preparation, double base, std::vector<Tree> trees);

  std::vector<double> log_odds(const DataSet& data) const override;
  // Exact Shapley values of the trees (Lundberg et al. 2018, "Consistent individualized feature
  // attribution for tree ensembles", algorithm 2). Costs about trees * leaves * depth^2 per row.
  Contributions contributions(const DataSet& data) const override;
  // Share of the loss that the splits on each column saved.
  std::map<std::string, double> importance() const override;
  void write(JsonWriter& out) const override;
  static std::shared_ptr<const Predictor> read(const Json& json);

  static constexpr std::size_t kDeepest = 64;

 private:
  Preparation preparation_;
  double base_;
  std::vector<Tree> trees_;
};

}  // namespace waymark::model
