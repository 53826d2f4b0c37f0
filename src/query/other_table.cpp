#include "query/other_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/error.h"

namespace waymark::query {
namespace {

using sql::Type;

Type given(Type type) {
  switch (type) {
    case Type::kBoolean:
    case Type::kInteger:
    case Type::kDouble:
    case Type::kTimestamp:
    case Type::kDate:
    case Type::kJson:
      return type;
    case Type::kDecimal:
      return Type::kDouble;
    default:
      return Type::kText;
  }
}

void copy(const sql::ColumnView& from, std::size_t rows, Type type, sql::ColumnWriter to) {
  const auto each = [&](const auto& write) {
    for (std::size_t row = 0; row < rows; ++row) {
      from.is_null(row) ? to.null(row) : write(row);
    }
  };
  switch (type) {
    case Type::kBoolean:
      return each([&, out = to.booleans()](std::size_t row) { out[row] = from.boolean(row); });
    case Type::kInteger:
    case Type::kTimestamp:
      return each([&, out = to.integers()](std::size_t row) { out[row] = from.integer(row); });
    case Type::kDate:
      return each([&, out = to.dates()](std::size_t row) {
        out[row] = static_cast<std::int32_t>(from.integer(row));
      });
    case Type::kDouble:
      return each([&, out = to.numbers()](std::size_t row) { out[row] = from.number(row); });
    default:
      return each([&](std::size_t row) { to.text(row, from.to_text(row)); });
  }
}

class Reader : public sql::TableReader {
 public:
  Reader(sql::Connection connection, std::string select, std::vector<Type> types)
      : connection_(std::move(connection)), select_(std::move(select)), types_(std::move(types)) {}

  void start(std::size_t) override { result_ = connection_.query(select_); }
  std::size_t read(sql::ChunkWriter& chunk) override {
    const auto next = result_->next();
    if (!next) return 0;
    for (std::size_t i = 0; i < types_.size(); ++i) {
      copy(next->column(i), next->size(), types_[i], chunk.column(i));
    }
    return next->size();
  }

 private:
  sql::Connection connection_;
  std::string select_;
  std::vector<Type> types_;
  std::optional<sql::Result> result_;
};

class Scan : public sql::TableScan {
 public:
  Scan(std::shared_ptr<const void> keeps, sql::Database database, const std::string& table)
      : keeps_(std::move(keeps)), database_(std::move(database)), table_(sql::quoted_name(table)) {
    sql::Connection connection = database_.connect();
    columns_ = connection.query(fmt::format("FROM {} LIMIT 0", table_)).columns();
    for (sql::Column& column : columns_) column.type = given(column.type);
    rows_ = static_cast<std::uint64_t>(
        connection.query("SELECT count(*) FROM " + table_).next()->column(0).integer(0));
  }

  std::vector<sql::Column> columns() const override { return columns_; }
  std::size_t units() const override { return 1; }
  std::uint64_t estimated_rows() const override { return rows_; }
  std::unique_ptr<sql::TableReader> reader(std::span<const std::size_t> columns) const override {
    std::vector<std::string> names;
    std::vector<Type> types;
    for (const std::size_t column : columns) {
      names.push_back(sql::quoted_name(columns_[column].name));
      types.push_back(columns_[column].type);
    }
    return std::make_unique<Reader>(
        database_.connect(), fmt::format("SELECT {} FROM {}", fmt::join(names, ", "), table_),
        std::move(types));
  }

 private:
  std::shared_ptr<const void> keeps_;
  sql::Database database_;
  std::string table_;
  std::vector<sql::Column> columns_;
  std::uint64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<sql::TableScan> scan_of_other(std::shared_ptr<const void> keeps,
                                              const std::filesystem::path& file,
                                              const std::string& table, sql::Options options) {
  options.read_only = true;
  return std::make_unique<Scan>(std::move(keeps), sql::Database::open(file, options), table);
}

}  // namespace waymark::query
