#pragma once

#include "cli/arguments.h"
#include "engine/catalog.h"
#include "engine/frame.h"
#include "query/session.h"
#include "trail/reader.h"

namespace waymark::cli {

// All that SQL may see of a workspace. Holds on to both.
query::Sources sources_of(const engine::Catalog& catalog, const trail::TrailReader& trails);

// What Arguments::statement names: a file with rows, a table of the workspace, or a SELECT over
// them.
engine::Frame read_table_argument(const Arguments& arguments);

}  // namespace waymark::cli
