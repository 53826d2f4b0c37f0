#pragma once

#include "base/json.h"
#include "stats/survival_model.h"

namespace waymark::model {

// A regression of lifetimes as a model file keeps it: what forecasts need of it, and not what its
// errors are.
void write(JsonWriter& out, const stats::SurvivalModel& model);
// Throws Error{kCorrupt, "model.malformed"}.
stats::SurvivalModel read_survival_fit(stats::SurvivalMethod method, const Json& json);

}  // namespace waymark::model
