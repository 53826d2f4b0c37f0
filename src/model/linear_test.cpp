#include "model/linear.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/text.h"
#include "model/sample.h"
#include "stats/forecast.h"

namespace waymark::model {
namespace {

const std::filesystem::path kDropout = "../shared/data/uci/students_dropout_train.csv";
const std::vector<std::string> kColumns = {
    "Previous_qualification_grade",   "Admission_grade",   "Curricular_units_1st_sem_approved",
    "Curricular_units_2nd_sem_grade", "Unemployment_rate", "GDP",
    "Tuition_fees_up_to_date"};

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ';');) out.push_back(field);
  return out;
}

DataSet dropout() {
  std::ifstream in(kDropout);
  std::string line;
  std::getline(in, line);
  const std::vector<std::string> header = fields(line);
  DataSet data;
  for (const std::string& name : kColumns) data.columns.push_back({.name = name, .feature = name});
  while (std::getline(in, line)) {
    const std::vector<std::string> row = fields(line);
    data.learner.emplace_back(std::to_string(data.size()));
    for (DataColumn& column : data.columns) {
      const auto at = std::find(header.begin(), header.end(), column.name) - header.begin();
      column.numbers.push_back(parse_number(row[static_cast<std::size_t>(at)]).value());
    }
    data.target.push_back(row.back().starts_with("Dropout") ? 1 : 0);
  }
  return data;
}

const LinearPredictor& linear(const std::shared_ptr<const Predictor>& predictor) {
  return dynamic_cast<const LinearPredictor&>(*predictor);
}

// Oracle: scikit-learn 1.2.1, LogisticRegression(C=C, solver="newton-cholesky", tol=1e-12) on these
// columns brought to mean 0 and (population) standard deviation 1. None of them is skewed, so our
// preparation does no more than that.
TEST(Logistic, MatchesScikitLearnOnUciDropout) {
  if (!std::filesystem::exists(kDropout)) GTEST_SKIP() << kDropout << " is not there";
  const DataSet data = dropout();
  const std::map<double, std::vector<double>> expected = {
      {1,
       {-0.8941351634200646, -0.14779393320439135, -0.10958991900209664, -0.5472286405022434,
        -0.9787459328430691, 0.09030585497100624, -0.03272911882897592, -0.8703392766332552}},
      {100,
       {-0.8889668582151689, -0.108157648921519, -0.09519279096024874, -0.5125639376213359,
        -0.7828988507816959, 0.06192379760123964, -0.025228515053533507, -0.6672721324868168}}};
  for (const auto& [l2, digits] : expected) {
    const auto predictor = LogisticTrainer({.l2 = l2}).fit(data);
    EXPECT_NEAR(linear(predictor).intercepts()[0], digits[0], 1e-7);
    for (std::size_t i = 0; i + 1 < digits.size(); ++i) {
      EXPECT_NEAR(linear(predictor).weights()[i], digits[i + 1], 1e-7) << kColumns[i];
    }
  }
  const auto predictor = LogisticTrainer({.l2 = 100}).fit(data);
  EXPECT_NEAR(stats::Forecast(predictor->margins(data), data.target).roc_auc(), 0.8638021992507416,
              1e-9);
}

// At the least of the penalised loss its slope is 0 in every direction, summed up here row by row.
// The sample has numbers, a word of which each value is rare, and missing ones.
TEST(Logistic, StandsWhereThePenalisedLossIsLeast) {
  DataSet data = sample(300);
  for (const std::size_t classes : {2u, 3u}) {
    if (classes == 3) {
      data.classes = {"no", "yes", "perhaps"};
      for (std::size_t row = 0; row < data.size(); ++row)
        if (data.columns[3].numbers[row] > 0.6) data.target[row] = 2;
    }
    const auto predictor = LogisticTrainer({.l2 = 10}).fit(data);
    const LinearPredictor& fit = linear(predictor);
    const Matrix inputs = fit.preparation().apply_to_training(data);
    const std::size_t outputs = fit.outputs();
    const std::vector<double> p = to_probabilities(fit.margins(data), outputs);
    for (std::size_t k = 0; k < outputs; ++k) {
      for (std::size_t j = 0; j <= inputs.columns; ++j) {  // the last: the intercept
        double slope = j < inputs.columns ? 10 * fit.weights()[k * inputs.columns + j] : 0;
        for (std::size_t row = 0; row < data.size(); ++row) {
          const double truth = data.target[row] == (classes == 2 ? 1 : k) ? 1 : 0;
          const double input = j < inputs.columns ? inputs.row(row)[j] : 1;
          slope += input * (p[row * outputs + k] - truth);
        }
        EXPECT_NEAR(slope, 0, 1e-4) << classes << " classes, input " << j << ", output " << k;
      }
    }
  }
}

TEST(Logistic, ContributionsAddUp) {
  const DataSet data = sample(60);
  const auto predictor = LogisticTrainer({.l2 = 1}).fit(data);
  const std::vector<double> log_odds = predictor->margins(data);
  const Contributions parts = predictor->contributions(data);
  std::vector<double> mean(parts.columns);
  for (std::size_t row = 0; row < data.size(); ++row) {
    double sum = parts.base[0];
    for (std::size_t c = 0; c < parts.columns; ++c) {
      sum += parts.values[row * parts.columns + c];
      mean[c] += parts.values[row * parts.columns + c];
    }
    EXPECT_NEAR(sum, log_odds[row], 1e-9);
  }
  for (const double value : mean) EXPECT_NEAR(value / static_cast<double>(data.size()), 0, 1e-9);
}

TEST(Logistic, MoreColumnsThanRows) {
  DataSet data;
  stats::Random random(4);
  for (std::size_t row = 0; row < 6; ++row) {
    data.learner.emplace_back(std::to_string(row));
    data.target.push_back(row % 2);
  }
  for (std::size_t c = 0; c < 40; ++c) {
    data.columns.push_back({.name = "c" + std::to_string(c), .feature = "c"});
    for (std::size_t row = 0; row < 6; ++row) {
      data.columns.back().numbers.push_back(uniform(random));
    }
  }
  const auto predictor = LogisticTrainer({.l2 = 0.001}).fit(data);
  EXPECT_EQ(stats::Forecast(predictor->margins(data), data.target).roc_auc(), 1);
}

TEST(Logistic, NothingThatVariesGivesThePrior) {
  DataSet data;
  data.learner.assign(4, LearnerKey("x"));
  data.target = {1, 0, 0, 0};
  data.columns = {{.name = "same", .feature = "same", .numbers = {5, 5, 5, 5}}};
  const auto predictor = LogisticTrainer({}).fit(data);
  for (const double value : predictor->margins(data)) EXPECT_NEAR(value, std::log(1.0 / 3), 1e-6);
}

// Of a 2 x 2 table without a penalty: the log of the odds ratio, and by hand (Woolf 1955) the root
// of the sum of one over each count.
TEST(Logistic, StandardErrorsAreWoolfsOfATable) {
  DataSet data;
  data.columns.push_back({.name = "exposed", .feature = "exposed"});
  const std::size_t counts[2][2] = {{40, 10}, {20, 30}};  // by exposed, ill
  for (const std::size_t exposed : {0u, 1u}) {
    for (const std::size_t ill : {0u, 1u}) {
      for (std::size_t i = 0; i < counts[exposed][ill]; ++i) {
        data.learner.emplace_back(std::to_string(data.size()));
        data.columns[0].numbers.push_back(static_cast<double>(exposed));
        data.target.push_back(static_cast<std::uint8_t>(ill));
      }
    }
  }
  const auto fitted = LogisticTrainer({.l2 = 1e-6}).fit(data);
  const std::vector<Weight> weights = weights_of(linear(fitted), data);
  ASSERT_EQ(weights.size(), 1u);
  EXPECT_EQ(weights[0].input, "exposed");
  const double odds = std::log(40.0 * 30 / (10 * 20));
  const double error = std::sqrt(1.0 / 40 + 1.0 / 10 + 1.0 / 20 + 1.0 / 30);
  EXPECT_NEAR(weights[0].value / 0.5, odds,
              1e-3);  // a standard deviation is a half
  EXPECT_NEAR(weights[0].error / 0.5, error, 1e-3);
  // A penalty makes both smaller; by l1 there is none to tell.
  const auto drawn = LogisticTrainer({.l2 = 30}).fit(data);
  EXPECT_LT(weights_of(linear(drawn), data)[0].error, weights[0].error);
  EXPECT_TRUE(weights_of(linear(LogisticTrainer({.l2 = 1, .l1 = 1}).fit(data)), data).empty());
}

}  // namespace
}  // namespace waymark::model
