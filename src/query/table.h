#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "event/dictionary.h"
#include "sql/value.h"
#include "sql/writer.h"

namespace waymark::query {

// 0 = false
struct Flags {
  static constexpr std::uint8_t kNone = 2;  // NULL
  std::span<const std::uint8_t> values;
};
struct Times {
  static constexpr Micros kNone = std::numeric_limits<Micros>::min();  // NULL
  std::span<const Micros> values;
};
// Days since 1970-01-01.
struct Dates {
  std::span<const std::int32_t> values;
};
// Texts by code, such as a fold's learners and courses.
struct Codes {
  std::span<const Code> values;
  std::function<std::string(Code)> text_of;
  Code null_code = kNoCode;
};

// The values of a column, which stay where they are. Doubles: NaN is NULL.
using ColumnValues = std::variant<std::span<const std::int64_t>, std::span<const std::uint64_t>,
                                  std::span<const std::uint32_t>, std::span<const double>,
                                  std::span<const std::string>, Flags, Times, Dates, Codes>;

struct TableColumn {
  std::string name;
  ColumnValues values;
};

// A table as columns of equal length: a view of what a fold or a model put out, which must outlive
// it.
struct Table {
  std::string name;
  std::vector<TableColumn> columns;

  std::size_t rows() const;
};

// The types that the columns have in the database.
std::vector<sql::Column> columns_of(const Table& table);

// Writes these rows as the chunk's rows 0, 1, …; at most sql::kChunkRows.
void write_rows(const Table& table, std::span<const std::uint32_t> rows, sql::ChunkWriter& chunk);

// A hash of each row but for its first column: of texts, not their codes, so that it is the same in
// every process. Different rows have the same hash by chance only, one time in 2^64.
std::vector<std::uint64_t> hashes_of(const Table& table);

// The dictionary as the engine takes it, "none" as NULL.
sql::TextDictionary texts_of(const Dictionary& dictionary);

// CREATE TABLE "schema"."name" ("column" TYPE, …)
std::string create_statement(const std::string& schema, const std::string& name,
                             std::span<const sql::Column> columns);

}  // namespace waymark::query
