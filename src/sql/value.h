#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"

namespace waymark::sql {

// What a column holds, as far as a reader must care. Columns that are made here have one of the
// first eight types; a result's may have any.
enum class Type : std::uint8_t {
  kBoolean,
  kInteger,    // BIGINT; of results also every narrower integer
  kDouble,     // DOUBLE; of results also FLOAT
  kText,       // VARCHAR; of results also ENUM
  kJson,       // VARCHAR that holds JSON
  kTimestamp,  // microseconds, UTC; of results also the other precisions
  kDate,       // days since 1970-01-01
  kUuid,
  kDecimal,  // DECIMAL, HUGEINT, UBIGINT: exact, possibly beyond 64 bits
  kNested,   // LIST, ARRAY, STRUCT, MAP
  kOther,    // BLOB, TIME, INTERVAL, …
};

struct Column {
  std::string name;
  Type type;
};

struct Timestamp {
  Micros micros;
};

// What can be bound to a statement's parameter. monostate is NULL.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, Timestamp>;
using Values = std::vector<Value>;

// Rows that the engine hands over at once at most.
inline constexpr std::size_t kChunkRows = 2048;

// 'it''s': SQL text that stands for exactly this text, for the few places where SQL takes no
// parameters.
std::string quoted_text(std::string_view text);
// "a ""name""": SQL text that stands for exactly this name.
std::string quoted_name(std::string_view name);

}  // namespace waymark::sql
