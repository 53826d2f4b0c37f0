#include "model/evaluation.h"

#include <algorithm>

#include "base/error.h"
#include "model/stored.h"

namespace waymark::model {
namespace {

constexpr std::pair<std::string_view, Figure Quality::*> kFigures[] = {
    {"roc_auc", &Quality::roc_auc},   {"pr_auc", &Quality::average_precision},
    {"macro_f1", &Quality::macro_f1}, {"brier_score", &Quality::brier_score},
    {"log_loss", &Quality::log_loss}, {"calibration_error", &Quality::calibration_error},
};

// A figure that does not exist is NaN here and null there.
double maybe(const Json& json) { return json.is_null() ? kMissing : stored_number(json); }

std::size_t count(const Json& json) { return stored_index(json, std::size_t{1} << 53); }

void write(JsonWriter& out, std::size_t value) { out.integer(static_cast<std::int64_t>(value)); }

void write(JsonWriter& out, const Figure& figure) {
  out.begin_object().key("value").number(figure.value);
  out.key("low").number(figure.low).key("high").number(figure.high).end_object();
}

Figure read_figure(const Json& json) {
  return {maybe(json.at("value")), maybe(json.at("low")), maybe(json.at("high"))};
}

void write(JsonWriter& out, const Side& side) {
  out.begin_object();
  write(out.key("rows"), side.rows);
  write(out.key("positives"), side.positives);
  write(out.key("learners"), side.learners);
  write_texts(out.key("courses"), side.courses);
  out.key("first_start").integer(side.first_start).key("last_start").integer(side.last_start);
  out.end_object();
}

Side read_side(const Json& json) {
  return {.rows = count(json.at("rows")),
          .positives = count(json.at("positives")),
          .learners = count(json.at("learners")),
          .courses = stored_texts(json.at("courses")),
          .first_start = json.at("first_start").integer(),
          .last_start = json.at("last_start").integer()};
}

void write(JsonWriter& out, const Candidate& candidate) {
  out.begin_object().key("name").string(candidate.name).key("words").string(candidate.words);
  out.key("baseline").boolean(candidate.baseline);
  out.key("held_out_roc_auc").number(candidate.held_out_roc_auc);
  out.key("threshold").number(candidate.threshold);
  out.key("test").begin_object();
  for (const auto& [name, figure] : kFigures) write(out.key(name), candidate.test.*figure);
  out.end_object().end_object();
}

Candidate read_candidate(const Json& json) {
  Candidate candidate{.name = json.at("name").string(),
                      .words = json.at("words").string(),
                      .baseline = json.at("baseline").boolean(),
                      .held_out_roc_auc = maybe(json.at("held_out_roc_auc")),
                      .threshold = maybe(json.at("threshold"))};
  for (const auto& [name, figure] : kFigures) {
    candidate.test.*figure = read_figure(json.at("test").at(name));
  }
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
          .predicted = maybe(json.at("predicted")),
          .observed = maybe(json.at("observed")),
          .count = count(json.at("count"))};
}

void write(JsonWriter& out, const CourseQuality& course) {
  out.begin_object().key("course").string(course.course);
  write(out.key("rows"), course.rows);
  write(out.key("positives"), course.positives);
  out.key("predicted").number(course.predicted).key("roc_auc").number(course.roc_auc).end_object();
}

CourseQuality read_course(const Json& json) {
  return {.course = json.at("course").string(),
          .rows = count(json.at("rows")),
          .positives = count(json.at("positives")),
          .predicted = maybe(json.at("predicted")),
          .roc_auc = maybe(json.at("roc_auc"))};
}

template <typename T>
void write_all(JsonWriter& out, const std::vector<T>& items) {
  out.begin_array();
  for (const T& item : items) write(out, item);
  out.end_array();
}

template <typename Read>
auto read_all(const Json& json, Read read) {
  std::vector<decltype(read(json))> items;
  for (const Json& item : json.array()) items.push_back(read(item));
  return items;
}

}  // namespace

const Candidate& Evaluation::best() const {
  const auto found = std::ranges::find(candidates, chosen, &Candidate::name);
  WAYMARK_CHECK(found != candidates.end());
  return *found;
}

void write(JsonWriter& out, const Evaluation& evaluation) {
  out.begin_object();
  write(out.key("training"), evaluation.training);
  write(out.key("test"), evaluation.test);
  write(out.key("undecided"), evaluation.undecided);
  out.key("held_out").string(evaluation.held_out);
  write_all(out.key("candidates"), evaluation.candidates);
  out.key("chosen").string(evaluation.chosen);
  write(out.key("gain"), evaluation.gain);
  const Confusion& confusion = evaluation.confusion;
  out.key("confusion").begin_object();
  write(out.key("true_positive"), confusion.true_positive);
  write(out.key("false_positive"), confusion.false_positive);
  write(out.key("true_negative"), confusion.true_negative);
  write(out.key("false_negative"), confusion.false_negative);
  out.end_object();
  write_all(out.key("reliability"), evaluation.reliability);
  out.key("calibration_line").begin_object();
  out.key("intercept").number(evaluation.calibration_line.intercept);
  out.key("slope").number(evaluation.calibration_line.slope).end_object();
  write_all(out.key("by_course"), evaluation.by_course);
  out.end_object();
}

Evaluation read_evaluation(const Json& json) {
  const Json &confusion = json.at("confusion"), &line = json.at("calibration_line");
  Evaluation out{
      .training = read_side(json.at("training")),
      .test = read_side(json.at("test")),
      .held_out = json.at("held_out").string(),
      .candidates = read_all(json.at("candidates"), read_candidate),
      .chosen = json.at("chosen").string(),
      .gain = read_figure(json.at("gain")),
      .confusion = {.true_positive = count(confusion.at("true_positive")),
                    .false_positive = count(confusion.at("false_positive")),
                    .true_negative = count(confusion.at("true_negative")),
                    .false_negative = count(confusion.at("false_negative"))},
      .reliability = read_all(json.at("reliability"), read_bin),
      .calibration_line = {stored_number(line.at("intercept")), stored_number(line.at("slope"))},
      .by_course = read_all(json.at("by_course"), read_course)};
  if (std::ranges::find(out.candidates, out.chosen, &Candidate::name) == out.candidates.end()) {
    malformed("the chosen candidate is not among those tried");
  }
  return out;
}

}  // namespace waymark::model
