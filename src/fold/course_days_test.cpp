#include "fold/course_days.h"

#include <gtest/gtest.h>

namespace waymark::fold {
namespace {

// Both begin with day 0 of their own; the earlier one 1,000 days before.
std::int64_t counted(const CourseDays& days, std::int64_t day) { return days.earlier(1000 + day); }
CourseDays presented(Landmarks course, const Landmarks& earlier) {
  for (std::int64_t& day : course) day += 1000;
  return {course, earlier};
}

TEST(CourseDays, CountFromTheNearestLandmark) {
  // Work is due a week later than it was, and then two weeks.
  const CourseDays days = presented({0, 47, 100, 200}, {0, 40, 86, 180});
  EXPECT_EQ(counted(days, -5), -5);
  EXPECT_EQ(counted(days, 0), 0);
  EXPECT_EQ(counted(days, 23), 23);
  EXPECT_EQ(counted(days, 24), 17) << "nearer to the deadline than to the first day";
  EXPECT_EQ(counted(days, 47), 40);
  EXPECT_EQ(counted(days, 73), 66);
  EXPECT_EQ(counted(days, 74), 60);
  EXPECT_EQ(counted(days, 100), 86);
  EXPECT_EQ(counted(days, 200), 180);
  EXPECT_EQ(counted(days, 210), 190);
}

TEST(CourseDays, OfTwoAsNearTheLaterCounts) {
  EXPECT_EQ(counted(presented({0, 50, 60, 100}, {0, 50, 61, 100}), 55), 56);
}

TEST(CourseDays, ADeadlineWithoutOneLikeItIsLeftOut) {
  // Nothing was due within two weeks of day 30, and day 50 stands for but one of two.
  const CourseDays days = presented({0, 30, 52, 56, 100}, {0, 50, 100});
  EXPECT_EQ(counted(days, 30), 28);
  EXPECT_EQ(counted(days, 52), 50);
  EXPECT_EQ(counted(days, 56), 54);
  const CourseDays none = presented({0, 30, 90}, {0, 100});
  EXPECT_EQ(counted(none, 30), 30);
  EXPECT_EQ(counted(none, 60), 70);
}

TEST(CourseDays, DistancesAreCountedFromTheDeadlineBefore) {
  // Each is two weeks later still; from the first day the last is six weeks off.
  const CourseDays days = presented({0, 54, 108, 162, 200}, {0, 40, 80, 120, 160});
  EXPECT_EQ(counted(days, 162), 120);
}

}  // namespace
}  // namespace waymark::fold
