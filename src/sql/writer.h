#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "sql/value.h"

namespace waymark::sql {

// Texts by code, handed to the engine once, so that a column of codes costs no copy of its texts.
// Each code below `size` must be set, once. Used by one thread at a time.
class TextDictionary {
 public:
  explicit TextDictionary(std::size_t size);
  ~TextDictionary();
  TextDictionary(TextDictionary&&) noexcept;
  TextDictionary& operator=(TextDictionary&&) noexcept;

  // Bytes that are not UTF-8 are replaced.
  void set(std::uint32_t code, std::string_view text);
  void set_null(std::uint32_t code);

 private:
  friend class ColumnWriter;
  void* vector_ = nullptr;
};

// One column of a chunk that is being filled; row is below kChunkRows. All rows of the chunk must
// be written, in the form that the column's type has.
class ColumnWriter {
 public:
  // kInteger, kTimestamp
  std::int64_t* integers();
  // kDate: days since 1970-01-01
  std::int32_t* dates();
  double* numbers();
  bool* booleans();
  void uuid(std::size_t row, const EventId& id);
  // kText, kJson. Bytes that are not UTF-8 are replaced.
  void text(std::size_t row, std::string_view text);
  // The whole column at once: the text of each code.
  void texts(const TextDictionary& dictionary, std::span<const std::uint32_t> codes);
  void null(std::size_t row);

 private:
  friend class ChunkWriter;
  friend struct ScalarFunctionCalls;
  explicit ColumnWriter(void* vector) : vector_(vector) {}
  void* vector_;
};

// Rows on their way into the engine: from a table function, or to an Appender.
class ChunkWriter {
 public:
  ColumnWriter column(std::size_t index) const;
  void set_size(std::size_t rows);

 private:
  friend class Appender;
  friend struct TableFunctionCalls;
  explicit ChunkWriter(void* chunk) : chunk_(chunk) {}
  void* chunk_;
};

class Connection;

// Adds rows to a table, a chunk at a time: more than a million rows a second.
class Appender {
 public:
  // The table's columns must be exactly of these types. Throws as Connection does.
  Appender(Connection& connection, const std::string& schema, const std::string& table,
           std::span<const Column> columns);
  ~Appender();
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;

  // An empty chunk to fill; then append() takes it.
  ChunkWriter& chunk();
  void append();
  // Makes the rows part of the table; without it they are lost.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waymark::sql
