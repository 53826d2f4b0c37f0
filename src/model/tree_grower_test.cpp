#include "model/tree_grower.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

namespace waymark::model {
namespace {

struct Rows {
  Matrix inputs;
  std::vector<std::uint8_t> truth;
  std::vector<double> weight;
};

// Few distinct numbers, some missing; rows of weight 0 to 2.
Rows rows_of(std::uint64_t seed, std::size_t rows, std::size_t columns, std::size_t classes) {
  stats::Random random(seed);
  Rows made{.inputs = {.rows = rows, .columns = columns}};
  for (std::size_t i = 0; i < rows * columns; ++i) {
    const auto number = static_cast<double>(random.below(9));
    made.inputs.values.push_back(number == 8 ? kMissing : number * 1.5 - 3);
  }
  for (std::size_t i = 0; i < rows; ++i) {
    made.truth.push_back(static_cast<std::uint8_t>(random.below(classes)));
    made.weight.push_back(static_cast<double>(random.below(3)));
  }
  return made;
}

std::vector<Tree> grown(const Rows& rows, std::size_t classes, const GrowthLimits& limits) {
  stats::Random random(7);
  return grow_tree(SteppedMatrix(rows.inputs), rows.truth, rows.weight, classes, limits, random);
}

// By its definition: a side's weight times one minus the sum of its squared class shares.
template <typename GoesLeft>
double impurity(const Rows& rows, std::size_t classes, double leaf_weight, GoesLeft goes_left) {
  std::vector<double> sums[2] = {std::vector<double>(classes), std::vector<double>(classes)};
  double weights[2] = {};
  for (std::size_t i = 0; i < rows.truth.size(); ++i) {
    const std::size_t side = goes_left(rows.inputs.row(i)) ? 0 : 1;
    sums[side][rows.truth[i]] += rows.weight[i];
    weights[side] += rows.weight[i];
  }
  double impurity = 0;
  for (const std::size_t side : {0u, 1u}) {
    if (weights[side] < leaf_weight) return std::numeric_limits<double>::infinity();
    double squares = 0;
    for (const double sum : sums[side]) squares += std::pow(sum / weights[side], 2);
    impurity += weights[side] * (1 - squares);
  }
  return impurity;
}

double least_impurity(const Rows& rows, std::size_t classes, double leaf_weight) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t j = 0; j < rows.inputs.columns; ++j) {
    for (double threshold = -3.1; threshold < 10; threshold += 0.75) {
      for (const bool missing_left : {false, true}) {
        least = std::min(least, impurity(rows, classes, leaf_weight, [&](const double* row) {
                           return std::isnan(row[j]) ? missing_left : row[j] < threshold;
                         }));
      }
    }
  }
  return least;
}

TEST(TreeGrower, ASplitIsTheBestOfAllThatThereAre) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const std::size_t classes = 2 + seed % 3;
    const double leaf_weight = 1 + static_cast<double>(seed % 4);
    const Rows rows = rows_of(seed, 40, 4, classes);
    const std::vector<Tree> trees =
        grown(rows, classes, {.depth = 1, .leaf_weight = leaf_weight, .columns = 4});
    ASSERT_EQ(trees.size(), classes == 2 ? 1 : classes);
    ASSERT_EQ(trees[0].size(), 3) << "seed " << seed;
    const TreeNode& root = trees[0][0];
    const double found = impurity(rows, classes, leaf_weight, [&](const double* row) {
      const double value = row[root.input];
      return std::isnan(value) ? root.missing_left : value < root.threshold;
    });
    EXPECT_NEAR(found, least_impurity(rows, classes, leaf_weight), 1e-9) << "seed " << seed;
  }
}

TEST(TreeGrower, LeavesHoldTheSharesOfTheRowsThatComeToThem) {
  const Rows rows = rows_of(3, 300, 5, 3);
  const std::vector<Tree> trees = grown(rows, 3, {.depth = 4, .leaf_weight = 10, .columns = 2});
  std::map<std::vector<double>, std::vector<double>> came;  // by a leaf's shares
  for (std::size_t i = 0; i < rows.truth.size(); ++i) {
    std::vector<double> shares;
    for (const Tree& tree : trees) shares.push_back(leaf_of(tree, rows.inputs.row(i)));
    auto& sums = came.try_emplace(shares, 3).first->second;
    sums[rows.truth[i]] += rows.weight[i];
  }
  EXPECT_GT(came.size(), 5);
  for (const auto& [shares, sums] : came) {
    const double all = sums[0] + sums[1] + sums[2];
    EXPECT_GE(all, 10);
    for (const std::size_t k : {0u, 1u, 2u}) EXPECT_NEAR(shares[k], sums[k] / all, 1e-12);
  }
}

TEST(TreeGrower, WhatCanBeToldApartIs) {
  Rows rows = rows_of(5, 2000, 1, 2);
  for (std::size_t i = 0; i < rows.inputs.rows; ++i) {
    const double number = std::exp(static_cast<double>(i) / 200);
    rows.inputs.values[i] = number;
    rows.truth[i] = i < 700 || i >= 1500;
    rows.weight[i] = 1;
  }
  const std::vector<Tree> trees = grown(rows, 2, {.depth = 16, .leaf_weight = 1, .columns = 1});
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < rows.inputs.rows; ++i) {
    wrong += (leaf_of(trees[0], rows.inputs.row(i)) > 0.5) != (rows.truth[i] == 1);
  }
  EXPECT_LE(wrong, 2 * (2000 / SteppedMatrix::kMost + 1)) << "more than a step at each border";
}

TEST(TreeGrower, NumbersThatLieSideBySideArePartedAndInfinityIsSafe) {
  const double infinity = std::numeric_limits<double>::infinity();
  const float next = std::nextafter(1.0f, 2.0f);
  Rows rows{.inputs = {.rows = 4, .columns = 1, .values = {-infinity, 1, next, infinity}},
            .truth = {0, 0, 1, 1},
            .weight = {1, 1, 1, 1}};
  const std::vector<Tree> trees = grown(rows, 2, {.depth = 1, .leaf_weight = 1, .columns = 1});
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(leaf_of(trees[0], rows.inputs.row(i)), rows.truth[i]);
  }
  const SteppedMatrix stepped(rows.inputs);
  EXPECT_TRUE(std::isfinite(stepped.between(0, 0, 1)));
  EXPECT_TRUE(std::isfinite(stepped.between(0, 2, 3)));
}

}  // namespace
}  // namespace waymark::model
