#include "stats/concordance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "stats/cox.h"
#include "stats/random.h"
#include "stats/rossi.h"

namespace waymark::stats {
namespace {

// R's survival: concordance of coxph(Surv(week, arrest) ~ ., rossi).
TEST(Concordance, RossiIsThePublishedOne) {
  const CoxFit fit = fit_cox(rossi_lifetimes(), rossi_covariates());
  std::vector<double> score;
  const Points covariates = rossi_covariates();
  for (std::size_t i = 0; i < covariates.size(); ++i)
    score.push_back(fit.effects.of(covariates[i]));
  EXPECT_NEAR(concordance(rossi_lifetimes(), score).value(), .640329247, 1e-8);
}

TEST(Concordance, IsWhatCountingEveryPairGives) {
  Random random(5);
  Lifetimes rows;
  std::vector<double> score;
  for (int i = 0; i < 300; ++i) {
    rows.start.push_back(static_cast<double>(random.below(5)));
    rows.stop.push_back(rows.start.back() + 1 + static_cast<double>(random.below(9)));
    rows.event.push_back(random.below(2) > 0);
    rows.stratum.push_back(static_cast<std::uint32_t>(random.below(3)));
    score.push_back(static_cast<double>(random.below(12)));
  }
  Concordance plain;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows.event[i] == 0) continue;
    for (std::size_t j = 0; j < rows.size(); ++j) {
      if (i == j || rows.stratum[i] != rows.stratum[j] || rows.start[j] >= rows.stop[i]) continue;
      if (rows.stop[j] < rows.stop[i]) continue;
      if (rows.stop[j] == rows.stop[i] && rows.event[j] != 0) {
        plain.tied_time += i < j;
        continue;
      }
      plain.concordant += score[i] > score[j];
      plain.discordant += score[i] < score[j];
      plain.tied_score += score[i] == score[j];
    }
  }
  const Concordance found = concordance(rows, score);
  EXPECT_EQ(found.concordant, plain.concordant);
  EXPECT_EQ(found.discordant, plain.discordant);
  EXPECT_EQ(found.tied_score, plain.tied_score);
  EXPECT_EQ(found.tied_time, plain.tied_time);
}

TEST(Concordance, WithoutPairsThereIsNone) {
  EXPECT_TRUE(std::isnan(concordance({}, {}).value()));
  const std::vector<double> score{1, 2};
  EXPECT_TRUE(std::isnan(concordance({{}, {1, 1}, {1, 1}, {}}, score).value()));
}

}  // namespace
}  // namespace waymark::stats
