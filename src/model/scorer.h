#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/preparation.h"

namespace waymark::model {

struct TreeNode;

// Trees compiled for scoring: the same sums as walking them node by node, bit for bit, without a
// branch that a processor could guess wrong. Every tree is walked as many steps as it is deep (a
// leaf leads back to itself), and kLanes walks go side by side, through as many trees for one row
// and as many rows for several, so that one waits for memory while others compute. Immutable.
class TreeScorer {
 public:
  // The trees are well formed (TreePredictor::read()), with finite thresholds; tree i adds to
  // output i % base.size().
  TreeScorer(std::span<const std::vector<TreeNode>> trees, std::vector<double> base);

  // The base and a leaf of each tree, added up in the trees' order: by row, output.
  std::vector<double> sums(const Matrix& inputs) const;
  // Of one row of `width` inputs, into base.size() numbers. About 4 us for 300 trees of depth 6.
  void sums(const double* row, std::size_t width, double* out) const;

 private:
  static constexpr std::size_t kLanes = 8;
  // An input not below the threshold goes to left + 1. A leaf's threshold is not a number, so that
  // nothing leaves it.
  struct Node {
    float threshold;
    std::uint32_t input;  // 2 * input; + 1 where a missing one goes right: see widen()
    std::uint32_t left;
  };
  struct Shape {
    std::uint32_t root;
    std::uint32_t depth;
  };

  // Each input twice, a missing one as what is below, and as what is above every threshold.
  static void widen(const double* row, std::size_t width, float* out);
  void add(std::span<const TreeNode> tree);
  template <std::size_t lanes>
  void add_trees(std::size_t first, const float* row, double* out) const;
  template <std::size_t lanes>
  void add_rows(std::size_t tree, const float* rows, std::size_t stride, double* out) const;

  std::vector<double> base_;
  std::vector<Node> nodes_;     // of all trees; siblings side by side
  std::vector<double> values_;  // of the leaves, by node
  std::vector<Shape> trees_;
};

}  // namespace waymark::model
