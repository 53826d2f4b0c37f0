#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/predictor.h"
#include "model/preparation.h"
#include "model/trainer.h"
#include "stats/survival_model.h"

namespace waymark::model {

// By what it is learned how long something takes: a regression of lifetimes, or any trainer of the
// hazard in each period (Singer and Willett 1993, "It's about time"; Tutz and Schmid 2016,
// "Modeling Discrete Time-to-Event Data"): of a row for each learner and week at risk, with the
// week as one more input, it learns whether it happened in that week.
struct SurvivalMethod {
  stats::SurvivalMethod regression = stats::SurvivalMethod::kCox;
  std::optional<TrainerSetting> trainer;  // of kDiscrete; none: maximum likelihood

  // Whether it says what a unit of an input does.
  bool has_effects() const { return !trainer; }
  std::string name() const;   // in tables: "cox", "discrete boosting depth=3"
  std::string words() const;  // for people
};

std::vector<std::string> names_of(const std::vector<SurvivalMethod>& methods);
// words() of the method of that name().
std::string words_of_survival_method(const std::string& name);

// Those rows of a table as inputs of a regression.
stats::Points points_of(const Preparation& preparation, const DataSet& data);
// Lifetimes in days as a regression takes them: kDiscrete in weeks.
stats::Lifetimes in_unit_of(stats::SurvivalMethod method, stats::Lifetimes lifetimes);

struct SurvivalForecasts : stats::SurvivalForecasts {
  std::vector<double> median_days;  // NaN where half are still without it on the last day on which
                                    // it was seen to happen
};

// What each column adds to the log of the cumulative hazard by a day, that is to log(-log(share
// without it then)), of each row.
struct SurvivalContributions : Contributions {
  std::vector<double> of_time;  // of each row, what its weeks add by themselves
};

// What a method has learned. Immutable and safe to use from many threads.
class SurvivalPredictor {
 public:
  virtual ~SurvivalPredictor() = default;
  virtual bool converged() const = 0;
  // `at`: days.
  virtual SurvivalForecasts forecasts(const DataSet& data, const std::vector<double>& at) const = 0;
  // Base, columns and time add up to it. What columns add to the linear predictor or, of each week,
  // to the log-odds is carried through to it in proportion (Chen, Lundberg and Lee 2022,
  // "Explaining a series of models by propagating Shapley values", the rescale rule). By a trainer
  // it is at least that of the first week. Where nobody or everybody has had it by then, it is the
  // linear predictor itself.
  virtual SurvivalContributions contributions(const DataSet& data, double day) const = 0;
  // As an object with a member "kind", by which read_survival_predictor() knows it.
  virtual void write(JsonWriter& out) const = 0;
};

// Throws Error{kCorrupt, "model.malformed"}; whatever it accepts is safe to compute with.
std::unique_ptr<const SurvivalPredictor> read_survival_predictor(const Json& json);

// `lifetimes` in days, one for each row of `training`. The same for the same arguments.
std::unique_ptr<const SurvivalPredictor> learn_survival(const SurvivalMethod& method,
                                                        const stats::Lifetimes& lifetimes,
                                                        const DataSet& training,
                                                        std::uint64_t seed);

}  // namespace waymark::model
