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
  const DataSet data = sample(20);
  const std::vector<Fold> folds = folds_of(data, {}, 1);
  ASSERT_EQ(folds.size(), 1u);
  EXPECT_EQ(folds[0].training.size(), 40u);
  EXPECT_EQ(folds[0].test.size(), 20u);
  for (const auto row : folds[0].test) EXPECT_EQ(data.cohorts[data.cohort[row]].course, "A/2");
}

TEST(Split, OrAllFromADateOn) {
  const Fold fold = folds_of(sample(20), {.from = 50 * kMicrosPerDay}, 1).at(0);
  EXPECT_EQ(fold.training.size(), 20u);
  EXPECT_EQ(fold.test.size(), 40u);
}

TEST(Split, SaysWhatIsMissing) {
  const DataSet data = sample(20);
  EXPECT_EQ(reason_of([] { folds_of(DataSet(), {}, 1); }), "model.no_rows");
  EXPECT_EQ(reason_of([&] { folds_of(data, {.from = 0}, 1); }), "model.no_earlier_course");
  EXPECT_EQ(reason_of([&] { folds_of(data, {.from = 900 * kMicrosPerDay}, 1); }),
            "model.no_earlier_course");
  DataSet one_class = data;
  std::ranges::fill(one_class.target, 1);
  EXPECT_EQ(reason_of([&] { folds_of(one_class, {}, 1); }), "model.one_class");
  const auto first = rows_where(data, [](const Cohort& c) { return c.start == 0; });
  EXPECT_EQ(reason_of([&] { folds_of(select(data, first), {}, 1); }), "model.no_earlier_course");
}

// The courses of the rows, each named by the number of its presentation.
std::string courses(const DataSet& data, const std::vector<std::uint32_t>& rows) {
  std::set<std::string> names;
  for (const auto row : rows) names.insert(data.cohorts[data.cohort[row]].course.substr(2));
  std::string text;
  for (const std::string& name : names) text += name;
  return text;
}

TEST(Split, EachStartButTheFirst) {
  const DataSet data = sample(20);
  const auto story = [&](SplitRule::Kind kind) {
    std::string text;
    for (const Fold& fold : folds_of(data, {.kind = kind}, 1)) {
      text += courses(data, fold.training) + ">" + courses(data, fold.test) + " ";
    }
    return text;
  };
  EXPECT_EQ(story(SplitRule::Kind::kExpanding), "0>1 01>2 ");
  EXPECT_EQ(story(SplitRule::Kind::kRolling), "0>1 1>2 ");
  EXPECT_EQ(story(SplitRule::Kind::kPresentations), "12>0 02>1 01>2 ");
}

void expect_apart(const DataSet& data, const Fold& fold) {
  std::set<LearnerKey> trained;
  for (const auto row : fold.training) trained.insert(data.learner[row]);
  for (const auto row : fold.test) EXPECT_FALSE(trained.contains(data.learner[row]));
}

TEST(Split, FoldsAreStratifiedByClassAndKeepLearnersTogether) {
  const DataSet data = sample(100);
  const SplitRule rule{.kind = SplitRule::Kind::kFolds, .folds = 5, .repeats = 2};
  const std::vector<Fold> folds = folds_of(data, rule, 1);
  ASSERT_EQ(folds.size(), 10u);
  const auto share = [&](const std::vector<std::uint32_t>& rows) {
    double sum = 0;
    for (const auto row : rows) sum += data.target[row];
    return sum / static_cast<double>(rows.size());
  };
  std::vector<int> tested(data.size());
  for (const Fold& fold : folds) {
    expect_apart(data, fold);
    EXPECT_NEAR(share(fold.test), share(fold.training), 0.1);
    for (const auto row : fold.test) ++tested[row];
  }
  for (const int times : tested) EXPECT_EQ(times, 2);
  EXPECT_NE(folds[0].test, folds[5].test);
  EXPECT_EQ(folds[0].test, folds_of(data, rule, 1)[0].test);
  for (const Fold& fold : folds_of(data, {.kind = SplitRule::Kind::kPresentations}, 1)) {
    expect_apart(data, fold);
  }
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
