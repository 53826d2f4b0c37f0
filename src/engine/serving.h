#pragma once

#include <optional>
#include <vector>

#include "engine/catalog.h"
#include "model/model.h"
#include "model/registry.h"
#include "model/survival_version.h"
#include "trail/reader.h"

namespace waymark::engine {

// A trained version with the definitions that its features are computed by: today's where it was
// trained by them, else those that it keeps.
template <typename Version>
struct ServingOf {
  Version model;
  model::Stage stage;
  typename Version::Definition definition;
  fold::FeaturesDefinition features;  // none where the model is of a table
};
using Serving = ServingOf<model::Model>;
using SurvivalServing = ServingOf<model::SurvivalVersion>;

// The version that scores: the live one; where none was ever promoted the one trained last, if the
// definition is still that which it was trained by. Null where there is neither. Throws
// Error{kInvalid, "model.definition_gone"} where what a live version keeps cannot be read any more.
std::optional<Serving> serving_version(const Catalog& catalog,
                                       const model::ModelDefinition& definition);
// The live one. Where there is none a build learns for itself.
std::optional<SurvivalServing> serving_version(const Catalog& catalog,
                                               const model::SurvivalDefinition& definition);

// The versions that score beside it.
std::vector<Serving> shadow_versions(const Catalog& catalog,
                                     const model::ModelDefinition& definition);
std::vector<SurvivalServing> shadow_versions(const Catalog& catalog,
                                             const model::SurvivalDefinition& definition);

// Throws Error{kInvalid, "model.names_gone"} where the version is of another definition than
// today's, or was imported, and reads kinds of events or properties that no file's definition of
// the model names and of which there are none: they have another name here, and what was computed
// from them would be made up.
void expect_computable(const Serving& serving, const Catalog& catalog,
                       const model::ModelDefinition& today, const trail::TrailReader& trails);
void expect_computable(const SurvivalServing& serving, const Catalog& catalog,
                       const model::SurvivalDefinition& today, const trail::TrailReader& trails);

// The definitions as they stand in their files.
model::DefinitionTexts texts_of(const Catalog& catalog, const model::ModelDefinition& definition);
model::DefinitionTexts texts_of(const Catalog& catalog,
                                const model::SurvivalDefinition& definition);

}  // namespace waymark::engine
