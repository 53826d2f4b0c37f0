#pragma once

#include "engine/models.h"
#include "govern/pseudonym.h"
#include "query/session.h"
#include "report/content.h"

namespace waymark::report {

// What a trained model says, and how well: its evaluation, its importance, its predictions table.
Model gather_model(const engine::Catalog& catalog, const model::ModelDefinition& definition,
                   const model::Model& trained, query::Session& session,
                   const govern::Pseudonyms& pseudonyms);

}  // namespace waymark::report
