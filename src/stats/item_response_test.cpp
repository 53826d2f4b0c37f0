#include "stats/item_response.h"

#include <gtest/gtest.h>

#include <cmath>

#include "stats/calibration.h"
#include "stats/lsat.h"
#include "stats/random.h"

namespace waymark::stats {
namespace {

// Bock and Aitkin 1981; standard errors as in Rizopoulos 2006, "ltm: an R package for latent
// variable modelling and item response theory analyses". The top is where Newton's method ends by
// Gauss-Hermite of 15 to 61 nodes and by 201 even ones on [-8, 8] alike. The place that is printed
// there lies 8e-6 below it: its optimiser stopped where the slope was .024 yet.
TEST(ItemResponse, LsatHasThePublishedCurves) {
  const ItemResponseFit fit = fit_item_response(lsat(), ItemModel::kTwoParameter);
  const double discrimination[] = {.825660, .722744, .890875, .688368, .656856};
  const double difficulty[] = {-3.358811, -1.370058, -.279666, -1.866381, -3.125907};
  const double printed_discrimination[] = {.825371, .722950, .890475, .688550, .657452};
  const double printed_difficulty[] = {-3.359734, -1.369650, -.279898, -1.865919, -3.123573};
  const double discrimination_error[] = {.2581, .1867, .2326, .1852, .2100};
  const double difficulty_error[] = {.8669, .3073, .0997, .4341, .8700};
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.log_likelihood, -2466.65338, 1e-5);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(fit.items[i].discrimination, discrimination[i], 2e-6) << i;
    EXPECT_NEAR(fit.items[i].difficulty, difficulty[i], 2e-6) << i;
    EXPECT_NEAR(fit.items[i].discrimination, printed_discrimination[i], 1e-3) << i;
    EXPECT_NEAR(fit.items[i].difficulty, printed_difficulty[i], 3e-3) << i;
    EXPECT_NEAR(fit.items[i].discrimination_error, discrimination_error[i], 2e-3) << i;
    EXPECT_NEAR(fit.items[i].difficulty_error, difficulty_error[i], 2e-3) << i;
  }
  // All right, all wrong.
  EXPECT_GT(fit.abilities.back().mean, 0.5);
  EXPECT_LT(fit.abilities.front().mean, -1.5);
}

// Rizopoulos 2006: rasch(LSAT).
TEST(ItemResponse, LsatHasThePublishedRaschCurves) {
  const ItemResponseFit fit = fit_item_response(lsat(), ItemModel::kRasch);
  const double difficulty[] = {-3.6153, -1.3224, -0.3176, -1.7301, -2.7802};
  const double error[] = {.3266, .1422, .0977, .1691, .2510};
  EXPECT_NEAR(fit.log_likelihood, -2466.938, 5e-4);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(fit.items[i].discrimination, 0.7551, 5e-5);
    EXPECT_NEAR(fit.items[i].discrimination_error, 0.0694, 5e-5);
    EXPECT_NEAR(fit.items[i].difficulty, difficulty[i], 1e-4) << i;
    EXPECT_NEAR(fit.items[i].difficulty_error, error[i], 1e-4) << i;
  }
}

TEST(ItemResponse, FindsAgainWhatAnswersWereDrawnFrom) {
  Random random(17);
  const auto uniform = [&] { return static_cast<double>(random.next() >> 11) * 0x1p-53; };
  const double difficulty[] = {-1.5, -1, -0.5, 0, 0.3, 0.6, 1, 1.5};
  ItemResponses responses{.items = 8, .begin = {0}};
  for (int learner = 0; learner < 2000; ++learner) {
    double ability = -6;
    for (int i = 0; i < 12; ++i) ability += uniform();
    for (std::uint32_t item = 0; item < 8; ++item) {
      if (random.below(4) == 0) continue;  // not everyone meets every item
      responses.item.push_back(item);
      responses.correct.push_back(
          uniform() < logistic((item % 2 == 0 ? 0.8 : 1.6) * (ability - difficulty[item])));
    }
    responses.begin.push_back(static_cast<std::uint32_t>(responses.item.size()));
  }
  const ItemResponseFit fit = fit_item_response(responses, ItemModel::kTwoParameter);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(fit.items[i].discrimination, i % 2 == 0 ? 0.8 : 1.6,
                4 * fit.items[i].discrimination_error);
    EXPECT_NEAR(fit.items[i].difficulty, difficulty[i], 4 * fit.items[i].difficulty_error);
    EXPECT_LT(fit.items[i].difficulty_error, 0.4);
  }
  EXPECT_GT(fit.reliability, 0.4);
  EXPECT_LT(fit.reliability, 0.8);
}

TEST(ItemResponse, WhatAllOrNoneKnewHasNoCurve) {
  ItemResponses responses = lsat();
  responses.items = 8;  // one more that all know, one that none does, one that none met
  ItemResponses more{.items = 8, .begin = {0}, .weight = responses.weight};
  for (std::size_t learner = 0; learner < responses.learners(); ++learner) {
    for (std::uint32_t item = 0; item < 7; ++item) {
      more.item.push_back(item);
      more.correct.push_back(item < 5 ? responses.correct[learner * 5 + item] : item == 5);
    }
    more.begin.push_back(static_cast<std::uint32_t>(more.item.size()));
  }
  const ItemResponseFit fit = fit_item_response(more, ItemModel::kTwoParameter);
  EXPECT_NEAR(fit.log_likelihood, -2466.65338, 1e-5);
  EXPECT_EQ(fit.items[5].difficulty, -INFINITY);
  EXPECT_EQ(fit.items[6].difficulty, INFINITY);
  EXPECT_TRUE(std::isnan(fit.items[7].difficulty));
  EXPECT_TRUE(fit_item_response({}, ItemModel::kRasch).items.empty());
}

// The first two of five items, and a third that all got right, which is no help.
TEST(ItemResponse, TwoItemsHaveNoDiscriminationsOfTheirOwn) {
  const ItemResponses all = lsat();
  ItemResponses responses{.items = 3, .begin = {0}, .weight = all.weight};
  for (std::size_t learner = 0; learner < all.learners(); ++learner) {
    for (std::uint32_t item = 0; item < 3; ++item) {
      responses.item.push_back(item);
      responses.correct.push_back(item < 2 ? all.correct[learner * 5 + item] : 1);
    }
    responses.begin.push_back(static_cast<std::uint32_t>(responses.item.size()));
  }
  const ItemResponseFit fit = fit_item_response(responses, ItemModel::kTwoParameter);
  EXPECT_FALSE(fit.is_told(ItemModel::kTwoParameter));
  for (std::size_t item = 0; item < 2; ++item) {
    EXPECT_TRUE(std::isnan(fit.items[item].discrimination));
    EXPECT_TRUE(std::isnan(fit.items[item].difficulty));
  }
  EXPECT_EQ(fit.items[2].difficulty, -INFINITY);
  EXPECT_TRUE(std::isnan(fit.abilities[0].mean));
  EXPECT_TRUE(std::isnan(fit.reliability));
  const ItemResponseFit rasch = fit_item_response(responses, ItemModel::kRasch);
  EXPECT_TRUE(rasch.is_told(ItemModel::kRasch));
  EXPECT_TRUE(std::isfinite(rasch.items[1].difficulty_error));
}

}  // namespace
}  // namespace waymark::stats
