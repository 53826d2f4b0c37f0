#pragma once

#include <string>
#include <vector>

#include "engine/catalog.h"
#include "model/leak.h"

namespace waymark::engine {

// Leaks (model/lint.h) that only sources and other definitions tell of.

// Where features go by scores that a source counts as known when the work was handed in
// (`arrival: event_time`, without `received`), though marks come later: one for each such source.
std::vector<model::Leak> early_marks(const Catalog& catalog,
                                     const model::ModelDefinition& definition,
                                     const fold::FeaturesDefinition& measure);

// The kinds of events by which learners leave, as other models have it (`who.until`), where this
// one takes no notice of them, and which model says so.
struct Leaving {
  std::vector<std::string> kinds;
  std::string said_by;
};
Leaving leaving_unnoticed(const Catalog& catalog, const model::ModelDefinition& definition);

}  // namespace waymark::engine
