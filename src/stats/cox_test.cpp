#include "stats/cox.h"

#include <gtest/gtest.h>

#include <cmath>

#include "stats/lung.h"
#include "stats/random.h"
#include "stats/rossi.h"
#include "stats/survival_curve.h"

namespace waymark::stats {
namespace {

struct Sample {
  Lifetimes lifetimes;
  Points covariates;
};

Sample lung_complete() {
  Sample lung{{}, {3, {}}};
  for (const auto& row : kLung) {
    if (row[4] < 0) continue;
    lung.lifetimes.stop.push_back(row[0]);
    lung.lifetimes.event.push_back(row[1] == 1);
    for (int j : {2, 3, 4}) lung.covariates.values.push_back(row[static_cast<std::size_t>(j)]);
  }
  return lung;
}

// Random rows with ties, late starts and strata.
Sample generated(std::uint64_t seed, std::size_t rows) {
  Random random(seed);
  Sample sample{{}, {3, {}}};
  for (std::size_t i = 0; i < rows; ++i) {
    const double start = static_cast<double>(random.below(6));
    sample.lifetimes.start.push_back(start);
    sample.lifetimes.stop.push_back(start + 1 + static_cast<double>(random.below(8)));
    sample.lifetimes.event.push_back(random.below(3) > 0);
    sample.lifetimes.stratum.push_back(static_cast<std::uint32_t>(random.below(2)));
    for (int j = 0; j < 3; ++j) {
      sample.covariates.values.push_back(static_cast<double>(random.below(7)));
    }
  }
  return sample;
}

// The partial likelihood as it is written down, risk set by risk set.
double plain_log_likelihood(const Sample& sample, const std::vector<double>& coefficient,
                            Ties ties) {
  const Lifetimes& rows = sample.lifetimes;
  const auto log_risk = [&](std::size_t i) {
    double sum = 0;
    for (std::size_t j = 0; j < coefficient.size(); ++j) {
      sum += coefficient[j] * sample.covariates[i][j];
    }
    return sum;
  };
  double value = 0;
  for (std::uint32_t stratum : {0u, 1u}) {
    for (double time = 0; time < 20; ++time) {
      double all = 0, dying = 0, events = 0;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows.stratum[i] != stratum || rows.start[i] >= time || rows.stop[i] < time) continue;
        all += std::exp(log_risk(i));
        if (rows.stop[i] != time || rows.event[i] == 0) continue;
        dying += std::exp(log_risk(i));
        value += log_risk(i);
        ++events;
      }
      for (double k = 0; k < events; ++k) {
        value -= std::log(all - (ties == Ties::kEfron ? k / events : 0) * dying);
      }
    }
  }
  return value;
}

// R's survival: coxph(Surv(week, arrest) ~ fin + age + race + wexp + mar + paro + prio, rossi).
TEST(Cox, RossiIsThePublishedFit) {
  const CoxFit fit = fit_cox(rossi_lifetimes(), rossi_covariates());
  const double coefficient[] = {-.379422166486, -.057437742684, .313899787842, -.149795697667,
                                -.433703877937, -.084871082500, .091497080985};
  // Fox 2002, "Cox proportional-hazards regression for survival data".
  const double standard_error[] = {.1914, .0220, .3080, .2122, .3819, .1958, .0286};
  for (std::size_t j = 0; j < 7; ++j) {
    EXPECT_NEAR(fit.effects.coefficient[j], coefficient[j], 1e-8) << j;
    EXPECT_NEAR(fit.effects.standard_error[j], standard_error[j], 5e-5) << j;
  }
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.log_likelihood, -658.747659446, 1e-8);
  EXPECT_EQ(fit.events, 114u);
  EXPECT_NEAR(fit.likelihood_ratio.statistic, 33.3, 0.05);
  EXPECT_NEAR(fit.wald.statistic, 32.1, 0.05);
  EXPECT_NEAR(fit.score.statistic, 33.5, 0.05);
  EXPECT_EQ(fit.likelihood_ratio.degrees, 7u);
  EXPECT_NEAR(fit.likelihood_ratio.probability, 2.4e-5, 1e-6);
}

// R's survival: coxph(Surv(time, status) ~ age + sex + ph.ecog, lung) and its cox.zph.
TEST(Cox, LungIsThePublishedFit) {
  const auto [lifetimes, covariates] = lung_complete();
  const CoxFit fit = fit_cox(lifetimes, covariates);
  EXPECT_NEAR(fit.effects.coefficient[0], .011066764560, 1e-8);
  EXPECT_NEAR(fit.effects.coefficient[1], -.552612395704, 1e-8);
  EXPECT_NEAR(fit.effects.coefficient[2], .463728475370, 1e-8);
  EXPECT_NEAR(fit.effects.standard_error[1], 0.167739, 5e-7);
  EXPECT_NEAR(fit.wald.statistic, 29.93, 0.005);
  const ProportionalHazards test = test_proportional_hazards(lifetimes, covariates, fit);
  EXPECT_NEAR(test.columns[0].statistic, 0.188, 5e-4);
  EXPECT_NEAR(test.columns[1].statistic, 2.305, 5e-4);
  EXPECT_NEAR(test.columns[2].statistic, 2.054, 5e-4);
  EXPECT_NEAR(test.all.statistic, 4.464, 5e-4);
  EXPECT_EQ(test.all.degrees, 3u);
}

TEST(Cox, TheTopIsTheTopOfThePlainLikelihood) {
  for (const Ties ties : {Ties::kEfron, Ties::kBreslow}) {
    const Sample sample = generated(7, 300);
    const CoxFit fit = fit_cox(sample.lifetimes, sample.covariates, ties);
    const double top = plain_log_likelihood(sample, fit.effects.coefficient, ties);
    EXPECT_NEAR(fit.log_likelihood, top, 1e-8);
    EXPECT_NEAR(fit.null_log_likelihood, plain_log_likelihood(sample, {0, 0, 0}, ties), 1e-8);
    constexpr double kStep = 1e-3;
    for (std::size_t j = 0; j < 3; ++j) {
      std::vector<double> up = fit.effects.coefficient, down = up;
      up[j] += kStep;
      down[j] -= kStep;
      const double above = plain_log_likelihood(sample, up, ties);
      const double below = plain_log_likelihood(sample, down, ties);
      EXPECT_NEAR((above - below) / (2 * kStep), 0, 1e-4);
      // Along the j-th coordinate the curvature is the inverse covariance's.
      EXPECT_GT(2 * top - above - below, 0);
    }
  }
}

TEST(Cox, TheStandardErrorOfOneColumnIsTheCurvature) {
  Sample sample = generated(11, 200);
  Points one{1, {}};
  for (std::size_t i = 0; i < sample.lifetimes.size(); ++i) {
    one.values.push_back(sample.covariates[i][0]);
  }
  sample.covariates = one;
  for (const Ties ties : {Ties::kEfron, Ties::kBreslow}) {
    const CoxFit fit = fit_cox(sample.lifetimes, one, ties);
    constexpr double kStep = 1e-3;
    const auto at = [&](double by) {
      return plain_log_likelihood(sample, {fit.effects.coefficient[0] + by}, ties);
    };
    const double curvature = (2 * at(0) - at(kStep) - at(-kStep)) / (kStep * kStep);
    EXPECT_NEAR(fit.effects.standard_error[0], 1 / std::sqrt(curvature), 1e-6);
  }
}

TEST(Cox, RowsMayBeCutWhereNothingChanges) {
  const Lifetimes whole = rossi_lifetimes();
  const Points covariates = rossi_covariates();
  Lifetimes cut;
  Points rows{7, {}};
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (double from = 0; from < whole.stop[i]; from += 10) {
      cut.start.push_back(from);
      cut.stop.push_back(std::min(from + 10, whole.stop[i]));
      cut.event.push_back(from + 10 >= whole.stop[i] ? whole.event[i] : 0);
      rows.add(covariates[i]);
    }
  }
  const CoxFit one = fit_cox(whole, covariates), other = fit_cox(cut, rows);
  EXPECT_NEAR(other.log_likelihood, one.log_likelihood, 1e-9);
  for (std::size_t j = 0; j < 7; ++j) {
    EXPECT_NEAR(other.effects.coefficient[j], one.effects.coefficient[j], 1e-10);
    EXPECT_NEAR(other.effects.standard_error[j], one.effects.standard_error[j], 1e-10);
  }
  const auto test = test_proportional_hazards(whole, covariates, one);
  const auto again = test_proportional_hazards(cut, rows, other);
  EXPECT_NEAR(test.all.statistic, again.all.statistic, 1e-8);
}

TEST(Cox, WithoutCovariatesTheBaselineIsNelsonsAndAalens) {
  const CoxFit fit = fit_cox(rossi_lifetimes(), {});
  const auto baseline = baseline_hazards(rossi_lifetimes(), {}, fit).at(0);
  double cumulative = 0;
  std::size_t step = 0;
  const auto curve = survival_curves(rossi_lifetimes()).at(0);
  for (const SurvivalStep& at : curve) {
    if (at.events == 0) continue;
    cumulative += static_cast<double>(at.events) / static_cast<double>(at.at_risk);
    EXPECT_EQ(baseline.at(step).time, at.time);
    EXPECT_NEAR(baseline.at(step++).cumulative, cumulative, 1e-14);
  }
  EXPECT_NEAR(survival_at(baseline, 0, 60), std::exp(-cumulative), 1e-14);
  EXPECT_EQ(survival_at(baseline, 3, 0.5), 1);
}

TEST(Cox, BreslowsHazardsGiveAsManyEventsAsThereWere) {
  const Sample sample = generated(3, 400);
  const CoxFit fit = fit_cox(sample.lifetimes, sample.covariates, Ties::kBreslow);
  const auto baseline = baseline_hazards(sample.lifetimes, sample.covariates, fit);
  double expected = 0;
  for (std::size_t i = 0; i < sample.lifetimes.size(); ++i) {
    const auto& steps = baseline.at(sample.lifetimes.stratum[i]);
    const double risk = fit.effects.of(sample.covariates[i]);
    expected += std::log(survival_at(steps, risk, sample.lifetimes.start[i])) -
                std::log(survival_at(steps, risk, sample.lifetimes.stop[i]));
  }
  EXPECT_NEAR(expected, static_cast<double>(fit.events), 1e-9);
}

TEST(Cox, AColumnThatIsConstantWithinStrataSaysNothing) {
  Sample sample = generated(5, 300);
  const CoxFit without = fit_cox(sample.lifetimes, sample.covariates);
  Points more{5, {}};  // where it is, twice in numbers that do not add up to round ones
  for (std::size_t i = 0; i < sample.covariates.size(); ++i) {
    const double where = sample.lifetimes.stratum[i] == 0 ? 0.1 : 1e5 / 3;
    const auto row = sample.covariates[i];
    const double values[] = {where, row[0], row[1], row[2], row[0] + where / 7};
    more.add(values);
  }
  for (const Ties ties : {Ties::kEfron, Ties::kBreslow}) {
    const CoxFit fit = fit_cox(sample.lifetimes, more, ties);
    EXPECT_TRUE(std::isnan(fit.effects.coefficient[0]));
    EXPECT_TRUE(std::isnan(fit.effects.standard_error[0]));
    EXPECT_TRUE(std::isnan(fit.effects.coefficient[4]));
    EXPECT_EQ(fit.wald.degrees, 3u);
    const auto test = test_proportional_hazards(sample.lifetimes, more, fit, ties);
    EXPECT_EQ(test.columns[0].degrees, 0u);
    EXPECT_EQ(test.all.degrees, 3u);
    if (ties != Ties::kEfron) continue;
    for (std::size_t j = 0; j < 3; ++j) {
      EXPECT_NEAR(fit.effects.coefficient[j + 1], without.effects.coefficient[j], 1e-9);
    }
  }
  // Without strata it says as much as any other.
  sample.lifetimes.stratum.clear();
  EXPECT_FALSE(std::isnan(fit_cox(sample.lifetimes, more).effects.coefficient[0]));
}

TEST(Cox, SaysWhatItCannotKnow) {
  Sample lung = lung_complete();
  Points more{5, {}};  // a constant and the double of a column
  for (std::size_t i = 0; i < lung.covariates.size(); ++i) {
    const auto row = lung.covariates[i];
    const double values[] = {row[0], 4.1, row[1], 2 * row[1] + 1, row[2]};
    more.add(values);
  }
  const CoxFit fit = fit_cox(lung.lifetimes, more);
  EXPECT_TRUE(std::isnan(fit.effects.coefficient[1]));
  EXPECT_TRUE(std::isnan(fit.effects.coefficient[3]));
  EXPECT_NEAR(fit.effects.coefficient[2], -.552612395704, 1e-8);
  EXPECT_EQ(fit.wald.degrees, 3u);
  EXPECT_NEAR(fit.wald.statistic, 29.93, 0.005);

  // A group without events.
  const Lifetimes apart{{}, {1, 2, 3, 4, 5, 6, 7, 8}, {1, 1, 1, 1, 0, 0, 0, 0}, {}};
  const CoxFit endless = fit_cox(apart, {2, {0, 1, 0, 3, 0, 2, 0, 5, 1, 1, 1, 2, 1, 3, 1, 4}});
  EXPECT_EQ(endless.effects.endless[0], 1);
  EXPECT_LT(endless.effects.coefficient[0], -5);

  // A group without events that the others are compared with: they all run away from it.
  Lifetimes three{{}, {}, {}, {}};
  Points of_three{3, {}};
  for (int i = 0; i < 60; ++i) {
    three.stop.push_back(1 + i * 7 % 31);
    three.event.push_back(i % 3 == 0 ? 0 : i % 2);
    const double values[] = {i % 3 == 1 ? 1.0 : 0.0, i % 3 == 2 ? 1.0 : 0.0, i % 5 * 1.0};
    of_three.add(values);
  }
  EXPECT_EQ(fit_cox(three, of_three).effects.endless, (std::vector<std::uint8_t>{1, 1, 0}));

  const CoxFit none = fit_cox({{}, {1, 2}, {0, 0}, {}}, {1, {1, 2}});
  EXPECT_TRUE(std::isnan(none.effects.coefficient[0]));
  EXPECT_EQ(none.likelihood_ratio.probability, 1);
}

}  // namespace
}  // namespace waymark::stats
