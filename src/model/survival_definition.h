#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/definition.h"
#include "model/survival_method.h"

namespace waymark::model {

// What is waited for: the first of these events, or the one with which they add up to so much.
struct SurvivalTarget {
  fold::Filter events;
  std::optional<double> reaches;                // none: one event is enough
  std::optional<fold::Value> sum, weighted_by;  // what is added up; none: 1 for each event
  bool after_end = false;                       // watched when the course is over, too
};

// models/*.yaml with `model: survival`; see survival.schema.json.
struct SurvivalDefinition {
  std::string name;
  std::string version;  // of the definition together with its features' definition
  std::string title, description;
  ModelDefinition rows;  // who, as of when, every feature that is needed, and what it is for
  SurvivalTarget target;
  std::vector<std::string> on, by;  // features
  std::vector<SurvivalMethod> methods;
  std::vector<double> at;            // days, rising
  std::optional<Micros> split_from;  // none: the latest start
  std::uint64_t seed = 1;            // of trainers
};

// A definition with mistakes comes back with what could be read.
SurvivalDefinition parse_survival(const workspace::Definition& definition,
                                  std::span<const fold::FeaturesDefinition> measures,
                                  const Zone& zone, workspace::Diagnostics& diagnostics);

}  // namespace waymark::model
