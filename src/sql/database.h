#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/result.h"
#include "sql/scalar_function.h"
#include "sql/table_function.h"
#include "sql/value.h"

namespace waymark::sql {

struct Options {
  // What the engine may use, its overshoot counted in: it spills to `temporary` beyond.
  std::size_t memory_mb = 1024;
  std::size_t threads = 1;
  bool read_only = false;
  // Where it spills; none: it fails with "sql.failed" instead.
  std::filesystem::path temporary;
};

class Connection;

// A DuckDB database: a file, or memory that goes with it. It never fetches or loads an extension.
// One process at a time may have a file open for writing: Error{kConflict, "sql.locked"}.
class Database {
 public:
  static Database in_memory(const Options& options = {});
  static Database open(const std::filesystem::path& file, const Options& options = {});
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  Connection connect() const;

  // Makes the function known to every connection, under its name.
  void add(std::shared_ptr<const TableFunction> function);
  void add(std::shared_ptr<const ScalarFunction> function);

  // From here on, for good: SQL reaches no file except the open databases and what lies in these
  // folders or is one of these files, and changes no setting. What untrusted SQL is run behind.
  void sandbox(std::span<const std::filesystem::path> folders = {},
               std::span<const std::filesystem::path> files = {});

 private:
  friend class Connection;
  struct State;
  explicit Database(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// One thread's way into a database, which it keeps open. Errors of SQL are Error{kInvalid,
// "sql.failed"} with DuckDB's message; what a table function throws comes back as thrown.
class Connection {
 public:
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // Runs all statements of the text, results thrown away.
  void execute(std::string_view sql);
  // Runs all statements and gives the rows of the last, to which the values are bound as ?1, ?2, …
  // or $1, $2, … ; a value is never a part of the text.
  Result query(std::string_view sql, std::span<const Value> values = {});
  Result query(std::string_view sql, std::initializer_list<Value> values) {
    return query(sql, std::span(values.begin(), values.size()));
  }

 private:
  friend class Database;
  friend class Appender;
  friend class Result;
  struct State;
  explicit Connection(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace waymark::sql
