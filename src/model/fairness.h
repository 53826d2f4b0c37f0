#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "fold/features_definition.h"
#include "model/data_set.h"
#include "stats/fairness.h"
#include "workspace/diagnostic.h"

namespace waymark::model {

// What a gate bounds; see model.schema.json. Each compares a group with the largest.
enum class Gate { kDisparateImpact, kTprGap, kFprGap, kCalibrationGap, kAbroca, kLeftGap };
std::string_view in_words(Gate gate);  // "disparate_impact", "tpr_gap", …

// `fairness` of models/*.yaml: between which groups a model is compared, and what it must hold.
struct FairnessRule {
  std::vector<std::vector<std::string>> by;  // features, or a file's columns; several: their
                                             // intersection
  std::map<Gate, double> gates;
  std::size_t least = 30;  // rows behind each share that a gate judges

  bool asked() const { return !by.empty(); }
  std::vector<std::string> features() const;  // all that are named, each once
};
FairnessRule read_fairness_rule(const workspace::Node& node,
                                const fold::FeaturesDefinition& measure,
                                workspace::Diagnostics& diagnostics);
// The same of columns of a file, whose names are not known before it is read.
FairnessRule read_fairness_rule(const workspace::Node& node);

// Groups of fewer rows are never shown: they are taken together, with the next larger if need be,
// under the names of all.
inline constexpr std::size_t kLeastShown = 10;
// A number of more values makes groups by the quarters of the test rows.
inline constexpr std::size_t kMostNumbers = 10;

// One group on the test rows, beside the largest group of the same attributes.
struct GroupFairness {
  std::string group;
  stats::GroupRates rates;  // shares called: among those who are not left to people
  stats::CurveGap abroca;   // of itself and the largest
  stats::Share left;        // left to people, of all
};

struct AttributeFairness {
  std::vector<std::string> by;
  std::string about;  // of more than two classes: the one that is set against the rest
  std::vector<GroupFairness> groups;  // the largest first; the others are compared with it
};

struct Fairness {
  std::size_t least = 0;
  std::map<Gate, double> gates;
  std::vector<AttributeFairness> attributes;
};

// `test`: rows with attributes for what the rule names and a target; for each row its probability
// (of more than two classes: each one's), the class that it was called, and whether it is left to
// people instead. Of two classes the second is judged, of more each against the rest.
Fairness judge_fairness(const FairnessRule& rule, const DataSet& test,
                        std::span<const double> probability, std::span<const std::uint8_t> called,
                        std::span<const std::uint8_t> left, std::uint64_t seed);

// How a group stands beside the largest by a gate's measure. An abroca has no interval but a
// probability that chance alone gives as much.
struct GateValue {
  stats::Estimate value;
  std::optional<double> probability;
  double fewest = 0;  // rows behind the smallest of its shares
};
GateValue value_of(Gate gate, const GroupFairness& group, const GroupFairness& largest);

// One sentence for each group that breaks a gate: which gate, which group, its value with interval.
// A gate judges groups with `least` rows behind each share; an abroca, which of small groups is
// above 0 by chance alone, breaks its gate only where chance gives as much in less than 5 %.
std::vector<std::string> broken_gates(const Fairness& fairness);
// One for each gate and group that were not judged, as too few rows stand behind a share.
std::vector<std::string> unjudged_gates(const Fairness& fairness);

// A section of the model card, as Markdown.
std::string in_words(const Fairness& fairness);

void write(JsonWriter& out, const Fairness& fairness);
// Throws Error{kCorrupt, "model.malformed"}.
Fairness read_fairness(const Json& json);

}  // namespace waymark::model
