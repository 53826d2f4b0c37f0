#include "model/scorer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "model/sample.h"
#include "model/trees.h"

namespace waymark::model {
namespace {

// A tree of any shape: balanced, a chain, or a single leaf; children in no particular order.
Tree random_tree(stats::Random& random, std::size_t width) {
  Tree tree(1);
  std::vector<std::uint32_t> leaves{0};
  const std::uint64_t splits = random.below(3) == 0 ? random.below(3) : random.below(80);
  const bool chain = random.below(4) == 0;
  for (std::uint64_t i = 0; i < splits && (!chain || i < TreePredictor::kDeepest); ++i) {
    const std::size_t which = chain ? leaves.size() - 1 : random.below(leaves.size());
    const std::uint32_t at = leaves[which];
    TreeNode& node = tree[at];
    node.input = static_cast<std::uint32_t>(random.below(width));
    node.threshold = static_cast<float>(random.below(9)) - 4;
    node.missing_left = random.below(2) == 0;
    const auto next = static_cast<std::uint32_t>(tree.size());
    node.left = random.below(2) == 0 ? next : next + 1;
    node.right = node.left == next ? next + 1 : next;
    tree.resize(tree.size() + 2);
    leaves[which] = next;
    leaves.push_back(next + 1);
  }
  for (TreeNode& node : tree) node.value = uniform(random) - 0.5;
  return tree;
}

double walked(const Tree& tree, const double* row) {
  std::uint32_t at = 0;
  while (tree[at].left != 0) {
    const auto value = static_cast<float>(row[tree[at].input]);
    const bool left = std::isnan(value) ? tree[at].missing_left : value < tree[at].threshold;
    at = left ? tree[at].left : tree[at].right;
  }
  return tree[at].value;
}

TEST(Scorer, AddsWhatWalkingTheTreesAddsBitForBit) {
  const std::uint64_t seed = 41;
  SCOPED_TRACE(seed);
  stats::Random random(seed);
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  constexpr double kWild[] = {kMissing, kInfinite, -kInfinite, 1e300, -1e300, -0.0, 2 + 1e-9};
  for (int round = 0; round < 60; ++round) {
    const std::size_t width = 1 + random.below(12), outputs = 1 + random.below(3);
    std::vector<Tree> trees;
    for (std::uint64_t i = random.below(40); i-- > 0;) trees.push_back(random_tree(random, width));
    std::vector<double> base;
    for (std::size_t i = 0; i < outputs; ++i) base.push_back(uniform(random));
    Matrix inputs{.rows = random.below(150), .columns = width, .values = {}};
    for (std::size_t i = 0; i < inputs.rows * width; ++i) {
      inputs.values.push_back(random.below(4) == 0 ? kWild[random.below(std::size(kWild))]
                                                   : static_cast<double>(random.below(9)) - 4);
    }
    std::vector<double> expected;
    for (std::size_t row = 0; row < inputs.rows; ++row) {
      std::vector<double> sums = base;
      for (std::size_t t = 0; t < trees.size(); ++t) {
        sums[t % outputs] += walked(trees[t], inputs.row(row));
      }
      expected.insert(expected.end(), sums.begin(), sums.end());
    }
    const TreeScorer scorer(trees, base);
    EXPECT_EQ(scorer.sums(inputs), expected);
    for (std::size_t row = 0; row < inputs.rows; ++row) {
      std::vector<double> sums(outputs);
      scorer.sums(inputs.row(row), width, sums.data());
      for (std::size_t i = 0; i < outputs; ++i) EXPECT_EQ(sums[i], expected[row * outputs + i]);
    }
  }
}

}  // namespace
}  // namespace waymark::model
