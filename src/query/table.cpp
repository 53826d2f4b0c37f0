#include "query/table.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace waymark::query {
namespace {

using sql::Type;

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

std::size_t length(const ColumnValues& values) {
  return std::visit(Overloaded{[](const auto& of) { return of.values.size(); },
                               []<typename T>(std::span<const T> of) { return of.size(); }},
                    values);
}

Type type_of(const ColumnValues& values) {
  return std::visit(Overloaded{[](std::span<const double>) { return Type::kDouble; },
                               []<typename T>(std::span<const T>) { return Type::kInteger; },
                               [](std::span<const std::string>) { return Type::kText; },
                               [](const Flags&) { return Type::kBoolean; },
                               [](const Times&) { return Type::kTimestamp; },
                               [](const Dates&) { return Type::kDate; },
                               [](const Codes&) { return Type::kText; }},
                    values);
}

// One case per kind of values.
struct Writer {
  std::size_t first;
  std::size_t count;
  sql::ColumnWriter column;

  template <typename T>
  void operator()(std::span<const T> values) {
    std::int64_t* out = column.integers();
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::int64_t>(values[first + i]);
  }
  void operator()(std::span<const double> values) {
    double* out = column.numbers();
    for (std::size_t i = 0; i < count; ++i) {
      out[i] = values[first + i];
      if (std::isnan(out[i])) column.null(i);
    }
  }
  void operator()(std::span<const std::string> values) {
    for (std::size_t i = 0; i < count; ++i) column.text(i, values[first + i]);
  }
  void operator()(const Flags& flags) {
    bool* out = column.booleans();
    for (std::size_t i = 0; i < count; ++i) out[i] = flags.values[first + i] != 0;
  }
  void operator()(const Times& times) {
    std::int64_t* out = column.integers();
    for (std::size_t i = 0; i < count; ++i) {
      out[i] = times.values[first + i];
      if (out[i] == Times::kNone) column.null(i);
    }
  }
  void operator()(const Dates& dates) {
    std::copy_n(dates.values.begin() + static_cast<std::ptrdiff_t>(first), count, column.dates());
  }
  void operator()(const Codes& codes) {
    for (std::size_t i = 0; i < count; ++i) {
      const Code code = codes.values[first + i];
      code == codes.null_code ? column.null(i) : column.text(i, codes.text_of(code));
    }
  }
};

const char* sql_type(Type type) {
  switch (type) {
    case Type::kBoolean:
      return "BOOLEAN";
    case Type::kInteger:
      return "BIGINT";
    case Type::kDouble:
      return "DOUBLE";
    case Type::kTimestamp:
      return "TIMESTAMP";
    case Type::kDate:
      return "DATE";
    case Type::kUuid:
      return "UUID";
    case Type::kJson:
      return "JSON";
    default:
      return "VARCHAR";
  }
}

}  // namespace

std::size_t Table::rows() const { return columns.empty() ? 0 : length(columns.front().values); }

std::vector<sql::Column> columns_of(const Table& table) {
  std::vector<sql::Column> columns;
  for (const TableColumn& column : table.columns) {
    WAYMARK_CHECK(length(column.values) == table.rows());
    columns.push_back({column.name, type_of(column.values)});
  }
  return columns;
}

void write_rows(const Table& table, std::size_t first, std::size_t count, sql::ChunkWriter& chunk) {
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    std::visit(Writer{first, count, chunk.column(i)}, table.columns[i].values);
  chunk.set_size(count);
}

sql::TextDictionary texts_of(const Dictionary& dictionary) {
  sql::TextDictionary texts(dictionary.size());
  texts.set_null(kNoCode);
  for (Code code = kNoCode + 1; code < dictionary.size(); ++code)
    texts.set(code, dictionary.text(code));
  return texts;
}

std::string create_statement(const std::string& name, std::span<const sql::Column> columns) {
  std::string sql = "CREATE TABLE " + sql::quoted_name(name) + " (";
  for (const sql::Column& column : columns) {
    sql += (&column == columns.data() ? "" : ", ") + sql::quoted_name(column.name) + " " +
           sql_type(column.type);
  }
  return sql + ")";
}

}  // namespace waymark::query
