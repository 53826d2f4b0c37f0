#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "source/record_reader.h"
#include "sql/database.h"

namespace waymark::source {
namespace {

// What DuckDB may use for one file, beside what a row group itself needs.
constexpr std::size_t kMemoryMb = 256;

// The path with the wildcards that read_parquet knows made literal.
std::string literal_path(const std::filesystem::path& path) {
  std::string literal;
  for (const char c : path.string()) {
    const bool wildcard = c == '*' || c == '?' || c == '[';
    literal += wildcard ? fmt::format("[{}]", c) : std::string(1, c);
  }
  return literal;
}

class ParquetReader : public RecordReader {
 public:
  explicit ParquetReader(const std::filesystem::path& path)
      : size_(std::filesystem::file_size(path)),
        connection_(sql::Database::in_memory({.memory_mb = kMemoryMb}).connect()) {
    // Times with a zone become text that ends in +00.
    connection_.execute("SET TimeZone = 'UTC'");
    const std::string file = sql::quoted_text(literal_path(path));
    rows_ = count_rows(file);
    result_ =
        connection_.query(fmt::format("SELECT {} FROM read_parquet({})", select_list(file), file));
    texts_.resize(columns_.size());
    fields_.resize(columns_.size());
    field_types_.resize(columns_.size());
  }

  const std::vector<std::string>& columns() const override { return columns_; }
  bool columns_are_fixed() const override { return true; }
  std::uint64_t position() const override {
    if (rows_ == 0) return size_;
    return static_cast<std::uint64_t>(static_cast<double>(size_) * static_cast<double>(row_) /
                                      static_cast<double>(rows_));
  }

  bool next(Record& record) override {
    while (!chunk_ || at_ == chunk_->size()) {
      if (!fetch()) return false;
    }
    record = Record{};
    record.line = ++row_;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      read_field(i);
      record.bytes += fields_[i].size();
      if (fields_[i].find('\0') != std::string_view::npos) {
        record.reason = "record.encoding";
        record.message = "a NUL character, which no text has";
        record.raw = columns_[i];
      }
    }
    ++at_;
    if (!record.readable()) return true;
    record.fields = fields_;
    record.types = field_types_;
    return true;
  }

 private:
  std::uint64_t count_rows(const std::string& file) {
    sql::Result result = connection_.query(fmt::format(
        "SELECT coalesce(sum(num_rows), 0)::BIGINT FROM parquet_file_metadata({})", file));
    return static_cast<std::uint64_t>(result.next()->column(0).integer(0));
  }

  // Fills columns_; the same columns as SQL that says their text where the types alone do not.
  std::string select_list(const std::string& file) {
    sql::Result described =
        connection_.query(fmt::format("DESCRIBE SELECT * FROM read_parquet({})", file));
    std::string list;
    while (const auto chunk = described.next()) {
      for (std::size_t row = 0; row < chunk->size(); ++row) {
        const std::string& name = columns_.emplace_back(chunk->column(0).text(row));
        const bool zoned = chunk->column(1).text(row) == "TIMESTAMP WITH TIME ZONE";
        list += fmt::format("{}{}{}", list.empty() ? "" : ", ", sql::quoted_name(name),
                            zoned ? "::VARCHAR" : "");
      }
    }
    return list;
  }

  bool fetch() {
    try {
      chunk_ = result_->next();
    } catch (const Error& error) {
      throw Error(ErrorCode::kCorrupt, "file.corrupt", error.what());
    }
    at_ = 0;
    return chunk_.has_value();
  }

  void read_field(std::size_t i) {
    const sql::ColumnView& column = chunk_->column(i);
    PropertyType& type = field_types_[i];
    std::string_view& field = fields_[i];
    type = PropertyType::kText;
    if (column.is_null(at_)) {
      field = {};
      return;
    }
    if (column.type() == sql::Type::kText) {
      field = column.text(at_);
      return;
    }
    texts_[i] = column.to_text(at_);
    field = texts_[i];
    switch (column.type()) {
      case sql::Type::kBoolean:
        type = PropertyType::kBoolean;
        break;
      case sql::Type::kInteger:
      case sql::Type::kDouble:
      case sql::Type::kDecimal:
        // JSON has no infinities, and no integers beyond 64 bits.
        if (parse_number(field)) type = PropertyType::kNumber;
        break;
      case sql::Type::kJson:
      case sql::Type::kNested:
        type = PropertyType::kJson;
        break;
      default:
        break;
    }
  }

  std::uint64_t size_;
  sql::Connection connection_;
  std::uint64_t rows_ = 0;
  std::vector<std::string> columns_;
  std::optional<sql::Result> result_;
  std::optional<sql::Chunk> chunk_;
  std::size_t at_ = 0;  // in the chunk
  std::uint64_t row_ = 0;
  std::vector<std::string> texts_;  // of fields that are not text in the file
  std::vector<std::string_view> fields_;
  std::vector<PropertyType> field_types_;
};

}  // namespace

std::unique_ptr<RecordReader> read_parquet(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) {
    throw Error(ErrorCode::kNotFound, "source.file_missing",
                fmt::format("there is no file '{}'", path.string()));
  }
  return std::make_unique<ParquetReader>(path);
}

}  // namespace waymark::source
