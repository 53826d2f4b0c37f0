#include "cli/table_argument.h"

#include "engine/fold_functions.h"
#include "engine/measures.h"
#include "engine/trails.h"

namespace waymark::cli {

query::Sources sources_of(const engine::Catalog& catalog, const trail::TrailReader& trails) {
  return {.trails = trails,
          .warehouse = engine::Folders(catalog.workspace).warehouse,
          .functions = engine::fold_functions(catalog, trails)};
}

engine::Frame read_table_argument(const Arguments& arguments) {
  const std::string& from = arguments.statement;
  if (engine::is_table_file(from)) return engine::read_table_file(from);
  const engine::Catalog catalog = engine::load(arguments.workspace);
  const trail::TrailReader trails = engine::open_trails(catalog);
  query::Session session(sources_of(catalog, trails), engine::sql_options(catalog));
  const bool is_name = from.find_first_of(" \n\t(") == std::string::npos;
  return engine::Frame::of(session.query(is_name ? "FROM " + sql::quoted_name(from) : from));
}

}  // namespace waymark::cli
