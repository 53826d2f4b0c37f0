#include "model/calibrator.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "model/stored.h"
#include "stats/class_forecast.h"

namespace waymark::model {
namespace {

stats::LogOddsLine line_of(std::span<const double> probability,
                           std::span<const std::uint8_t> positive) {
  std::vector<double> log_odds;
  for (const double p : probability) log_odds.push_back(stats::logit(p));
  return stats::fit_platt_line(log_odds, positive);
}

stats::RisingCurve curve_of(std::span<const double> probability,
                            std::span<const std::uint8_t> positive) {
  const std::vector<double> came(positive.begin(), positive.end());
  stats::RisingCurve curve = stats::fit_rising(probability, came);
  const double least = 1 / static_cast<double>(positive.size() + 2);
  for (double& value : curve.value) value = std::clamp(value, least, 1 - least);
  return curve;
}

double mapped(const stats::LogOddsLine& line, double p) {
  return stats::logistic(line.apply(stats::logit(p)));
}
double mapped(const stats::RisingCurve& curve, double p) { return curve.apply(p); }

void write_map(JsonWriter& out, const stats::LogOddsLine& line) {
  out.begin_object().key("intercept").number(line.intercept);
  out.key("slope").number(line.slope).end_object();
}

void write_map(JsonWriter& out, const stats::RisingCurve& curve) {
  out.begin_object();
  write_numbers(out.key("at"), curve.at);
  write_numbers(out.key("value"), curve.value);
  out.end_object();
}

stats::RisingCurve read_curve(const Json& json) {
  stats::RisingCurve curve{.at = stored_numbers(json.at("at")),
                           .value = stored_numbers(json.at("value"))};
  const bool within = std::ranges::all_of(curve.value, [](double v) { return v > 0 && v < 1; });
  if (curve.at.empty() || curve.at.size() != curve.value.size() || !within ||
      !std::ranges::is_sorted(curve.at, std::less_equal())) {
    malformed("a curve that is none");
  }
  return curve;
}

}  // namespace

const CalibrationWords& words_of(Calibration how) {
  return *std::ranges::find(kCalibrations, how, &CalibrationWords::how);
}

Calibrator::Calibrator(Calibration how, std::span<const double> probability, std::size_t classes,
                       std::span<const std::uint8_t> truth) {
  if (how == Calibration::kNone || truth.empty()) return;
  const std::size_t outputs = stats::outputs_of(classes);
  WAYMARK_CHECK(probability.size() == truth.size() * outputs);
  for (std::size_t output = 0; output < outputs; ++output) {
    std::vector<double> of_output;
    for (std::size_t i = output; i < probability.size(); i += outputs) {
      of_output.push_back(probability[i]);
    }
    const auto positive = stats::one_against_rest(truth, output, outputs);
    if (how == Calibration::kPlatt) {
      maps_.emplace_back(line_of(of_output, positive));
    } else {
      maps_.emplace_back(curve_of(of_output, positive));
    }
  }
}

std::vector<double> Calibrator::apply(std::vector<double> probability) const {
  if (maps_.empty()) return probability;
  WAYMARK_CHECK(probability.size() % maps_.size() == 0);
  for (std::size_t row = 0; row < probability.size(); row += maps_.size()) {
    double sum = 0;
    for (std::size_t output = 0; output < maps_.size(); ++output) {
      double& p = probability[row + output];
      p = std::visit([&](const auto& map) { return mapped(map, p); }, maps_[output]);
      sum += p;
    }
    if (maps_.size() == 1) continue;
    for (std::size_t output = 0; output < maps_.size(); ++output) probability[row + output] /= sum;
  }
  return probability;
}

void Calibrator::write(JsonWriter& out) const {
  out.begin_array();
  for (const auto& map : maps_) {
    std::visit([&](const auto& one) { write_map(out, one); }, map);
  }
  out.end_array();
}

Calibrator Calibrator::read(const Json& json) {
  Calibrator calibrator;
  for (const Json& map : json.array()) {
    if (map.find("slope") != nullptr) {
      calibrator.maps_.emplace_back(
          stats::LogOddsLine{stored_number(map.at("intercept")), stored_number(map.at("slope"))});
    } else {
      calibrator.maps_.emplace_back(read_curve(map));
    }
  }
  if (!calibrator.maps_.empty()) check_outputs(calibrator.maps_.size());
  return calibrator;
}

}  // namespace waymark::model
