#pragma once

#include "model/predictor.h"
#include "model/preparation.h"

namespace waymark::model {

// Log-odds as a weighted sum of prepared inputs.
class LinearPredictor : public Predictor {
 public:
  // As many weights as the preparation is wide.
  LinearPredictor(Preparation preparation, double intercept, std::vector<double> weights);

  std::vector<double> log_odds(const DataSet& data) const override;
  // Exact: weight times the input's distance from its training mean.
  Contributions contributions(const DataSet& data) const override;
  // Absolute standardised weights.
  std::map<std::string, double> importance() const override;
  void write(JsonWriter& out) const override;
  static std::shared_ptr<const Predictor> read(const Json& json);

  double intercept() const { return intercept_; }
  const std::vector<double>& weights() const { return weights_; }

 private:
  Preparation preparation_;
  double intercept_;
  std::vector<double> weights_;
};

struct LogisticParameters {
  // Strength of the penalty l2/2 * sum(weight^2) on standardised inputs beside the summed log-loss
  // (1/C in scikit-learn's terms); the intercept is free.
  double l2 = 300;
};

// Logistic regression by maximum penalised likelihood (L-BFGS).
class LogisticTrainer : public Trainer {
 public:
  explicit LogisticTrainer(LogisticParameters parameters) : parameters_(parameters) {}
  std::shared_ptr<const Predictor> fit(const DataSet& data) const override;

 private:
  LogisticParameters parameters_;
};

}  // namespace waymark::model
