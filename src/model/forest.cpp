#include "model/forest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "model/tree_grower.h"
#include "stats/class_forecast.h"
#include "stats/random.h"

namespace waymark::model {
namespace {

// Of each row the mean of the trees that were grown without it (Breiman 1996, "Out-of-bag
// estimation"), and how well those tell.
std::string out_of_bag(const std::vector<Tree>& trees, const std::vector<std::vector<bool>>& drawn,
                       const Matrix& inputs, const DataSet& data) {
  const std::size_t outputs = stats::outputs_of(data.classes.size());
  std::vector<double> p, shares(outputs);
  std::vector<std::uint8_t> truth, called;
  for (std::size_t row = 0; row < data.size(); ++row) {
    std::ranges::fill(shares, 0);
    double grown = 0;
    for (std::size_t draw = 0; draw < drawn.size(); ++draw) {
      if (drawn[draw][row]) continue;
      grown += 1;
      for (std::size_t k = 0; k < outputs; ++k) {
        shares[k] += leaf_of(trees[draw * outputs + k], inputs.row(row));
      }
    }
    if (grown == 0) continue;
    for (const double share : shares) p.push_back(share / grown);
    truth.push_back(data.target[row]);
    const auto largest = std::ranges::max_element(shares) - shares.begin();
    called.push_back(static_cast<std::uint8_t>(outputs == 1 ? shares[0] >= grown / 2 : largest));
  }
  if (truth.empty()) return "";
  return fmt::format("out of bag ROC-AUC {:.3f} and accuracy {:.3f}, the likeliest class called",
                     stats::ClassForecast(p, data.classes.size(), truth).roc_auc(),
                     stats::Confusion(data.classes.size(), truth, called).accuracy());
}

}  // namespace

std::shared_ptr<const Predictor> ForestTrainer::fit(const DataSet& data) const {
  Preparation preparation = prepared_for_trees(data);
  const Matrix inputs = preparation.apply_to_training(data);
  const SteppedMatrix stepped(inputs);
  const double width = static_cast<double>(preparation.width());
  const double columns =
      parameters_.column_share > 0 ? parameters_.column_share * width : std::sqrt(width);
  const GrowthLimits limits{.depth = parameters_.depth,
                            .leaf_weight = parameters_.leaf_rows,
                            .columns = static_cast<std::size_t>(std::clamp(columns, 1.0, width))};
  stats::Random random(parameters_.seed);
  std::vector<Tree> trees;
  std::vector<std::vector<bool>> in_bag;
  for (std::size_t draw = 0; draw < parameters_.trees; ++draw) {
    std::vector<double> drawn(data.size());
    for (std::size_t i = 0; i < data.size(); ++i) {
      const auto row = static_cast<std::size_t>(random.below(data.size()));
      drawn[row] += data.weight.empty() ? 1 : data.weight[row];
    }
    std::vector<bool>& in = in_bag.emplace_back(data.size());
    for (std::size_t row = 0; row < data.size(); ++row) in[row] = drawn[row] > 0;
    std::ranges::move(grow_tree(stepped, data.target, drawn, data.classes.size(), limits, random),
                      std::back_inserter(trees));
  }
  std::string remark = out_of_bag(trees, in_bag, inputs, data);
  for (Tree& tree : trees) {
    for (TreeNode& node : tree) node.value /= static_cast<double>(parameters_.trees);
  }
  return std::make_shared<TreePredictor>(
      std::move(preparation), TreePredictor::Sums::kShares,
      std::vector<double>(stats::outputs_of(data.classes.size())), std::move(trees),
      std::move(remark));
}

}  // namespace waymark::model
