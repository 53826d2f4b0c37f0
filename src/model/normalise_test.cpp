#include "model/normalise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/sample.h"

namespace waymark::model {
namespace {

DataSet two_cohorts() {
  DataSet data;
  data.cohorts = {{.course = "A"}, {.course = "B"}};
  data.cohort = {0, 1, 0, 0, 1, 0};
  for (const char* key : {"1", "2", "3", "4", "5", "6"}) data.learner.emplace_back(key);
  data.columns = {{.name = "clicks", .feature = "clicks", .numbers = {10, 7, 30, 10, 9, kMissing}},
                  {.name = "course_fact", .feature = "course_fact", .numbers = {1, 2, 1, 1, 2, 1}}};
  return data;
}

TEST(Normalise, RanksWithinTheCohort) {
  const DataSet data = with_normalised(two_cohorts(), Normalisation::kRank);
  ASSERT_EQ(data.columns.size(), 3u) << "what is the same for a whole cohort has no rank";
  const DataColumn* rank = data.find("clicks_rank");
  ASSERT_NE(rank, nullptr);
  EXPECT_EQ(rank->feature, "clicks");
  // Cohort A: 10, 30, 10 -> ranks 1.5, 3, 1.5 of 3. Cohort B: 7, 9 -> 1, 2 of 2.
  EXPECT_DOUBLE_EQ(rank->numbers[0], 1.0 / 3);
  EXPECT_DOUBLE_EQ(rank->numbers[2], 2.5 / 3);
  EXPECT_DOUBLE_EQ(rank->numbers[3], 1.0 / 3);
  EXPECT_DOUBLE_EQ(rank->numbers[1], 0.25);
  EXPECT_DOUBLE_EQ(rank->numbers[4], 0.75);
  EXPECT_TRUE(std::isnan(rank->numbers[5]));
}

TEST(Normalise, ZScoresWithinTheCohort) {
  const DataSet data = with_normalised(two_cohorts(), Normalisation::kZScore);
  const DataColumn* z = data.find("clicks_zscore");
  ASSERT_NE(z, nullptr);
  EXPECT_NEAR(z->numbers[0], -std::sqrt(0.5), 1e-12);
  EXPECT_NEAR(z->numbers[2], std::sqrt(2), 1e-12);
  EXPECT_DOUBLE_EQ(z->numbers[1], -1);
}

TEST(Normalise, OtherCohortsDoNotMatter) {
  const DataSet data = sample(30);
  const DataSet all = with_normalised(data, Normalisation::kRank);
  const auto rows = rows_where(data, [](const Cohort& cohort) { return cohort.course == "A/1"; });
  const DataSet alone = with_normalised(select(data, rows), Normalisation::kRank);
  EXPECT_EQ(content_hash(select(all, rows)), content_hash(alone));
}

}  // namespace
}  // namespace waymark::model
