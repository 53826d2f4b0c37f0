#include "model/trees.h"

#include <gtest/gtest.h>
#include <xgboost/c_api.h>

#include <bit>
#include <cmath>

#include "base/error.h"
#include "model/boosting.h"
#include "model/sample.h"

namespace waymark::model {
namespace {

DataSet numbers_only(DataSet data) {
  std::erase_if(data.columns, [](const DataColumn& column) { return column.categorical; });
  std::erase_if(data.columns, [](const DataColumn& column) { return column.name == "constant"; });
  return data;
}

// XGBoost itself, grown with the same parameters on the same rows: margins (contributions false)
// or its own TreeSHAP values with the base as last column.
std::vector<float> by_xgboost(const DataSet& data, const BoostingParameters& p,
                              bool contributions) {
  std::vector<float> values, labels(data.target.begin(), data.target.end());
  for (std::size_t row = 0; row < data.size(); ++row) {
    for (const DataColumn& column : data.columns) {
      values.push_back(static_cast<float>(column.numbers[row]));
    }
  }
  DMatrixHandle matrix;
  BoosterHandle booster;
  EXPECT_EQ(XGDMatrixCreateFromMat(values.data(), data.size(), data.columns.size(), std::nanf(""),
                                   &matrix),
            0);
  EXPECT_EQ(XGDMatrixSetFloatInfo(matrix, "label", labels.data(), labels.size()), 0);
  EXPECT_EQ(XGBoosterCreate(&matrix, 1, &booster), 0);
  const std::pair<const char*, std::string> settings[] = {
      {"objective", "binary:logistic"},
      {"tree_method", "hist"},
      {"nthread", "1"},
      {"max_depth", std::to_string(p.depth)},
      {"eta", std::to_string(p.learning_rate)},
      {"subsample", std::to_string(p.row_share)},
      {"colsample_bytree", std::to_string(p.column_share)},
      {"min_child_weight", std::to_string(p.leaf_weight)},
      {"lambda", std::to_string(p.l2)},
      {"seed", std::to_string(p.seed)}};
  for (const auto& [name, value] : settings) XGBoosterSetParam(booster, name, value.c_str());
  for (std::size_t round = 0; round < p.rounds; ++round) {
    EXPECT_EQ(XGBoosterUpdateOneIter(booster, static_cast<int>(round), matrix), 0);
  }
  bst_ulong size = 0;
  const float* out = nullptr;
  EXPECT_EQ(XGBoosterPredict(booster, matrix, contributions ? 4 : 1, 0, 0, &size, &out), 0);
  std::vector<float> result(out, out + size);
  XGBoosterFree(booster);
  XGDMatrixFree(matrix);
  return result;
}

TEST(Trees, ComputeWhatXgboostComputes) {
  const DataSet data = numbers_only(sample(100));
  const BoostingParameters parameters{.rounds = 30, .learning_rate = 0.25, .leaf_weight = 2};
  const auto predictor = BoostingTrainer(parameters).fit(data);

  const std::vector<double> log_odds = predictor->margins(data);
  const std::vector<float> margins = by_xgboost(data, parameters, false);
  ASSERT_EQ(margins.size(), log_odds.size());
  for (std::size_t i = 0; i < margins.size(); ++i) EXPECT_NEAR(log_odds[i], margins[i], 1e-5);

  const Contributions ours = predictor->contributions(data);
  const std::vector<float> theirs = by_xgboost(data, parameters, true);
  const std::size_t width = data.columns.size() + 1;
  ASSERT_EQ(theirs.size(), data.size() * width);
  for (std::size_t row = 0; row < data.size(); ++row) {
    for (std::size_t c = 0; c + 1 < width; ++c) {
      EXPECT_NEAR(ours.values[row * ours.columns + c], theirs[row * width + c], 1e-4);
    }
    EXPECT_NEAR(ours.base[0], theirs[row * width + width - 1], 1e-4);
  }
}

// Two inputs, the first split on twice.
//   a < 5 ? (b < 1 ? 1 : 2) : (a < 9 ? 4 : 8), with 10, 30, 40 and 20 training rows in the leaves.
Tree hand_made() {
  return {{.left = 1, .right = 2, .input = 0, .threshold = 5, .cover = 100, .gain = 7},
          {.left = 3,
           .right = 4,
           .input = 1,
           .missing_left = true,
           .threshold = 1,
           .cover = 40,
           .gain = 2},
          {.left = 5, .right = 6, .input = 0, .threshold = 9, .cover = 60, .gain = 1},
          {.value = 1, .cover = 10},
          {.value = 2, .cover = 30},
          {.value = 4, .cover = 40},
          {.value = 8, .cover = 20}};
}

// The mean of the tree over training rows, knowing only the inputs in `known`.
double expectation(const Tree& tree, std::uint32_t at, const double* row, unsigned known) {
  const TreeNode& node = tree[at];
  if (node.left == 0) return node.value;
  if ((known >> node.input & 1u) != 0) {
    const double value = row[node.input];
    const bool left = std::isnan(value) ? node.missing_left : value < node.threshold;
    return expectation(tree, left ? node.left : node.right, row, known);
  }
  return (tree[node.left].cover * expectation(tree, node.left, row, known) +
          tree[node.right].cover * expectation(tree, node.right, row, known)) /
         node.cover;
}

DataSet two_inputs(std::vector<double> a, std::vector<double> b) {
  DataSet data;
  data.learner.assign(a.size(), LearnerKey("x"));
  data.columns = {{.name = "a", .feature = "a", .numbers = std::move(a)},
                  {.name = "b", .feature = "b", .numbers = std::move(b)}};
  return data;
}

// Shapley values by their definition: with two inputs, the mean over both orders of getting to know
// them.
TEST(Trees, ContributionsAreShapleyValues) {
  const DataSet data = two_inputs({1, 1, 7, 10, kMissing}, {0, 2, kMissing, 0, kMissing});
  const TreePredictor predictor(Preparation::fit(data, Preparation::Style::kRaw),
                                TreePredictor::Sums::kMargins, {0.5}, {hand_made()});
  const Contributions parts = predictor.contributions(data);
  EXPECT_NEAR(parts.base[0], 0.5 + (10 * 1 + 30 * 2 + 40 * 4 + 20 * 8) / 100.0, 1e-12);
  for (std::size_t row = 0; row < data.size(); ++row) {
    const double x[] = {data.columns[0].numbers[row], data.columns[1].numbers[row]};
    double value[4];
    for (unsigned known = 0; known < 4; ++known)
      value[known] = expectation(hand_made(), 0, x, known);
    EXPECT_NEAR(parts.values[row * 2], (value[1] - value[0] + value[3] - value[2]) / 2, 1e-12);
    EXPECT_NEAR(parts.values[row * 2 + 1], (value[2] - value[0] + value[3] - value[1]) / 2, 1e-12);
    EXPECT_NEAR(predictor.margins(data)[row], 0.5 + value[3], 1e-12);
  }
  const auto importance = predictor.importance();
  EXPECT_DOUBLE_EQ(importance.at("a"), 0.8);
  EXPECT_DOUBLE_EQ(importance.at("b"), 0.2);
}

TEST(Trees, SameSeedSameTrees) {
  const DataSet data = sample(80);
  const auto bytes = [&](std::uint64_t seed) {
    JsonWriter out;
    BoostingTrainer({.rounds = 10, .leaf_weight = 2, .seed = seed}).fit(data)->write(out);
    return out.take();
  };
  EXPECT_EQ(bytes(1), bytes(1));
  EXPECT_NE(bytes(1), bytes(2));
}

TEST(Trees, NothingThatVariesIsAnError) {
  DataSet data = two_inputs({1, 1}, {kMissing, kMissing});
  data.target = {0, 1};
  try {
    BoostingTrainer({}).fit(data);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "model.nothing_varies");
  }
}

std::string stored(const Tree& tree) {
  const DataSet data = two_inputs({1, 2}, {1, 2});
  JsonWriter out;
  out.begin_object().key("kind").string("trees");
  Preparation::fit(data, Preparation::Style::kRaw).write(out.key("preparation"));
  out.key("sums").string("margins").key("base").begin_array().number(0).end_array();
  write(out.key("trees").begin_array(), tree);
  return out.end_array().end_object().take();
}

TEST(Trees, MisshapenTreesAreRefused) {
  EXPECT_NO_THROW(TreePredictor::read(Json::parse(stored(hand_made()))));
  const auto refused = [](auto change) {
    Tree tree = hand_made();
    change(tree);
    try {
      TreePredictor::read(Json::parse(stored(tree)));
      return std::string("accepted");
    } catch (const Error& error) {
      return error.reason();
    }
  };
  EXPECT_EQ(refused([](Tree& t) { t[1].left = 0, t[1].right = 9; }), "model.malformed");
  EXPECT_EQ(refused([](Tree& t) { t[1].left = 1; }), "model.malformed");  // its own child
  EXPECT_EQ(refused([](Tree& t) { t[2].left = 3; }), "model.malformed");  // two parents
  EXPECT_EQ(refused([](Tree& t) { t[2].left = t[2].right = 5; }), "model.malformed");
  EXPECT_EQ(refused([](Tree& t) { t[0].input = 2; }), "model.malformed");  // no such input
  EXPECT_EQ(refused([](Tree& t) { t[3].cover = 0; }), "model.malformed");
  EXPECT_EQ(refused([](Tree& t) { t[3].value = std::nan(""); }), "model.malformed");
  EXPECT_EQ(refused([](Tree& t) { t.push_back({.value = 1, .cover = 1}); }), "model.malformed");
  EXPECT_EQ(refused([](Tree& t) { t.clear(); }), "model.malformed");
  EXPECT_EQ(refused([](Tree& t) {
              t.clear();  // a staircase
              for (std::uint32_t i = 0; i < 100; ++i) {
                t.push_back({.left = 2 * i + 1, .right = 2 * i + 2, .cover = 1});
                t.push_back({.value = 1, .cover = 1});
              }
              t.push_back({.value = 1, .cover = 1});
            }),
            "model.malformed");
}

}  // namespace
}  // namespace waymark::model
