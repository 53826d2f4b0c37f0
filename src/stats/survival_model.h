#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "stats/accelerated_failure.h"
#include "stats/cox.h"
#include "stats/discrete_hazard.h"

namespace waymark::stats {

// Which regression of lifetimes; each is in the header of its name.
enum class SurvivalMethod { kCox, kWeibull, kLogNormal, kLogLogistic, kDiscrete };

struct SurvivalMethodWords {
  SurvivalMethod method;
  std::string_view name;   // what definitions and options call it
  std::string_view words;  // and people
  std::string_view ratio;  // what e^coefficient multiplies
};
inline constexpr SurvivalMethodWords kSurvivalMethods[] = {
    {SurvivalMethod::kCox, "cox", "Cox's proportional hazards", "hazard x"},
    {SurvivalMethod::kWeibull, "weibull", "Weibull's accelerated failure", "time x"},
    {SurvivalMethod::kLogNormal, "lognormal", "Log-normal accelerated failure", "time x"},
    {SurvivalMethod::kLogLogistic, "loglogistic", "Log-logistic accelerated failure", "time x"},
    {SurvivalMethod::kDiscrete, "discrete", "Hazard by period (logistic)", "odds x"},
};
const SurvivalMethodWords& words_of(SurvivalMethod method);
// How log time spreads, of the accelerated failure models.
std::optional<TimeDistribution> distribution_of(SurvivalMethod method);

using SurvivalFit = std::variant<CoxFit, AcceleratedFailureFit, DiscreteHazardFit>;
const Effects& effects_of(const SurvivalFit& fit);

// A fit, and what it foretells of other rows. What each method asks of lifetimes stands in its
// header; kDiscrete needs whole periods, times in which forecasts then are meant.
class SurvivalModel {
 public:
  SurvivalModel(SurvivalMethod method, const Lifetimes& lifetimes, const Points& covariates,
                Ties ties = Ties::kEfron);
  // One that was fitted before, with Cox's baseline of the only stratum.
  SurvivalModel(SurvivalFit fit, std::vector<HazardStep> baseline)
      : fit_(std::move(fit)), baselines_{std::move(baseline)} {}

  const SurvivalFit& fit() const { return fit_; }
  // Of Cox's, by stratum.
  const std::vector<std::vector<HazardStep>>& baselines() const { return baselines_; }
  const Effects& effects() const { return effects_of(fit_); }
  // Of the likelihood: whether it came to rest.
  bool converged() const;
  // Higher: earlier.
  double risk(std::span<const double> row) const;
  // The probability of being without the event at `time`; 1 in a stratum that was not learned from.
  double survival(std::span<const double> row, std::uint32_t stratum, double time) const;

 private:
  SurvivalFit fit_;
  std::vector<std::vector<HazardStep>> baselines_;
};

// What is foretold of some rows, in their order.
struct SurvivalForecasts {
  std::vector<double> risk;                  // higher: earlier
  std::vector<std::vector<double>> without;  // of each time, of each row
};

// How good forecasts are for rows that were not learned from.
struct SurvivalTrial {
  static constexpr std::uint32_t kParts = 5;
  double concordance = 0;
  struct Brier {
    double time = 0;
    double score = 0;            // lower is better; see brier_score_at()
    double without_columns = 0;  // of the survival curve of all
  };
  std::vector<Brier> brier;
};
// One of kParts parts for each of so many, drawn by chance.
std::vector<std::uint32_t> draw_parts(std::size_t count);
// What rows are foretold by what others teach, both by their places.
using Foretell = std::function<SurvivalForecasts(std::span<const std::uint32_t> others,
                                                 std::span<const std::uint32_t> rows)>;
// Each row's part is forecast from the others, on so many threads. Rows may not start late.
SurvivalTrial try_survival(const Lifetimes& lifetimes, const std::vector<std::uint32_t>& part,
                           std::span<const double> times, const Foretell& foretell,
                           std::size_t threads = 1);
// The same of a method, rows drawn by chance.
SurvivalTrial try_survival(SurvivalMethod method, const Lifetimes& lifetimes,
                           const Points& covariates, std::span<const double> times,
                           Ties ties = Ties::kEfron);

// The rows at those positions, in that order.
Lifetimes select(const Lifetimes& all, std::span<const std::uint32_t> rows);
Points select(const Points& all, std::span<const std::uint32_t> rows);

}  // namespace waymark::stats
