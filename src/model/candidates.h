#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/definition.h"

namespace waymark::model {

// One way to a predictor: a trainer with its parameters.
struct Variant {
  std::string words;
  std::unique_ptr<Trainer> trainer;
};

// What is tried under one name, of which the best variant is kept; the blend has no variant of its
// own.
struct Entry {
  std::string name, words;
  bool baseline = false, blended = false;  // blended: a part of the blend
  std::vector<Variant> variants;
};

inline constexpr const char* kRule = "rule";

// The baselines, each trainer on the rows as they are and on each balance, and the blend.
std::vector<Entry> entries_of(const ModelDefinition& definition);

}  // namespace waymark::model
