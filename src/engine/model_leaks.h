#pragma once

#include <string>
#include <vector>

#include "engine/catalog.h"
#include "engine/measure.h"
#include "model/leak.h"

namespace waymark::engine {

// Leaks (model/lint.h) that only sources and other definitions tell of.

// Where features go by scores that a source counts as known when the work was handed in
// (`arrival: event_time`, without `received`), though marks come later: one for each such source.
std::vector<model::Leak> early_marks(const Catalog& catalog,
                                     const model::ModelDefinition& definition,
                                     const fold::FeaturesDefinition& measure);

// Where features go by work with a score that has one and the same time for nearly all who took it,
// object by object, in a source that counts it as known from then on (`arrival: event_time`,
// without `received`): the time when it was due, so that what was handed in late, and who would
// hand in at all, is known too early. One leak for each such source and kind of events.
std::vector<model::Leak> due_dates(const model::ModelDefinition& definition,
                                   const fold::FeaturesDefinition& measure, const Making& making);

// The kinds of events by which learners leave, as other models have it (`who.until`), where this
// one takes no notice of them, and which model says so.
struct Leaving {
  std::vector<std::string> kinds;
  std::string said_by;
};
Leaving leaving_unnoticed(const Catalog& catalog, const model::ModelDefinition& definition);

}  // namespace waymark::engine
