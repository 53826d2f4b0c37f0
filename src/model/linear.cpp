#include "model/linear.h"

#include <Eigen/Core>
#include <cmath>

#include "base/error.h"
#include "model/stored.h"
#include "stats/calibration.h"
#include "stats/descent.h"

namespace waymark::model {
namespace {

using Inputs =
    Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
using Vector = Eigen::VectorXd;

// The penalised negative log-likelihood; the intercept is the last of the variables.
struct Objective {
  Inputs inputs;
  Vector target;
  double l2;

  double operator()(std::span<const double> x, std::span<double> gradient) const {
    const auto width = static_cast<Eigen::Index>(x.size()) - 1;
    const Eigen::Map<const Vector> weights(x.data(), width);
    Vector log_odds = inputs * weights;
    log_odds.array() += x.back();
    double loss = 0;
    Vector residual(log_odds.size());
    for (Eigen::Index i = 0; i < log_odds.size(); ++i) {
      const double z = log_odds[i];
      loss += std::max(z, 0.0) - target[i] * z + std::log1p(std::exp(-std::abs(z)));
      residual[i] = stats::logistic(z) - target[i];
    }
    Eigen::Map<Vector>(gradient.data(), width) = inputs.transpose() * residual + l2 * weights;
    gradient.back() = residual.sum();
    return loss + l2 / 2 * weights.squaredNorm();
  }
};

// Minimises from `start`; the result's last element is the intercept.
std::vector<double> minimised(const Objective& objective, const std::vector<double>& start) {
  const std::vector<double> x = stats::descend(
      start, {.epsilon = 1e-8, .corrections = 20, .max_iterations = 2000, .max_line_search = 60},
      objective);
  std::vector<double> gradient(x.size());
  objective(x, gradient);
  const double steepest =
      Eigen::Map<Vector>(gradient.data(), static_cast<Eigen::Index>(gradient.size()))
          .lpNorm<Eigen::Infinity>();
  if (!(steepest < 1e-4 * static_cast<double>(objective.target.size()))) {
    throw Error(ErrorCode::kInternal, "model.no_convergence",
                "logistic regression found no optimum; raise its l2");
  }
  return x;
}

}  // namespace

LinearPredictor::LinearPredictor(Preparation preparation, double intercept,
                                 std::vector<double> weights)
    : preparation_(std::move(preparation)), intercept_(intercept), weights_(std::move(weights)) {
  WAYMARK_CHECK(weights_.size() == preparation_.width());
}

std::vector<double> LinearPredictor::log_odds(const DataSet& data) const {
  const Matrix inputs = preparation_.apply(data);
  std::vector<double> out(inputs.rows, intercept_);
  for (std::size_t i = 0; i < inputs.rows; ++i) {
    for (std::size_t j = 0; j < inputs.columns; ++j) out[i] += weights_[j] * inputs.row(i)[j];
  }
  return out;
}

Contributions LinearPredictor::contributions(const DataSet& data) const {
  Matrix inputs = preparation_.apply(data);
  for (std::size_t i = 0; i < inputs.values.size(); ++i) {
    inputs.values[i] *= weights_[i % inputs.columns];
  }
  return by_column(data, preparation_.origins(), intercept_, inputs.values);
}

std::map<std::string, double> LinearPredictor::importance() const {
  std::vector<double> sizes;
  for (const double weight : weights_) sizes.push_back(std::abs(weight));
  return by_column(preparation_.origins(), sizes);
}

void LinearPredictor::write(JsonWriter& out) const {
  out.begin_object().key("kind").string("linear");
  preparation_.write(out.key("preparation"));
  out.key("intercept").number(intercept_);
  write_numbers(out.key("weights"), weights_);
  out.end_object();
}

std::shared_ptr<const Predictor> LinearPredictor::read(const Json& json) {
  Preparation preparation = Preparation::read(json.at("preparation"));
  std::vector<double> weights = stored_numbers(json.at("weights"));
  if (weights.size() != preparation.width()) malformed("weights and inputs differ in number");
  return std::make_shared<LinearPredictor>(std::move(preparation),
                                           stored_number(json.at("intercept")), std::move(weights));
}

std::shared_ptr<const Predictor> LogisticTrainer::fit(const DataSet& data) const {
  Preparation preparation = Preparation::fit(data, Preparation::Style::kScaled);
  const Matrix inputs = preparation.apply(data);
  Objective objective{.inputs = Inputs(inputs.values.data(), static_cast<Eigen::Index>(inputs.rows),
                                       static_cast<Eigen::Index>(inputs.columns)),
                      .target = Vector(static_cast<Eigen::Index>(data.size())),
                      .l2 = parameters_.l2};
  for (std::size_t i = 0; i < data.size(); ++i) {
    objective.target[static_cast<Eigen::Index>(i)] = data.target[i];
  }
  std::vector<double> start(inputs.columns + 1);
  start.back() = stats::logit(objective.target.mean());
  std::vector<double> weights = minimised(objective, start);
  const double intercept = weights.back();
  weights.pop_back();
  return std::make_shared<LinearPredictor>(std::move(preparation), intercept, std::move(weights));
}

}  // namespace waymark::model
