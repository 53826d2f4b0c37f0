#include "stats/discrete_hazard.h"

#include <gtest/gtest.h>

#include <cmath>

#include "stats/calibration.h"
#include "stats/rossi.h"
#include "stats/survival_curve.h"

namespace waymark::stats {
namespace {

TEST(DiscreteHazard, WithoutColumnsItIsTheLifeTable) {
  const Lifetimes rossi = rossi_lifetimes();
  const auto fit = fit_discrete_hazard(rossi, {});
  double survival = 1;
  const auto curve = survival_curves(rossi).at(0);
  for (std::uint32_t week = 1; week <= 52; ++week) {
    survival *= 1 - fit.hazard({}, week);
    EXPECT_NEAR(survival, survival_at(curve, week), 1e-12) << week;
  }
  EXPECT_EQ(fit.events, 114u);
  EXPECT_EQ(fit.learner_periods, 19809u);  // Allison 2010, chapter 7: person-weeks
}

// The likelihood as it is written down, a term for each learner and week.
double plain_log_likelihood(const DiscreteHazardFit& fit, const Lifetimes& lifetimes,
                            const Points& covariates) {
  double value = 0;
  for (std::size_t i = 0; i < lifetimes.size(); ++i) {
    for (std::uint32_t week = 1; week <= lifetimes.stop[i]; ++week) {
      const double hazard = fit.hazard(covariates[i], week);
      value += std::log(week == lifetimes.stop[i] && lifetimes.event[i] ? hazard : 1 - hazard);
    }
  }
  return value;
}

TEST(DiscreteHazard, TheFitIsTheTopOfThePlainLikelihood) {
  const Lifetimes rossi = rossi_lifetimes();
  const Points covariates = rossi_covariates();
  const auto fit = fit_discrete_hazard(rossi, covariates);
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(plain_log_likelihood(fit, rossi, covariates), fit.log_likelihood, 1e-8);
  for (std::size_t j = 0; j < 7; ++j) {
    DiscreteHazardFit above = fit, below = fit;
    const double step = 1e-3;
    above.effects.coefficient[j] += step;
    below.effects.coefficient[j] -= step;
    const double up = plain_log_likelihood(above, rossi, covariates);
    const double down = plain_log_likelihood(below, rossi, covariates);
    EXPECT_NEAR((up - down) / (2 * step), 0, 2e-3) << j;
    EXPECT_GT(2 * fit.log_likelihood - up - down, 0) << j;
  }
  // Close to Cox's where few fall together.
  EXPECT_NEAR(fit.effects.coefficient[6], .0915, .002);
  EXPECT_NEAR(fit.effects.standard_error[6], .0286, .002);
}

TEST(DiscreteHazard, ALearnerMayBeARowForEachWeek) {
  const Lifetimes whole = rossi_lifetimes();
  const Points covariates = rossi_covariates();
  Lifetimes weeks;
  Points rows{7, {}};
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (double week = 1; week <= whole.stop[i]; ++week) {
      weeks.start.push_back(week - 1);
      weeks.stop.push_back(week);
      weeks.event.push_back(week == whole.stop[i] ? whole.event[i] : 0);
      rows.add(covariates[i]);
    }
  }
  const auto one = fit_discrete_hazard(whole, covariates), other = fit_discrete_hazard(weeks, rows);
  EXPECT_EQ(one.learner_periods, other.rows);
  EXPECT_NEAR(one.log_likelihood, other.log_likelihood, 1e-8);
  for (std::size_t j = 0; j < 7; ++j) {
    EXPECT_NEAR(one.effects.coefficient[j], other.effects.coefficient[j], 1e-9);
    EXPECT_NEAR(one.effects.standard_error[j], other.effects.standard_error[j], 1e-9);
  }
}

TEST(DiscreteHazard, WherePeriodsSayNothingTheyAreLeftOut) {
  // Nobody in 1, one of two in 2, all that are left in 3.
  const Lifetimes rows{{}, {2, 3, 2, 3}, {1, 1, 0, 1}, {}};
  const auto fit = fit_discrete_hazard(rows, {1, {1, 2, 2, 1}});
  EXPECT_EQ(fit.period, (std::vector<std::uint32_t>{2, 3}));
  const std::vector<double> row{1.5};
  EXPECT_EQ(fit.hazard(row, 1), 0);
  EXPECT_EQ(fit.hazard(row, 3), 1);
  EXPECT_EQ(fit_discrete_hazard({}, {}).rows, 0u);
}

}  // namespace
}  // namespace waymark::stats
