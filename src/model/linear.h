#pragma once

#include "model/predictor.h"
#include "model/preparation.h"

namespace waymark::model {

// Margins as weighted sums of prepared inputs.
class LinearPredictor : public Predictor {
 public:
  // An intercept for each output; as many weights for each, one output after the other, as the
  // preparation is wide.
  LinearPredictor(Preparation preparation, std::vector<double> intercepts,
                  std::vector<double> weights);

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

 private:
  Preparation preparation_;
  std::vector<double> intercepts_;
  std::vector<double> weights_;
};

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
