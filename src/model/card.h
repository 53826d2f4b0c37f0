#pragma once

#include <span>
#include <string>

#include "model/definition.h"
#include "model/evaluation.h"
#include "model/importance.h"
#include "model/linear.h"

namespace waymark::model {

// The model card as Markdown, along the sections of Mitchell et al. 2019, "Model cards for model
// reporting".
// `fairness`: null where none was asked for. `leaks`: what judged_leaks() says. `outages`: what
// outages_in_words() says; empty where the definition does not heed them.
std::string model_card(const ModelDefinition& definition, const std::string& version,
                       const Evaluation& evaluation, std::span<const Weight> weights,
                       std::span<const Importance> importance, const Fairness* fairness,
                       std::string_view leaks, std::string_view outages);

}  // namespace waymark::model
