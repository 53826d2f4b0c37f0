#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "model/predictor.h"
#include "model/preparation.h"

namespace waymark::model {

// One hidden layer of rectified units: margins = out * max(0, in * x + in_bias) + out_bias.
struct Network {
  Eigen::MatrixXd in;  // units x inputs
  Eigen::VectorXd in_bias;
  Eigen::MatrixXd out;  // outputs x units
  Eigen::VectorXd out_bias;
};

// The mean margins of small neural networks.
class NeuralPredictor : public Predictor {
 public:
  // At least one network; all of the preparation's width and of one number of outputs.
  NeuralPredictor(Preparation preparation, std::vector<Network> networks);

  std::size_t outputs() const override {
    return static_cast<std::size_t>(networks_.front().out.rows());
  }
  std::vector<double> margins(const DataSet& data) const override;
  // Integrated gradients (Sundararajan, Taly and Yan 2017, "Axiomatic attribution for deep
  // networks") from the average training row in kSteps steps, stretched to add up to the margin.
  Contributions contributions(const DataSet& data) const override;
  // Each input's mean absolute weight along all paths to the outputs.
  std::map<std::string, double> importance() const override;
  void write(JsonWriter& out) const override;
  static std::shared_ptr<const Predictor> read(const Json& json);

  static constexpr int kSteps = 16;

 private:
  Preparation preparation_;
  std::vector<Network> networks_;
};

struct NeuralParameters {
  std::size_t units = 24;
  std::size_t networks = 3;  // from different starts; their mean is kept
  std::size_t epochs = 40;   // at most: it stops where rows kept aside get no better
  double learning_rate = 0.003;
  double l2 = 0.02;  // l2/2 * sum(weight^2) beside the mean loss
  std::uint64_t seed = 1;
};

// A multilayer perceptron: Adam (Kingma and Ba 2015) on batches of kBatch rows, stopped early by a
// tenth of the learners. Computed on one thread, so that equal rows and seed give equal networks.
class NeuralTrainer : public Trainer {
 public:
  explicit NeuralTrainer(NeuralParameters parameters) : parameters_(parameters) {}
  std::shared_ptr<const Predictor> fit(const DataSet& data) const override;

  static constexpr std::size_t kBatch = 64;
  static constexpr std::size_t kPatience = 5;  // epochs without a gain

 private:
  NeuralParameters parameters_;
};

}  // namespace waymark::model
