#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "fold/filter.h"
#include "workspace/diagnostic.h"
#include "workspace/workspace.h"

namespace waymark::fold {

enum class FunnelOrder : std::uint8_t {
  kOrdered,  // each step after the one before; other events may lie between
  kAny,      // all steps, in any order
  kStrict,   // each step after the one before, and no other event of the population between
};

struct FunnelStep {
  std::string name;
  Filter filter;
  std::string conversion;  // a name for having come so far; empty where it has none
};

// Events that end an attempt that has reached step `after` and not yet step `before` (positions,
// after < before).
struct FunnelExclusion {
  Filter filter;
  std::size_t after = 0, before = 0;
};

// measures/*.yaml with `measure: funnel`; see funnel.schema.json, and funnel.h for what each choice
// means.
struct FunnelDefinition {
  static constexpr std::size_t kMostSteps = 32, kMostExclusions = 16;

  std::string name;
  std::string version;
  FunnelOrder order = FunnelOrder::kOrdered;
  std::optional<Micros> within;  // of the attempt's first event, that moment included
  bool every_attempt = false;    // else only the first
  bool per_course = true;
  Filter population;
  std::vector<FunnelStep> steps;
  std::vector<FunnelExclusion> exclusions;

  // Of the table of attempts, in the definition's order.
  static std::string time_column(const FunnelStep& step) { return step.name + "_at"; }
};

// How its figures are to be read: "Within 7d of the first step; nothing else between steps."
std::string reading_of(const FunnelDefinition& definition);

// Whatever the mistakes, the result has at most kMostSteps and kMostExclusions.
FunnelDefinition parse_funnel(const workspace::Definition& definition,
                              workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
