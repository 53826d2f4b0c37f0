#include "model/scorer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"
#include "model/trees.h"

namespace waymark::model {

TreeScorer::TreeScorer(std::span<const Tree> trees, std::vector<double> base)
    : base_(std::move(base)) {
  WAYMARK_CHECK(!base_.empty());
  for (const Tree& tree : trees) add(tree);
}

// Nodes level by level, so that siblings stand side by side and the first steps share their lines
// of the cache.
void TreeScorer::add(std::span<const TreeNode> tree) {
  const auto root = static_cast<std::uint32_t>(nodes_.size());
  std::vector<std::uint32_t> order{0};
  std::uint32_t depth = 0;
  for (std::size_t begin = 0; begin < order.size(); ++depth) {
    const std::size_t end = order.size();
    for (; begin < end; ++begin) {
      const TreeNode& node = tree[order[begin]];
      const auto at = static_cast<std::uint32_t>(nodes_.size());
      values_.push_back(node.value);
      if (node.left == 0) {
        nodes_.push_back({std::numeric_limits<float>::quiet_NaN(), 0, at});
        continue;
      }
      nodes_.push_back({node.threshold, 2 * node.input + (node.missing_left ? 0u : 1u),
                        root + static_cast<std::uint32_t>(order.size())});
      order.push_back(node.left);
      order.push_back(node.right);
    }
  }
  trees_.push_back({root, depth - 1});
}

void TreeScorer::widen(const double* row, std::size_t width, float* out) {
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < width; ++i) {
    // Trees are grown on 32-bit inputs, so thresholds only mean the same at that precision.
    const auto value = static_cast<float>(row[i]);
    const bool missing = std::isnan(value);
    out[2 * i] = missing ? -kInfinite : value;
    out[2 * i + 1] = missing ? kInfinite : value;
  }
}

template <std::size_t lanes>
void TreeScorer::add_trees(std::size_t first, const float* row, double* out) const {
  std::array<std::uint32_t, lanes> at;
  std::uint32_t depth = 0;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    at[lane] = trees_[first + lane].root;
    depth = std::max(depth, trees_[first + lane].depth);
  }
  for (std::uint32_t step = 0; step < depth; ++step) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const Node& node = nodes_[at[lane]];
      at[lane] = node.left + (row[node.input] >= node.threshold ? 1 : 0);
    }
  }
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    out[(first + lane) % base_.size()] += values_[at[lane]];
  }
}

template <std::size_t lanes>
void TreeScorer::add_rows(std::size_t tree, const float* rows, std::size_t stride,
                          double* out) const {
  std::array<std::uint32_t, lanes> at;
  at.fill(trees_[tree].root);
  for (std::uint32_t step = 0; step < trees_[tree].depth; ++step) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const Node& node = nodes_[at[lane]];
      at[lane] = node.left + (rows[lane * stride + node.input] >= node.threshold ? 1 : 0);
    }
  }
  for (std::size_t lane = 0; lane < lanes; ++lane) out[lane * base_.size()] += values_[at[lane]];
}

void TreeScorer::sums(const double* row, std::size_t width, double* out) const {
  std::vector<float> wide(std::max<std::size_t>(2 * width, 1));
  widen(row, width, wide.data());
  std::ranges::copy(base_, out);
  std::size_t tree = 0;
  for (; tree + kLanes <= trees_.size(); tree += kLanes) {
    add_trees<kLanes>(tree, wide.data(), out);
  }
  for (; tree < trees_.size(); ++tree) add_trees<1>(tree, wide.data(), out);
}

std::vector<double> TreeScorer::sums(const Matrix& inputs) const {
  // A block of rows stays in the cache while every tree goes over it once.
  constexpr std::size_t kBlock = 64;
  const std::size_t outputs = base_.size(), stride = std::max<std::size_t>(2 * inputs.columns, 1);
  std::vector<double> out(inputs.rows * outputs);
  if (inputs.rows < kLanes) {
    for (std::size_t row = 0; row < inputs.rows; ++row) {
      sums(inputs.row(row), inputs.columns, out.data() + row * outputs);
    }
    return out;
  }
  for (std::size_t row = 0; row < inputs.rows; ++row) {
    std::ranges::copy(base_, out.data() + row * outputs);
  }
  std::vector<float> wide(kBlock * stride);
  for (std::size_t begin = 0; begin < inputs.rows; begin += kBlock) {
    const std::size_t rows = std::min(kBlock, inputs.rows - begin);
    for (std::size_t i = 0; i < rows; ++i) {
      widen(inputs.row(begin + i), inputs.columns, wide.data() + i * stride);
    }
    for (std::size_t tree = 0; tree < trees_.size(); ++tree) {
      double* const sum = out.data() + begin * outputs + tree % outputs;
      std::size_t i = 0;
      for (; i + kLanes <= rows; i += kLanes) {
        add_rows<kLanes>(tree, wide.data() + i * stride, stride, sum + i * outputs);
      }
      for (; i < rows; ++i) add_rows<1>(tree, wide.data() + i * stride, stride, sum + i * outputs);
    }
  }
  return out;
}

}  // namespace waymark::model
