#include "model/held_out.h"

#include <algorithm>

#include "stats/class_forecast.h"
#include "stats/descriptive.h"

namespace waymark::model {
namespace {

constexpr std::uint32_t kGroups = 5;  // of learners, where there is one part

}  // namespace

HeldOutRows::HeldOutRows(const DataSet& training) {
  HeldOutParts held_out = held_out_parts(training);
  words_ = std::move(held_out.words);
  for (const HeldOut& part : held_out.parts) {
    fit_.push_back(select(training, part.fit));
    const DataSet& check = check_.emplace_back(select(training, part.check));
    truth_.insert(truth_.end(), check.target.begin(), check.target.end());
    for (const std::uint32_t learner : learner_numbers(check)) {
      group_.push_back(held_out.parts.size() > 1 ? static_cast<std::uint32_t>(check_.size())
                                                 : learner % kGroups);
    }
  }
}

double HeldOutRows::roc_auc(std::span<const double> probability) const {
  std::vector<double> areas;
  for (const DataSet& check : check_) {
    const std::size_t width = check.size() * stats::outputs_of(classes());
    areas.push_back(
        stats::ClassForecast(probability.first(width), classes(), check.target).roc_auc());
    probability = probability.subspan(width);
  }
  return stats::mean(areas);
}

double HeldOutRows::log_loss(std::span<const double> probability) const {
  return stats::ClassForecast(probability, classes(), truth_).log_loss();
}

Decision HeldOutRows::decision(const DecisionRule& rule,
                               std::span<const double> probability) const {
  return decision_by(rule, probability, classes(), truth_);
}

Calibrator HeldOutRows::calibrator(Calibration how, std::span<const double> probability) const {
  return {how, probability, classes(), truth_};
}

std::vector<double> HeldOutRows::cross_calibrated(Calibration how,
                                                  std::span<const double> probability) const {
  const std::size_t outputs = stats::outputs_of(classes());
  std::vector<double> out(probability.begin(), probability.end());
  const std::uint32_t groups = group_.empty() ? 0 : *std::ranges::max_element(group_) + 1;
  for (std::uint32_t group = 0; group < groups; ++group) {
    std::vector<double> fit, check;
    std::vector<std::uint8_t> truth;
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < truth_.size(); ++row) {
      const auto p = probability.subspan(row * outputs, outputs);
      const bool is_checked = group_[row] == group;
      std::vector<double>& to = is_checked ? check : fit;
      to.insert(to.end(), p.begin(), p.end());
      if (is_checked) {
        rows.push_back(row);
      } else {
        truth.push_back(truth_[row]);
      }
    }
    const std::vector<double> p = Calibrator(how, fit, classes(), truth).apply(std::move(check));
    for (std::size_t i = 0; i < p.size(); ++i)
      out[rows[i / outputs] * outputs + i % outputs] = p[i];
  }
  return out;
}

}  // namespace waymark::model
