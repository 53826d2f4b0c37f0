#pragma once

#include <cstdint>

#include "model/predictor.h"
#include "model/preparation.h"
#include "model/scorer.h"

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
void write(JsonWriter& out, const Tree& tree);
// The leaf that a row of inputs comes to, as its value.
double leaf_of(const Tree& tree, const double* row);

// Sums of one leaf per tree and a base, for each output; tree i adds to output i % outputs. They
// are margins (what boosting grows), or the shares of the classes (what a forest grows, each leaf
// divided by the number of its trees), whose margins are their log-odds or logs. The trees are
// Waymark's own structure, whoever grew them, so that a model file can be checked to the last index
// before use.
class TreePredictor : public Predictor {
 public:
  enum class Sums { kMargins, kShares };
  static constexpr double kLeastShare = 1e-3;  // shares are kept so far from 0 and 1

  // The trees are well formed: see read(). `base`: one for each output.
  TreePredictor(Preparation preparation, Sums sums, std::vector<double> base,
                std::vector<Tree> trees, std::string remark = "");

  std::size_t outputs() const override { return base_.size(); }
  std::vector<double> margins(const DataSet& data) const override;
  // Exact Shapley values of the sums (Lundberg et al. 2018, "Consistent individualized feature
  // attribution for tree ensembles", algorithm 2); of shares stretched by one factor for each row
  // and output, so that they add up to its margin. Costs about trees * leaves * depth^2 per row.
  Contributions contributions(const DataSet& data) const override;
  // Share of the loss that the splits on each column saved.
  std::map<std::string, double> importance() const override;
  std::string remark() const override { return remark_; }
  void write(JsonWriter& out) const override;
  static std::shared_ptr<const Predictor> read(const Json& json);

  static constexpr std::size_t kDeepest = 64;

 private:
  double margin_of(double sum) const;

  Preparation preparation_;
  Sums sums_;
  std::vector<double> base_;
  std::vector<Tree> trees_;
  TreeScorer scorer_;
  std::string remark_;
};

}  // namespace waymark::model
