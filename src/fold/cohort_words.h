#pragma once

#include <functional>
#include <string>

#include "fold/cohort_definition.h"

namespace waymark::fold {

// A cohort's definition in plain words: a sentence on whom it looks at, a line per rule, indented
// below what combines them, and what windows mean. Cohorts that it refers to are told in place.
std::string describe(const CohortDefinition& cohort);

// The lines of the rules alone, each with "yes" or "no" before it, as is_met says of it.
std::string explain(const CohortDefinition& cohort, const std::function<bool(const Rule&)>& is_met);

}  // namespace waymark::fold
