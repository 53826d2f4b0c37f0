#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/progress.h"

namespace waymark::engine {

// One thing that the doctor looked at.
struct Finding {
  std::string part;  // "definitions", "journal", "trails", "tables", "model at_risk"
  bool healthy = true;
  std::string what;  // what was seen
  std::string mend;  // the command that mends it; empty where nothing is to be done
};

// Verifies all that a workspace stores: every definition, every batch of the journal and its ids,
// every byte of the trails, the tables' and the models' origin. Reads everything once and changes
// nothing. What is merely out of date is healthy, and says how to renew it.
std::vector<Finding> examine(const std::filesystem::path& workspace_folder, Progress& progress);

}  // namespace waymark::engine
