#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/predictor.h"

namespace waymark::model {

// A trainer as a definition names it, with the parameters that it sets itself.
struct TrainerSetting {
  std::string name;  // "logistic", "forest", "boosting", "neural"
  std::map<std::string, double> parameters;
  std::map<std::string, std::vector<double>> tried;  // those of which several are tried
};

// Every combination of what is tried, none of which tries anything more.
std::vector<TrainerSetting> variants(const TrainerSetting& setting);

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
