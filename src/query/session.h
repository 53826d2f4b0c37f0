#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sql/database.h"
#include "trail/reader.h"

namespace waymark::query {

// What a session's SQL may see.
struct Sources {
  std::optional<trail::TrailReader> trails;
  // Which events.
  trail::Selection only = {};
  // A warehouse file; empty, or of a file that does not exist: none.
  std::filesystem::path warehouse;
  // What SQL can select from beside events().
  std::vector<std::shared_ptr<const sql::TableFunction>> functions = {};
  // The only file that SQL may write, if any: where an export goes.
  std::filesystem::path output;
};

// A place for SQL that nobody has looked at: it sees `events` (also as the function events(), see
// events.h) and the warehouse's tables, one generation of each, and may make temporary tables and
// views. It can change nothing that outlives the session, read or write no other file, load no
// extension and change no setting; trying is Error{kInvalid, "sql.failed"}. One thread.
class Session {
 public:
  // Throws Error{kConflict, "warehouse.locked"} while the warehouse is being written.
  Session(const Sources& sources, const sql::Options& options);

  // See sql::Connection::query.
  sql::Result query(std::string_view sql, std::span<const sql::Value> values = {});
  sql::Connection& connection() { return connection_; }

 private:
  sql::Database database_;
  sql::Connection connection_;
};

}  // namespace waymark::query
