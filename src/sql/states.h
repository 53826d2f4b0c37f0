#pragma once

// What this room's classes hold. Included by its sources only.

#include <memory>
#include <string>
#include <vector>

#include "sql/database.h"
#include "sql/duckdb_handle.h"
#include "sql/result.h"

namespace waymark::sql {

// How a column's values lie in memory.
struct ColumnLayout {
  Type type;
  duckdb_type stored;              // of one value; for an ENUM, its code
  std::uint8_t scale = 0;          // of a DECIMAL
  std::size_t array_size = 0;      // of an ARRAY
  std::vector<std::string> names;  // an ENUM's texts, or a STRUCT's members
  std::vector<ColumnLayout> children;
};

ColumnLayout layout_of(duckdb_logical_type type);

struct Database::State {
  DatabaseHandle database;
  bool is_sandboxed = false;
};

struct Connection::State {
  ~State();

  std::shared_ptr<const Database::State> database;
  ConnectionHandle connection;
};

// A result starts as all zeros and may be destroyed as such.
struct ResultHandle {
  ResultHandle() = default;
  ~ResultHandle() { duckdb_destroy_result(&raw); }
  ResultHandle(const ResultHandle&) = delete;
  ResultHandle& operator=(const ResultHandle&) = delete;
  duckdb_result raw{};
};

struct Result::State {
  // Runs the statement up to its first row.
  State(std::shared_ptr<const Connection::State> connection, StatementHandle statement);
  std::shared_ptr<void> fetch();

  std::shared_ptr<const Connection::State> connection;
  StatementHandle statement;
  ResultHandle result;
  std::vector<Column> columns;
  std::shared_ptr<const std::vector<ColumnLayout>> layouts;
  std::uint64_t changed_rows = 0;
  bool ended = false;  // DuckDB makes an error of asking once more
};

}  // namespace waymark::sql
