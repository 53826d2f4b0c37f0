#include "model/boosting.h"

#include <fmt/format.h>

#include "model/trees.h"
#include "model/xgboost.h"
#include "stats/class_forecast.h"

namespace waymark::model {
namespace {

TrainingMatrix matrix_of(const DataSet& data, const Matrix& inputs) {
  TrainingMatrix matrix(inputs);
  matrix.set("label", {data.target.begin(), data.target.end()});
  if (!data.weight.empty()) matrix.set("weight", {data.weight.begin(), data.weight.end()});
  return matrix;
}

void set_up(Booster& booster, const BoostingParameters& parameters, std::size_t outputs) {
  if (outputs == 1) {
    booster.set("objective", "binary:logistic");
  } else {
    booster.set("objective", "multi:softprob");
    booster.set("num_class", fmt::format("{}", outputs));
  }
  const std::pair<const char*, std::string> settings[] = {
      {"max_depth", fmt::format("{}", parameters.depth)},
      {"eta", fmt::format("{}", parameters.learning_rate)},
      {"subsample", fmt::format("{}", parameters.row_share)},
      {"colsample_bytree", fmt::format("{}", parameters.column_share)},
      {"min_child_weight", fmt::format("{}", parameters.leaf_weight)},
      {"lambda", fmt::format("{}", parameters.l2)},
      {"seed", fmt::format("{}", parameters.seed)},
  };
  for (const auto& [name, value] : settings) booster.set(name, value);
}

// By rows of a tenth of the learners; all of them where too few are there to be parted.
std::size_t rounds_of(const DataSet& data, const BoostingParameters& parameters,
                      std::size_t outputs) {
  if (parameters.stop_after == 0) return parameters.rounds;
  const Aside parted = tenth_aside(data);
  if (parted.fit.empty() || parted.aside.empty()) return parameters.rounds;
  const DataSet fitted = select(data, parted.fit), judged = select(data, parted.aside);
  const Preparation preparation = Preparation::fit(fitted, Preparation::Style::kRaw);
  if (preparation.width() == 0) return parameters.rounds;
  const TrainingMatrix fit = matrix_of(fitted, preparation.apply_to_training(fitted));
  const TrainingMatrix aside = matrix_of(judged, preparation.apply(judged));
  Booster booster(fit);
  set_up(booster, parameters, outputs);
  return booster.grow_until(parameters.rounds, parameters.stop_after, fit, aside);
}

}  // namespace

std::shared_ptr<const Predictor> BoostingTrainer::fit(const DataSet& data) const {
  Preparation preparation = prepared_for_trees(data);
  const std::size_t outputs = stats::outputs_of(data.classes.size());
  const std::size_t rounds = rounds_of(data, parameters_, outputs);
  const TrainingMatrix matrix = matrix_of(data, preparation.apply_to_training(data));
  Booster booster(matrix);
  set_up(booster, parameters_, outputs);
  booster.grow(rounds, matrix);
  // A base score of 0.5 is log-odds of 0, and a margin of 0.5 for each of several classes.
  return std::make_shared<TreePredictor>(
      std::move(preparation), TreePredictor::Sums::kMargins,
      std::vector<double>(outputs, outputs == 1 ? 0 : 0.5), booster.trees(),
      parameters_.stop_after > 0 ? fmt::format("stopped after {} rounds", rounds) : "");
}

}  // namespace waymark::model
