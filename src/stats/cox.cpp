#include "stats/cox.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "stats/cox_sums.h"
#include "stats/survival_curve.h"

namespace waymark::stats {
namespace {

// Coefficients of scaled columns; 0 where there is none.
Eigen::VectorXd scaled(const Effects& effects, const CoxSums& sums) {
  Eigen::VectorXd coefficient = sums.columns().scale;
  for (std::size_t j = 0; j < effects.columns(); ++j) {
    coefficient[static_cast<Eigen::Index>(j)] *=
        std::isnan(effects.coefficient[j]) ? 0 : effects.coefficient[j];
  }
  return coefficient;
}

}  // namespace

CoxFit fit_cox(const Lifetimes& lifetimes, const Points& covariates, Ties ties) {
  CoxSums sums(lifetimes, covariates, ties);
  const auto columns = static_cast<Eigen::Index>(covariates.columns);
  const Eigen::VectorXd none = Eigen::VectorXd::Zero(columns);
  const Likelihood null = sums.at(none);
  const Maximum top =
      climb([&](const Eigen::VectorXd& coefficient) { return sums.at(coefficient); }, none);
  CoxFit fit{.effects = effects_of(top, 0, sums.columns()),
             .null_log_likelihood = null.value,
             .log_likelihood = top.value,
             .rows = lifetimes.size(),
             .converged = top.converged};
  fit.events = std::accumulate(lifetimes.event.begin(), lifetimes.event.end(), std::size_t{0});
  const Eigen::VectorXd& scale = sums.columns().scale;
  for (Eigen::Index i = 0; i < columns; ++i) {
    for (Eigen::Index j = 0; j < columns; ++j) {
      fit.covariance.push_back(top.inverse.matrix(i, j) / (scale[i] * scale[j]));
    }
  }
  const Inverse first = independent_inverse(null.information);
  const std::size_t degrees = first.rank();
  fit.likelihood_ratio = chi_squared_test(2 * (top.value - null.value), degrees);
  // The information itself, over the columns that have any.
  fit.wald = chi_squared_test(
      top.place.dot(independent_inverse(top.inverse.matrix).matrix * top.place), degrees);
  fit.score = chi_squared_test(null.gradient.dot(first.matrix * null.gradient), degrees);
  return fit;
}

ProportionalHazards test_proportional_hazards(const Lifetimes& lifetimes, const Points& covariates,
                                              const CoxFit& fit, Ties ties) {
  CoxSums sums(lifetimes, covariates, ties);
  const Eigen::VectorXd coefficient = scaled(fit.effects, sums);
  Lifetimes pooled = lifetimes;
  pooled.stratum.clear();
  std::vector<SurvivalStep> all;
  if (lifetimes.size() > 0) all = survival_curves(pooled).front();
  std::vector<double> early, squared;
  for (const Moment& moment : sums.sets().moments) {
    const auto here = std::ranges::lower_bound(all, moment.time, {}, &SurvivalStep::time);
    early.push_back(here == all.begin() ? 0 : 1 - std::prev(here)->survival);
    squared.push_back(early.back() * early.back());
  }
  const Inverse covariance = independent_inverse(sums.at(coefficient).information);
  const Likelihood once = sums.at(coefficient, early);
  const Eigen::MatrixXd variance = sums.at(coefficient, squared).information -
                                   once.information * covariance.matrix * once.information;
  ProportionalHazards test;
  Eigen::VectorXd kept = once.gradient;
  Eigen::MatrixXd kept_variance = variance;
  for (Eigen::Index j = 0; j < kept.size(); ++j) {
    const bool has = covariance.kept[static_cast<std::size_t>(j)] != 0 && variance(j, j) > 0;
    test.columns.push_back(has ? chi_squared_test(kept[j] * kept[j] / variance(j, j), 1)
                               : ChiSquaredTest{});
    if (has) continue;
    kept[j] = 0;
    kept_variance.row(j).setZero();
    kept_variance.col(j).setZero();
  }
  const Inverse inverse = independent_inverse(kept_variance);
  test.all = chi_squared_test(kept.dot(inverse.matrix * kept), inverse.rank());
  return test;
}

std::vector<std::vector<HazardStep>> baseline_hazards(const Lifetimes& lifetimes,
                                                      const Points& covariates, const CoxFit& fit) {
  const RiskSets sets(lifetimes);
  std::vector<double> risk(lifetimes.size());
  for (std::size_t i = 0; i < risk.size(); ++i) risk[i] = std::exp(fit.effects.of(covariates[i]));
  std::vector<std::vector<HazardStep>> baselines;
  std::uint32_t begin = 0;
  for (const std::uint32_t end : sets.ends()) {
    std::vector<HazardStep> steps;
    double at_risk = 0, total = 0;
    for (std::uint32_t m = begin; m < end; ++m) {
      const Moment& moment = sets.moments[m];
      for (std::uint32_t i = moment.begin; i < moment.end; ++i) at_risk += risk[sets.order[i]];
      for (std::uint32_t i = moment.leave_begin; i < moment.leave_end; ++i) {
        at_risk -= risk[sets.order[sets.leaving[i]]];
      }
      if (moment.at_risk == 0) at_risk = 0;
      if (moment.events > 0) steps.push_back({moment.time, moment.events / at_risk});
    }
    std::ranges::reverse(steps);
    for (HazardStep& step : steps) step.cumulative = total += step.cumulative;
    baselines.resize(sets.moments[begin].stratum);
    baselines.push_back(std::move(steps));
    begin = end;
  }
  return baselines;
}

double survival_at(const std::vector<HazardStep>& baseline, double effect, double time) {
  const auto after = std::ranges::upper_bound(baseline, time, {}, &HazardStep::time);
  if (after == baseline.begin()) return 1;
  return std::exp(-std::prev(after)->cumulative * std::exp(effect));
}

}  // namespace waymark::stats
