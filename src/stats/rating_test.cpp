#include "stats/rating.h"

#include <gtest/gtest.h>

#include <cmath>

#include "stats/calibration.h"
#include "stats/forecast.h"
#include "stats/random.h"

namespace waymark::stats {
namespace {

// Pelanek 2016, by hand: steps of 1/2, then of 1/2 / 1.05.
TEST(Rating, MovesByHowMuchAnAnswerSurprises) {
  const Attempts one{.begin = {0, 1}, .skill = {0}, .item = {}, .correct = {1}, .skills = 1};
  const RatingModel model(one);
  const Attempts two{.begin = {0, 2}, .skill = {0, 0}, .item = {}, .correct = {0, 1}, .skills = 1};
  const auto right = model.foretell(two);
  const double skill = -0.25;  // a right answer where one half was expected made it easier
  EXPECT_NEAR(right[0], logistic(0 - skill), 1e-12);
  const double down = 2 * 0.5 * (0 - right[0]);  // as a whole, and in the skill
  EXPECT_NEAR(right[1], logistic(down - skill), 1e-12);
}

// Ratings find again how hard items are, and who is able.
TEST(Rating, FindsAgainWhatAnswersWereDrawnFrom) {
  Random random(4);
  Attempts attempts{.begin = {0}, .skills = 1, .items = 5};
  for (int learner = 0; learner < 2000; ++learner) {
    const double ability = static_cast<double>(random.below(200)) / 50 - 2;
    for (int i = 0; i < 20; ++i) {
      const auto item = static_cast<std::uint32_t>(random.below(5));
      const double likely = logistic(ability - (item - 2.0));
      attempts.skill.push_back(0);
      attempts.item.push_back(item);
      attempts.correct.push_back(static_cast<double>(random.next() >> 11) * 0x1p-53 < likely);
    }
    attempts.begin.push_back(static_cast<std::uint32_t>(attempts.size()));
  }
  const RatingModel model(attempts);
  Attempts first{.begin = {0}, .skills = 1, .items = 5};
  for (std::uint32_t item = 0; item < 5; ++item) {
    first.skill.push_back(0);
    first.item.push_back(item);
    first.correct.push_back(0);
    first.begin.push_back(item + 1);
  }
  const auto right = model.foretell(first);
  for (std::size_t item = 1; item < 5; ++item) {
    EXPECT_NEAR(logit(right[item - 1]) - logit(right[item]), 1, 0.4) << item;
  }
  EXPECT_GT(Forecast(model.foretell(attempts), attempts.correct).roc_auc(), 0.75);
}

}  // namespace
}  // namespace waymark::stats
