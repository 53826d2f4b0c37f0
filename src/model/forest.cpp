#include "model/forest.h"

#include <fmt/format.h>

#include <cmath>

#include "model/trees.h"
#include "model/xgboost.h"
#include "stats/class_forecast.h"
#include "stats/random.h"

namespace waymark::model {

std::shared_ptr<const Predictor> ForestTrainer::fit(const DataSet& data) const {
  Preparation preparation = prepared_for_trees(data);
  const TrainingMatrix matrix(preparation.apply(data));
  const std::size_t outputs = stats::outputs_of(data.classes.size());
  const double width = static_cast<double>(preparation.width());
  Booster booster(matrix);
  const std::pair<const char*, std::string> settings[] = {
      {"objective", "reg:squarederror"},
      {"max_depth", fmt::format("{}", parameters_.depth)},
      {"eta", "1"},
      {"lambda", "0"},
      {"colsample_bynode",
       fmt::format("{}", parameters_.column_share > 0 ? parameters_.column_share
                                                      : std::sqrt(width) / width)},
      {"min_child_weight", fmt::format("{}", parameters_.leaf_rows)},
      {"seed", fmt::format("{}", parameters_.seed)},
  };
  for (const auto& [name, value] : settings) booster.set(name, value);

  // A loss of half the drawn count times (leaf - truth)^2, seen from 0: then one step leads to the
  // leaf's share, whatever the trees before say.
  stats::Random random(parameters_.seed);
  for (std::size_t tree = 0; tree < parameters_.trees; ++tree) {
    std::vector<float> drawn(data.size());
    for (std::size_t i = 0; i < data.size(); ++i) {
      const auto row = static_cast<std::size_t>(random.below(data.size()));
      drawn[row] += data.weight.empty() ? 1.0f : static_cast<float>(data.weight[row]);
    }
    for (std::size_t output = 0; output < outputs; ++output) {
      std::vector<float> gradient(data.size());
      for (std::size_t row = 0; row < data.size(); ++row) {
        if (stats::is_of(data.target[row], output, outputs)) gradient[row] = -drawn[row];
      }
      booster.grow(std::move(gradient), drawn, matrix);
    }
  }
  std::vector<Tree> trees = booster.trees();
  for (Tree& tree : trees) {
    for (TreeNode& node : tree) node.value /= static_cast<double>(parameters_.trees);
  }
  return std::make_shared<TreePredictor>(std::move(preparation), TreePredictor::Sums::kShares,
                                         std::vector<double>(outputs), std::move(trees));
}

}  // namespace waymark::model
