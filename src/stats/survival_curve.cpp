#include "stats/survival_curve.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "stats/newton.h"
#include "stats/risk_sets.h"

namespace waymark::stats {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// `relative`: the standard error of log S.
Interval interval_of(double survival, double relative, SurvivalScale scale) {
  if (survival >= 1) return {0, 1};
  if (survival <= 0) return {kMissing, kMissing};
  static const double z = normal_quantile(0.975);
  if (scale == SurvivalScale::kLog) {
    return {survival * std::exp(-z * relative), std::min(1.0, survival * std::exp(z * relative))};
  }
  const double width = std::exp(z * relative / -std::log(survival));
  return {std::pow(survival, width), std::pow(survival, 1 / width)};
}

// The first time at which `height` of a step is at or below `level`.
template <typename Height>
double first_at_most(const std::vector<SurvivalStep>& curve, double level, Height&& height) {
  // A product of shares comes no nearer to a level that it meets than rounding lets it.
  constexpr double kRounding = 1e-9;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const double here = height(curve[i]);
    if (!(here <= level + kRounding)) continue;
    if (here < level - kRounding) return curve[i].time;
    const auto next = std::find_if(curve.begin() + static_cast<std::ptrdiff_t>(i) + 1, curve.end(),
                                   [](const SurvivalStep& step) { return step.events > 0; });
    return next == curve.end() ? curve[i].time : (curve[i].time + next->time) / 2;
  }
  return kMissing;
}

}  // namespace

std::vector<std::vector<SurvivalStep>> survival_curves(const Lifetimes& lifetimes,
                                                       SurvivalScale scale) {
  const RiskSets sets(lifetimes);
  std::vector<std::vector<SurvivalStep>> curves;
  std::uint32_t begin = 0;
  for (const std::uint32_t end : sets.ends()) {
    std::vector<SurvivalStep> curve;
    double survival = 1, variance = 0;  // of log S
    for (std::uint32_t i = end; i-- > begin;) {
      const Moment& moment = sets.moments[i];
      const double n = moment.at_risk, d = moment.events;
      survival *= (n - d) / n;
      variance += d / (n * (n - d));
      const double relative = std::sqrt(variance);
      curve.push_back({.time = moment.time,
                       .at_risk = moment.at_risk,
                       .events = moment.events,
                       .censored = moment.end - moment.begin - moment.events,
                       .survival = survival,
                       .standard_error = survival == 0 ? kMissing : survival * relative,
                       .interval = interval_of(survival, relative, scale)});
    }
    curves.resize(sets.moments[begin].stratum);  // strata without rows have no steps
    curves.push_back(std::move(curve));
    begin = end;
  }
  return curves;
}

SurvivalQuantile survival_quantile(const std::vector<SurvivalStep>& curve, double share) {
  const double level = 1 - share;
  return {
      first_at_most(curve, level, [](const SurvivalStep& step) { return step.survival; }),
      // Before the first event nothing says how far the curve may have fallen.
      {first_at_most(
           curve, level,
           [](const SurvivalStep& step) { return step.survival < 1 ? step.interval.low : 1; }),
       first_at_most(curve, level, [](const SurvivalStep& step) { return step.interval.high; })}};
}

double survival_at(const std::vector<SurvivalStep>& curve, double time) {
  const auto after = std::ranges::upper_bound(curve, time, {}, &SurvivalStep::time);
  return after == curve.begin() ? 1 : std::prev(after)->survival;
}

LogRank log_rank(const Lifetimes& lifetimes, const std::vector<std::uint32_t>& group) {
  WAYMARK_CHECK(group.size() == lifetimes.size());
  const RiskSets sets(lifetimes);
  const std::size_t groups = group.empty() ? 0 : *std::ranges::max_element(group) + 1;
  LogRank result;
  result.groups.resize(groups);
  for (std::size_t i = 0; i < lifetimes.size(); ++i) {
    ++result.groups[group[i]].rows;
    result.groups[group[i]].observed += lifetimes.event[i];
  }
  const auto size = static_cast<Eigen::Index>(groups);
  Eigen::VectorXd expected = Eigen::VectorXd::Zero(size);
  Eigen::MatrixXd variance = Eigen::MatrixXd::Zero(size, size);
  Eigen::VectorXd at_risk = Eigen::VectorXd::Zero(size);
  std::uint32_t stratum = 0;
  for (const Moment& moment : sets.moments) {
    if (moment.stratum != stratum) at_risk.setZero();
    stratum = moment.stratum;
    for (std::uint32_t i = moment.begin; i < moment.end; ++i) ++at_risk[group[sets.order[i]]];
    for (std::uint32_t i = moment.leave_begin; i < moment.leave_end; ++i) {
      --at_risk[group[sets.order[sets.leaving[i]]]];
    }
    if (moment.events == 0) continue;
    const double n = moment.at_risk, d = moment.events;
    expected += at_risk * (d / n);
    if (n < 2) continue;
    const double scale = d * (n - d) / (n - 1) / n;
    variance.diagonal() += at_risk * scale;
    variance.noalias() -= at_risk * (at_risk.transpose() * (scale / n));
  }
  Eigen::VectorXd excess(size);
  for (Eigen::Index i = 0; i < size; ++i) {
    result.groups[static_cast<std::size_t>(i)].expected = expected[i];
    excess[i] =
        static_cast<double>(result.groups[static_cast<std::size_t>(i)].observed) - expected[i];
  }
  const Inverse inverse = independent_inverse(variance);
  result.test = chi_squared_test(excess.dot(inverse.matrix * excess), inverse.rank());
  return result;
}

}  // namespace waymark::stats
