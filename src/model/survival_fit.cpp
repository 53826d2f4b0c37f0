#include "model/survival_fit.h"

#include <algorithm>
#include <utility>

#include "model/stored.h"

namespace waymark::model {
namespace {

constexpr std::size_t kMostPeriods = 10'000;
constexpr double kCertain = 1e6;  // log-odds; of infinite ones no file can tell

void write_times(JsonWriter& out, const std::vector<double>& times,
                 const std::vector<double>& levels) {
  write_numbers(out.key("times"), times);
  write_numbers(out.key("levels"), levels);
}

void write_fit(JsonWriter& out, const stats::AcceleratedFailureFit& fit) {
  out.key("mean_log_time").number(fit.mean_log_time).key("scale").number(fit.scale);
}

void write_fit(JsonWriter& out, const stats::DiscreteHazardFit& fit) {
  std::vector<double> levels;
  for (const double level : fit.period_log_odds) {
    levels.push_back(std::clamp(level, -kCertain, kCertain));
  }
  write_times(out, {fit.period.begin(), fit.period.end()}, levels);
}

void write_baseline(JsonWriter& out, const std::vector<stats::HazardStep>& baseline) {
  std::vector<double> times, levels;
  for (const stats::HazardStep& step : baseline) {
    times.push_back(step.time);
    levels.push_back(step.cumulative);
  }
  write_times(out, times, levels);
}

stats::Effects read_effects(const Json& json) {
  stats::Effects effects;
  for (const Json& number : json.at("coefficients").array()) {
    effects.coefficient.push_back(stored_or_missing(number));
  }
  effects.mean = stored_numbers(json.at("means"));
  if (effects.mean.size() != effects.columns())
    malformed("coefficients and means differ in number");
  return effects;
}

// By rising time.
std::vector<stats::HazardStep> read_times(const Json& json) {
  const std::vector<double> times = stored_numbers(json.at("times"));
  const std::vector<double> levels = stored_numbers(json.at("levels"));
  if (times.size() != levels.size() || !std::ranges::is_sorted(times)) {
    malformed("times are out of order");
  }
  std::vector<stats::HazardStep> steps;
  for (std::size_t i = 0; i < times.size(); ++i) steps.push_back({times[i], levels[i]});
  return steps;
}

stats::AcceleratedFailureFit read_accelerated(stats::TimeDistribution distribution,
                                              const Json& json) {
  stats::AcceleratedFailureFit fit{.distribution = distribution};
  fit.effects = read_effects(json);
  fit.mean_log_time = stored_number(json.at("mean_log_time"));
  fit.scale = stored_number(json.at("scale"));
  if (!(fit.scale > 0)) malformed("a scale is not above 0");
  return fit;
}

stats::DiscreteHazardFit read_discrete(const Json& json) {
  stats::DiscreteHazardFit fit;
  fit.effects = read_effects(json);
  for (const stats::HazardStep& step : read_times(json)) {
    fit.period_log_odds.push_back(step.cumulative);
  }
  for (const Json& period : json.at("times").array()) {
    fit.period.push_back(static_cast<std::uint32_t>(stored_index(period, kMostPeriods)));
  }
  return fit;
}

}  // namespace

void write(JsonWriter& out, const stats::SurvivalModel& model) {
  out.begin_object();
  write_numbers(out.key("coefficients"), model.effects().coefficient);
  write_numbers(out.key("means"), model.effects().mean);
  out.key("converged").boolean(model.converged());
  if (const auto* accelerated = std::get_if<stats::AcceleratedFailureFit>(&model.fit())) {
    write_fit(out, *accelerated);
  } else if (const auto* discrete = std::get_if<stats::DiscreteHazardFit>(&model.fit())) {
    write_fit(out, *discrete);
  } else {
    write_baseline(out, model.baselines().front());
  }
  out.end_object();
}

stats::SurvivalModel read_survival_fit(stats::SurvivalMethod method, const Json& json) {
  stats::SurvivalFit fit;
  std::vector<stats::HazardStep> baseline;
  if (const auto distribution = stats::distribution_of(method)) {
    fit = read_accelerated(*distribution, json);
  } else if (method == stats::SurvivalMethod::kDiscrete) {
    fit = read_discrete(json);
  } else {
    stats::CoxFit cox;
    cox.effects = read_effects(json);
    fit = std::move(cox);
    baseline = read_times(json);
  }
  std::visit([&](auto& of) { of.converged = json.at("converged").boolean(); }, fit);
  return {std::move(fit), std::move(baseline)};
}

}  // namespace waymark::model
