#pragma once

#include "fold/path_tables.h"
#include "fold/story.h"

// For stories and oracles about paths.
namespace waymark::fold {

enum class PathsView { kStates, kTransitions, kSequences, kPaths, kPrediction };

PathsDefinition paths_definition(std::string_view yaml);

// One of its tables. `values`: those that are states, where these are no steps.
Measure<PathsFold> paths(std::string_view yaml, PathsView view,
                         const std::vector<std::string>& values = {});

}  // namespace waymark::fold
