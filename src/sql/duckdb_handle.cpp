#include "sql/duckdb_handle.h"

#include <fmt/format.h>

#include <charconv>

#include "base/error.h"

namespace waymark::sql {
namespace {

// Control characters that no message holds: <start> code <separator> reason <separator> text <end>.
constexpr char kStart = '\x01';
constexpr char kSeparator = '\x1f';
constexpr char kEnd = '\x04';

void throw_if_wrapped(std::string_view message) {
  const std::size_t start = message.find(kStart);
  if (start == std::string_view::npos) return;
  message.remove_prefix(start + 1);
  message = message.substr(0, message.find(kEnd));
  const std::size_t reason = message.find(kSeparator);
  const std::size_t text = message.find(kSeparator, reason + 1);
  int code = 0;
  std::from_chars(message.data(), message.data() + reason, code);
  throw Error(static_cast<ErrorCode>(code),
              std::string(message.substr(reason + 1, text - reason - 1)),
              std::string(message.substr(text + 1)));
}

std::string wrapped(const Error& error) {
  return fmt::format("{}{}{}{}{}{}{}", kStart, static_cast<int>(error.code()), kSeparator,
                     error.reason(), kSeparator, error.what(), kEnd);
}

}  // namespace

std::string wrapped(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return wrapped(error);
  } catch (const std::exception& error) {
    return wrapped(Error(ErrorCode::kInternal, "sql.function_failed", error.what()));
  }
}

void fail(const char* message) {
  const std::string_view text = message == nullptr ? "unknown error" : message;
  throw_if_wrapped(text);
  const auto says = [text](std::string_view words) {
    return text.find(words) != std::string_view::npos;
  };
  if (says("Could not set lock on file"))
    throw Error(ErrorCode::kConflict, "sql.locked", std::string(text));
  if (says("Corrupt database file"))
    throw Error(ErrorCode::kCorrupt, "sql.damaged", std::string(text));
  if (says("No space left on device"))
    throw Error(ErrorCode::kEnvironment, "sql.no_space", std::string(text));
  throw Error(ErrorCode::kInvalid, "sql.failed", std::string(text));
}

TypeHandle logical_type(Type type) {
  switch (type) {
    case Type::kBoolean:
      return TypeHandle(duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN));
    case Type::kInteger:
      return TypeHandle(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
    case Type::kDouble:
      return TypeHandle(duckdb_create_logical_type(DUCKDB_TYPE_DOUBLE));
    case Type::kText:
      return TypeHandle(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
    case Type::kJson: {
      TypeHandle json(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
      duckdb_logical_type_set_alias(json.get(), "JSON");
      return json;
    }
    case Type::kTimestamp:
      return TypeHandle(duckdb_create_logical_type(DUCKDB_TYPE_TIMESTAMP));
    case Type::kDate:
      return TypeHandle(duckdb_create_logical_type(DUCKDB_TYPE_DATE));
    case Type::kUuid:
      return TypeHandle(duckdb_create_logical_type(DUCKDB_TYPE_UUID));
    case Type::kDecimal:
    case Type::kNested:
    case Type::kOther:
      break;
  }
  WAYMARK_CHECK(!"a column that is made here has a plain type");
  return {};
}

}  // namespace waymark::sql
