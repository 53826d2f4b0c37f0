#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/predictor.h"
#include "model/preparation.h"

namespace waymark::model {

// Margins as weighted sums of prepared inputs.
class LinearPredictor : public Predictor {
 public:
  // An intercept for each output; as many weights for each, one output after the other, as the
  // preparation is wide. `l2`: by which they were fitted, where that is all.
  LinearPredictor(Preparation preparation, std::vector<double> intercepts,
                  std::vector<double> weights, std::optional<double> l2 = std::nullopt);

  std::size_t outputs() const override { return intercepts_.size(); }
  std::vector<double> margins(const DataSet& data) const override;
  // Exact: weight times the input's distance from its training mean.
  Contributions contributions(const DataSet& data) const override;
  // Absolute standardised weights.
  std::map<std::string, double> importance() const override;
  void write(JsonWriter& out) const override;
  static std::shared_ptr<const Predictor> read(const Json& json);

  const std::vector<double>& intercepts() const { return intercepts_; }
  const std::vector<double>& weights() const { return weights_; }
  const Preparation& preparation() const { return preparation_; }
  std::optional<double> l2() const { return l2_; }

 private:
  Preparation preparation_;
  std::vector<double> intercepts_;
  std::vector<double> weights_;
  std::optional<double> l2_;
};

// A weight of logistic regression: what a standard deviation more of an input adds to the log-odds,
// of several classes to the margin of one.
struct Weight {
  std::string input;
  std::size_t output = 0;
  double value = 0, error = 0;  // standard error; 0 of a weight that is none
};

// All weights with standard errors, that with the largest value / error first. The penalty l2 draws
// weights to 0, so that the errors say how far they would differ on other rows, and not how far
// they are from what is true: the covariance is H^-1 I H^-1, I the information of the rows and H
// the same with the penalty (le Cessie and van Houwelingen 1992, "Ridge estimators in logistic
// regression"). None where there are more than kMostWeights, or no l2 is known. `training`: what
// `predictor` was fitted to.
std::vector<Weight> weights_of(const LinearPredictor& predictor, const DataSet& training);
inline constexpr std::size_t kMostWeights = 500;

struct LogisticParameters {
  // Strength of the penalty l2/2 * sum(weight^2) on standardised inputs beside the summed log-loss
  // (1/C in scikit-learn's terms); the intercept is free.
  double l2 = 300;
  double l1 = 0;  // and l1 * sum(|weight|), by which some weights become 0 (elastic net)
};

// Logistic regression, of more than two classes multinomial with weights for each, by maximum
// penalised likelihood (L-BFGS; with l1 by steps that stay in an orthant).
class LogisticTrainer : public Trainer {
 public:
  explicit LogisticTrainer(LogisticParameters parameters) : parameters_(parameters) {}
  std::shared_ptr<const Predictor> fit(const DataSet& data) const override;

 private:
  LogisticParameters parameters_;
};

}  // namespace waymark::model
