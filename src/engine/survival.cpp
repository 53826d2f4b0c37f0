#include "engine/survival.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "stats/random.h"
#include "stats/survival_forecast.h"

namespace waymark::engine {
namespace {

constexpr std::uint32_t kParts = 5;

[[noreturn]] void throw_usage(const std::string& reason, const std::string& message) {
  throw Error(ErrorCode::kUsage, reason, message);
}

// Each model asks something of its times.
void check_times(const SurvivalQuestion& question, const stats::Lifetimes& lifetimes) {
  const SurvivalModel model = question.model;
  const bool is_discrete = model == SurvivalModel::kDiscrete;
  const bool is_accelerated = model != SurvivalModel::kCox && !is_discrete;
  if (is_accelerated && (!question.start.empty() || !question.strata.empty())) {
    throw_usage("survival.model", "this model knows neither --start nor --strata; cox knows both");
  }
  if (is_discrete && !question.strata.empty()) {
    throw_usage("survival.model", "this model knows no --strata; cox does");
  }
  constexpr double kMostPeriods = 10'000;
  for (std::size_t i = 0; i < lifetimes.size(); ++i) {
    const double start = lifetimes.start.empty() ? 0 : lifetimes.start[i];
    const double stop = lifetimes.stop[i];
    if (!lifetimes.start.empty() && start >= stop) {
      throw_usage("survival.time", fmt::format("a row is watched from {} until {}: it must end "
                                               "after it begins",
                                               start, stop));
    }
    if (is_accelerated && stop <= 0) {
      throw_usage("survival.time",
                  fmt::format("a row is watched for {}; this model needs times above 0", stop));
    }
    if (is_discrete && (start < 0 || stop < 0 || stop > kMostPeriods ||
                        start != std::floor(start) || stop != std::floor(stop))) {
      throw_usage(
          "survival.time",
          fmt::format("a row is watched from {} until {}; this model needs whole numbers of "
                      "periods up to {}",
                      start, stop, kMostPeriods));
    }
  }
}

stats::Lifetimes chosen(const stats::Lifetimes& all, const std::vector<std::uint32_t>& rows) {
  stats::Lifetimes some;
  for (const std::uint32_t row : rows) {
    some.stop.push_back(all.stop[row]);
    some.event.push_back(all.event[row]);
    if (!all.start.empty()) some.start.push_back(all.start[row]);
    if (!all.stratum.empty()) some.stratum.push_back(all.stratum[row]);
  }
  return some;
}

stats::Points chosen(const stats::Points& all, const std::vector<std::uint32_t>& rows) {
  stats::Points some{all.columns, {}};
  for (const std::uint32_t row : rows) some.add(all[row]);
  return some;
}

using Fit = decltype(SurvivalRegression::fit);

Fit fit_model(const SurvivalQuestion& question, const stats::Lifetimes& lifetimes,
              const stats::Points& values) {
  using stats::TimeDistribution;
  switch (question.model) {
    case SurvivalModel::kCox:
      return stats::fit_cox(lifetimes, values, question.ties);
    case SurvivalModel::kWeibull:
      return stats::fit_accelerated_failure(lifetimes, values, TimeDistribution::kWeibull);
    case SurvivalModel::kLogNormal:
      return stats::fit_accelerated_failure(lifetimes, values, TimeDistribution::kLogNormal);
    case SurvivalModel::kLogLogistic:
      return stats::fit_accelerated_failure(lifetimes, values, TimeDistribution::kLogLogistic);
    case SurvivalModel::kDiscrete:
      break;
  }
  return stats::fit_discrete_hazard(lifetimes, values);
}

const stats::Effects& effects_of(const Fit& fit) {
  return std::visit([](const auto& of) -> const stats::Effects& { return of.effects; }, fit);
}

// Higher: earlier.
double risk_of(const Fit& fit, std::span<const double> row) {
  const double effect = effects_of(fit).of(row);
  return std::holds_alternative<stats::AcceleratedFailureFit>(fit) ? -effect : effect;
}

// Forecasts of a fit that learned from these rows.
class Forecaster {
 public:
  Forecaster(const SurvivalQuestion& question, const stats::Lifetimes& lifetimes,
             const stats::Points& values)
      : fit_(fit_model(question, lifetimes, values)) {
    if (const auto* cox = std::get_if<stats::CoxFit>(&fit_)) {
      baselines_ = stats::baseline_hazards(lifetimes, values, *cox);
    }
  }

  double risk(std::span<const double> row) const { return risk_of(fit_, row); }

  double survival(std::span<const double> row, std::uint32_t stratum, double time) const {
    if (const auto* cox = std::get_if<stats::CoxFit>(&fit_)) {
      if (stratum >= baselines_.size()) return 1;
      return stats::survival_at(baselines_[stratum], cox->effects.of(row), time);
    }
    if (const auto* accelerated = std::get_if<stats::AcceleratedFailureFit>(&fit_)) {
      return accelerated->survival(row, time);
    }
    const auto& discrete = std::get<stats::DiscreteHazardFit>(fit_);
    double share = 1;
    for (const std::uint32_t period : discrete.period) {
      if (period <= time) share *= 1 - discrete.hazard(row, period);
    }
    return share;
  }

 private:
  Fit fit_;
  std::vector<std::vector<stats::HazardStep>> baselines_;
};

std::vector<double> times_to_judge(const SurvivalQuestion& question,
                                   const stats::Lifetimes& lifetimes) {
  if (!question.at.empty()) return question.at;
  std::vector<double> events;
  for (std::size_t i = 0; i < lifetimes.size(); ++i) {
    if (lifetimes.event[i] != 0) events.push_back(lifetimes.stop[i]);
  }
  std::ranges::sort(events);
  std::vector<double> times;
  for (const std::size_t quarter : {1u, 2u, 3u}) {
    const double time = events[(events.size() - 1) * quarter / 4];
    if (times.empty() || times.back() < time) times.push_back(time);
  }
  return times;
}

SurvivalTrial try_out(const SurvivalQuestion& question, const stats::Lifetimes& lifetimes,
                      const stats::Points& values) {
  const auto rows = static_cast<std::uint32_t>(lifetimes.size());
  std::vector<std::uint32_t> part(rows);
  for (std::uint32_t row = 0; row < rows; ++row) part[row] = row % kParts;
  stats::Random(1).shuffle(std::span(part));
  const std::vector<double> times = times_to_judge(question, lifetimes);
  std::vector<double> risk(rows);
  std::vector<std::vector<double>> survival(times.size(), std::vector<double>(rows));
  auto without_columns = survival;
  stats::Lifetimes within = lifetimes;  // pairs of one part and stratum
  within.stratum.assign(rows, 0);
  for (std::uint32_t held_out = 0; held_out < kParts; ++held_out) {
    std::vector<std::uint32_t> others;
    for (std::uint32_t row = 0; row < rows; ++row) {
      if (part[row] != held_out) others.push_back(row);
    }
    stats::Lifetimes learned_from = chosen(lifetimes, others);
    const Forecaster forecaster(question, learned_from, chosen(values, others));
    learned_from.stratum.clear();
    const auto curve = stats::survival_curves(learned_from);
    for (std::uint32_t row = 0; row < rows; ++row) {
      if (part[row] != held_out) continue;
      const std::uint32_t stratum = lifetimes.stratum.empty() ? 0 : lifetimes.stratum[row];
      within.stratum[row] = stratum * kParts + held_out;
      risk[row] = forecaster.risk(values[row]);
      for (std::size_t i = 0; i < times.size(); ++i) {
        survival[i][row] = forecaster.survival(values[row], stratum, times[i]);
        without_columns[i][row] = stats::survival_at(curve.front(), times[i]);
      }
    }
  }
  SurvivalTrial trial{.concordance = stats::concordance(within, risk).value(), .brier = {}};
  for (std::size_t i = 0; i < times.size(); ++i) {
    trial.brier.push_back({times[i], stats::brier_score_at(lifetimes, survival[i], times[i]),
                           stats::brier_score_at(lifetimes, without_columns[i], times[i])});
  }
  return trial;
}

SurvivalRegression regress(const SurvivalQuestion& question, const Frame& frame,
                           const stats::Lifetimes& lifetimes) {
  check_times(question, lifetimes);
  const Covariates covariates = covariates_of(frame, question.on);
  SurvivalRegression regression{.columns = covariates.names,
                                .fit = fit_model(question, lifetimes, covariates.values)};
  std::vector<double> risk;
  for (std::size_t row = 0; row < lifetimes.size(); ++row) {
    risk.push_back(risk_of(regression.fit, covariates.values[row]));
  }
  regression.concordance = stats::concordance(lifetimes, risk);
  if (const auto* cox = std::get_if<stats::CoxFit>(&regression.fit)) {
    regression.proportional =
        stats::test_proportional_hazards(lifetimes, covariates.values, *cox, question.ties);
  }
  if (lifetimes.start.empty() && lifetimes.size() >= 2 * kParts) {
    regression.trial = try_out(question, lifetimes, covariates.values);
  }
  return regression;
}

}  // namespace

const stats::Effects& SurvivalRegression::effects() const { return effects_of(fit); }

SurvivalStudy study_survival(const Frame& all, const SurvivalQuestion& question) {
  const Flag event = parse_flag(question.event);
  std::vector<std::string> needed{question.time, event.column};
  if (!question.start.empty()) needed.push_back(question.start);
  for (const auto* names : {&question.by, &question.strata, &question.on}) {
    needed.insert(needed.end(), names->begin(), names->end());
  }
  const Frame frame = all.rows(all.complete(needed));
  if (frame.size() == 0) {
    throw Error(ErrorCode::kInvalid, "survival.nothing",
                fmt::format("none of {} rows is complete in all columns named", all.size()));
  }
  stats::Lifetimes lifetimes{.start = {},
                             .stop = frame.numbers(question.time).numbers,
                             .event = flags_of(frame, event),
                             .stratum = {}};
  if (!question.start.empty()) lifetimes.start = frame.numbers(question.start).numbers;
  check_times({.start = question.start}, lifetimes);
  SurvivalStudy study{.rows = frame.size(),
                      .events = static_cast<std::size_t>(std::ranges::count(lifetimes.event, 1)),
                      .left_out = all.size() - frame.size()};

  const Groups groups = groups_of(frame, question.by);
  stats::Lifetimes apart = lifetimes;
  apart.stratum = groups.group;
  auto curves = stats::survival_curves(apart, question.scale);
  if (!question.strata.empty()) lifetimes.stratum = groups_of(frame, question.strata).group;
  const stats::LogRank log_rank = stats::log_rank(lifetimes, groups.group);
  for (std::size_t i = 0; i < groups.names.size(); ++i) {
    study.groups.push_back({groups.names[i], log_rank.groups[i], std::move(curves[i]), {}});
    study.groups.back().median = stats::survival_quantile(study.groups.back().curve, 0.5);
  }
  if (groups.names.size() > 1) study.log_rank = log_rank;
  if (question.on.empty()) return study;
  if (study.events == 0) {
    throw Error(
        ErrorCode::kInvalid, "survival.nothing",
        fmt::format("none of {} rows has the event: there is nothing to learn", frame.size()));
  }
  study.regression = regress(question, frame, lifetimes);
  return study;
}

}  // namespace waymark::engine
