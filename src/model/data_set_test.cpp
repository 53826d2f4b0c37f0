#include "model/data_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "model/sample.h"

namespace waymark::model {
namespace {

TEST(DataSet, OrderOfRowsCohortsAndCategoriesDoesNotMatter) {
  const DataSet data = sample(20);
  DataSet mixed = data;
  std::ranges::reverse(mixed.cohorts);
  for (auto& cohort : mixed.cohort) cohort = 2 - cohort;
  std::swap(mixed.columns[5].categories[1], mixed.columns[5].categories[3]);
  for (auto& code : mixed.columns[5].codes) code = code == 1 ? 3 : code == 3 ? 1 : code;
  std::vector<std::uint32_t> order(data.size());
  std::iota(order.begin(), order.end(), 0u);
  stats::Random(5).shuffle(std::span(order));
  mixed = select(mixed, order);

  EXPECT_NE(content_hash(mixed), content_hash(data));
  EXPECT_EQ(content_hash(in_canonical_order(mixed)), content_hash(data));
}

TEST(DataSet, HashSeesEveryPart) {
  const DataSet data = sample(5);
  const std::string hash = content_hash(data);
  const auto changed = [&](auto change) {
    DataSet other = data;
    change(other);
    return content_hash(other) != hash;
  };
  EXPECT_TRUE(changed([](DataSet& d) { d.learner[0] = LearnerKey("x"); }));
  EXPECT_TRUE(changed([](DataSet& d) { d.cohorts[0].start += 1; }));
  EXPECT_TRUE(changed([](DataSet& d) { d.columns[1].numbers[2] += 1; }));
  EXPECT_TRUE(changed([](DataSet& d) { d.columns[5].codes[2] ^= 1; }));
  EXPECT_TRUE(changed([](DataSet& d) { d.columns[5].name = "place"; }));
  EXPECT_TRUE(changed([](DataSet& d) { d.target[3] ^= 1; }));
  EXPECT_FALSE(changed([](DataSet& d) { d.columns[1].numbers[2] += 0.0; }));
}

TEST(DataSet, LearnersKeepTheirNumber) {
  DataSet data;
  for (const char* key : {"b", "a", "b", "c"}) data.learner.emplace_back(key);
  EXPECT_EQ(learner_numbers(data), (std::vector<std::uint32_t>{0, 1, 0, 2}));
}

}  // namespace
}  // namespace waymark::model
