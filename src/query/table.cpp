#include "query/table.h"

#include <bit>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "base/error.h"
#include "base/hash.h"

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
  std::span<const std::uint32_t> rows;
  sql::ColumnWriter column;

  template <typename T>
  void operator()(std::span<const T> values) {
    std::int64_t* out = column.integers();
    for (std::size_t i = 0; i < rows.size(); ++i)
      out[i] = static_cast<std::int64_t>(values[rows[i]]);
  }
  void operator()(std::span<const double> values) {
    double* out = column.numbers();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      out[i] = values[rows[i]];
      if (std::isnan(out[i])) column.null(i);
    }
  }
  void operator()(std::span<const std::string> values) {
    for (std::size_t i = 0; i < rows.size(); ++i) column.text(i, values[rows[i]]);
  }
  void operator()(const Flags& flags) {
    bool* out = column.booleans();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      out[i] = flags.values[rows[i]] != 0;
      if (flags.values[rows[i]] == Flags::kNone) column.null(i);
    }
  }
  void operator()(const Times& times) {
    std::int64_t* out = column.integers();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      out[i] = times.values[rows[i]];
      if (out[i] == Times::kNone) column.null(i);
    }
  }
  void operator()(const Dates& dates) {
    std::int32_t* out = column.dates();
    for (std::size_t i = 0; i < rows.size(); ++i) out[i] = dates.values[rows[i]];
  }
  void operator()(const Codes& codes) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Code code = codes.values[rows[i]];
      code == codes.null_code ? column.null(i) : column.text(i, codes.text_of(code));
    }
  }
};

// Folds a column's values into the hashes of their rows.
struct ValueHasher {
  std::vector<std::uint64_t>& hashes;

  // The finaliser of MurmurHash3, which leaves no bit of either where it was.
  void add(std::size_t row, std::uint64_t value) {
    std::uint64_t hash = (hashes[row] + 0x9E3779B97F4A7C15) ^ value;
    hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCD;
    hash = (hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53;
    hashes[row] = hash ^ hash >> 33;
  }
  template <typename T>
  void operator()(std::span<const T> values) {
    for (std::size_t i = 0; i < hashes.size(); ++i) add(i, static_cast<std::uint64_t>(values[i]));
  }
  void operator()(std::span<const double> values) {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t i = 0; i < hashes.size(); ++i)
      add(i, std::bit_cast<std::uint64_t>(std::isnan(values[i]) ? kNone : values[i]));
  }
  void operator()(std::span<const std::string> values) {
    for (std::size_t i = 0; i < hashes.size(); ++i) add(i, hash64(values[i]));
  }
  void operator()(const Flags& flags) {
    for (std::size_t i = 0; i < hashes.size(); ++i) add(i, flags.values[i]);
  }
  void operator()(const Times& times) { (*this)(times.values); }
  void operator()(const Dates& dates) { (*this)(dates.values); }
  void operator()(const Codes& codes) {
    std::unordered_map<Code, std::uint64_t> texts{{codes.null_code, 0}};
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      const auto [text, is_new] = texts.try_emplace(codes.values[i]);
      if (is_new) text->second = hash64(codes.text_of(codes.values[i]));
      add(i, text->second);
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

void write_rows(const Table& table, std::span<const std::uint32_t> rows, sql::ChunkWriter& chunk) {
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    std::visit(Writer{rows, chunk.column(i)}, table.columns[i].values);
  chunk.set_size(rows.size());
}

std::vector<std::uint64_t> hashes_of(const Table& table) {
  std::vector<std::uint64_t> hashes(table.rows());
  for (std::size_t i = 1; i < table.columns.size(); ++i)
    std::visit(ValueHasher{hashes}, table.columns[i].values);
  return hashes;
}

sql::TextDictionary texts_of(const Dictionary& dictionary) {
  sql::TextDictionary texts(dictionary.size());
  texts.set_null(kNoCode);
  for (Code code = kNoCode + 1; code < dictionary.size(); ++code)
    texts.set(code, dictionary.text(code));
  return texts;
}

std::string create_statement(const std::string& schema, const std::string& name,
                             std::span<const sql::Column> columns) {
  std::string sql =
      "CREATE TABLE " + sql::quoted_name(schema) + "." + sql::quoted_name(name) + " (";
  for (const sql::Column& column : columns) {
    sql += (&column == columns.data() ? "" : ", ") + sql::quoted_name(column.name) + " " +
           sql_type(column.type);
  }
  return sql + ")";
}

}  // namespace waymark::query
