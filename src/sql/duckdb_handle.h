#pragma once

// What the sources of this room share of DuckDB's C API. Included by no header and no other room.

#include <duckdb.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "sql/value.h"

namespace waymark::sql {

// Owns what the C API hands out, and gives it back.
template <typename Handle, auto kDestroy>
class Owned {
 public:
  Owned() = default;
  explicit Owned(Handle handle) : handle_(handle) {}
  ~Owned() {
    if (handle_ != nullptr) kDestroy(&handle_);
  }
  Owned(Owned&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Handle get() const { return handle_; }
  Handle* out() { return &handle_; }

 private:
  Handle handle_ = nullptr;
};

using DatabaseHandle = Owned<duckdb_database, duckdb_close>;
using ConnectionHandle = Owned<duckdb_connection, duckdb_disconnect>;
using ConfigHandle = Owned<duckdb_config, duckdb_destroy_config>;
using StatementHandle = Owned<duckdb_prepared_statement, duckdb_destroy_prepare>;
using StatementsHandle = Owned<duckdb_extracted_statements, duckdb_destroy_extracted>;
using TypeHandle = Owned<duckdb_logical_type, duckdb_destroy_logical_type>;
using ValueHandle = Owned<duckdb_value, duckdb_destroy_value>;
using ChunkHandle = Owned<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using VectorHandle = Owned<duckdb_vector, duckdb_destroy_vector>;
using AppenderHandle = Owned<duckdb_appender, duckdb_appender_destroy>;
using FunctionHandle = Owned<duckdb_table_function, duckdb_destroy_table_function>;

// The engine's type for a column that is made here.
TypeHandle logical_type(Type type);

// Throws what DuckDB's message says; see wrapped().
[[noreturn]] void fail(const char* message);

// The message under which an exception travels through DuckDB, so that fail() on the other side
// throws it as it was: code, reason and text.
std::string wrapped(const std::exception_ptr& exception);

// For the engine's callbacks: C on one side, our interfaces on the other. No exception may cross.
template <auto kSetError, typename Info, typename Work>
void guarded(Info info, Work&& work) {
  try {
    work();
  } catch (...) {
    kSetError(info, wrapped(std::current_exception()).c_str());
  }
}

// Gives back what was handed to the engine.
template <typename T>
void destroy(void* object) {
  delete static_cast<T*>(object);
}

}  // namespace waymark::sql
