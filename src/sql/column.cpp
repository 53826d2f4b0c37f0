#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "sql/duckdb_handle.h"
#include "sql/result.h"
#include "sql/states.h"

namespace waymark::sql {
namespace {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

[[noreturn]] void wrong_type(std::string_view wanted) {
  throw Error(ErrorCode::kInvalid, "sql.type",
              fmt::format("a column of the result is not {}; cast it in the query", wanted));
}

std::string owned_text(char* text) {
  std::string copy = text;
  duckdb_free(text);
  return copy;
}

Type type_of(duckdb_type id) {
  switch (id) {
    case DUCKDB_TYPE_BOOLEAN:
      return Type::kBoolean;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
      return Type::kInteger;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
      return Type::kDouble;
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_ENUM:
      return Type::kText;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return Type::kTimestamp;
    case DUCKDB_TYPE_DATE:
      return Type::kDate;
    case DUCKDB_TYPE_UUID:
      return Type::kUuid;
    case DUCKDB_TYPE_DECIMAL:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
    case DUCKDB_TYPE_UBIGINT:
      return Type::kDecimal;
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_ARRAY:
    case DUCKDB_TYPE_STRUCT:
    case DUCKDB_TYPE_MAP:
      return Type::kNested;
    default:
      return Type::kOther;
  }
}

bool is_json(duckdb_logical_type type) {
  char* alias = duckdb_logical_type_get_alias(type);
  return alias != nullptr && owned_text(alias) == "JSON";
}

ColumnLayout struct_layout(std::vector<std::string> names, std::vector<ColumnLayout> children) {
  return {Type::kNested, DUCKDB_TYPE_STRUCT, 0, 0, std::move(names), std::move(children)};
}

Int128 to_int128(duckdb_hugeint value) {
  return static_cast<Int128>(static_cast<Uint128>(value.upper) << 64 | value.lower);
}

// 123450 with scale 3 -> "123.450"
std::string decimal_text(Int128 value, unsigned scale) {
  std::string digits =
      fmt::format("{}", value < 0 ? -static_cast<Uint128>(value) : static_cast<Uint128>(value));
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale != 0) digits.insert(digits.size() - scale, ".");
  return (value < 0 ? "-" : "") + digits;
}

std::string uuid_text(duckdb_hugeint value) {
  const std::uint64_t high = static_cast<std::uint64_t>(value.upper) ^ std::uint64_t{1} << 63;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xFFFF,
                     high & 0xFFFF, value.lower >> 48, value.lower & 0xFFFF'FFFF'FFFF);
}

std::string date_text(duckdb_date date) {
  if (!duckdb_is_finite_date(date)) return date.days > 0 ? "infinity" : "-infinity";
  const duckdb_date_struct day = duckdb_from_date(date);
  return fmt::format("{:04}-{:02}-{:02}", day.year, day.month, day.day);
}

std::string time_text(duckdb_time_struct time) {
  std::string text = fmt::format("{:02}:{:02}:{:02}", time.hour, time.min, time.sec);
  if (time.micros != 0) text += fmt::format(".{:06}", time.micros);
  return text;
}

std::string timestamp_text(Micros micros, char between) {
  const duckdb_timestamp time{micros};
  if (!duckdb_is_finite_timestamp(time)) return micros > 0 ? "infinity" : "-infinity";
  const duckdb_timestamp_struct parts = duckdb_from_timestamp(time);
  return fmt::format("{:04}-{:02}-{:02}{}{}", parts.date.year, parts.date.month, parts.date.day,
                     between, time_text(parts.time));
}

std::string interval_text(const duckdb_interval& interval) {
  std::string text;
  if (interval.months != 0) text += fmt::format("{} months ", interval.months);
  if (interval.days != 0) text += fmt::format("{} days ", interval.days);
  const auto micros = static_cast<std::uint64_t>(std::llabs(interval.micros));
  text +=
      fmt::format("{}{:02}:{:02}:{:02}", interval.micros < 0 ? "-" : "", micros / kMicrosPerHour,
                  micros / kMicrosPerMinute % 60, micros / kMicrosPerSecond % 60);
  if (micros % kMicrosPerSecond != 0) text += fmt::format(".{:06}", micros % kMicrosPerSecond);
  return text;
}

}  // namespace

ColumnLayout layout_of(duckdb_logical_type type) {
  const duckdb_type id = duckdb_get_type_id(type);
  ColumnLayout layout{type_of(id), id};
  const auto child = [](duckdb_logical_type of) { return layout_of(TypeHandle(of).get()); };
  if (id == DUCKDB_TYPE_VARCHAR && is_json(type)) layout.type = Type::kJson;
  if (id == DUCKDB_TYPE_DECIMAL) {
    layout.stored = duckdb_decimal_internal_type(type);
    layout.scale = duckdb_decimal_scale(type);
  } else if (id == DUCKDB_TYPE_ENUM) {
    layout.stored = duckdb_enum_internal_type(type);
    for (std::uint32_t i = 0; i < duckdb_enum_dictionary_size(type); ++i)
      layout.names.push_back(owned_text(duckdb_enum_dictionary_value(type, i)));
  } else if (id == DUCKDB_TYPE_LIST) {
    layout.children.push_back(child(duckdb_list_type_child_type(type)));
  } else if (id == DUCKDB_TYPE_ARRAY) {
    layout.array_size = duckdb_array_type_array_size(type);
    layout.children.push_back(child(duckdb_array_type_child_type(type)));
  } else if (id == DUCKDB_TYPE_MAP) {
    layout.children.push_back(struct_layout(
        {"key", "value"},
        {child(duckdb_map_type_key_type(type)), child(duckdb_map_type_value_type(type))}));
  } else if (id == DUCKDB_TYPE_STRUCT) {
    for (idx_t i = 0; i < duckdb_struct_type_child_count(type); ++i) {
      layout.names.push_back(owned_text(duckdb_struct_type_child_name(type, i)));
      layout.children.push_back(child(duckdb_struct_type_child_type(type, i)));
    }
  }
  return layout;
}

ColumnView::ColumnView(const ColumnLayout& layout, void* vector)
    : layout_(&layout),
      vector_(vector),
      data_(duckdb_vector_get_data(static_cast<duckdb_vector>(vector))),
      validity_(duckdb_vector_get_validity(static_cast<duckdb_vector>(vector))) {}

Type ColumnView::type() const { return layout_->type; }

template <typename T>
const T& ColumnView::stored(std::size_t row) const {
  return static_cast<const T*>(data_)[row];
}

std::int64_t ColumnView::stored_integer(std::size_t row) const {
  switch (layout_->stored) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_UTINYINT:
      return stored<std::uint8_t>(row);
    case DUCKDB_TYPE_TINYINT:
      return stored<std::int8_t>(row);
    case DUCKDB_TYPE_SMALLINT:
      return stored<std::int16_t>(row);
    case DUCKDB_TYPE_USMALLINT:
      return stored<std::uint16_t>(row);
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_DATE:
      return stored<std::int32_t>(row);
    case DUCKDB_TYPE_UINTEGER:
      return stored<std::uint32_t>(row);
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return stored<std::int64_t>(row);
    case DUCKDB_TYPE_TIMESTAMP_S:
      return stored<std::int64_t>(row) * kMicrosPerSecond;
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return stored<std::int64_t>(row) * 1000;
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return stored<std::int64_t>(row) / 1000;
    default:
      wrong_type("a whole number or a time");
  }
}

bool ColumnView::boolean(std::size_t row) const {
  if (type() != Type::kBoolean) wrong_type("a boolean");
  return stored<bool>(row);
}

std::int64_t ColumnView::integer(std::size_t row) const {
  if (type() == Type::kText || type() == Type::kDecimal) wrong_type("a whole number or a time");
  return stored_integer(row);
}

double ColumnView::number(std::size_t row) const {
  if (layout_->stored == DUCKDB_TYPE_DOUBLE) return stored<double>(row);
  if (layout_->stored == DUCKDB_TYPE_FLOAT) return static_cast<double>(stored<float>(row));
  if (type() == Type::kDecimal) return std::strtod(exact_text(row).c_str(), nullptr);
  if (type() != Type::kInteger && type() != Type::kBoolean) wrong_type("a number");
  return static_cast<double>(stored_integer(row));
}

std::string_view ColumnView::text(std::size_t row) const {
  if (layout_->type == Type::kText && layout_->stored != DUCKDB_TYPE_VARCHAR)
    return layout_->names[static_cast<std::size_t>(stored_integer(row))];
  if (layout_->stored != DUCKDB_TYPE_VARCHAR && layout_->stored != DUCKDB_TYPE_BLOB)
    wrong_type("a text");
  auto& string = const_cast<duckdb_string_t&>(stored<duckdb_string_t>(row));
  return {duckdb_string_t_data(&string), duckdb_string_t_length(string)};
}

std::string ColumnView::exact_text(std::size_t row) const {
  switch (layout_->stored) {
    case DUCKDB_TYPE_UBIGINT:
      return fmt::format("{}", stored<std::uint64_t>(row));
    case DUCKDB_TYPE_UHUGEINT: {
      const auto& value = stored<duckdb_uhugeint>(row);
      return fmt::format("{}", static_cast<Uint128>(value.upper) << 64 | value.lower);
    }
    case DUCKDB_TYPE_HUGEINT:
      return decimal_text(to_int128(stored<duckdb_hugeint>(row)), layout_->scale);
    default:
      return decimal_text(stored_integer(row), layout_->scale);
  }
}

std::string ColumnView::other_text(std::size_t row) const {
  switch (layout_->stored) {
    case DUCKDB_TYPE_TIME:
      return time_text(duckdb_from_time(stored<duckdb_time>(row)));
    case DUCKDB_TYPE_INTERVAL:
      return interval_text(stored<duckdb_interval>(row));
    case DUCKDB_TYPE_SQLNULL:
      return {};
    case DUCKDB_TYPE_BLOB: {
      std::string hex;
      for (const char c : text(row)) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
      return hex;
    }
    default:
      wrong_type("of a type that can be shown");
  }
}

std::string ColumnView::to_text(std::size_t row) const {
  if (is_null(row)) return {};
  switch (type()) {
    case Type::kBoolean:
      return boolean(row) ? "true" : "false";
    case Type::kInteger:
      return fmt::format("{}", stored_integer(row));
    case Type::kDouble:
      return layout_->stored == DUCKDB_TYPE_FLOAT ? fmt::format("{}", stored<float>(row))
                                                  : fmt::format("{}", stored<double>(row));
    case Type::kText:
    case Type::kJson:
      return std::string(text(row));
    case Type::kTimestamp:
      return timestamp_text(stored_integer(row), ' ');
    case Type::kDate:
      return date_text({stored<std::int32_t>(row)});
    case Type::kUuid:
      return uuid_text(stored<duckdb_hugeint>(row));
    case Type::kDecimal:
      return exact_text(row);
    case Type::kNested: {
      JsonWriter json;
      write_nested(row, json);
      return json.take();
    }
    case Type::kOther:
      break;
  }
  return other_text(row);
}

void ColumnView::write_json(std::size_t row, JsonWriter& json) const {
  if (is_null(row)) {
    json.null();
    return;
  }
  switch (type()) {
    case Type::kBoolean:
      json.boolean(boolean(row));
      break;
    case Type::kInteger:
      json.integer(stored_integer(row));
      break;
    case Type::kDouble:
      json.number(number(row));
      break;
    case Type::kJson:
      json.raw(text(row));
      break;
    case Type::kDecimal:
      json.raw(exact_text(row));
      break;
    case Type::kTimestamp:
      json.string(timestamp_text(stored_integer(row), 'T'));
      break;
    case Type::kNested:
      write_nested(row, json);
      break;
    default:
      json.string(to_text(row));
  }
}

void ColumnView::write_nested(std::size_t row, JsonWriter& json) const {
  const auto vector = static_cast<duckdb_vector>(vector_);
  if (layout_->stored == DUCKDB_TYPE_STRUCT) {
    json.begin_object();
    for (std::size_t i = 0; i < layout_->children.size(); ++i) {
      json.key(layout_->names[i]);
      ColumnView(layout_->children[i], duckdb_struct_vector_get_child(vector, i))
          .write_json(row, json);
    }
    json.end_object();
    return;
  }
  const bool is_array = layout_->stored == DUCKDB_TYPE_ARRAY;
  const ColumnView child(layout_->children[0], is_array ? duckdb_array_vector_get_child(vector)
                                                        : duckdb_list_vector_get_child(vector));
  const duckdb_list_entry range =
      is_array ? duckdb_list_entry{row * layout_->array_size, layout_->array_size}
               : stored<duckdb_list_entry>(row);
  json.begin_array();
  for (std::size_t i = range.offset; i < range.offset + range.length; ++i)
    child.write_json(i, json);
  json.end_array();
}

template <>
const std::int64_t* ColumnView::values<std::int64_t>() const {
  const bool exact = layout_->type != Type::kDecimal && (layout_->stored == DUCKDB_TYPE_BIGINT ||
                                                         layout_->stored == DUCKDB_TYPE_TIMESTAMP);
  return exact ? static_cast<const std::int64_t*>(data_) : nullptr;
}

template <>
const double* ColumnView::values<double>() const {
  return layout_->stored == DUCKDB_TYPE_DOUBLE ? static_cast<const double*>(data_) : nullptr;
}

}  // namespace waymark::sql
