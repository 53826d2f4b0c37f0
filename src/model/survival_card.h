#pragma once

#include <string>

#include "model/survival.h"

namespace waymark::model {

// The card of a survival model as Markdown; card.h has the one of classifiers. `study`: of `rows`,
// and judged.
std::string survival_card(const SurvivalDefinition& definition, const std::string& version,
                          const SurvivalRows& rows, const SurvivalStudy& study);

// "unregistered", "submitted to 4,000 in all": what is waited for.
std::string in_words(const SurvivalTarget& target);

}  // namespace waymark::model
