#include "model/boosting.h"

#include <fmt/format.h>

#include "model/trees.h"
#include "model/xgboost.h"
#include "stats/class_forecast.h"

namespace waymark::model {

std::shared_ptr<const Predictor> BoostingTrainer::fit(const DataSet& data) const {
  Preparation preparation = prepared_for_trees(data);
  TrainingMatrix matrix(preparation.apply(data));
  matrix.set("label", {data.target.begin(), data.target.end()});
  if (!data.weight.empty()) matrix.set("weight", {data.weight.begin(), data.weight.end()});
  const std::size_t outputs = stats::outputs_of(data.classes.size());
  Booster booster(matrix);
  if (outputs == 1) {
    booster.set("objective", "binary:logistic");
  } else {
    booster.set("objective", "multi:softprob");
    booster.set("num_class", fmt::format("{}", outputs));
  }
  const std::pair<const char*, std::string> settings[] = {
      {"max_depth", fmt::format("{}", parameters_.depth)},
      {"eta", fmt::format("{}", parameters_.learning_rate)},
      {"subsample", fmt::format("{}", parameters_.row_share)},
      {"colsample_bytree", fmt::format("{}", parameters_.column_share)},
      {"min_child_weight", fmt::format("{}", parameters_.leaf_weight)},
      {"lambda", fmt::format("{}", parameters_.l2)},
      {"seed", fmt::format("{}", parameters_.seed)},
  };
  for (const auto& [name, value] : settings) booster.set(name, value);
  booster.grow(parameters_.rounds, matrix);
  // A base score of 0.5 is log-odds of 0, and a margin of 0.5 for each of several classes.
  return std::make_shared<TreePredictor>(std::move(preparation), TreePredictor::Sums::kMargins,
                                         std::vector<double>(outputs, outputs == 1 ? 0 : 0.5),
                                         booster.trees());
}

}  // namespace waymark::model
