#include "model/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "model/boosting.h"
#include "model/linear.h"
#include "stats/calibration.h"
#include "stats/descriptive.h"
#include "stats/forecast.h"

namespace waymark::model {
namespace {

double parameter(const TrainerSetting& setting, const std::string& name, double fallback) {
  const auto found = setting.parameters.find(name);
  return found == setting.parameters.end() ? fallback : found->second;
}

LogisticParameters logistic_parameters(const TrainerSetting& setting) {
  return {.l2 = parameter(setting, "l2", LogisticParameters{}.l2)};
}

BoostingParameters boosting_parameters(const TrainerSetting& setting, std::uint64_t seed) {
  BoostingParameters p{.seed = seed};
  const auto whole = [&](const char* name, std::size_t fallback) {
    return static_cast<std::size_t>(parameter(setting, name, static_cast<double>(fallback)));
  };
  p.rounds = whole("rounds", p.rounds);
  p.depth = whole("depth", p.depth);
  p.learning_rate = parameter(setting, "learning_rate", p.learning_rate);
  p.row_share = parameter(setting, "row_share", p.row_share);
  p.column_share = parameter(setting, "column_share", p.column_share);
  p.leaf_weight = parameter(setting, "leaf_weight", p.leaf_weight);
  p.l2 = parameter(setting, "l2", p.l2);
  return p;
}

// How well the column alone ranks: 0 not at all, 0.5 perfectly.
double separation(const DataColumn& column, const std::vector<std::uint8_t>& target) {
  std::vector<double> values = column.numbers;
  const double median = stats::median(values);
  if (std::isnan(median)) return 0;
  for (double& value : values) {
    if (std::isnan(value)) value = median;
  }
  return std::abs(stats::Forecast(values, target).roc_auc() - 0.5);
}

}  // namespace

std::unique_ptr<Trainer> make_trainer(const TrainerSetting& setting, std::uint64_t seed) {
  if (setting.name == "logistic") {
    return std::make_unique<LogisticTrainer>(logistic_parameters(setting));
  }
  if (setting.name == "boosting") {
    return std::make_unique<BoostingTrainer>(boosting_parameters(setting, seed));
  }
  return nullptr;
}

std::string in_words(const TrainerSetting& setting, std::uint64_t seed) {
  if (setting.name == "logistic") {
    return fmt::format("logistic regression (l2 {})", logistic_parameters(setting).l2);
  }
  if (setting.name == "boosting") {
    const BoostingParameters p = boosting_parameters(setting, seed);
    return fmt::format(
        "gradient boosting ({}; {} rounds of depth {}, learning rate {}, row share {}, column "
        "share {}, leaf weight {}, l2 {}, seed {})",
        BoostingTrainer::library(), p.rounds, p.depth, p.learning_rate, p.row_share, p.column_share,
        p.leaf_weight, p.l2, p.seed);
  }
  return setting.name;
}

std::shared_ptr<const Predictor> PriorTrainer::fit(const DataSet& data) const {
  const std::vector<double> target(data.target.begin(), data.target.end());
  return std::make_shared<LinearPredictor>(Preparation(), stats::logit(stats::mean(target)),
                                           std::vector<double>());
}

std::shared_ptr<const Predictor> RuleTrainer::fit(const DataSet& data) const {
  const DataColumn* best = nullptr;
  double most = 0;
  for (const DataColumn& column : data.columns) {
    if (column.categorical) continue;
    const double found = separation(column, data.target);
    if (found > most) {
      most = found;
      best = &column;
    }
  }
  if (best == nullptr) return PriorTrainer().fit(data);
  DataSet alone = data;
  alone.columns = {*best};
  return LogisticTrainer({.l2 = 1}).fit(alone);
}

BlendPredictor::BlendPredictor(std::vector<std::shared_ptr<const Predictor>> members)
    : members_(std::move(members)) {
  WAYMARK_CHECK(!members_.empty());
}

std::vector<double> BlendPredictor::log_odds(const DataSet& data) const {
  std::vector<double> sum(data.size());
  for (const auto& member : members_) {
    const std::vector<double> values = member->log_odds(data);
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i] += values[i] / static_cast<double>(members_.size());
    }
  }
  return sum;
}

Contributions BlendPredictor::contributions(const DataSet& data) const {
  const auto count = static_cast<double>(members_.size());
  Contributions sum{.columns = data.columns.size()};
  sum.values.resize(data.size() * sum.columns);
  for (const auto& member : members_) {
    const Contributions one = member->contributions(data);
    sum.base += one.base / count;
    for (std::size_t i = 0; i < sum.values.size(); ++i) sum.values[i] += one.values[i] / count;
  }
  return sum;
}

std::map<std::string, double> BlendPredictor::importance() const {
  std::map<std::string, double> sum;
  for (const auto& member : members_) {
    for (const auto& [column, share] : member->importance()) {
      sum[column] += share / static_cast<double>(members_.size());
    }
  }
  return sum;
}

void BlendPredictor::write(JsonWriter& out) const {
  out.begin_object().key("kind").string("blend").key("members").begin_array();
  for (const auto& member : members_) member->write(out);
  out.end_array().end_object();
}

}  // namespace waymark::model
