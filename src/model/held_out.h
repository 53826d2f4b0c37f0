#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/calibrator.h"
#include "model/decision.h"
#include "model/split.h"

namespace waymark::model {

// The training rows that are held out, and what is chosen by what somebody says of them:
// probabilities, part by part, row by row, output.
class HeldOutRows {
 public:
  // Throws what held_out_parts() throws.
  explicit HeldOutRows(const DataSet& training);

  std::size_t parts() const { return fit_.size(); }
  const DataSet& fit(std::size_t part) const { return fit_[part]; }
  const DataSet& check(std::size_t part) const { return check_[part]; }
  std::size_t classes() const { return fit_.front().classes.size(); }
  const std::string& words() const { return words_; }  // for the model card

  // The mean over the parts.
  double roc_auc(std::span<const double> probability) const;
  // Of all rows.
  double log_loss(std::span<const double> probability) const;
  // By all rows.
  Decision decision(const DecisionRule& rule, std::span<const double> probability) const;
  Calibrator calibrator(Calibration how, std::span<const double> probability) const;
  // Each row's by a calibrator that was fitted to rows of other parts (of one part: to those of
  // other learners), so that it can be judged by them.
  std::vector<double> cross_calibrated(Calibration how, std::span<const double> probability) const;

 private:
  std::vector<DataSet> fit_, check_;
  std::vector<std::uint8_t> truth_;   // of all rows
  std::vector<std::uint32_t> group_;  // by which they are cross-calibrated
  std::string words_;
};

}  // namespace waymark::model
