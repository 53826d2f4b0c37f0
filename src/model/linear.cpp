#include "model/linear.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <algorithm>
#include <cmath>
#include <functional>

#include "base/error.h"
#include "model/stored.h"
#include "stats/calibration.h"
#include "stats/class_forecast.h"
#include "stats/descent.h"
#include "stats/newton.h"

namespace waymark::model {
namespace {

using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Inputs = Eigen::Map<const Rows>;
using Vector = Eigen::VectorXd;

// Inputs as a fit goes through them again and again: of those with two values, as words become,
// only the rows of the rarer one where these are few.
class Design {
 public:
  explicit Design(const Matrix& matrix) {
    const Inputs inputs(matrix.values.data(), static_cast<Eigen::Index>(matrix.rows),
                        static_cast<Eigen::Index>(matrix.columns));
    std::vector<Values> seen(matrix.columns);
    for (std::size_t row = 0; row < matrix.rows; ++row) {
      for (std::size_t column = 0; column < seen.size(); ++column) {
        seen[column].add(matrix.row(row)[column]);
      }
    }
    std::vector<double> usual, rare;
    for (Eigen::Index column = 0; column < inputs.cols(); ++column) {
      const Values& values = seen[static_cast<std::size_t>(column)];
      const std::size_t rarer = std::min(values.firsts, values.seconds);
      if (values.has_more || rarer * kRowsPerRare > matrix.rows) {
        numbers_.push_back(column);
        continue;
      }
      indicators_.push_back(column);
      usual.push_back(values.firsts > values.seconds ? values.first : values.second);
      rare.push_back(values.first + values.second - 2 * usual.back());
    }
    dense_ = inputs(Eigen::all, numbers_);
    usual_ = Eigen::Map<const Vector>(usual.data(), static_cast<Eigen::Index>(usual.size()));
    rare_.resize(inputs.rows(), usual_.size());
    for (Eigen::Index row = 0; row < inputs.rows(); ++row) {
      rare_.startVec(row);
      for (Eigen::Index i = 0; i < usual_.size(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        if (inputs(row, indicators_[at]) != usual[at]) rare_.insertBack(row, i) = rare[at];
      }
    }
    rare_.finalize();
  }

  Eigen::Index width() const { return dense_.cols() + rare_.cols(); }

  // Inputs times weights.
  Rows times(const Eigen::Ref<const Eigen::MatrixXd>& weights) const {
    const Eigen::MatrixXd of_indicators = weights(indicators_, Eigen::all);
    Rows out = dense_ * weights(numbers_, Eigen::all);
    out += rare_ * of_indicators;
    out.rowwise() += usual_.transpose() * of_indicators;
    return out;
  }
  // Inputs, transposed, times what each row has.
  Eigen::MatrixXd transposed_times(const Rows& rows) const {
    Eigen::MatrixXd out(width(), rows.cols());
    out(numbers_, Eigen::all) = dense_.transpose() * rows;
    out(indicators_, Eigen::all) = rare_.transpose() * rows + usual_ * rows.colwise().sum();
    return out;
  }

 private:
  static constexpr std::size_t kRowsPerRare = 3;

  // The two values that an input may have.
  struct Values {
    double first = 0, second = 0;
    std::size_t firsts = 0, seconds = 0;
    bool has_more = false;

    void add(double value) {
      if (firsts == 0) first = value;
      if (value == first) {
        ++firsts;
        return;
      }
      if (seconds == 0) second = value;
      if (value == second) {
        ++seconds;
      } else {
        has_more = true;
      }
    }
  };

  std::vector<Eigen::Index> numbers_, indicators_;  // columns of the inputs
  Rows dense_;
  Vector usual_;                                       // of the indicators, the usual value
  Eigen::SparseMatrix<double, Eigen::RowMajor> rare_;  // how far others are from it
};

// The penalised negative log-likelihood. Variables: the weights of one output after the other, then
// the intercepts.
struct Objective {
  Design inputs;
  const DataSet& data;
  Eigen::Index outputs;
  double l2;

  double operator()(std::span<const double> x, std::span<double> gradient) const {
    const Eigen::Index width = inputs.width();
    const Eigen::Map<const Eigen::MatrixXd> weights(x.data(), width, outputs);
    const Eigen::Map<const Eigen::RowVectorXd> intercepts(x.data() + weights.size(), outputs);
    Rows margins = inputs.times(weights).rowwise() + intercepts;
    double loss = 0;
    for (std::size_t row = 0; row < data.size(); ++row) {
      auto line = margins.row(static_cast<Eigen::Index>(row));
      const double weight = data.weight.empty() ? 1 : data.weight[row];
      loss +=
          weight * class_loss({line.data(), static_cast<std::size_t>(outputs)}, data.target[row]);
      line *= weight;
    }
    Eigen::Map<Eigen::MatrixXd>(gradient.data(), width, outputs) =
        inputs.transposed_times(margins) + l2 * weights;
    Eigen::Map<Eigen::RowVectorXd>(gradient.data() + weights.size(), outputs) =
        margins.colwise().sum();
    return loss + l2 / 2 * weights.squaredNorm();
  }
};

// Where the objective with the penalty l1 on weights is least, from `start` on.
std::vector<double> minimised(const Objective& objective, double l1,
                              const std::vector<double>& start) {
  const auto weights = static_cast<int>(objective.inputs.width() * objective.outputs);
  std::vector<double> x = stats::descend(start,
                                         {.epsilon = 1e-8,
                                          .corrections = 20,
                                          .max_iterations = 2000,
                                          .max_line_search = 60,
                                          .l1 = l1,
                                          .l1_variables = weights},
                                         objective);
  if (l1 > 0) return x;
  std::vector<double> gradient(x.size());
  objective(x, gradient);
  const double steepest =
      Eigen::Map<Vector>(gradient.data(), static_cast<Eigen::Index>(gradient.size()))
          .lpNorm<Eigen::Infinity>();
  if (!(steepest < 1e-4 * static_cast<double>(objective.data.size()))) {
    throw Error(ErrorCode::kInternal, "model.no_convergence",
                "logistic regression found no optimum; raise its l2");
  }
  return x;
}

}  // namespace

LinearPredictor::LinearPredictor(Preparation preparation, std::vector<double> intercepts,
                                 std::vector<double> weights, std::optional<double> l2)
    : preparation_(std::move(preparation)),
      intercepts_(std::move(intercepts)),
      weights_(std::move(weights)),
      l2_(l2) {
  WAYMARK_CHECK(weights_.size() == preparation_.width() * intercepts_.size());
}

std::vector<double> LinearPredictor::margins(const DataSet& data) const {
  const Matrix inputs = preparation_.apply(data);
  std::vector<double> out;
  out.reserve(inputs.rows * outputs());
  for (std::size_t i = 0; i < inputs.rows; ++i) {
    for (std::size_t k = 0; k < outputs(); ++k) {
      const double* const weights = weights_.data() + k * inputs.columns;
      double sum = intercepts_[k];
      for (std::size_t j = 0; j < inputs.columns; ++j) sum += weights[j] * inputs.row(i)[j];
      out.push_back(sum);
    }
  }
  return out;
}

Contributions LinearPredictor::contributions(const DataSet& data) const {
  const Matrix inputs = preparation_.apply(data);
  std::vector<double> values;
  values.reserve(inputs.values.size() * outputs());
  for (std::size_t i = 0; i < inputs.rows; ++i) {
    for (std::size_t k = 0; k < weights_.size(); ++k) {
      values.push_back(weights_[k] * inputs.row(i)[k % inputs.columns]);
    }
  }
  return by_column(data, preparation_.origins(), intercepts_, values);
}

std::map<std::string, double> LinearPredictor::importance() const {
  std::vector<double> sizes(preparation_.width());
  for (std::size_t k = 0; k < weights_.size(); ++k) {
    sizes[k % sizes.size()] += std::abs(weights_[k]);
  }
  return by_column(preparation_.origins(), sizes);
}

void LinearPredictor::write(JsonWriter& out) const {
  out.begin_object().key("kind").string("linear");
  preparation_.write(out.key("preparation"));
  write_numbers(out.key("intercepts"), intercepts_);
  write_numbers(out.key("weights"), weights_);
  out.end_object();
}

std::shared_ptr<const Predictor> LinearPredictor::read(const Json& json) {
  Preparation preparation = Preparation::read(json.at("preparation"));
  std::vector<double> intercepts = stored_numbers(json.at("intercepts"));
  std::vector<double> weights = stored_numbers(json.at("weights"));
  check_outputs(intercepts.size());
  if (weights.size() != preparation.width() * intercepts.size()) {
    malformed("weights and inputs differ in number");
  }
  return std::make_shared<LinearPredictor>(std::move(preparation), std::move(intercepts),
                                           std::move(weights));
}

std::vector<Weight> weights_of(const LinearPredictor& predictor, const DataSet& training) {
  const Matrix matrix = predictor.preparation().apply_to_training(training);
  const std::size_t outputs = predictor.outputs(), width = matrix.columns;
  if (!predictor.l2() || width * outputs == 0 || width * outputs > kMostWeights) return {};
  // The inputs with a 1 for the intercept.
  Rows inputs(static_cast<Eigen::Index>(matrix.rows), static_cast<Eigen::Index>(width) + 1);
  inputs.leftCols(inputs.cols() - 1) =
      Inputs(matrix.values.data(), inputs.rows(), inputs.cols() - 1);
  inputs.rightCols(1).setOnes();
  const std::vector<double> p = to_probabilities(predictor.margins(training), outputs);
  const Eigen::Map<const Rows> shares(p.data(), inputs.rows(), static_cast<Eigen::Index>(outputs));
  const Eigen::Index block = inputs.cols();
  Eigen::MatrixXd information(block * shares.cols(), block * shares.cols());
  for (Eigen::Index a = 0; a < shares.cols(); ++a) {
    for (Eigen::Index b = 0; b < shares.cols(); ++b) {
      const Eigen::ArrayXd curve =
          shares.col(a).array() * ((a == b ? 1.0 : 0.0) - shares.col(b).array());
      information.block(a * block, b * block, block, block) =
          inputs.transpose() * curve.matrix().asDiagonal() * inputs;
    }
  }
  Eigen::MatrixXd penalised = information;
  for (Eigen::Index i = 0; i < penalised.rows(); ++i) {
    if (i % block != block - 1) penalised(i, i) += *predictor.l2();
  }
  const Eigen::MatrixXd inverse = stats::independent_inverse(penalised).matrix;
  const Eigen::MatrixXd covariance = inverse * information * inverse;
  const std::vector<Preparation::Input> names = predictor.preparation().inputs();
  std::vector<Weight> out;
  for (std::size_t k = 0; k < outputs; ++k) {
    for (std::size_t i = 0; i < width; ++i) {
      const auto at = static_cast<Eigen::Index>(k) * block + static_cast<Eigen::Index>(i);
      const std::string& words = names[i].words;
      out.push_back({names[i].logarithm ? fmt::format("log(1 + {})", words) : words, k,
                     predictor.weights()[k * width + i],
                     std::sqrt(std::max(covariance(at, at), 0.0))});
    }
  }
  std::ranges::stable_sort(out, std::greater(), [](const Weight& weight) {
    return weight.error > 0 ? std::abs(weight.value) / weight.error : 0;
  });
  return out;
}

std::shared_ptr<const Predictor> LogisticTrainer::fit(const DataSet& data) const {
  Preparation preparation = Preparation::fit(data, Preparation::Style::kScaled);
  const std::size_t outputs = stats::outputs_of(data.classes.size());
  const Objective objective{.inputs = Design(preparation.apply_to_training(data)),
                            .data = data,
                            .outputs = static_cast<Eigen::Index>(outputs),
                            .l2 = parameters_.l2};
  std::vector<double> weights(preparation.width() * outputs);
  const std::vector<double> prior = prior_margins(data);
  weights.insert(weights.end(), prior.begin(), prior.end());
  weights = minimised(objective, parameters_.l1, weights);
  const std::vector<double> intercepts(weights.end() - static_cast<std::ptrdiff_t>(outputs),
                                       weights.end());
  weights.resize(weights.size() - outputs);
  return std::make_shared<LinearPredictor>(
      std::move(preparation), intercepts, std::move(weights),
      parameters_.l1 > 0 ? std::nullopt : std::optional(parameters_.l2));
}

}  // namespace waymark::model
