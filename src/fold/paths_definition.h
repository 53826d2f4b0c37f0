#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "fold/filter.h"
#include "workspace/diagnostic.h"
#include "workspace/workspace.h"

namespace waymark::fold {

// What an event is a visit to.
enum class PathStateBy : std::uint8_t { kKind, kContext, kObject, kSteps };

struct PathStep {
  std::string name;
  Filter filter;
};

// measures/*.yaml with `measure: paths`; see paths.schema.json, and paths.h for what is counted.
struct PathsDefinition {
  static constexpr std::size_t kMostSteps = 60, kMostStates = 1'000, kMostAnchors = 20;
  static constexpr unsigned kHighestOrder = 4, kLongestSequence = 6, kLongestPath = 5;

  std::string name;
  std::string version;
  Micros gap = 30 * kMicrosPerMinute;  // as in sessions
  bool switch_on_course = false;
  bool per_course = false;  // counted in each course by itself
  Filter population;
  PathStateBy states = PathStateBy::kKind;
  std::vector<PathStep> steps;    // in kSteps
  std::size_t most_states = 250;  // else
  unsigned order = 1;
  unsigned longest = 0;       // sequences of 2 to so many states; 0: none
  std::uint64_t support = 2;  // in at least so many sessions
  std::vector<std::string> to, from;
  unsigned length = 3;  // of the paths to and from these, beside themselves
  bool predict = false;

  bool has_paths() const { return !to.empty() || !from.empty(); }
};

// Whatever the mistakes, the result keeps within the limits above.
PathsDefinition parse_paths(const workspace::Definition& definition,
                            workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
