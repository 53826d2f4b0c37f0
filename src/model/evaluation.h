#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "model/decision.h"
#include "model/predictor.h"
#include "stats/bootstrap.h"
#include "stats/calibration.h"
#include "stats/class_forecast.h"

namespace waymark::model {

// A figure on the test rows with its 95 % interval (bootstrap, learners drawn with replacement,
// unless it says otherwise). NaN where it does not exist.
struct Figure {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  double value = kNone, low = kNone, high = kNone;
};

Figure figure_of(const stats::Estimate& estimate);
// "0.834 (0.813 to 0.857)", "0.834" where there is no interval, "-" where there is no figure.
std::string in_words(const Figure& figure);
void write(JsonWriter& out, const Figure& figure);
// A number is a figure without an interval, as versions of before have it. Throws Error{kCorrupt,
// "model.malformed"}.
Figure read_figure(const Json& json);

// What `statistics` gives of all rows, with intervals; `learner`: each row's, 0 … n - 1. See
// stats::bootstrap_intervals(). An interval of those that are `biased` is moved by the bias of
// drawing, and not below 0: of a calibration error, a sum of distances, draws are nearly all larger
// than the figure, so that percentiles would leave it out.
std::vector<Figure> figures_of(std::span<const std::uint32_t> learner, std::uint64_t seed,
                               const std::function<std::vector<double>(stats::Weights)>& statistics,
                               const std::function<bool(std::size_t)>& biased = {});

// See stats/class_forecast.h for what each is.
struct Quality {
  Figure roc_auc, average_precision, macro_f1, accuracy, brier_score, log_loss, calibration_error;
  Figure cost;  // of a row as it is called, where costs are declared; nobody left to people
};

// One thing that was tried.
struct Candidate {
  std::string name;  // "logistic", "boosting+smote", "blend"; of baselines "prior" and "rule"
  std::string words;
  std::string calibration;  // "platt", "isotonic"; "" where probabilities are as they are
  bool baseline = false;
  double held_out_roc_auc = 0;   // within the training rows: the mean over the held-out parts
  double held_out_log_loss = 0;  // and of all held-out rows
  Decision decision;             // of best macro-F1 on the held-out training rows
  Quality test;
};

// The part of the data on one side of the split.
struct Side {
  std::size_t rows = 0, learners = 0;
  std::vector<std::size_t> by_class;  // rows
  std::vector<std::string> courses;
  Micros first_start = 0, last_start = 0;
};

// How the chosen candidate does on one course of the test.
struct CourseQuality {
  std::string course;
  std::size_t rows = 0;
  std::vector<double> observed, predicted;  // for each output: the share of rows, mean probability
  Figure roc_auc;
};

// Of the so many test rows that are likeliest, those that came true.
struct Reach {
  std::size_t rows = 0, hits = 0;
};

// What is right of the other test rows once a share of them, those that are least certain, is left
// to people. Intervals: of the same rows left.
struct Coverage {
  double left = 0;
  Figure accuracy, macro_f1;
};

// What the decision leaves to people, and how right it is about the others.
struct LeftToPeople {
  std::size_t rows = 0;
  Figure accuracy, macro_f1;
  Figure cost;  // of a row, all of them, where costs are declared
};

// What calling from a threshold on costs a learner, nobody left to people.
struct CostPoint {
  double threshold = 0;
  std::size_t called = 0;
  Figure cost;
};

// What calls cost a row, where costs are declared, beside what Quality::cost says of a candidate's.
struct CallCosts {
  std::vector<double> matrix;  // by truth, called
  Figure likeliest;            // each row called its likeliest class by the chosen candidate
  std::vector<Figure> always;  // by class: every row called so
  std::size_t cheapest = 0;    // of these, by the training rows
};

// See stats/calibration.h. Intervals: delete-a-group jackknife, see stats/jackknife.h.
struct CalibrationLine {
  Figure intercept, slope;
};

// What was found on rows that nothing was fitted to or chosen by.
struct Evaluation {
  std::vector<std::string> classes;
  std::vector<double> cuts;  // where amounts part into classes; empty where nothing is cut
  std::size_t folds = 1;  // how often training rows were parted from test rows; the test is all of
                          // theirs, and of several folds the model has learned from all rows
  Side training, test;
  std::size_t undecided =
      0;                 // training rows of courses that ended after the first test row's as-of
  std::string held_out;  // how candidates were compared within the training rows
  std::vector<Candidate> candidates;
  // By held_out_roc_auc, among those that are no baselines; whether calibrated by
  // held_out_log_loss.
  std::string chosen;
  Figure gain;                        // its ROC-AUC over that of the best baseline, drawn together
  std::vector<Reach> reach;           // of two classes: by growing number of rows
  std::vector<Coverage> coverage;     // of the chosen candidate, by growing share
  std::optional<LeftToPeople> left;   // where the definition leaves some
  std::optional<CallCosts> costs;     // where they are declared
  std::vector<CostPoint> cost_curve;  // of two classes, where costs are declared
  stats::Confusion confusion;         // of the chosen candidate on the test rows
  std::vector<Figure> f1;             // of each class
  std::vector<std::vector<stats::ReliabilityBin>> reliability;  // for each output
  // For each output, one class against the rest, fitted to the test rows: a diagnosis, not a
  // correction.
  std::vector<CalibrationLine> calibration_line;
  std::vector<CourseQuality> by_course;

  const Candidate& best() const;
};

void write(JsonWriter& out, const Evaluation& evaluation);
// Throws Error{kCorrupt, "model.malformed"}.
Evaluation read_evaluation(const Json& json);

}  // namespace waymark::model
