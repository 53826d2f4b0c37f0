#include "stats/survival_model.h"

#include <algorithm>

#include "base/parallel.h"
#include "stats/concordance.h"
#include "stats/random.h"
#include "stats/survival_curve.h"
#include "stats/survival_forecast.h"

namespace waymark::stats {
namespace {

SurvivalFit fit_of(SurvivalMethod method, const Lifetimes& lifetimes, const Points& covariates,
                   Ties ties) {
  if (method == SurvivalMethod::kCox) return fit_cox(lifetimes, covariates, ties);
  if (const auto distribution = distribution_of(method)) {
    return fit_accelerated_failure(lifetimes, covariates, *distribution);
  }
  return fit_discrete_hazard(lifetimes, covariates);
}

}  // namespace

const SurvivalMethodWords& words_of(SurvivalMethod method) {
  return *std::ranges::find(kSurvivalMethods, method, &SurvivalMethodWords::method);
}

std::optional<TimeDistribution> distribution_of(SurvivalMethod method) {
  switch (method) {
    case SurvivalMethod::kWeibull:
      return TimeDistribution::kWeibull;
    case SurvivalMethod::kLogNormal:
      return TimeDistribution::kLogNormal;
    case SurvivalMethod::kLogLogistic:
      return TimeDistribution::kLogLogistic;
    case SurvivalMethod::kCox:
    case SurvivalMethod::kDiscrete:
      break;
  }
  return std::nullopt;
}

const Effects& effects_of(const SurvivalFit& fit) {
  return std::visit([](const auto& of) -> const Effects& { return of.effects; }, fit);
}

SurvivalModel::SurvivalModel(SurvivalMethod method, const Lifetimes& lifetimes,
                             const Points& covariates, Ties ties)
    : fit_(fit_of(method, lifetimes, covariates, ties)) {
  if (const auto* cox = std::get_if<CoxFit>(&fit_)) {
    baselines_ = baseline_hazards(lifetimes, covariates, *cox);
  }
}

bool SurvivalModel::converged() const {
  return std::visit([](const auto& of) { return of.converged; }, fit_);
}

double SurvivalModel::risk(std::span<const double> row) const {
  const double effect = effects().of(row);
  return std::holds_alternative<AcceleratedFailureFit>(fit_) ? -effect : effect;
}

double SurvivalModel::survival(std::span<const double> row, std::uint32_t stratum,
                               double time) const {
  if (const auto* cox = std::get_if<CoxFit>(&fit_)) {
    if (stratum >= baselines_.size()) return 1;
    return survival_at(baselines_[stratum], cox->effects.of(row), time);
  }
  if (const auto* accelerated = std::get_if<AcceleratedFailureFit>(&fit_)) {
    return accelerated->survival(row, time);
  }
  const auto& discrete = std::get<DiscreteHazardFit>(fit_);
  double share = 1;
  for (const std::uint32_t period : discrete.period) {
    if (period <= time) share *= 1 - discrete.hazard(row, period);
  }
  return share;
}

std::vector<std::uint32_t> draw_parts(std::size_t count) {
  std::vector<std::uint32_t> part(count);
  for (std::uint32_t i = 0; i < count; ++i) part[i] = i % SurvivalTrial::kParts;
  Random(1).shuffle(std::span(part));
  return part;
}

SurvivalTrial try_survival(const Lifetimes& lifetimes, const std::vector<std::uint32_t>& part,
                           std::span<const double> times, const Foretell& foretell,
                           std::size_t threads) {
  constexpr std::uint32_t kParts = SurvivalTrial::kParts;
  const auto rows = static_cast<std::uint32_t>(lifetimes.size());
  std::vector<double> risk(rows);
  std::vector<std::vector<double>> survival(times.size(), std::vector<double>(rows));
  auto without_columns = survival;
  Lifetimes within = lifetimes;  // pairs of one part and stratum
  within.stratum.assign(rows, 0);
  parallel_for(kParts, threads, [&](std::size_t held_out) {
    std::vector<std::uint32_t> others, asked;
    for (std::uint32_t row = 0; row < rows; ++row) {
      (part[row] == held_out ? asked : others).push_back(row);
    }
    const SurvivalForecasts forecasts = foretell(others, asked);
    Lifetimes learned_from = select(lifetimes, others);
    learned_from.stratum.clear();
    const auto curve = survival_curves(learned_from);
    for (std::size_t place = 0; place < asked.size(); ++place) {
      const std::uint32_t row = asked[place];
      const std::uint32_t stratum = lifetimes.stratum.empty() ? 0 : lifetimes.stratum[row];
      within.stratum[row] = stratum * kParts + static_cast<std::uint32_t>(held_out);
      risk[row] = forecasts.risk[place];
      for (std::size_t i = 0; i < times.size(); ++i) {
        survival[i][row] = forecasts.without[i][place];
        without_columns[i][row] = survival_at(curve.front(), times[i]);
      }
    }
  });
  SurvivalTrial trial{.concordance = concordance(within, risk).value(), .brier = {}};
  for (std::size_t i = 0; i < times.size(); ++i) {
    trial.brier.push_back({times[i], brier_score_at(lifetimes, survival[i], times[i]),
                           brier_score_at(lifetimes, without_columns[i], times[i])});
  }
  return trial;
}

SurvivalTrial try_survival(SurvivalMethod method, const Lifetimes& lifetimes,
                           const Points& covariates, std::span<const double> times, Ties ties) {
  const auto foretell = [&](std::span<const std::uint32_t> others,
                            std::span<const std::uint32_t> rows) {
    const SurvivalModel model(method, select(lifetimes, others), select(covariates, others), ties);
    SurvivalForecasts forecasts{{}, std::vector<std::vector<double>>(times.size())};
    for (const std::uint32_t row : rows) {
      const std::uint32_t stratum = lifetimes.stratum.empty() ? 0 : lifetimes.stratum[row];
      forecasts.risk.push_back(model.risk(covariates[row]));
      for (std::size_t i = 0; i < times.size(); ++i) {
        forecasts.without[i].push_back(model.survival(covariates[row], stratum, times[i]));
      }
    }
    return forecasts;
  };
  return try_survival(lifetimes, draw_parts(lifetimes.size()), times, foretell);
}

Lifetimes select(const Lifetimes& all, std::span<const std::uint32_t> rows) {
  Lifetimes some;
  for (const std::uint32_t row : rows) {
    some.stop.push_back(all.stop[row]);
    some.event.push_back(all.event[row]);
    if (!all.start.empty()) some.start.push_back(all.start[row]);
    if (!all.stratum.empty()) some.stratum.push_back(all.stratum[row]);
  }
  return some;
}

Points select(const Points& all, std::span<const std::uint32_t> rows) {
  Points some{all.columns, {}};
  for (const std::uint32_t row : rows) some.add(all[row]);
  return some;
}

}  // namespace waymark::stats
