#include "stats/accelerated_failure.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "stats/calibration.h"
#include "stats/newton.h"
#include "stats/regression.h"

namespace waymark::stats {
namespace {

// The log of the density (of an event) or of the tail (of a censored row) at z, and its first two
// derivatives.
struct Term {
  double value, first, second;
};

Term term(TimeDistribution distribution, double z, bool event) {
  switch (distribution) {
    case TimeDistribution::kWeibull: {
      const double e = std::exp(z);
      return event ? Term{z - e, 1 - e, -e} : Term{-e, -e, -e};
    }
    case TimeDistribution::kLogNormal: {
      const double density = -0.5 * z * z - 0.5 * std::log(2 * std::numbers::pi);
      if (event) return {density, -z, -1};
      const double tail = log_normal_tail(z);
      const double hazard = std::exp(density - tail);
      return {tail, -hazard, -hazard * (hazard - z)};
    }
    case TimeDistribution::kLogLogistic: {
      const double p = logistic(z);
      const double tail = std::min(0.0, -z) - std::log1p(std::exp(-std::abs(z)));
      return event ? Term{z + 2 * tail, 1 - 2 * p, -2 * p * (1 - p)} : Term{tail, -p, -p * (1 - p)};
    }
  }
  return {};
}

struct Sample {
  Eigen::VectorXd log_time;
  const std::vector<std::uint8_t>& event;
  Standardised columns;
};

// At (level, coefficients, log scale) of the first columns.
Likelihood likelihood(const Sample& sample, TimeDistribution distribution,
                      const Eigen::VectorXd& place) {
  const Eigen::Index columns = place.size() - 2, last = place.size() - 1;
  const double scale = std::exp(place[last]);
  const auto x = sample.columns.x.leftCols(columns);
  const Eigen::VectorXd z =
      ((sample.log_time - x * place.segment(1, columns)).array() - place[0]) / scale;
  // Per row: derivatives by its line, and by line and scale at once.
  Eigen::VectorXd first(z.size()), second(z.size()), cross(z.size());
  Likelihood sums{0, Eigen::VectorXd::Zero(place.size()),
                  Eigen::MatrixXd::Zero(place.size(), place.size())};
  for (Eigen::Index i = 0; i < z.size(); ++i) {
    const bool event = sample.event[static_cast<std::size_t>(i)] != 0;
    const Term at = term(distribution, z[i], event);
    first[i] = -at.first / scale;
    second[i] = -at.second / (scale * scale);
    cross[i] = -(at.second * z[i] + at.first) / scale;
    sums.value += at.value;
    if (event) sums.value -= place[last] + sample.log_time[i];
    sums.gradient[last] -= at.first * z[i] + (event ? 1 : 0);
    sums.information(last, last) -= z[i] * (at.second * z[i] + at.first);
  }
  Eigen::MatrixXd& information = sums.information;
  sums.gradient[0] = first.sum();
  sums.gradient.segment(1, columns) = x.transpose() * first;
  information(0, 0) = second.sum();
  information(last, 0) = cross.sum();
  information.col(0).segment(1, columns) = x.transpose() * second;
  information.block(1, 1, columns, columns) = x.transpose() * second.asDiagonal() * x;
  information.row(last).segment(1, columns) = (x.transpose() * cross).transpose();
  information.triangularView<Eigen::StrictlyUpper>() = information.transpose();
  return sums;
}

Maximum fit_lines(const Sample& sample, TimeDistribution distribution, Eigen::Index columns) {
  // From the mean of all times: too low where rows are censored, but near.
  Eigen::VectorXd start = Eigen::VectorXd::Zero(columns + 2);
  start[0] = sample.log_time.mean();
  const double spread = std::sqrt((sample.log_time.array() - start[0]).square().mean());
  start[columns + 1] = std::log(std::max(spread, 1e-3));
  return climb(
      [&](const Eigen::VectorXd& place) { return likelihood(sample, distribution, place); }, start);
}

}  // namespace

double AcceleratedFailureFit::survival(std::span<const double> row, double time) const {
  const double z = (std::log(time) - mean_log_time - effects.of(row)) / scale;
  return std::exp(term(distribution, z, false).value);
}

double AcceleratedFailureFit::quantile(std::span<const double> row, double share) const {
  const double z = distribution == TimeDistribution::kWeibull     ? std::log(-std::log1p(-share))
                   : distribution == TimeDistribution::kLogNormal ? normal_quantile(share)
                                                                  : std::log(share / (1 - share));
  return std::exp(mean_log_time + effects.of(row) + scale * z);
}

AcceleratedFailureFit fit_accelerated_failure(const Lifetimes& lifetimes, const Points& covariates,
                                              TimeDistribution distribution) {
  std::vector<std::uint32_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), 0u);
  Sample sample{Eigen::VectorXd(static_cast<Eigen::Index>(order.size())), lifetimes.event,
                standardise(covariates, order)};
  for (const std::uint32_t row : order) {
    WAYMARK_CHECK(lifetimes.stop[row] > 0);
    sample.log_time[row] = std::log(lifetimes.stop[row]);
  }
  const auto columns = static_cast<Eigen::Index>(covariates.columns);
  const Maximum null = fit_lines(sample, distribution, 0);
  const Maximum top = fit_lines(sample, distribution, columns);
  AcceleratedFailureFit fit{.distribution = distribution,
                            .intercept = top.place[0],
                            .scale = std::exp(top.place[columns + 1]),
                            .effects = effects_of(top, 1, sample.columns),
                            .mean_log_time = top.place[0],
                            .null_log_likelihood = null.value,
                            .log_likelihood = top.value,
                            .rows = lifetimes.size(),
                            .converged = top.converged};
  fit.events = std::accumulate(lifetimes.event.begin(), lifetimes.event.end(), std::size_t{0});
  // The intercept as a sum of what was fitted.
  Eigen::VectorXd parts = Eigen::VectorXd::Zero(columns + 2);
  parts[0] = 1;
  parts.segment(1, columns) = -sample.columns.mean.cwiseQuotient(sample.columns.scale);
  for (Eigen::Index j = 0; j < columns; ++j) {
    if (top.inverse.kept[static_cast<std::size_t>(j) + 1] == 0) parts[j + 1] = 0;
  }
  fit.intercept = parts.head(columns + 1).dot(top.place.head(columns + 1));
  fit.intercept_error = std::sqrt(parts.dot(top.inverse.matrix * parts));
  fit.log_scale_error = std::sqrt(top.inverse.matrix(columns + 1, columns + 1));
  fit.likelihood_ratio =
      chi_squared_test(2 * (top.value - null.value), top.inverse.rank() - null.inverse.rank());
  return fit;
}

}  // namespace waymark::stats
