#include "stats/discrete_hazard.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "stats/calibration.h"
#include "stats/newton.h"
#include "stats/regression.h"

namespace waymark::stats {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

// One period's rows at risk, and how many of them had the event.
struct Period {
  std::uint64_t at_risk = 0, events = 0;
};

// A row's periods after `first` up to `last`.
struct Span {
  std::uint32_t first, last;
};

std::uint32_t whole(double time) {
  WAYMARK_CHECK(time >= 0 && time == std::floor(time) && time < kNone);
  return static_cast<std::uint32_t>(time);
}

struct Sample {
  std::vector<Span> spans;
  const std::vector<std::uint8_t>& event;
  Standardised columns;
  // Of each period: which level of the fit it is, or kNone where all or none of its rows had the
  // event: no finite level fits it best, and it says nothing of the columns.
  std::vector<std::uint32_t> level;
  Eigen::Index levels = 0;
};

// At (levels, coefficients) of the first columns.
Likelihood likelihood(const Sample& sample, const Eigen::VectorXd& place) {
  const Eigen::Index levels = sample.levels, columns = place.size() - levels;
  const auto x = sample.columns.x.leftCols(columns);
  const Eigen::VectorXd effect = x * place.tail(columns);
  Likelihood sums{0, Eigen::VectorXd::Zero(place.size()),
                  Eigen::MatrixXd::Zero(place.size(), place.size())};
  Rows cross = Rows::Zero(levels, columns);
  Eigen::VectorXd residual = Eigen::VectorXd::Zero(x.rows());
  Eigen::VectorXd spread = Eigen::VectorXd::Zero(x.rows());
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    const auto [first, last] = sample.spans[static_cast<std::size_t>(i)];
    for (std::uint32_t period = first + 1; period <= last; ++period) {
      if (sample.level[period] == kNone) continue;
      const Eigen::Index level = sample.level[period];
      const double y = period == last ? sample.event[static_cast<std::size_t>(i)] : 0;
      const double log_odds = place[level] + effect[i];
      const double p = logistic(log_odds);
      sums.value +=
          y * log_odds - std::max(log_odds, 0.0) - std::log1p(std::exp(-std::abs(log_odds)));
      sums.gradient[level] += y - p;
      sums.information(level, level) += p * (1 - p);
      cross.row(level) += p * (1 - p) * x.row(i);
      residual[i] += y - p;
      spread[i] += p * (1 - p);
    }
  }
  sums.gradient.tail(columns) = x.transpose() * residual;
  sums.information.bottomRightCorner(columns, columns) = x.transpose() * spread.asDiagonal() * x;
  sums.information.topRightCorner(levels, columns) = cross;
  sums.information.bottomLeftCorner(columns, levels) = cross.transpose();
  return sums;
}

Maximum fit_columns(const Sample& sample, const std::vector<Period>& periods,
                    Eigen::Index columns) {
  Eigen::VectorXd start = Eigen::VectorXd::Zero(sample.levels + columns);
  for (std::size_t period = 0; period < periods.size(); ++period) {
    if (sample.level[period] == kNone) continue;
    start[sample.level[period]] = logit(static_cast<double>(periods[period].events) /
                                        static_cast<double>(periods[period].at_risk));
  }
  return climb([&](const Eigen::VectorXd& place) { return likelihood(sample, place); }, start);
}

}  // namespace

double DiscreteHazardFit::hazard(std::span<const double> row, std::uint32_t at_period) const {
  const auto at = std::ranges::lower_bound(period, at_period);
  if (at == period.end() || *at != at_period) return 0;
  return logistic(period_log_odds[static_cast<std::size_t>(at - period.begin())] + effects.of(row));
}

DiscreteHazardFit fit_discrete_hazard(const Lifetimes& lifetimes, const Points& covariates) {
  std::vector<std::uint32_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), 0u);
  Sample sample{{}, lifetimes.event, standardise(covariates, order), {}, 0};
  std::vector<Period> periods;
  DiscreteHazardFit fit;
  for (std::size_t i = 0; i < lifetimes.size(); ++i) {
    const Span span{lifetimes.start.empty() ? 0 : whole(lifetimes.start[i]),
                    whole(lifetimes.stop[i])};
    sample.spans.push_back(span);
    if (periods.size() <= span.last) periods.resize(span.last + std::size_t{1});
    for (std::uint32_t period = span.first + 1; period <= span.last; ++period) {
      ++periods[period].at_risk;
    }
    periods[span.last].events += lifetimes.event[i];
    fit.events += lifetimes.event[i];
    fit.learner_periods += span.last - span.first;
  }
  for (const Period& period : periods) {
    const bool open = period.events > 0 && period.events < period.at_risk;
    sample.level.push_back(open ? static_cast<std::uint32_t>(sample.levels++) : kNone);
  }
  const Maximum null = fit_columns(sample, periods, 0);
  const Maximum top = fit_columns(sample, periods, static_cast<Eigen::Index>(covariates.columns));
  for (std::uint32_t period = 0; period < periods.size(); ++period) {
    if (periods[period].events == 0) continue;
    fit.period.push_back(period);
    fit.period_log_odds.push_back(sample.level[period] == kNone
                                      ? std::numeric_limits<double>::infinity()
                                      : top.place[sample.level[period]]);
  }
  fit.effects = effects_of(top, static_cast<std::size_t>(sample.levels), sample.columns);
  fit.null_log_likelihood = null.value;
  fit.log_likelihood = top.value;
  fit.likelihood_ratio =
      chi_squared_test(2 * (top.value - null.value), top.inverse.rank() - null.inverse.rank());
  fit.rows = lifetimes.size();
  fit.converged = top.converged;
  return fit;
}

}  // namespace waymark::stats
