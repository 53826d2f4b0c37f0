#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "base/json.h"
#include "stats/calibration.h"
#include "stats/isotonic.h"

namespace waymark::model {

// How a predictor's probabilities are brought to what came true of rows that it has not seen.
enum class Calibration {
  kNone,
  kPlatt,     // a line in log-odds: stats::fit_platt_line()
  kIsotonic,  // any curve that never falls: stats::fit_rising()
};

// What definitions and cards call each.
struct CalibrationWords {
  Calibration how;
  const char *name, *words;
};
inline constexpr CalibrationWords kCalibrations[] = {
    {Calibration::kNone, "", "as they are"},
    {Calibration::kPlatt, "platt", "by a line in log-odds (Platt)"},
    {Calibration::kIsotonic, "isotonic", "by a curve that never falls (isotonic regression)"},
};
const CalibrationWords& words_of(Calibration how);

// Corrects probabilities, of more than two classes each against the rest and brought to the sum 1
// again (Zadrozny and Elkan 2002). The curve's are kept 1 / (rows + 2) from 0 and 1, so that a pool
// of one class is not taken for a certainty. Immutable.
class Calibrator {
 public:
  Calibrator() = default;  // changes nothing
  // `probability`: by row, stats::outputs_of(classes) each, of rows that the predictor has not
  // learned from; `truth`: their classes.
  Calibrator(Calibration how, std::span<const double> probability, std::size_t classes,
             std::span<const std::uint8_t> truth);

  // 0 where any number of outputs will do, as nothing is changed.
  std::size_t outputs() const { return maps_.size(); }
  std::vector<double> apply(std::vector<double> probability) const;

  void write(JsonWriter& out) const;
  // Throws Error{kCorrupt, "model.malformed"}.
  static Calibrator read(const Json& json);

 private:
  std::vector<std::variant<stats::LogOddsLine, stats::RisingCurve>> maps_;  // of each output
};

}  // namespace waymark::model
