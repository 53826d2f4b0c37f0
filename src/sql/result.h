#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "sql/value.h"

namespace waymark::sql {

struct ColumnLayout;

// One column of a chunk, readable row by row. Valid as long as its chunk. A value may be asked for
// in any form that it has without loss of meaning; another form is Error{kInvalid, "sql.type"}.
// None may be asked of a NULL, except text and JSON.
class ColumnView {
 public:
  Type type() const;
  bool is_null(std::size_t row) const {
    return validity_ != nullptr && (validity_[row / 64] >> (row % 64) & 1) == 0;
  }
  bool boolean(std::size_t row) const;
  // Integers and booleans; timestamps as Micros, dates as days since 1970-01-01.
  std::int64_t integer(std::size_t row) const;
  // Every numeric type; exact ones are rounded.
  double number(std::size_t row) const;
  // The bytes of a VARCHAR, JSON, ENUM or BLOB, not copied.
  std::string_view text(std::size_t row) const;

  // Any value as people read it: ISO 8601 times, nested values as JSON, NULL as the empty text.
  std::string to_text(std::size_t row) const;
  // Any value as the JSON value closest to it: exact numbers with all their digits.
  void write_json(std::size_t row, JsonWriter& json) const;

  // The values themselves where the column is stored as T exactly (BIGINT, TIMESTAMP: int64_t;
  // DOUBLE: double); else null. What NULL rows hold is undefined.
  template <typename T>
  const T* values() const;

 private:
  friend class Chunk;
  ColumnView(const ColumnLayout& layout, void* vector);
  template <typename T>
  const T& stored(std::size_t row) const;
  std::int64_t stored_integer(std::size_t row) const;
  std::string exact_text(std::size_t row) const;
  std::string other_text(std::size_t row) const;
  void write_nested(std::size_t row, JsonWriter& json) const;

  const ColumnLayout* layout_;
  void* vector_;
  const void* data_;
  const std::uint64_t* validity_;
};

template <>
const std::int64_t* ColumnView::values<std::int64_t>() const;
template <>
const double* ColumnView::values<double>() const;

// Up to kChunkRows rows of a result.
class Chunk {
 public:
  std::size_t size() const { return size_; }
  std::size_t column_count() const { return columns_.size(); }
  const ColumnView& column(std::size_t index) const { return columns_[index]; }

 private:
  friend class Result;
  friend struct ScalarFunctionCalls;
  Chunk(std::shared_ptr<void> chunk, std::shared_ptr<const std::vector<ColumnLayout>> layouts);

  std::shared_ptr<void> chunk_;
  std::shared_ptr<const std::vector<ColumnLayout>> layouts_;
  std::vector<ColumnView> columns_;
  std::size_t size_ = 0;
};

// The rows that a query gives, computed as they are read: memory is bounded by the query's own
// state, not by its result. Ends early when its connection is used for another query. One thread.
class Result {
 public:
  Result(Result&&) noexcept;
  Result& operator=(Result&&) noexcept;
  ~Result();

  // None where the statement gives no rows.
  const std::vector<Column>& columns() const;
  // How many rows a statement that changes or copies rows has done so with.
  std::uint64_t changed_rows() const;
  // The next rows, or none after the last. Throws Error{kInvalid, "sql.failed"}.
  std::optional<Chunk> next();

 private:
  friend class Connection;
  struct State;
  explicit Result(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace waymark::sql
