#include "model/tree_grower.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "stats/class_forecast.h"

namespace waymark::model {
namespace {

constexpr float kLowest = std::numeric_limits<float>::lowest();

// The last position of each step over `values`, which are sorted: one a number where there is room
// for all, else so that every step has about as many rows.
std::vector<std::size_t> ends_of_steps(const std::vector<float>& values) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i + 1 == values.size() || values[i] != values[i + 1]) ends.push_back(i);
  }
  if (ends.size() <= SteppedMatrix::kMost) return ends;
  std::vector<std::size_t> wide;
  for (const std::size_t end : ends) {
    const std::size_t wanted = (wide.size() + 1) * values.size() / SteppedMatrix::kMost;
    if (end + 1 >= wanted || end == ends.back()) wide.push_back(end);
  }
  return wide;
}

class Grower {
 public:
  Grower(const SteppedMatrix& inputs, std::span<const std::uint8_t> truth,
         std::span<const double> weight, std::size_t classes, const GrowthLimits& limits,
         stats::Random& random)
      : inputs_(inputs),
        truth_(truth),
        weight_(weight),
        classes_(classes),
        limits_(limits),
        random_(random),
        columns_(inputs.columns()),
        trees_(stats::outputs_of(classes)),
        sums_((SteppedMatrix::kMost + 1) * classes) {
    std::iota(columns_.begin(), columns_.end(), 0u);
    for (std::uint32_t row = 0; row < inputs.rows(); ++row) {
      if (weight[row] > 0) rows_.push_back(row);
    }
  }

  std::vector<Tree> run() {
    std::vector<Part> open = {{.begin = 0, .end = rows_.size()}};
    add_node(open[0]);
    while (!open.empty()) {
      const Part part = open.back();
      open.pop_back();
      split(part, open);
    }
    return std::move(trees_);
  }

 private:
  using Shares = std::vector<double>;
  // The rows that came to a node.
  struct Part {
    std::size_t begin, end;
    std::size_t depth = 0;
    std::uint32_t node = 0;
    Shares sums = {};  // of their weights, by class
    double weight = 0;
  };
  struct Cut {
    std::optional<std::uint8_t> low;   // the last step to the left; none: only what is missing
    std::uint8_t high = 0;             // the first to the right
    std::optional<bool> missing_left;  // none: nothing is missing here
  };
  struct Split {
    double score = 0;  // the squared class weights of each side, divided by its weight, added up
    std::uint32_t column = 0;
    Cut cut;
  };

  // A leaf until it is split.
  void add_node(Part& part) {
    part.sums.assign(classes_, 0);
    for (std::size_t i = part.begin; i < part.end; ++i) {
      part.sums[truth_[rows_[i]]] += weight_[rows_[i]];
    }
    part.weight = std::reduce(part.sums.begin(), part.sums.end());
    part.node = static_cast<std::uint32_t>(trees_[0].size());
    for (std::size_t output = 0; output < trees_.size(); ++output) {
      const double of_class = part.sums[trees_.size() == 1 ? 1 : output];
      trees_[output].push_back({.value = of_class / part.weight, .cover = part.weight});
    }
  }

  void split(const Part& part, std::vector<Part>& open) {
    if (part.depth == limits_.depth) return;
    const Split best = best_split(part);
    if (best.score <= 0) return;
    const Cut& cut = best.cut;
    const auto steps = inputs_.steps(best.column);
    const auto goes_left = [&](std::uint32_t row) {
      const std::uint8_t step = steps[row];
      if (step == SteppedMatrix::kMissingStep) return cut.missing_left.value_or(false);
      return cut.low && step <= *cut.low;
    };
    const auto first = rows_.begin();
    const auto middle =
        std::stable_partition(first + static_cast<std::ptrdiff_t>(part.begin),
                              first + static_cast<std::ptrdiff_t>(part.end), goes_left);
    const auto at = static_cast<std::size_t>(middle - first);
    Part left{.begin = part.begin, .end = at, .depth = part.depth + 1};
    Part right{.begin = at, .end = part.end, .depth = part.depth + 1};
    add_node(left);
    add_node(right);
    for (Tree& tree : trees_) {
      TreeNode& node = tree[part.node];
      node.left = left.node;
      node.right = right.node;
      node.input = best.column;
      node.missing_left = cut.missing_left.value_or(left.weight >= right.weight);
      node.threshold = cut.low ? inputs_.between(best.column, *cut.low, cut.high) : kLowest;
      node.gain = best.score;
      node.value = 0;
    }
    open.push_back(right);
    open.push_back(left);
  }

  // Of score 0 where none is worth it; else the score is what the split adds.
  Split best_split(const Part& part) {
    Split best;
    double whole = 0;
    for (const double sum : part.sums) whole += sum * sum / part.weight;
    const double least = 1e-9 * part.weight;
    if (part.weight < 2 * limits_.leaf_weight || part.weight - whole < least) return best;
    for (std::size_t drawn = 0; drawn < limits_.columns; ++drawn) {
      std::swap(columns_[drawn], columns_[drawn + random_.below(columns_.size() - drawn)]);
      Split of_column = best_of(columns_[drawn], part);
      of_column.score -= whole;
      if (of_column.score > std::max(best.score, least)) best = of_column;
    }
    return best;
  }

  Split best_of(std::uint32_t column, const Part& part) {
    const auto seen = add_up(column, part);
    const std::uint8_t gone = SteppedMatrix::kMissingStep;
    Split best{.column = column};
    missing_.assign(classes_, 0);
    left_.assign(classes_, 0);
    const bool some_missing = (seen[gone / 64] >> (gone % 64) & 1) != 0;
    if (some_missing) take(gone, missing_);
    std::optional<std::uint8_t> low;
    for (std::size_t word = 0; word < seen.size(); ++word) {
      for (std::uint64_t bits = seen[word]; bits != 0; bits &= bits - 1) {
        const auto step = static_cast<std::uint8_t>(word * 64 + std::countr_zero(bits));
        if (step == gone) break;
        if (some_missing) consider(part, {low, step, true}, best);
        if (low)
          consider(part, {low, step, some_missing ? std::optional(false) : std::nullopt}, best);
        take(step, left_);
        low = step;
      }
    }
    return best;
  }

  void consider(const Part& part, const Cut& cut, Split& best) const {
    double left = 0, left_squares = 0, right_squares = 0;
    for (std::size_t k = 0; k < classes_; ++k) {
      const double of_class = left_[k] + (cut.missing_left.value_or(false) ? missing_[k] : 0);
      const double others = part.sums[k] - of_class;
      left += of_class;
      left_squares += of_class * of_class;
      right_squares += others * others;
    }
    const double right = part.weight - left;
    if (left < limits_.leaf_weight || right < limits_.leaf_weight) return;
    const double score = left_squares / left + right_squares / right;
    if (score <= best.score) return;
    best.score = score;
    best.cut = cut;
  }

  // Class weights by step; gives the steps that have any, as bits.
  std::array<std::uint64_t, 4> add_up(std::uint32_t column, const Part& part) {
    std::array<std::uint64_t, 4> seen = {};
    const auto steps = inputs_.steps(column);
    for (std::size_t i = part.begin; i < part.end; ++i) {
      const std::uint32_t row = rows_[i];
      const std::uint8_t step = steps[row];
      seen[step / 64] |= std::uint64_t{1} << (step % 64);
      sums_[step * classes_ + truth_[row]] += weight_[row];
    }
    return seen;
  }

  // Adds a step's class weights to those, and leaves it empty for the next column.
  void take(std::uint8_t step, Shares& to) {
    for (std::size_t k = 0; k < classes_; ++k) {
      to[k] += std::exchange(sums_[step * classes_ + k], 0);
    }
  }

  const SteppedMatrix& inputs_;
  std::span<const std::uint8_t> truth_;
  std::span<const double> weight_;
  std::size_t classes_;
  GrowthLimits limits_;
  stats::Random& random_;
  std::vector<std::uint32_t> columns_;  // the drawn ones first
  std::vector<std::uint32_t> rows_;     // those of a node next to each other
  std::vector<Tree> trees_;             // by output
  std::vector<double> sums_;            // of a column, by step, class; 0 between columns
  Shares left_, missing_;               // of a column
};

}  // namespace

SteppedMatrix::SteppedMatrix(const Matrix& inputs) : rows_(inputs.rows), columns_(inputs.columns) {
  std::vector<float> values;
  for (std::size_t j = 0; j < inputs.columns; ++j) {
    Column& column = columns_[j];
    column.steps.assign(rows_, kMissingStep);
    values.clear();
    for (std::size_t i = 0; i < rows_; ++i) {
      const auto value = static_cast<float>(inputs.row(i)[j]);
      if (!std::isnan(value)) values.push_back(value);
    }
    std::ranges::sort(values);
    std::size_t begin = 0;
    for (const std::size_t end : ends_of_steps(values)) {
      column.least.push_back(values[begin]);
      column.greatest.push_back(values[end]);
      begin = end + 1;
    }
    for (std::size_t i = 0; i < rows_; ++i) {
      const auto value = static_cast<float>(inputs.row(i)[j]);
      if (std::isnan(value)) continue;
      const auto step = std::ranges::lower_bound(column.greatest, value);
      column.steps[i] = static_cast<std::uint8_t>(step - column.greatest.begin());
    }
  }
}

float SteppedMatrix::between(std::size_t column, std::uint8_t low, std::uint8_t high) const {
  const float below = columns_[column].greatest[low], above = columns_[column].least[high];
  const float middle = below + (above - below) / 2;
  if (std::isfinite(middle) && middle > below) return middle;
  return std::isfinite(above) ? above : std::numeric_limits<float>::max();
}

std::vector<Tree> grow_tree(const SteppedMatrix& inputs, std::span<const std::uint8_t> truth,
                            std::span<const double> weight, std::size_t classes,
                            const GrowthLimits& limits, stats::Random& random) {
  return Grower(inputs, truth, weight, classes, limits, random).run();
}

}  // namespace waymark::model
