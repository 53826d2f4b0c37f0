#include "model/calibrator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/file.h"
#include "model/model.h"
#include "model/sample.h"
#include "stats/class_forecast.h"

namespace waymark::model {
namespace {

// Forecasts of what comes true with `chance`, far too sure of themselves.
struct Overconfident {
  std::vector<double> probability;
  std::vector<std::uint8_t> truth;
};

Overconfident overconfident(std::size_t rows, std::uint64_t seed) {
  stats::Random random(seed);
  Overconfident out;
  for (std::size_t i = 0; i < rows; ++i) {
    const double log_odds = 4 * uniform(random) - 2;
    out.probability.push_back(stats::logistic(3 * log_odds + 1));
    out.truth.push_back(uniform(random) < stats::logistic(log_odds) ? 1 : 0);
  }
  return out;
}

double error_of(const std::vector<double>& p, const std::vector<std::uint8_t>& truth) {
  return stats::ClassForecast(p, 2, truth).calibration_error();
}

TEST(Calibrator, BringsOverconfidenceToWhatComesTrue) {
  const Overconfident fit = overconfident(2000, 1), fresh = overconfident(2000, 2);
  EXPECT_GT(error_of(fresh.probability, fresh.truth), 0.15);
  for (const Calibration how : {Calibration::kPlatt, Calibration::kIsotonic}) {
    const Calibrator calibrator(how, fit.probability, 2, fit.truth);
    EXPECT_LT(error_of(calibrator.apply(fresh.probability), fresh.truth), 0.06);
    JsonWriter out;
    calibrator.write(out);
    const Calibrator read = Calibrator::read(Json::parse(out.take()));
    EXPECT_EQ(read.apply(fresh.probability), calibrator.apply(fresh.probability));
  }
  EXPECT_EQ(Calibrator().apply(fresh.probability), fresh.probability);
}

TEST(Calibrator, IsNeverCertain) {
  const Calibrator calibrator(Calibration::kIsotonic, std::vector<double>{0.1, 0.2, 0.8, 0.9}, 2,
                              std::vector<std::uint8_t>{0, 0, 1, 1});
  const std::vector<double> p = calibrator.apply({0, 0.5, 1});
  EXPECT_NEAR(p[0], 1.0 / 6, 1e-12);
  EXPECT_NEAR(p[1], 0.5, 1e-12);
  EXPECT_NEAR(p[2], 5.0 / 6, 1e-12);
}

TEST(Calibrator, OfSeveralClassesSumsToOne) {
  stats::Random random(3);
  std::vector<double> p;
  std::vector<std::uint8_t> truth;
  for (int row = 0; row < 300; ++row) {
    const double a = uniform(random), b = uniform(random), c = uniform(random), sum = a + b + c;
    for (const double one : {a, b, c}) p.push_back(one / sum);
    truth.push_back(static_cast<std::uint8_t>(random.below(3)));
  }
  for (const Calibration how : {Calibration::kPlatt, Calibration::kIsotonic}) {
    const Calibrator calibrator(how, p, 3, truth);
    EXPECT_EQ(calibrator.outputs(), 3u);
    const std::vector<double> after = calibrator.apply(p);
    for (std::size_t row = 0; row < 300; ++row) {
      EXPECT_NEAR(after[3 * row] + after[3 * row + 1] + after[3 * row + 2], 1, 1e-12);
    }
    // Classes that are drawn at random are foretold by their shares.
    EXPECT_LT(stats::ClassForecast(after, 3, truth).log_loss(),
              stats::ClassForecast(p, 3, truth).log_loss());
  }
}

TEST(Calibrator, RefusesWhatIsNoCurve) {
  for (const char* bad :
       {R"([{"at": [1, 0], "value": [0.1, 0.2]}])", R"([{"at": [], "value": []}])",
        R"([{"at": [0], "value": [2]}])", R"([{"at": [0], "value": []}])"}) {
    EXPECT_THROW(Calibrator::read(Json::parse(bad)), Error) << bad;
  }
}

ModelDefinition calibrated_risk() {
  ModelDefinition out{.name = "risk", .version = "v1", .title = "At risk"};
  out.request.as_of = {fold::CourseDay{49}};
  out.request.target = fold::Target{.kinds = {"result"}, .outcomes = {"Fail"}};
  out.features = {"score", "idle_days"};
  // Eager to be wrong: deep trees, fast steps.
  out.trainers = {
      {.name = "boosting",
       .parameters = {
           {"rounds", 30}, {"learning_rate", 0.5}, {"leaf_weight", 0}, {"l2", 0}, {"depth", 6}}}};
  out.calibrate = {Calibration::kPlatt, Calibration::kIsotonic};
  return out;
}

TEST(Calibrator, IsChosenOnHeldOutRowsAndToldBesideWhatWasThere) {
  const TemporaryFolder folder;
  const DataSet data = sample(200);
  const auto steps = [](std::size_t, std::size_t) {};
  const TrainingResult result = train(calibrated_risk(), data, folder.path(), 1, steps);
  const Model model = Model::load(result.directory);
  const Evaluation& evaluation = model.evaluation();
  ASSERT_EQ(evaluation.candidates.size(), 5u);
  EXPECT_EQ(evaluation.candidates[2].name, "boosting");
  EXPECT_EQ(evaluation.candidates[3].name, "boosting+platt");
  EXPECT_EQ(evaluation.candidates[4].name, "boosting+isotonic");
  EXPECT_NE(evaluation.best().calibration, "");
  const Candidate &plain = evaluation.candidates[2], &best = evaluation.best();
  EXPECT_LT(best.held_out_log_loss, plain.held_out_log_loss);
  EXPECT_LT(best.test.log_loss.value, plain.test.log_loss.value);
  EXPECT_LT(best.test.calibration_error.value, plain.test.calibration_error.value);
  for (const char* part : {"boosting+platt", "| as they are |", "before calibration"}) {
    EXPECT_NE(model.card().find(part), std::string::npos) << part << "\n" << model.card();
  }
  // What is scored is what was judged, and reasons go with it.
  const std::vector<double> scores = model.score(data);
  const auto reasons = model.explain(data, std::vector<std::uint32_t>{3, 7}, 3);
  EXPECT_NEAR(reasons[0].probability[0], scores[3], 1e-12);
  const std::vector<std::uint32_t> test =
      rows_where(data, [](const Cohort& cohort) { return cohort.course == "A/2"; });
  for (std::size_t i = 0; i < test.size(); ++i) {
    EXPECT_NEAR(model.judged().probability[i], scores[test[i]], 1e-12);
  }
}

// Nothing that was fitted saw a test row.
TEST(Calibrator, TheTestFitsNothing) {
  const TemporaryFolder a, b;
  const auto steps = [](std::size_t, std::size_t) {};
  DataSet data = sample(100);
  const Model honest = Model::load(train(calibrated_risk(), data, a.path(), 1, steps).directory);
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (data.cohort[row] == 2) data.target[row] ^= 1;
  }
  const Model flipped = Model::load(train(calibrated_risk(), data, b.path(), 1, steps).directory);
  EXPECT_EQ(honest.evaluation().chosen, flipped.evaluation().chosen);
  EXPECT_EQ(honest.score(data), flipped.score(data));
}

}  // namespace
}  // namespace waymark::model
