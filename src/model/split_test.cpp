#include "model/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "model/sample.h"

namespace waymark::model {
namespace {

template <typename Call>
std::string reason_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.reason();
  }
  return "";
}

TEST(Split, TheLatestStartIsTheTest) {
  const Split split = split_by_time(sample(20), std::nullopt);
  EXPECT_EQ(split.training.size(), 40u);
  EXPECT_EQ(split.test.size(), 20u);
  for (const auto c : split.test.cohort) EXPECT_EQ(split.test.cohorts[c].course, "A/2");
}

TEST(Split, OrAllFromADateOn) {
  const Split split = split_by_time(sample(20), 50 * kMicrosPerDay);
  EXPECT_EQ(split.training.size(), 20u);
  EXPECT_EQ(split.test.size(), 40u);
}

TEST(Split, SaysWhatIsMissing) {
  const DataSet data = sample(20);
  EXPECT_EQ(reason_of([] { split_by_time(DataSet(), std::nullopt); }), "model.no_rows");
  EXPECT_EQ(reason_of([&] { split_by_time(data, 0); }), "model.no_earlier_course");
  EXPECT_EQ(reason_of([&] { split_by_time(data, 900 * kMicrosPerDay); }),
            "model.no_earlier_course");
  DataSet one_class = data;
  std::ranges::fill(one_class.target, 1);
  EXPECT_EQ(reason_of([&] { split_by_time(one_class, std::nullopt); }), "model.one_class");
  const auto first = rows_where(data, [](const Cohort& c) { return c.start == 0; });
  EXPECT_EQ(reason_of([&] { split_by_time(select(data, first), std::nullopt); }),
            "model.no_earlier_course");
}

TEST(HeldOut, LaterCoursesAreHeldOutFromEarlierOnes) {
  const DataSet data = sample(20);
  const HeldOutParts held_out = held_out_parts(data);
  ASSERT_EQ(held_out.parts.size(), 2u);
  for (const HeldOut& part : held_out.parts) {
    Micros latest = 0, earliest = kLatest;
    for (const auto row : part.fit) {
      latest = std::max(latest, data.cohorts[data.cohort[row]].start);
    }
    for (const auto row : part.check) {
      earliest = std::min(earliest, data.cohorts[data.cohort[row]].start);
    }
    EXPECT_LT(latest, earliest);
  }
}

TEST(HeldOut, ByLearnerWhereAllStartTogether) {
  DataSet data = sample(30);
  for (Cohort& cohort : data.cohorts) cohort.start = 0;
  const HeldOutParts held_out = held_out_parts(data);
  ASSERT_EQ(held_out.parts.size(), kParts);
  std::size_t checked = 0;
  for (const HeldOut& part : held_out.parts) {
    std::set<LearnerKey> fit;
    for (const auto row : part.fit) fit.insert(data.learner[row]);
    for (const auto row : part.check) EXPECT_FALSE(fit.contains(data.learner[row]));
    checked += part.check.size();
  }
  EXPECT_EQ(checked, data.size());
}

TEST(HeldOut, TooFewRows) {
  DataSet data = sample(2);
  std::ranges::fill(data.target, 0);
  data.target[0] = 1;
  EXPECT_EQ(reason_of([&] { held_out_parts(data); }), "model.too_few_rows");
}

}  // namespace
}  // namespace waymark::model
