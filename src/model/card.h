#pragma once

#include <span>
#include <string>
#include <string_view>

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

// What cards of all kinds of models have in common: title, purpose, who and as of when; a section;
// what the model is not for, as a limit.
std::string card_opening(const ModelDefinition& definition, const std::string& version);
std::string card_section(std::string_view title, std::string_view body);
std::string not_for(const ModelDefinition& definition);
std::string with_interval(const Figure& figure);  // "0.834 [0.813, 0.857]"
std::string cell(std::string text);               // of a table
inline constexpr std::size_t kDrivers = 15;       // how many lines a table of inputs has at most

}  // namespace waymark::model
