#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "fold/features.h"
#include "model/balance.h"
#include "model/calibrator.h"
#include "model/decision.h"
#include "model/fairness.h"
#include "model/leak.h"
#include "model/levels.h"
#include "model/normalise.h"
#include "model/outages.h"
#include "model/split.h"
#include "model/trainer.h"
#include "workspace/diagnostic.h"
#include "workspace/workspace.h"

namespace waymark::model {

// Definitions as they stand in their files, comments and all: what is trained by them keeps them.
struct DefinitionTexts {
  std::string model, features;
};

// Rows of a file in place of learners' features.
struct TableSource {
  std::string file;                     // relative to the workspace
  std::string target;                   // the column
  std::vector<std::string> yes;         // its values that are a yes; none: each is a class
  std::string learner;                  // the column; none: each row is a learner
  std::vector<std::string> except;      // columns that are no input
  std::vector<std::string> categories;  // columns whose numbers are names
};

// models/*.yaml; see model.schema.json.
struct ModelDefinition {
  std::string name;
  std::string version;  // of the definition together with its features' definition
  std::string title, purpose, not_for;
  fold::FeaturesRequest request;     // who, as of when, target
  std::optional<TableSource> table;  // then neither request nor measure count
  std::string measure;               // the features measure
  std::string measure_version;
  std::vector<std::string> features;  // those of it, or columns of the table, that the model learns
                                      // from; of a table none: all
  std::vector<Normalisation> normalise;
  std::optional<OutageRule> outages;
  std::vector<std::string> classes = {"no", "yes"};  // of the target, at least two; of a table its
                                                     // values
  std::optional<Levels> levels;                      // how an amount becomes one of them
  SplitRule split;
  std::vector<TrainerSetting> trainers;
  std::map<std::string, Encoding> encode;  // of features that are words; of others kOneHot
  std::size_t draws = 0;         // of each trainer's parameters, at random; 0: every combination
  std::vector<Balance> balance;  // tried for each trainer beside the rows as they are
  std::vector<Calibration> calibrate;  // tried for each trainer beside probabilities as they are
  DecisionRule decide;
  bool blend = false;  // try the mean of the trainers, too
  FairnessRule fairness;
  std::map<std::string, std::string> allowed;  // rule of lint.h that may be broken -> reason
  std::vector<Leak> leaks;                     // that the definition alone tells, at first
  std::vector<std::string> unsaid;             // features that are never told as a reason
  std::map<std::string, std::string> labels;   // feature -> what people call it
  std::uint64_t seed = 1;
  Zone zone = Zone::utc();  // in which the card tells days
  DefinitionTexts texts;    // where training is to keep them
};

// `measures`: those that exist. A definition with mistakes comes back with what could be read.
ModelDefinition parse_model(const workspace::Definition& definition,
                            std::span<const fold::FeaturesDefinition> measures,
                            std::span<const fold::SeasonCalendar> calendars, const Zone& zone,
                            workspace::Diagnostics& diagnostics);

// [logistic, {boosting: {depth: [3, 4]}}], as it stands there.
std::vector<TrainerSetting> read_settings(const workspace::Node& node,
                                          workspace::Diagnostics& diagnostics);

// {by: course, as: [rank, zscore]}, where the node is there.
std::vector<Normalisation> read_normalisations(const workspace::Node& node);

// The rows of the risk set, normalised within their cohorts, in canonical order, with what outages
// have spoiled marked. `known_until`: only those whose target is known by then, to train and test
// on; none: all, without target, to score. What is counted on days of which some were out is never
// known.
DataSet make_data_set(const ModelDefinition& definition, const fold::FeatureTable& table,
                      const Symbols& symbols, const fold::Calendar& calendar,
                      const std::function<LearnerKey(Code)>& learner,
                      std::optional<Micros> known_until);

}  // namespace waymark::model
