#include "stats/accelerated_failure.h"

#include <gtest/gtest.h>

#include <cmath>

#include "stats/lung.h"
#include "stats/rossi.h"

namespace waymark::stats {
namespace {

// R's survival: survreg(Surv(week, arrest) ~ fin + age + race + wexp + mar + paro + prio, rossi).
TEST(AcceleratedFailure, RossisWeibullIsThePublishedFit) {
  const auto fit =
      fit_accelerated_failure(rossi_lifetimes(), rossi_covariates(), TimeDistribution::kWeibull);
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.scale, .712405333510, 1e-8);
  EXPECT_NEAR(fit.log_likelihood, -679.916563937, 1e-8);
  // Allison 2010, "Survival analysis using SAS", output 4.2.
  EXPECT_NEAR(fit.intercept, 3.9901, 5e-5);
  EXPECT_NEAR(fit.intercept_error, 0.4191, 5e-5);
  const double coefficient[] = {0.2722, 0.0407, -0.2248, 0.1066, 0.3113, 0.0588, -0.0658};
  const double standard_error[] = {0.1380, 0.0160, 0.2202, 0.1515, 0.2733, 0.1396, 0.0209};
  for (std::size_t j = 0; j < 7; ++j) {
    EXPECT_NEAR(fit.effects.coefficient[j], coefficient[j], 5e-5) << j;
    EXPECT_NEAR(fit.effects.standard_error[j], standard_error[j], 5e-5) << j;
  }
}

// The same places a little to each side of the fit are lower: whatever the distribution.
TEST(AcceleratedFailure, TheFitIsTheTopOfItsOwnLikelihood) {
  const Lifetimes lifetimes = rossi_lifetimes();
  const Points covariates = rossi_covariates();
  for (const auto distribution :
       {TimeDistribution::kWeibull, TimeDistribution::kLogNormal, TimeDistribution::kLogLogistic}) {
    const auto fit = fit_accelerated_failure(lifetimes, covariates, distribution);
    const auto value = [&](const AcceleratedFailureFit& at) {
      double sum = 0;
      for (std::size_t i = 0; i < lifetimes.size(); ++i) {
        const double time = lifetimes.stop[i];
        if (lifetimes.event[i] == 0) {
          sum += std::log(at.survival(covariates[i], time));
          continue;
        }
        constexpr double kStep = 1e-4;
        sum += std::log(
            (at.survival(covariates[i], time - kStep) - at.survival(covariates[i], time + kStep)) /
            (2 * kStep));
      }
      return sum;
    };
    EXPECT_NEAR(value(fit), fit.log_likelihood, 1e-5);
    for (const double by : {-1e-2, 1e-2}) {
      AcceleratedFailureFit aside = fit;
      aside.scale += by;
      EXPECT_LT(value(aside), fit.log_likelihood);
      aside = fit;
      aside.effects.coefficient[1] += by / 10;
      EXPECT_LT(value(aside), fit.log_likelihood);
    }
    const double median = fit.quantile(covariates[0], 0.5);
    EXPECT_NEAR(fit.survival(covariates[0], median), 0.5, 1e-12);
  }
}

// Without censoring, the log-normal fit is least squares.
TEST(AcceleratedFailure, CompleteLogNormalTimesGiveTheLeastSquaresLine) {
  const Lifetimes times{{}, {std::exp(1.0), std::exp(2.0), std::exp(4.0)}, {1, 1, 1}, {}};
  const auto fit = fit_accelerated_failure(times, {1, {0, 1, 2}}, TimeDistribution::kLogNormal);
  EXPECT_NEAR(fit.effects.coefficient[0], 1.5, 1e-9);
  EXPECT_NEAR(fit.intercept, 7.0 / 3 - 1.5, 1e-9);
  EXPECT_NEAR(fit.scale, std::sqrt(0.5 / 9), 1e-9);
}

TEST(AcceleratedFailure, SaysWhatItCannotKnow) {
  Points doubled{2, {}};
  for (const auto& row : kRossi) {
    doubled.values.push_back(row[3]);
    doubled.values.push_back(1 - 2 * row[3]);
  }
  const auto fit = fit_accelerated_failure(rossi_lifetimes(), doubled, TimeDistribution::kWeibull);
  EXPECT_FALSE(std::isnan(fit.effects.coefficient[0]));
  EXPECT_TRUE(std::isnan(fit.effects.coefficient[1]));
  EXPECT_EQ(fit.likelihood_ratio.degrees, 1u);
}

}  // namespace
}  // namespace waymark::stats
