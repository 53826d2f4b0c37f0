#include "model/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "model/stored.h"
#include "stats/bootstrap.h"

namespace waymark::model {
namespace {

constexpr std::size_t kReplicates = 1000;

constexpr std::pair<std::string_view, Figure Quality::*> kFigures[] = {
    {"roc_auc", &Quality::roc_auc},
    {"pr_auc", &Quality::average_precision},
    {"macro_f1", &Quality::macro_f1},
    {"accuracy", &Quality::accuracy},
    {"brier_score", &Quality::brier_score},
    {"log_loss", &Quality::log_loss},
    {"calibration_error", &Quality::calibration_error},
};

// What versions of before do not have is as it was for them.
template <typename T, typename Read>
T read_if_there(const Json& json, const char* name, T otherwise, Read read) {
  const Json* found = json.find(name);
  return found == nullptr ? std::move(otherwise) : read(*found);
}

void write(JsonWriter& out, std::size_t value) { out.integer(static_cast<std::int64_t>(value)); }

template <typename Read>
auto read_all(const Json& json, Read read) {
  std::vector<decltype(read(json))> items;
  for (const Json& item : json.array()) items.push_back(read(item));
  return items;
}

void write(JsonWriter& out, const Side& side) {
  out.begin_object();
  write(out.key("rows"), side.rows);
  write(out.key("learners"), side.learners);
  out.key("by_class").begin_array();
  for (const std::size_t rows : side.by_class) write(out, rows);
  out.end_array();
  write_texts(out.key("courses"), side.courses);
  out.key("first_start").integer(side.first_start).key("last_start").integer(side.last_start);
  out.end_object();
}

Side read_side(const Json& json) {
  return {.rows = stored_count(json.at("rows")),
          .learners = stored_count(json.at("learners")),
          .by_class = read_all(json.at("by_class"), stored_count),
          .courses = stored_texts(json.at("courses")),
          .first_start = json.at("first_start").integer(),
          .last_start = json.at("last_start").integer()};
}

void write(JsonWriter& out, const Candidate& candidate) {
  out.begin_object().key("name").string(candidate.name).key("words").string(candidate.words);
  out.key("calibration").string(candidate.calibration);
  out.key("baseline").boolean(candidate.baseline);
  out.key("held_out_roc_auc").number(candidate.held_out_roc_auc);
  out.key("held_out_log_loss").number(candidate.held_out_log_loss);
  out.key("threshold").number(candidate.decision.threshold);
  write(out.key("capacity"), candidate.decision.capacity);
  write(out.key("capacity_at"), candidate.decision.capacity_at);
  write_numbers(out.key("class_weights"), candidate.decision.weights);
  write_numbers(out.key("class_costs"), candidate.decision.costs);
  out.key("left_from").number(candidate.decision.left_from);
  out.key("left_below").number(candidate.decision.left_below);
  out.key("least_certain").number(candidate.decision.least_certain);
  out.key("test").begin_object();
  for (const auto& [name, figure] : kFigures) write(out.key(name), candidate.test.*figure);
  if (!std::isnan(candidate.test.cost.value)) write(out.key("cost"), candidate.test.cost);
  out.end_object().end_object();
}

Candidate read_candidate(const Json& json) {
  Candidate candidate{
      .name = json.at("name").string(),
      .words = json.at("words").string(),
      .calibration = json.at("calibration").string(),
      .baseline = json.at("baseline").boolean(),
      .held_out_roc_auc = stored_or_missing(json.at("held_out_roc_auc")),
      .held_out_log_loss = stored_or_missing(json.at("held_out_log_loss")),
      .decision = {
          .threshold = stored_or_missing(json.at("threshold")),
          .weights = stored_numbers(json.at("class_weights")),
          .costs = read_if_there(json, "class_costs", std::vector<double>(), stored_numbers),
          .capacity = stored_count(json.at("capacity")),
          .capacity_at = read_if_there(json, "capacity_at", std::size_t{1}, stored_count),
          .left_from = stored_or_missing(json.at("left_from")),
          .left_below = stored_or_missing(json.at("left_below")),
          .least_certain = stored_or_missing(json.at("least_certain"))}};
  for (const auto& [name, figure] : kFigures) {
    candidate.test.*figure = read_figure(json.at("test").at(name));
  }
  candidate.test.cost = read_if_there(json.at("test"), "cost", Figure(), read_figure);
  return candidate;
}

void write(JsonWriter& out, const stats::ReliabilityBin& bin) {
  out.begin_object().key("low").number(bin.low).key("high").number(bin.high);
  out.key("predicted").number(bin.predicted).key("observed").number(bin.observed);
  write(out.key("count"), bin.count);
  out.end_object();
}

stats::ReliabilityBin read_bin(const Json& json) {
  return {.low = stored_number(json.at("low")),
          .high = stored_number(json.at("high")),
          .predicted = stored_or_missing(json.at("predicted")),
          .observed = stored_or_missing(json.at("observed")),
          .count = stored_count(json.at("count"))};
}

void write(JsonWriter& out, const CourseQuality& course) {
  out.begin_object().key("course").string(course.course);
  write(out.key("rows"), course.rows);
  write_numbers(out.key("observed"), course.observed);
  write_numbers(out.key("predicted"), course.predicted);
  write(out.key("roc_auc"), course.roc_auc);
  out.end_object();
}

CourseQuality read_course(const Json& json) {
  return {.course = json.at("course").string(),
          .rows = stored_count(json.at("rows")),
          .observed = stored_numbers(json.at("observed")),
          .predicted = stored_numbers(json.at("predicted")),
          .roc_auc = read_figure(json.at("roc_auc"))};
}

void write(JsonWriter& out, const Reach& reach) {
  out.begin_object();
  write(out.key("rows"), reach.rows);
  write(out.key("hits"), reach.hits);
  out.end_object();
}

Reach read_reach(const Json& json) {
  return {stored_count(json.at("rows")), stored_count(json.at("hits"))};
}

void write(JsonWriter& out, const Coverage& coverage) {
  out.begin_object().key("left").number(coverage.left);
  write(out.key("accuracy"), coverage.accuracy);
  write(out.key("macro_f1"), coverage.macro_f1);
  out.end_object();
}

Coverage read_coverage(const Json& json) {
  return {stored_number(json.at("left")), read_figure(json.at("accuracy")),
          read_figure(json.at("macro_f1"))};
}

void write(JsonWriter& out, const LeftToPeople& left) {
  out.begin_object();
  write(out.key("rows"), left.rows);
  write(out.key("accuracy"), left.accuracy);
  write(out.key("macro_f1"), left.macro_f1);
  write(out.key("cost"), left.cost);
  out.end_object();
}

LeftToPeople read_left(const Json& json) {
  return {stored_count(json.at("rows")), read_figure(json.at("accuracy")),
          read_figure(json.at("macro_f1")), read_figure(json.at("cost"))};
}

void write(JsonWriter& out, const CostPoint& point) {
  out.begin_object().key("threshold").number(point.threshold);
  write(out.key("called"), point.called);
  write(out.key("cost"), point.cost);
  out.end_object();
}

CostPoint read_cost_point(const Json& json) {
  return {stored_number(json.at("threshold")), stored_count(json.at("called")),
          read_figure(json.at("cost"))};
}

void write(JsonWriter& out, const CalibrationLine& line) {
  write(out.begin_object().key("intercept"), line.intercept);
  write(out.key("slope"), line.slope);
  out.end_object();
}

CalibrationLine read_line(const Json& json) {
  return {read_figure(json.at("intercept")), read_figure(json.at("slope"))};
}

template <typename T>
void write_all(JsonWriter& out, const std::vector<T>& items) {
  out.begin_array();
  for (const T& item : items) write(out, item);
  out.end_array();
}

void write(JsonWriter& out, const CallCosts& costs) {
  write_numbers(out.begin_object().key("matrix"), costs.matrix);
  write(out.key("likeliest"), costs.likeliest);
  write_all(out.key("always"), costs.always);
  write(out.key("cheapest"), costs.cheapest);
  out.end_object();
}

CallCosts read_costs(const Json& json) {
  return {.matrix = stored_numbers(json.at("matrix")),
          .likeliest = read_figure(json.at("likeliest")),
          .always = read_all(json.at("always"), read_figure),
          .cheapest = stored_count(json.at("cheapest"))};
}

stats::Confusion read_confusion(const Json& json, std::size_t classes) {
  std::vector<double> counts;
  for (const Json& row : json.array()) {
    for (const double number : stored_numbers(row)) counts.push_back(number);
  }
  if (counts.size() != classes * classes) malformed("a confusion of other classes");
  return {classes, std::move(counts)};
}

// What those who read an evaluation rely on.
void check(const Evaluation& evaluation) {
  const std::size_t classes = evaluation.classes.size(), outputs = stats::outputs_of(classes);
  const auto& candidates = evaluation.candidates;
  if (std::ranges::find(candidates, evaluation.chosen, &Candidate::name) == candidates.end()) {
    malformed("the chosen candidate is not among those tried");
  }
  bool fits =
      evaluation.reliability.size() == outputs && evaluation.calibration_line.size() == outputs &&
      evaluation.training.by_class.size() == classes && evaluation.test.by_class.size() == classes;
  for (const Candidate& candidate : candidates) {
    const Decision& decision = candidate.decision;
    fits &= decision.weights.size() == (outputs == 1 ? 0 : classes);
    fits &= decision.costs.empty() || (outputs > 1 && decision.costs.size() == classes * classes);
    fits &= decision.capacity_at < classes;
  }
  if (const auto& costs = evaluation.costs) {
    fits &= costs->matrix.size() == classes * classes && costs->always.size() == classes &&
            costs->cheapest < classes;
  }
  fits &= evaluation.f1.empty() || evaluation.f1.size() == classes;
  for (const CourseQuality& course : evaluation.by_course) {
    fits &= course.observed.size() == outputs && course.predicted.size() == outputs;
  }
  if (!fits) malformed("figures of other classes");
}

}  // namespace

void write(JsonWriter& out, const Figure& figure) {
  out.begin_object().key("value").number(figure.value);
  out.key("low").number(figure.low).key("high").number(figure.high).end_object();
}

Figure read_figure(const Json& json) {
  if (!json.is_object()) return {.value = stored_or_missing(json)};
  return {stored_or_missing(json.at("value")), stored_or_missing(json.at("low")),
          stored_or_missing(json.at("high"))};
}

Figure figure_of(const stats::Estimate& estimate) {
  return {estimate.value, estimate.interval.low, estimate.interval.high};
}

std::string in_words(const Figure& figure) {
  if (std::isnan(figure.value)) return "-";
  if (std::isnan(figure.low)) return fmt::format("{:.3f}", figure.value);
  return fmt::format("{:.3f} ({:.3f} to {:.3f})", figure.value, figure.low, figure.high);
}

std::vector<Figure> figures_of(std::span<const std::uint32_t> learner, std::uint64_t seed,
                               const std::function<std::vector<double>(stats::Weights)>& statistics,
                               const std::function<bool(std::size_t)>& biased) {
  const std::vector<double> values = statistics({});
  const std::vector<stats::BootstrapInterval> intervals =
      stats::bootstrap_intervals(learner, {.replicates = kReplicates, .seed = seed}, statistics);
  std::vector<Figure> figures;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Figure& figure = figures.emplace_back(Figure{values[i], intervals[i].low, intervals[i].high});
    if (!biased || !biased(i)) continue;
    const double bias = intervals[i].mean - figure.value;
    figure.low = std::max(0.0, figure.low - bias);
    figure.high -= bias;
  }
  return figures;
}

const Candidate& Evaluation::best() const {
  const auto found = std::ranges::find(candidates, chosen, &Candidate::name);
  WAYMARK_CHECK(found != candidates.end());
  return *found;
}

void write(JsonWriter& out, const Evaluation& evaluation) {
  out.begin_object();
  write_texts(out.key("classes"), evaluation.classes);
  write_numbers(out.key("cuts"), evaluation.cuts);
  write(out.key("folds"), evaluation.folds);
  write(out.key("training"), evaluation.training);
  write(out.key("test"), evaluation.test);
  write(out.key("undecided"), evaluation.undecided);
  out.key("held_out").string(evaluation.held_out);
  write_all(out.key("candidates"), evaluation.candidates);
  out.key("chosen").string(evaluation.chosen);
  write(out.key("gain"), evaluation.gain);
  write_all(out.key("reach"), evaluation.reach);
  write_all(out.key("coverage"), evaluation.coverage);
  if (evaluation.left) write(out.key("left"), *evaluation.left);
  if (evaluation.costs) write(out.key("costs"), *evaluation.costs);
  write_all(out.key("cost_curve"), evaluation.cost_curve);
  out.key("confusion").begin_array();
  for (std::size_t truth = 0; truth < evaluation.classes.size(); ++truth) {
    out.begin_array();
    for (std::size_t called = 0; called < evaluation.classes.size(); ++called) {
      out.number(evaluation.confusion.count(truth, called));
    }
    out.end_array();
  }
  out.end_array();
  write_all(out.key("f1"), evaluation.f1);
  out.key("reliability").begin_array();
  for (const auto& bins : evaluation.reliability) write_all(out, bins);
  out.end_array();
  write_all(out.key("calibration_line"), evaluation.calibration_line);
  write_all(out.key("by_course"), evaluation.by_course);
  out.end_object();
}

Evaluation read_evaluation(const Json& json) {
  Evaluation out{.classes = stored_texts(json.at("classes")),
                 .cuts = stored_numbers(json.at("cuts")),
                 .folds = stored_count(json.at("folds")),
                 .training = read_side(json.at("training")),
                 .test = read_side(json.at("test")),
                 .undecided = stored_count(json.at("undecided")),
                 .held_out = json.at("held_out").string(),
                 .candidates = read_all(json.at("candidates"), read_candidate),
                 .chosen = json.at("chosen").string(),
                 .gain = read_figure(json.at("gain")),
                 .reach = read_all(json.at("reach"), read_reach),
                 .coverage = read_all(json.at("coverage"), read_coverage),
                 .cost_curve = read_all(json.at("cost_curve"), read_cost_point),
                 .f1 = read_if_there(json, "f1", std::vector<Figure>(),
                                     [](const Json& all) { return read_all(all, read_figure); }),
                 .reliability = read_all(json.at("reliability"),
                                         [](const Json& bins) { return read_all(bins, read_bin); }),
                 .calibration_line = read_all(json.at("calibration_line"), read_line),
                 .by_course = read_all(json.at("by_course"), read_course)};
  if (const Json* left = json.find("left")) out.left = read_left(*left);
  if (const Json* costs = json.find("costs")) out.costs = read_costs(*costs);
  check_outputs(stats::outputs_of(out.classes.size()));
  out.confusion = read_confusion(json.at("confusion"), out.classes.size());
  check(out);
  return out;
}

}  // namespace waymark::model
