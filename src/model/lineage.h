#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "model/definition.h"

namespace waymark::model {

// What a version was made from: equal lineages give equal versions. (When it was trained stands in
// the registry's history, so that equal inputs give equal files.)
struct Lineage {
  std::string data;                   // content_hash() of the labelled rows
  std::string definition;             // its version
  std::string features;               // ModelDefinition::measure_version
  std::string code;                   // of training
  std::vector<std::string> trainers;  // or methods; each with all its parameters
  std::uint64_t seed = 0;
  std::size_t rows = 0;  // labelled: training and test
  std::size_t columns = 0;

  friend bool operator==(const Lineage&, const Lineage&) = default;
};

Lineage lineage_of(const ModelDefinition& definition, const DataSet& data);
// 16 hex digits: the version of what is trained by it.
std::string version_of(const std::string& name, const Lineage& lineage);

void write(JsonWriter& out, const Lineage& lineage);
// Throws Error{kCorrupt, "model.malformed"}.
Lineage read_lineage(const Json& json);

}  // namespace waymark::model
