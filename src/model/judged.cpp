#include "model/judged.h"

#include <algorithm>

#include "base/hash.h"
#include "model/stored.h"

namespace waymark::model {
namespace {

struct Measured {
  const char* name;
  Figure Quality::*figure;
  double (stats::ClassForecast::*measure)(stats::Weights) const;
};
constexpr Measured kMeasured[] = {
    {"ROC-AUC", &Quality::roc_auc, &stats::ClassForecast::roc_auc},
    {"PR-AUC", &Quality::average_precision, &stats::ClassForecast::average_precision},
    {"Brier score", &Quality::brier_score, &stats::ClassForecast::brier_score},
    {"log-loss", &Quality::log_loss, &stats::ClassForecast::log_loss},
    {"calibration error", &Quality::calibration_error, &stats::ClassForecast::calibration_error}};

template <typename T>
void write_whole(JsonWriter& out, const std::vector<T>& values) {
  out.begin_array();
  for (const T value : values) out.integer(value);
  out.end_array();
}

template <typename T>
std::vector<T> read_whole(const Json& json, std::size_t below) {
  std::vector<T> values;
  for (const Json& value : json.array()) {
    values.push_back(static_cast<T>(stored_index(value, below)));
  }
  return values;
}

std::vector<Figure> differences(const Judged& first, const Judged& second, std::uint64_t seed) {
  const stats::ClassForecast a(first.probability, first.classes, first.target);
  const stats::ClassForecast b(second.probability, second.classes, second.target);
  const auto all = [&](stats::Weights weights) {
    std::vector<double> values;
    for (const Measured& measured : kMeasured) {
      values.push_back((b.*measured.measure)(weights) - (a.*measured.measure)(weights));
    }
    return values;
  };
  return figures_of(first.learner, seed, all);
}

}  // namespace

Judged judged_of(const DataSet& test, std::vector<double> probability) {
  Hasher hash;
  for (const std::string& name : test.classes) hash.field(name);
  for (std::size_t row = 0; row < test.size(); ++row) {
    const Cohort& cohort = test.cohorts[test.cohort[row]];
    hash.field(test.learner[row].reveal());
    hash.field(cohort.course);
    hash.number(static_cast<std::uint64_t>(cohort.as_of));
    hash.number(test.target[row]);
  }
  return {to_hex(hash.digest()), learner_numbers(test), test.classes.size(), test.target,
          std::move(probability)};
}

void write(JsonWriter& out, const Judged& judged) {
  out.begin_object().key("rows").string(judged.rows);
  out.key("classes").integer(static_cast<std::int64_t>(judged.classes));
  write_whole(out.key("learner"), judged.learner);
  write_whole(out.key("target"), judged.target);
  write_numbers(out.key("probability"), judged.probability);
  out.end_object();
}

Judged read_judged(const Json& json) {
  Judged judged{.rows = json.at("rows").string(),
                .classes = stored_index(json.at("classes"), kMostClasses + 1),
                .probability = stored_numbers(json.at("probability"))};
  if (judged.classes < 2) malformed("too few classes");
  const std::size_t rows = judged.probability.size() / stats::outputs_of(judged.classes);
  judged.learner = read_whole<std::uint32_t>(json.at("learner"), std::max<std::size_t>(rows, 1));
  judged.target = read_whole<std::uint8_t>(json.at("target"), judged.classes);
  if (judged.learner.size() != rows || judged.target.size() != rows ||
      judged.probability.size() != rows * stats::outputs_of(judged.classes)) {
    malformed("lists of test rows differ in length");
  }
  return judged;
}

std::vector<Comparison> compare(const Evaluation& first, const Judged& first_judged,
                                const Evaluation& second, const Judged& second_judged,
                                std::uint64_t seed) {
  std::vector<Figure> by;
  if (first_judged.rows == second_judged.rows) by = differences(first_judged, second_judged, seed);
  std::vector<Comparison> list;
  for (const Measured& measured : kMeasured) {
    Comparison& comparison = list.emplace_back();
    comparison.figure = measured.name;
    comparison.first = first.best().test.*measured.figure;
    comparison.second = second.best().test.*measured.figure;
    if (!by.empty()) comparison.difference = by[list.size() - 1];
  }
  return list;
}

}  // namespace waymark::model
