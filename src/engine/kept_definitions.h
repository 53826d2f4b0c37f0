#pragma once

#include <string>
#include <vector>

#include "engine/catalog.h"

namespace waymark::engine {

// The definitions that a trained version keeps, read again.
struct KeptDefinitions {
  workspace::Definition model;        // of kind "model" or "survival"
  fold::FeaturesDefinition features;  // none where the model is of a table
};

// They passed this program's, or an earlier one's, checks once. What cannot be read any more
// becomes a diagnostic, with its place below `folder`, the version's.
KeptDefinitions read_kept(const std::string& model, const model::DefinitionTexts& texts,
                          const std::string& folder, workspace::Diagnostics& diagnostics);

// Those of models that no file of the workspace defines, where an imported version is live; by
// name. (A model that was trained here goes with its file.)
std::vector<KeptDefinitions> imported_definitions(const workspace::Workspace& workspace,
                                                  workspace::Diagnostics& diagnostics);

// Whether a model of the catalog is such a one. It scores, and is not trained.
bool is_imported(const Catalog& catalog, const std::string& model);
// What makes it a model of the workspace, in words: which files to copy where.
std::string how_to_define(const Catalog& catalog, const std::string& model);

// The features of all live and shadow versions, as far as they can be read.
std::vector<fold::FeaturesDefinition> features_in_use(const Catalog& catalog);

}  // namespace waymark::engine
