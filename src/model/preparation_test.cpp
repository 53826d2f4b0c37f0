#include "model/preparation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/json.h"
#include "model/sample.h"

namespace waymark::model {
namespace {

DataSet with_numbers(std::vector<double> numbers) {
  DataSet data;
  data.learner.assign(numbers.size(), LearnerKey("x"));
  data.columns.push_back({.name = "n", .feature = "n", .numbers = std::move(numbers)});
  return data;
}

DataSet with_categories(const std::vector<std::string>& values) {
  DataSet data;
  data.learner.assign(values.size(), LearnerKey("x"));
  DataColumn column{.name = "c", .feature = "c", .categorical = true, .categories = {""}};
  for (const std::string& value : values) {
    auto found = std::find(column.categories.begin(), column.categories.end(), value);
    column.codes.push_back(static_cast<std::uint32_t>(found - column.categories.begin()));
    if (found == column.categories.end()) column.categories.push_back(value);
  }
  data.columns.push_back(std::move(column));
  return data;
}

TEST(Preparation, OrdinalIsThePlaceInTheOrderOfNames) {
  DataSet training = with_categories({"b", "a", "", "c"});
  training.columns[0].encoding = Encoding::kOrdinal;
  const Preparation preparation = Preparation::fit(training, Preparation::Style::kRaw);
  const Matrix matrix = preparation.apply(with_categories({"c", "a", "new", ""}));
  ASSERT_EQ(matrix.columns, 1u);
  EXPECT_EQ(matrix.row(0)[0], 2);
  EXPECT_EQ(matrix.row(1)[0], 0);
  EXPECT_TRUE(std::isnan(matrix.row(2)[0]));
  EXPECT_TRUE(std::isnan(matrix.row(3)[0]));
}

// By hand: 10 rows more of the share of all, 1/2.
TEST(Preparation, TargetEncodingIsAShareDrawnToThatOfAll) {
  DataSet training = with_categories({"a", "a", "b", "b"});
  training.learner = {LearnerKey("1"), LearnerKey("2"), LearnerKey("3"), LearnerKey("4")};
  training.target = {1, 1, 0, 0};
  training.columns[0].encoding = Encoding::kTarget;
  const Preparation preparation = Preparation::fit(training, Preparation::Style::kRaw);
  const Matrix matrix = preparation.apply(with_categories({"a", "b", "new"}));
  EXPECT_DOUBLE_EQ(matrix.row(0)[0], 7.0 / 12);
  EXPECT_DOUBLE_EQ(matrix.row(1)[0], 5.0 / 12);
  EXPECT_DOUBLE_EQ(matrix.row(2)[0], 0.5);
  // The first row sees the three others, of which a third came true: 1 of 1 and 10 / 3 of 10.
  EXPECT_DOUBLE_EQ(preparation.apply_to_training(training).row(0)[0], (1 + 10.0 / 3) / 11);
  JsonWriter out;
  preparation.write(out);
  EXPECT_EQ(Preparation::read(Json::parse(out.take())).apply(training).values,
            preparation.apply(training).values);
}

TEST(Preparation, ScaledNumbersByHand) {
  // Median 2 stands in for the missing one: 1, 2, 3, 2, 2 has mean 2 and variance 0.4.
  const DataSet training = with_numbers({1, 2, 3, kMissing, 2});
  const Preparation preparation = Preparation::fit(training, Preparation::Style::kScaled);
  ASSERT_EQ(preparation.width(), 2u);
  const Matrix matrix = preparation.apply(training);
  EXPECT_DOUBLE_EQ(matrix.row(0)[0], -1 / std::sqrt(0.4));
  EXPECT_DOUBLE_EQ(matrix.row(3)[0], 0);
  EXPECT_DOUBLE_EQ(matrix.row(3)[1], 2);     // (1 - 0.2) / 0.4
  EXPECT_DOUBLE_EQ(matrix.row(0)[1], -0.5);  // (0 - 0.2) / 0.4
  // One wild value is kept within bounds, and scoring fits nothing anew.
  EXPECT_DOUBLE_EQ(preparation.apply(with_numbers({1e9})).row(0)[0], Preparation::kFarthest);
  EXPECT_DOUBLE_EQ(preparation.apply(with_numbers({kMissing})).row(0)[0], 0);
}

TEST(Preparation, SkewedCountsAreTakenAsLogarithms) {
  std::vector<double> counts(99, 0);
  counts.push_back(1000);
  const Preparation skewed = Preparation::fit(with_numbers(counts), Preparation::Style::kScaled);
  // Two values only, so that scaling alone would give the same: a third one tells.
  const Matrix matrix = skewed.apply(with_numbers({0, std::sqrt(1001) - 1, 1000}));
  EXPECT_NEAR(matrix.row(1)[0] - matrix.row(0)[0],
              (std::log1p(1000) / 2) / std::sqrt(0.0099) / std::log1p(1000), 1e-9);
  counts[0] = -1;
  const Preparation plain = Preparation::fit(with_numbers(counts), Preparation::Style::kScaled);
  const Matrix linear = plain.apply(with_numbers({0, 10, 20}));
  EXPECT_NEAR(linear.row(2)[0] - linear.row(1)[0], linear.row(1)[0] - linear.row(0)[0], 1e-12);
}

TEST(Preparation, CategoriesRareAndUnseen) {
  std::vector<std::string> values(12, "common");
  values.insert(values.end(), 11, "");
  values.insert(values.end(), 3, "rare");
  const Preparation preparation =
      Preparation::fit(with_categories(values), Preparation::Style::kRaw);
  ASSERT_EQ(preparation.width(), 3u);  // missing, common, other
  const Matrix matrix = preparation.apply(with_categories({"", "common", "rare", "never seen"}));
  const std::vector<double> expected = {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1};
  EXPECT_EQ(matrix.values, expected);
}

TEST(Preparation, WhatDoesNotVaryIsLeftOut) {
  for (const auto style : {Preparation::Style::kScaled, Preparation::Style::kRaw}) {
    EXPECT_EQ(Preparation::fit(with_numbers({4, 4, 4}), style).width(), 0u);
    EXPECT_EQ(Preparation::fit(with_numbers({kMissing, kMissing}), style).width(), 0u);
    EXPECT_EQ(Preparation::fit(with_categories({"a", "a"}), style).width(), 0u);
    EXPECT_EQ(Preparation::fit(with_numbers({}), style).width(), 0u);
  }
  // A number that is there or not tells something even if it is always the same.
  EXPECT_EQ(
      Preparation::fit(with_numbers({4, kMissing}), Preparation::Style::kScaled).origins().size(),
      1u);
}

TEST(Preparation, StoredAndReadIsTheSame) {
  const DataSet data = sample(40);
  for (const auto style : {Preparation::Style::kScaled, Preparation::Style::kRaw}) {
    const Preparation preparation = Preparation::fit(data, style);
    JsonWriter out;
    preparation.write(out);
    const Preparation read = Preparation::read(Json::parse(out.take()));
    const Matrix a = preparation.apply(data), b = read.apply(data);
    ASSERT_EQ(a.values.size(), b.values.size());
    for (std::size_t i = 0; i < a.values.size(); ++i) {
      EXPECT_TRUE(a.values[i] == b.values[i] ||
                  (std::isnan(a.values[i]) && std::isnan(b.values[i])));
    }
  }
}

TEST(Preparation, MissingColumnsAreNamed) {
  const Preparation preparation =
      Preparation::fit(with_numbers({1, 2}), Preparation::Style::kScaled);
  for (const DataSet& wrong : {DataSet(), with_categories({"a"})}) {
    try {
      preparation.apply(wrong);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), "model.column_missing");
    }
  }
}

}  // namespace
}  // namespace waymark::model
