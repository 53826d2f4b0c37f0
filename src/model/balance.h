#pragma once

#include <memory>
#include <string>

#include "model/predictor.h"

namespace waymark::model {

// What is done about classes that differ in size; always to training rows alone.
enum class Balance {
  kNone,
  kWeights,  // each class weighs as much as any other
  kSample,   // as many rows as there are, of each class the same number, drawn with replacement
  kSmote,    // synthetic rows until each class has as many as the largest
};

// What definitions and cards call each.
struct BalanceWords {
  Balance how;
  const char *name, *words;
};
inline constexpr BalanceWords kBalances[] = {
    {Balance::kNone, "", ""},
    {Balance::kWeights, "weights", "classes weighing the same"},
    {Balance::kSample, "sample", "drawn as many of each class"},
    {Balance::kSmote, "smote", "synthetic rows up to the largest class (SMOTE)"},
};

// kSmote: Chawla et al. 2002, "SMOTE: synthetic minority over-sampling technique", with categories
// as its SMOTE-NC: a row between one of the class and one of its kNeighbours nearest, numbers part
// of the way (missing where they are in the first), categories by the neighbours' majority. Near is
// measured on numbers over their standard deviation, unlike categories one such apart, among at
// most kMostNear rows of the class.
DataSet balanced(const DataSet& data, Balance how, std::uint64_t seed);
inline constexpr std::size_t kNeighbours = 5, kMostNear = 2000;

// Trains on balanced rows.
class BalancedTrainer : public Trainer {
 public:
  BalancedTrainer(Balance how, std::uint64_t seed, std::unique_ptr<Trainer> trainer)
      : how_(how), seed_(seed), trainer_(std::move(trainer)) {}
  std::shared_ptr<const Predictor> fit(const DataSet& data) const override {
    return trainer_->fit(balanced(data, how_, seed_));
  }

 private:
  Balance how_;
  std::uint64_t seed_;
  std::unique_ptr<Trainer> trainer_;
};

}  // namespace waymark::model
