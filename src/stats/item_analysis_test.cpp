#include "stats/item_analysis.h"

#include <gtest/gtest.h>

#include <cmath>

#include "stats/lsat.h"

namespace waymark::stats {
namespace {

// Rizopoulos 2006: descript(LSAT).
TEST(ItemAnalysis, LsatHasThePublishedFacts) {
  const ItemAnalysis analysis = analyse_items(lsat());
  const double share[] = {.924, .709, .553, .763, .870};
  const double included[] = {.3618, .5665, .6181, .5342, .4351};
  const double excluded[] = {.1128, .1532, .1727, .1444, .1215};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(analysis.items[i].share, share[i], 1e-12);
    EXPECT_NEAR(analysis.items[i].discrimination, included[i], 5e-4) << i;
    EXPECT_NEAR(analysis.items[i].corrected_discrimination, excluded[i], 5e-4) << i;
  }
  EXPECT_NEAR(analysis.alpha, 0.2950, 5e-4);
}

// Four learners, three items; options of the last: 0 right, 1 draws the weak, 2 the strong.
TEST(ItemAnalysis, OptionsTellWhomTheyDraw) {
  const ItemResponses responses{.items = 3,
                                .begin = {0, 3, 6, 9, 12},
                                .item = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2},
                                .correct = {1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0}};
  const std::vector<std::uint32_t> option{0, 0, 0, 0, 0, 2, 1, 0, 0, 1, 1, 1};
  const auto last = analyse_options(responses, option).at(2);
  ASSERT_EQ(last.size(), 3u);
  EXPECT_EQ(last[0].option, 0u);
  EXPECT_TRUE(last[0].correct);
  EXPECT_EQ(last[0].share, 0.5);
  EXPECT_EQ(last[0].score, 0.75);
  EXPECT_EQ(last[1].option, 1u);
  EXPECT_LT(last[1].discrimination, 0);
  EXPECT_EQ(last[2].score, 1);
  EXPECT_GT(last[2].discrimination, 0);
}

TEST(ItemAnalysis, WhatDoesNotDifferHasNoCorrelation) {
  const ItemResponses one{.items = 1, .begin = {0, 1}, .item = {0}, .correct = {1}};
  const ItemAnalysis analysis = analyse_items(one);
  EXPECT_EQ(analysis.items[0].share, 1);
  EXPECT_TRUE(std::isnan(analysis.items[0].discrimination));
  EXPECT_TRUE(std::isnan(analysis.alpha));
}

}  // namespace
}  // namespace waymark::stats
