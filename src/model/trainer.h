#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/predictor.h"

namespace waymark::model {

// Raised when training would give another model for the same inputs.
inline constexpr const char* kTrainingCode = "6";

// From one value to another, both included.
struct Range {
  double from = 0, to = 0;
};

// A trainer as a definition names it, with the parameters that it sets itself.
struct TrainerSetting {
  std::string name;  // "logistic", "forest", "boosting", "neural"
  std::map<std::string, double> parameters;
  std::map<std::string, std::vector<double>> tried;  // those of which several are tried
  std::map<std::string, Range> ranges;               // those that are drawn out of one
};

// What is tried, none of which tries anything more: `draws` combinations at random, each once; of 0
// every combination, where there are no ranges. Of a range a number is drawn evenly, or evenly by
// its logarithm where it reaches over a factor of ten or more (Bergstra and Bengio 2012, "Random
// search for hyper-parameter optimization").
std::vector<TrainerSetting> variants(const TrainerSetting& setting, std::size_t draws,
                                     std::uint64_t seed);

// The one place where a trainer's name becomes a trainer. Null for a name that is none. Parameters
// have passed the schema.
std::unique_ptr<Trainer> make_trainer(const TrainerSetting& setting, std::uint64_t seed);

// All that the trainer goes by, defaults included, as one line: part of a model's version.
std::string in_words(const TrainerSetting& setting, std::uint64_t seed);

// Baselines. Everyone's probabilities are the shares in the training rows:
class PriorTrainer : public Trainer {
 public:
  std::shared_ptr<const Predictor> fit(const DataSet& data) const override;
};

// One number decides: the numeric column that alone ranks the training rows best (ROC-AUC, in
// either direction, missing ones at the median; the mean over classes against the rest), turned
// into probabilities by logistic regression.
class RuleTrainer : public Trainer {
 public:
  std::shared_ptr<const Predictor> fit(const DataSet& data) const override;
};

// The mean of other predictors' margins, so that contributions are means as well.
class BlendPredictor : public Predictor {
 public:
  // At least one member, all of as many outputs.
  explicit BlendPredictor(std::vector<std::shared_ptr<const Predictor>> members);

  std::size_t outputs() const override;
  std::vector<double> margins(const DataSet& data) const override;
  Contributions contributions(const DataSet& data) const override;
  std::map<std::string, double> importance() const override;
  void write(JsonWriter& out) const override;

 private:
  std::vector<std::shared_ptr<const Predictor>> members_;
};

}  // namespace waymark::model
