#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "fold/features.h"
#include "model/normalise.h"
#include "model/trainer.h"
#include "workspace/diagnostic.h"
#include "workspace/workspace.h"

namespace waymark::model {

// models/*.yaml; see model.schema.json.
struct ModelDefinition {
  std::string name;
  std::string version;  // of the definition together with its features' definition
  std::string title, purpose, not_for;
  fold::FeaturesRequest request;      // who, as of when, target
  std::string measure;                // the features measure
  std::vector<std::string> features;  // those of it that the model learns from
  std::vector<Normalisation> normalise;
  std::optional<Micros>
      test_from;  // test: courses that start then or later; none: the latest start
  std::vector<TrainerSetting> trainers;
  bool blend = false;                         // try the mean of the trainers, too
  std::vector<std::string> unsaid;            // features that are never told as a reason
  std::map<std::string, std::string> labels;  // feature -> what people call it
  std::uint64_t seed = 1;
  Zone zone = Zone::utc();  // in which the card tells days
};

// `measures`: those that exist. A definition with mistakes comes back with what could be read.
ModelDefinition parse_model(const workspace::Definition& definition,
                            std::span<const fold::FeaturesDefinition> measures, const Zone& zone,
                            workspace::Diagnostics& diagnostics);

// The rows of the risk set, normalised within their cohorts, in canonical order.
enum class Rows {
  kLabelled,  // those whose target is known; to train and test on
  kAll,       // without target; to score
};
DataSet make_data_set(const ModelDefinition& definition, const fold::FeatureTable& table,
                      const Symbols& symbols, const fold::Calendar& calendar,
                      const std::function<LearnerKey(Code)>& learner, Rows rows);

}  // namespace waymark::model
