// Every figure has an interval, and the intervals hold what they are to hold.

#include "model/findings.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "model/sample.h"
#include "stats/descriptive.h"

namespace waymark::model {
namespace {

// Learners with one row each, of the classes that come true with the probabilities told, which are
// too sure of themselves by `sure`.
struct Forecasts {
  DataSet test;
  std::vector<Said> said;
};

Forecasts forecasts(std::size_t rows, std::size_t classes, std::uint64_t seed, double sure = 1.3) {
  stats::Random random(seed);
  Forecasts out;
  out.test.classes = {"low", "middle", "high"};
  out.test.classes.resize(classes);
  out.test.cohorts = {{.course = "A"}, {.course = "B"}};
  out.said.resize(2);  // the share of all, and the forecasts
  for (std::size_t row = 0; row < rows; ++row) {
    std::vector<double> margins(classes);
    for (double& margin : margins) margin = 4 * uniform(random) - 2;
    if (classes == 2) margins.erase(margins.begin());
    std::vector<double> sharp = margins;
    for (double& margin : sharp) margin *= sure;
    const std::vector<double> p = to_probabilities(margins, margins.size());
    double drawn = uniform(random);
    std::uint8_t truth = 0;
    if (classes == 2) {
      truth = drawn < p[0] ? 1 : 0;
    } else {
      for (truth = 0; truth + 1u < classes && drawn >= p[truth]; ++truth) drawn -= p[truth];
    }
    out.test.learner.emplace_back("learner " + std::to_string(row));
    out.test.cohort.push_back(row % 2);
    out.test.target.push_back(truth);
    const std::vector<double> told = to_probabilities(sharp, sharp.size());
    out.said[1].probability.insert(out.said[1].probability.end(), told.begin(), told.end());
    out.said[0].probability.insert(out.said[0].probability.end(), told.size(),
                                   1 / static_cast<double>(classes));
  }
  return out;
}

CostMatrix costs_of(std::size_t classes) {
  CostMatrix costs{.classes = {"low", "middle", "high"}, .left = 0.9};
  costs.classes.resize(classes);
  costs.cost = classes == 2 ? std::vector<double>{0, 1, 3, 0}
                            : std::vector<double>{0, 1, 2, 2, 0, 1, 4, 3, 0};
  return costs;
}

Evaluation judged(Forecasts& of, std::uint64_t seed = 1) {
  const std::size_t classes = of.test.classes.size();
  const DecisionRule rule{.costs = costs_of(classes)};
  Evaluation out{.classes = of.test.classes};
  out.training = out.test = side_of(of.test);
  for (Said& said : of.said) {
    const Decision decision = decision_by(rule, said.probability, classes, of.test.target);
    said.called = decision.called(said.probability);
    said.left = decision.left(said.probability);
    said.certain = decision.certain(said.probability);
    out.candidates.push_back(
        {.name = out.candidates.empty() ? "prior" : "logistic", .decision = decision});
  }
  out.chosen = "logistic";
  judge(of.test, of.said, 1, 0, rule, seed, out);
  return out;
}

// The places of figures in a document that lack their interval, or lie outside it.
void look(const Json& json, const std::string& path, std::size_t& figures,
          std::vector<std::string>& wrong) {
  if (json.is_array()) {
    for (const Json& item : json.array()) look(item, path, figures, wrong);
    return;
  }
  if (!json.is_object()) return;
  if (const Json* value = json.find("value")) {
    ++figures;
    const Json &low = json.at("low"), &high = json.at("high");
    const bool is_whole = value->is_number() && low.is_number() && high.is_number();
    constexpr double kRounding = 1e-12;
    if (!is_whole || low.number() > value->number() + kRounding ||
        high.number() < value->number() - kRounding) {
      wrong.push_back(path);
    }
    return;
  }
  for (const auto& [key, member] : json.object()) look(member, path + "/" + key, figures, wrong);
}

TEST(Findings, EveryFigureHasAnIntervalAndComesBackFromItsFile) {
  for (const std::size_t classes : {2u, 3u}) {
    Forecasts of = forecasts(400, classes, 1);
    const Evaluation evaluation = judged(of);
    JsonWriter out;
    write(out, evaluation);
    const std::string text = out.take();
    std::size_t figures = 0;
    std::vector<std::string> wrong;
    look(Json::parse(text), "", figures, wrong);
    EXPECT_EQ(wrong, std::vector<std::string>{});
    // Of two candidates eight and the gain; shares left, two courses, a line and F1 of each class;
    // what is left to people; the likeliest, always each; thresholds of two classes.
    const std::size_t lines = stats::outputs_of(classes);
    EXPECT_EQ(figures, 2 * 8 + 1 + 6 * 2 + 2 + 2 * lines + classes + 3 + 1 + classes +
                           (classes == 2 ? 19 : 0));
    JsonWriter again;
    write(again, read_evaluation(Json::parse(text)));
    EXPECT_EQ(again.take(), text);
  }
}

// What versions of before wrote: numbers in place of figures, and nothing of costs by class.
TEST(Findings, AFigureOfBeforeIsOneWithoutAnInterval) {
  const Figure old = read_figure(Json::parse("0.25"));
  EXPECT_EQ(old.value, 0.25);
  EXPECT_EQ(in_words(old), "0.250");
  EXPECT_EQ(in_words(read_figure(Json::parse("null"))), "-");
}

// A bootstrap in a few lines of its own: 4,000 draws of another generator.
std::vector<std::pair<double, double>> plain_bootstrap(
    std::size_t rows, const std::vector<std::vector<double>>& losses) {
  std::mt19937 generator(20);
  std::uniform_int_distribution<std::size_t> any(0, rows - 1);
  std::vector<std::vector<double>> means(losses.size());
  for (int draw = 0; draw < 4000; ++draw) {
    std::vector<double> sums(losses.size());
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t row = any(generator);
      for (std::size_t m = 0; m < losses.size(); ++m) sums[m] += losses[m][row];
    }
    for (std::size_t m = 0; m < losses.size(); ++m) {
      means[m].push_back(sums[m] / static_cast<double>(rows));
    }
  }
  std::vector<std::pair<double, double>> intervals;
  for (std::vector<double>& of_measure : means) {
    std::ranges::sort(of_measure);
    intervals.emplace_back(of_measure[100], of_measure[3899]);
  }
  return intervals;
}

TEST(Findings, IntervalsAreThoseOfAPlainBootstrap) {
  Forecasts of = forecasts(500, 3, 7);
  const Evaluation evaluation = judged(of);
  const CostMatrix costs = costs_of(3);
  // By row: right, squared distance, minus log, cost as called, cost of the likeliest, of "high".
  std::vector<std::vector<double>> losses(6, std::vector<double>(500));
  for (std::size_t row = 0; row < 500; ++row) {
    const double* p = &of.said[1].probability[row * 3];
    const std::size_t truth = of.test.target[row], called = of.said[1].called[row];
    const auto likeliest = static_cast<std::size_t>(std::max_element(p, p + 3) - p);
    losses[0][row] = called == truth ? 1 : 0;
    for (std::size_t c = 0; c < 3; ++c) losses[1][row] += std::pow(p[c] - (c == truth ? 1 : 0), 2);
    losses[2][row] = -std::log(p[truth]);
    losses[3][row] = costs.of(truth, called);
    losses[4][row] = costs.of(truth, likeliest);
    losses[5][row] = costs.of(truth, 2);
  }
  const auto intervals = plain_bootstrap(500, losses);
  const Quality& test = evaluation.best().test;
  const Figure figures[] = {test.accuracy,
                            test.brier_score,
                            test.log_loss,
                            test.cost,
                            evaluation.costs->likeliest,
                            evaluation.costs->always[2]};
  for (std::size_t m = 0; m < losses.size(); ++m) {
    const auto [low, high] = intervals[m];
    EXPECT_NEAR(figures[m].value, stats::mean(losses[m]), 1e-9) << m;
    EXPECT_NEAR(figures[m].low, low, (high - low) / 15) << m;
    EXPECT_NEAR(figures[m].high, high, (high - low) / 15) << m;
  }
  // By what is expected nothing costs less, and on these rows it is so.
  EXPECT_LT(test.cost.value, evaluation.costs->likeliest.value);
  EXPECT_LT(test.cost.value, evaluation.costs->always[evaluation.costs->cheapest].value);
}

// Of 100 samples of 150 learners, how often the interval holds what is true of all learners: 95 in
// the long run, and fewer than 88 of 100 once in 500 times.
TEST(Findings, IntervalsHoldWhatIsTrueOfAllLearners) {
  const auto figures = [](const Evaluation& evaluation) {
    const Quality& test = evaluation.best().test;
    const CalibrationLine& line = evaluation.calibration_line[0];
    return std::map<std::string, Figure>{{"ROC-AUC", test.roc_auc},
                                         {"PR-AUC", test.average_precision},
                                         {"log-loss", test.log_loss},
                                         {"Brier score", test.brier_score},
                                         {"intercept", line.intercept},
                                         {"slope", line.slope},
                                         {"course A", evaluation.by_course[0].roc_auc},
                                         {"always low", evaluation.costs->always[0]}};
  };
  std::map<std::string, double> truth;
  {
    // Two classes, so that what is called has no part in these.
    Forecasts all = forecasts(60000, 2, 1000);
    const stats::ClassForecast forecast(all.said[1].probability, 2, all.test.target);
    truth = {{"ROC-AUC", forecast.roc_auc()},
             {"PR-AUC", forecast.average_precision()},
             {"log-loss", forecast.log_loss()},
             {"Brier score", forecast.brier_score()},
             {"intercept", 0},
             {"slope", 1 / 1.3},
             {"course A", forecast.roc_auc()},
             {"always low", 3 * 0.5}};
  }
  std::map<std::string, int> held;
  constexpr int kSamples = 100;
  for (int sample = 0; sample < kSamples; ++sample) {
    Forecasts of = forecasts(150, 2, static_cast<std::uint64_t>(sample));
    for (const auto& [name, figure] : figures(judged(of))) {
      held[name] += figure.low <= truth[name] && truth[name] <= figure.high ? 1 : 0;
    }
  }
  for (const auto& [name, times] : held) EXPECT_GE(times, 88) << name;
  EXPECT_EQ(held.size(), truth.size());
}

}  // namespace
}  // namespace waymark::model
