#include "model/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/hash.h"
#include "model/boosting.h"
#include "model/forest.h"
#include "model/linear.h"
#include "model/neural.h"
#include "model/xgboost.h"
#include "stats/descriptive.h"
#include "stats/forecast.h"
#include "stats/random.h"

namespace waymark::model {
namespace {

double parameter(const TrainerSetting& setting, const std::string& name, double fallback) {
  const auto found = setting.parameters.find(name);
  return found == setting.parameters.end() ? fallback : found->second;
}

std::size_t whole(const TrainerSetting& setting, const std::string& name, std::size_t fallback) {
  return static_cast<std::size_t>(parameter(setting, name, static_cast<double>(fallback)));
}

LogisticParameters logistic_parameters(const TrainerSetting& setting) {
  const LogisticParameters p;
  return {.l2 = parameter(setting, "l2", p.l2), .l1 = parameter(setting, "l1", p.l1)};
}

BoostingParameters boosting_parameters(const TrainerSetting& setting, std::uint64_t seed) {
  const BoostingParameters p;
  return {.rounds = whole(setting, "rounds", p.rounds),
          .depth = whole(setting, "depth", p.depth),
          .learning_rate = parameter(setting, "learning_rate", p.learning_rate),
          .row_share = parameter(setting, "row_share", p.row_share),
          .column_share = parameter(setting, "column_share", p.column_share),
          .leaf_weight = parameter(setting, "leaf_weight", p.leaf_weight),
          .l2 = parameter(setting, "l2", p.l2),
          .stop_after = whole(setting, "stop_after", p.stop_after),
          .seed = seed};
}

ForestParameters forest_parameters(const TrainerSetting& setting, std::uint64_t seed) {
  const ForestParameters p;
  return {.trees = whole(setting, "trees", p.trees),
          .depth = whole(setting, "depth", p.depth),
          .leaf_rows = parameter(setting, "leaf_rows", p.leaf_rows),
          .column_share = parameter(setting, "column_share", p.column_share),
          .seed = seed};
}

NeuralParameters neural_parameters(const TrainerSetting& setting, std::uint64_t seed) {
  const NeuralParameters p;
  return {.units = whole(setting, "units", p.units),
          .networks = whole(setting, "networks", p.networks),
          .epochs = whole(setting, "epochs", p.epochs),
          .learning_rate = parameter(setting, "learning_rate", p.learning_rate),
          .l2 = parameter(setting, "l2", p.l2),
          .seed = seed};
}

// How well the column alone tells classes from the rest: 0 not at all, 0.5 perfectly.
double separation(const DataColumn& column, const DataSet& data) {
  std::vector<double> values = column.numbers;
  const double median = stats::median(values);
  if (std::isnan(median)) return 0;
  for (double& value : values) {
    if (std::isnan(value)) value = median;
  }
  double sum = 0;
  const std::vector<double> areas = areas_of(values, data);
  for (const double area : areas) sum += std::abs(area - 0.5);
  return sum / static_cast<double>(areas.size());
}

std::vector<TrainerSetting> combinations(const TrainerSetting& setting) {
  std::vector<TrainerSetting> all = {{.name = setting.name, .parameters = setting.parameters}};
  for (const auto& [name, values] : setting.tried) {
    std::vector<TrainerSetting> more;
    for (const TrainerSetting& variant : all) {
      for (const double value : values) {
        more.push_back(variant);
        more.back().parameters[name] = value;
      }
    }
    all = std::move(more);
  }
  return all;
}

bool is_whole(const std::string& parameter) {
  constexpr std::string_view kWhole[] = {"rounds", "depth", "trees", "units", "networks", "epochs"};
  return std::ranges::find(kWhole, parameter) != std::end(kWhole);
}

double drawn(const Range& range, bool whole, stats::Random& random) {
  const double share = static_cast<double>(random.next() >> 11) * 0x1p-53;
  const double value = range.from > 0 && range.to >= 10 * range.from
                           ? range.from * std::pow(range.to / range.from, share)
                           : std::lerp(range.from, range.to, share);
  if (whole) return std::round(value);
  // Three digits are enough, and can be read.
  const double digits = std::pow(10, 2 - std::floor(std::log10(std::max(value, 1e-12))));
  return std::clamp(std::round(value * digits) / digits, range.from, range.to);
}

}  // namespace

std::unique_ptr<Trainer> make_trainer(const TrainerSetting& setting, std::uint64_t seed) {
  if (setting.name == "logistic") {
    return std::make_unique<LogisticTrainer>(logistic_parameters(setting));
  }
  if (setting.name == "boosting") {
    return std::make_unique<BoostingTrainer>(boosting_parameters(setting, seed));
  }
  if (setting.name == "forest") {
    return std::make_unique<ForestTrainer>(forest_parameters(setting, seed));
  }
  if (setting.name == "neural") {
    return std::make_unique<NeuralTrainer>(neural_parameters(setting, seed));
  }
  return nullptr;
}

std::string in_words(const TrainerSetting& setting, std::uint64_t seed) {
  if (setting.name == "logistic") {
    const LogisticParameters p = logistic_parameters(setting);
    return fmt::format("logistic regression (l2 {}{})", p.l2,
                       p.l1 > 0 ? fmt::format(", l1 {}", p.l1) : "");
  }
  if (setting.name == "boosting") {
    const BoostingParameters p = boosting_parameters(setting, seed);
    return fmt::format(
        "gradient boosting ({}; {} rounds{} of depth {}, learning rate {}, row share {}, column "
        "share {}, leaf weight {}, l2 {}, seed {})",
        xgboost_version(), p.rounds,
        p.stop_after > 0 ? fmt::format(" or until {} bring nothing", p.stop_after) : "", p.depth,
        p.learning_rate, p.row_share, p.column_share, p.leaf_weight, p.l2, p.seed);
  }
  if (setting.name == "forest") {
    const ForestParameters p = forest_parameters(setting, seed);
    return fmt::format(
        "random forest ({} trees of depth {}, {} rows in a leaf, {} of the inputs at each split, "
        "seed {})",
        p.trees, p.depth, p.leaf_rows,
        p.column_share > 0 ? fmt::format("{}", p.column_share) : "the square root", p.seed);
  }
  if (setting.name == "neural") {
    const NeuralParameters p = neural_parameters(setting, seed);
    return fmt::format(
        "neural network (mean of {}, {} hidden units, learning rate {}, l2 {}, {} epochs at most, "
        "seed {})",
        p.networks, p.units, p.learning_rate, p.l2, p.epochs, p.seed);
  }
  return setting.name;
}

std::vector<TrainerSetting> variants(const TrainerSetting& setting, std::size_t draws,
                                     std::uint64_t seed) {
  if (draws == 0) return combinations(setting);
  stats::Random random(seed + hash64(setting.name));
  std::vector<TrainerSetting> all;
  // A few lists have fewer combinations than are asked for.
  for (std::size_t draw = 0; draw < 10 * draws && all.size() < draws; ++draw) {
    TrainerSetting one{.name = setting.name, .parameters = setting.parameters};
    for (const auto& [name, values] : setting.tried) {
      one.parameters[name] = values[random.below(values.size())];
    }
    for (const auto& [name, range] : setting.ranges) {
      one.parameters[name] = drawn(range, is_whole(name), random);
    }
    const auto is_same = [&](const TrainerSetting& other) {
      return other.parameters == one.parameters;
    };
    if (std::ranges::none_of(all, is_same)) all.push_back(std::move(one));
  }
  return all;
}

std::shared_ptr<const Predictor> PriorTrainer::fit(const DataSet& data) const {
  return std::make_shared<LinearPredictor>(Preparation(), prior_margins(data),
                                           std::vector<double>());
}

std::shared_ptr<const Predictor> RuleTrainer::fit(const DataSet& data) const {
  const DataColumn* best = nullptr;
  double most = 0;
  for (const DataColumn& column : data.columns) {
    if (column.categorical) continue;
    const double found = separation(column, data);
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

std::size_t BlendPredictor::outputs() const { return members_.front()->outputs(); }

std::vector<double> BlendPredictor::margins(const DataSet& data) const {
  std::vector<double> sum(data.size() * outputs());
  for (const auto& member : members_) {
    const std::vector<double> values = member->margins(data);
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i] += values[i] / static_cast<double>(members_.size());
    }
  }
  return sum;
}

Contributions BlendPredictor::contributions(const DataSet& data) const {
  const auto count = static_cast<double>(members_.size());
  Contributions sum{.columns = data.columns.size(), .base = std::vector<double>(outputs())};
  sum.values.resize(data.size() * outputs() * sum.columns);
  for (const auto& member : members_) {
    const Contributions one = member->contributions(data);
    for (std::size_t k = 0; k < sum.base.size(); ++k) sum.base[k] += one.base[k] / count;
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
