#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "model/calibrator.h"
#include "model/decision.h"
#include "model/predictor.h"

namespace waymark::model {

// What explanations say about one feature.
struct FeatureFacts {
  std::string name;
  // What people call it, such as "days since the last click". With {value}, and {typical} if
  // wanted, it is a sentence: "submitted {value} of the assessments due".
  std::string label;
  bool told = true;               // may be given as a reason
  std::vector<double> direction;  // how it goes with each output in training: ROC-AUC of the
                                  // feature alone minus 0.5; 0 where that says nothing (categories)
};

void write(JsonWriter& out, const FeatureFacts& facts);
// Throws Error{kCorrupt, "model.malformed"}.
FeatureFacts read_facts(const Json& json);

// One feature's part in one learner's score.
struct Reason {
  std::string feature;
  std::string words;        // "days since the last click: 12 (typical: 2)"
  double contribution = 0;  // to the margin before calibration; above 0 raises the probability
};

struct Explanation {
  std::vector<double> probability;        // for each output; of what has none: empty
  std::size_t about = 0;                  // the output that the reasons are about
  std::vector<Reason> raising, lowering;  // the strongest first
};

// Facts for the features that a data set's columns tell of, in their order, learned from training
// rows.
std::vector<FeatureFacts> feature_facts(const DataSet& training,
                                        const std::map<std::string, std::string>& labels,
                                        std::span<const std::string> unsaid);

// The at most `most` strongest reasons in each direction for each of the `rows` of `data`: of two
// classes for the second, of more for the one that `decision` calls, against the mean of the
// others. Contributions of all columns of a feature (its rank, its categories) are one. "Typical"
// is the median of the row's cohort in `data`; where that is the very value, the cohort's mean, as
// contributions are against the average learner. A reason is left unsaid if it is weaker than
// kWeakest, if the value is both, or if its direction contradicts how the feature goes with the
// target by itself: such a part only corrects for another feature and would mislead a reader. One
// that goes by a value of peers (DataColumn::spoiled) says so.
std::vector<Explanation> explanations(const Predictor& predictor, const Calibrator& calibrator,
                                      std::span<const FeatureFacts> features,
                                      const Decision& decision, const DataSet& data,
                                      std::span<const std::uint32_t> rows, std::size_t most);
inline constexpr double kWeakest = 0.05;
// The same of contributions to the rows, to one output or, `about` saying for each row which, to
// several.
std::vector<Explanation> explanations(const Contributions& parts,
                                      std::span<const std::uint8_t> about,
                                      std::span<const FeatureFacts> features, const DataSet& data,
                                      std::span<const std::uint32_t> rows, std::size_t most);
// [{"words": …, "effect": …}, …], what raises first.
std::string to_json(const Explanation& explanation);

// 1234.5 -> "1,235"; 12.34 -> "12.3"; 0.056 -> "0.06"; whole numbers whole.
std::string in_words(double number);

}  // namespace waymark::model
