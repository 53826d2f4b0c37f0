#include "sql/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "base/error.h"
#include "sql/states.h"

namespace waymark::sql {
namespace {

ConfigHandle config_of(const Options& options) {
  ConfigHandle config;
  if (duckdb_create_config(config.out()) != DuckDBSuccess) fail("the engine has no configuration");
  const auto set = [&](const char* name, const std::string& value) {
    if (duckdb_set_config(config.get(), name, value.c_str()) != DuckDBSuccess)
      fail(fmt::format("the engine does not know the setting {} = {}", name, value).c_str());
  };
  set("access_mode", options.read_only ? "READ_ONLY" : "READ_WRITE");
  // The engine's own limit overshoots by about half.
  set("memory_limit", fmt::format("{}MiB", std::max<std::size_t>(options.memory_mb * 2 / 3, 64)));
  set("threads", fmt::format("{}", std::max<std::size_t>(options.threads, 1)));
  set("temp_directory", options.temporary.string());
  set("autoinstall_known_extensions", "false");
  set("autoload_known_extensions", "false");
  set("allow_community_extensions", "false");
  return config;
}

StatementHandle prepare(duckdb_connection connection, const StatementsHandle& statements,
                        idx_t index) {
  StatementHandle statement;
  if (duckdb_prepare_extracted_statement(connection, statements.get(), index, statement.out()) !=
      DuckDBSuccess) {
    fail(duckdb_prepare_error(statement.get()));
  }
  return statement;
}

duckdb_state bind(duckdb_prepared_statement statement, idx_t index, const Value& value) {
  struct Binder {
    duckdb_prepared_statement statement;
    idx_t index;
    duckdb_state operator()(std::monostate) const { return duckdb_bind_null(statement, index); }
    duckdb_state operator()(bool v) const { return duckdb_bind_boolean(statement, index, v); }
    duckdb_state operator()(std::int64_t v) const { return duckdb_bind_int64(statement, index, v); }
    duckdb_state operator()(double v) const { return duckdb_bind_double(statement, index, v); }
    duckdb_state operator()(const std::string& v) const {
      return duckdb_bind_varchar_length(statement, index, v.data(), v.size());
    }
    duckdb_state operator()(Timestamp v) const {
      return duckdb_bind_timestamp(statement, index, {v.micros});
    }
  };
  return std::visit(Binder{statement, index}, value);
}

void drain(Result result) {
  while (result.next()) {
  }
}

std::string list_of(std::span<const std::filesystem::path> paths) {
  std::string list;
  for (const std::filesystem::path& path : paths) {
    list += (list.empty() ? "" : ", ") + quoted_text(std::filesystem::absolute(path).string());
  }
  return "[" + list + "]";
}

}  // namespace

Database::Database(std::shared_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Database Database::in_memory(const Options& options) { return open(":memory:", options); }

Database Database::open(const std::filesystem::path& file, const Options& options) {
  auto state = std::make_shared<State>();
  char* message = nullptr;
  if (duckdb_open_ext(file.c_str(), state->database.out(), config_of(options).get(), &message) !=
      DuckDBSuccess) {
    const std::string copy = message == nullptr ? "" : message;
    duckdb_free(message);
    fail(copy.c_str());
  }
  Database database(std::move(state));
  // Results must not depend on the machine's zone.
  database.connect().execute("SET GLOBAL TimeZone = 'UTC'");
  return database;
}

Connection Database::connect() const {
  auto state = std::make_shared<Connection::State>();
  state->database = state_;
  if (duckdb_connect(state_->database.get(), state->connection.out()) != DuckDBSuccess)
    fail("the engine refuses a further connection");
  return Connection(std::move(state));
}

void Database::sandbox(std::span<const std::filesystem::path> folders,
                       std::span<const std::filesystem::path> files) {
  // In this order: each setting forbids the next kind of change.
  state_->is_sandboxed = true;
  connect().execute(
      fmt::format("SET GLOBAL allowed_directories = {}; SET GLOBAL allowed_paths = {};"
                  "SET GLOBAL enable_external_access = false;"
                  "SET GLOBAL lock_configuration = true",
                  list_of(folders), list_of(files)));
}

// SQL can turn DuckDB's own log to a file that the sandbox forbids. From then on every statement
// fails, and closing such a connection ends the program, by an exception out of a destructor of
// DuckDB's. So it stays open, with its database, as long as the program runs.
Connection::State::~State() {
  if (connection.get() == nullptr || !database->is_sandboxed) return;
  ResultHandle probe;
  if (duckdb_query(connection.get(), "SELECT 1", &probe.raw) == DuckDBSuccess) return;
  if (duckdb_result_error_type(&probe.raw) != DUCKDB_ERROR_PERMISSION) return;
  using Unclosable = std::pair<std::shared_ptr<const Database::State>, ConnectionHandle>;
  static std::mutex mutex;
  static auto& unclosable = *std::make_unique<std::vector<Unclosable>>().release();
  const std::lock_guard lock(mutex);
  unclosable.emplace_back(std::move(database), std::move(connection));
}

Connection::Connection(std::shared_ptr<State> state) : state_(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

void Connection::execute(std::string_view sql) { drain(query(sql)); }

Result Connection::query(std::string_view sql, std::span<const Value> values) {
  const duckdb_connection connection = state_->connection.get();
  const auto run = [&](StatementHandle statement) {
    return Result(std::make_unique<Result::State>(state_, std::move(statement)));
  };
  StatementsHandle statements;
  const idx_t count =
      duckdb_extract_statements(connection, std::string(sql).c_str(), statements.out());
  if (count == 0) {
    const char* message = duckdb_extract_statements_error(statements.get());
    fail(message == nullptr ? "there is no statement in this SQL" : message);
  }
  for (idx_t i = 0; i + 1 < count; ++i) {
    drain(run(prepare(connection, statements, i)));
  }
  StatementHandle last = prepare(connection, statements, count - 1);
  const idx_t wanted = duckdb_nparams(last.get());
  if (wanted != values.size())
    fail(fmt::format("the statement has {} parameters, not {}", wanted, values.size()).c_str());
  for (idx_t i = 0; i < wanted; ++i) {
    if (bind(last.get(), i + 1, values[i]) != DuckDBSuccess) fail(duckdb_prepare_error(last.get()));
  }
  return run(std::move(last));
}

}  // namespace waymark::sql
