#include "query/session.h"

#include <fmt/format.h>

#include <vector>

#include "base/error.h"
#include "query/events.h"

namespace waymark::query {
namespace {

// The warehouse is the database itself, opened read-only: SQL that found it attached could detach
// it and attach it again for writing.
sql::Database open_database(const std::filesystem::path& warehouse, sql::Options options) {
  if (warehouse.empty() || !std::filesystem::exists(warehouse))
    return sql::Database::in_memory(options);
  options.read_only = true;
  try {
    return sql::Database::open(warehouse, options);
  } catch (const Error& error) {
    if (error.reason() != "sql.locked") throw;
    throw Error(
        ErrorCode::kConflict, "warehouse.locked",
        fmt::format("{} is being written; try again when that is done", warehouse.string()));
  }
}

}  // namespace

Session::Session(const Sources& sources, const sql::Options& options)
    : database_(open_database(sources.warehouse, options)), connection_(database_.connect()) {
  if (sources.trails.has_value())
    show_events(database_, connection_, *sources.trails, sources.only);
  for (const auto& function : sources.functions) database_.add(function);
  std::vector<std::filesystem::path> files;
  if (!sources.output.empty()) files.push_back(sources.output);
  database_.sandbox({}, files);
}

sql::Result Session::query(std::string_view sql, std::span<const sql::Value> values) {
  return connection_.query(sql, values);
}

}  // namespace waymark::query
