#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/preparation.h"
#include "model/trees.h"
#include "stats/random.h"

namespace waymark::model {

// A matrix of inputs, each in at most kMost steps between its least and its greatest number, so
// that a byte says where a row stands: exact where an input has no more numbers than that, else cut
// into steps of about as many rows.
class SteppedMatrix {
 public:
  static constexpr std::uint8_t kMost = 255;
  static constexpr std::uint8_t kMissingStep = kMost;  // of rows where the input is missing

  explicit SteppedMatrix(const Matrix& inputs);

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_.size(); }
  // By row.
  std::span<const std::uint8_t> steps(std::size_t column) const { return columns_[column].steps; }
  // What lies between two steps of a column: numbers of `low` and below are less, the others not.
  float between(std::size_t column, std::uint8_t low, std::uint8_t high) const;

 private:
  struct Column {
    std::vector<std::uint8_t> steps;
    std::vector<float> least, greatest;  // by step
  };
  std::size_t rows_;
  std::vector<Column> columns_;
};

struct GrowthLimits {
  std::size_t depth = 16;   // splits from root to leaf at most
  double leaf_weight = 1;   // in a leaf at least
  std::size_t columns = 1;  // drawn at each split, to choose from
};

// Grows one tree for all classes (Breiman et al. 1984, "Classification and regression trees"): each
// split is the one of the drawn columns' by which Gini's impurity falls most; missing numbers go to
// the side where it falls more. `truth`: the class of each row; `weight`: of each row, 0 for those
// that are left out. Gives it once for each output (stats::outputs_of), which differ by the share
// of a class that their leaves hold.
std::vector<Tree> grow_tree(const SteppedMatrix& inputs, std::span<const std::uint8_t> truth,
                            std::span<const double> weight, std::size_t classes,
                            const GrowthLimits& limits, stats::Random& random);

}  // namespace waymark::model
