#include "sql/table_function.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "base/error.h"
#include "sql/database.h"

namespace waymark::sql {
namespace {

// Rows (unit, row, name) for `units` units of `rows` rows each; keeps a note of what it is asked.
struct Notes {
  std::mutex mutex;
  std::vector<std::vector<std::size_t>> columns;
  std::multiset<std::size_t> units;
};

class SquaresReader : public TableReader {
 public:
  SquaresReader(Notes& notes, std::size_t rows, std::span<const std::size_t> columns)
      : notes_(notes), rows_(rows), columns_(columns.begin(), columns.end()) {}

  void start(std::size_t unit) override {
    const std::lock_guard lock(notes_.mutex);
    notes_.units.insert(unit);
    unit_ = unit;
    next_ = 0;
  }

  std::size_t read(ChunkWriter& chunk) override {
    if (unit_ == 13 && rows_ == 20)
      throw Error(ErrorCode::kCorrupt, "squares.unlucky", "unit 13 is 'damaged'");
    const std::size_t count = std::min<std::size_t>(rows_ - next_, 700);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      for (std::size_t row = 0; row < count; ++row) write(chunk.column(i), columns_[i], row);
    }
    next_ += count;
    return count;
  }

 private:
  void write(ColumnWriter writer, std::size_t column, std::size_t row) const {
    if (column == 0) writer.integers()[row] = static_cast<std::int64_t>(unit_);
    if (column == 1) writer.integers()[row] = static_cast<std::int64_t>(next_ + row);
    if (column == 2) writer.text(row, "row " + std::to_string(next_ + row));
  }

  Notes& notes_;
  std::size_t rows_, unit_ = 0, next_ = 0;
  std::vector<std::size_t> columns_;
};

class SquaresScan : public TableScan {
 public:
  SquaresScan(Notes& notes, std::size_t size) : notes_(notes), size_(size) {}
  std::vector<Column> columns() const override {
    return {{"unit", Type::kInteger}, {"row", Type::kInteger}, {"name", Type::kText}};
  }
  std::size_t units() const override { return size_; }
  std::uint64_t estimated_rows() const override { return size_ * size_; }
  std::unique_ptr<TableReader> reader(std::span<const std::size_t> columns) const override {
    const std::lock_guard lock(notes_.mutex);
    notes_.columns.emplace_back(columns.begin(), columns.end());
    return std::make_unique<SquaresReader>(notes_, size_, columns);
  }

 private:
  Notes& notes_;
  std::size_t size_;
};

class Squares : public TableFunction {
 public:
  explicit Squares(Notes& notes) : notes_(notes) {}
  std::string name() const override { return "squares"; }
  std::vector<Column> parameters() const override {
    return {{"size", Type::kInteger}, {"label", Type::kText}, {"at", Type::kTimestamp}};
  }
  std::unique_ptr<TableScan> bind(std::span<const Value> arguments) const override {
    arguments_.assign(arguments.begin(), arguments.end());
    const auto* size = std::get_if<std::int64_t>(&arguments[0]);
    if (size == nullptr) throw Error(ErrorCode::kUsage, "squares.size", "size is missing");
    return std::make_unique<SquaresScan>(notes_, static_cast<std::size_t>(*size));
  }
  mutable Values arguments_;

 private:
  Notes& notes_;
};

class TableFunctionTest : public testing::Test {
 protected:
  TableFunctionTest() { database_.add(squares_); }

  std::string one(const std::string& sql, std::initializer_list<Value> values = {}) {
    Result result = connection_.query(sql, values);
    return result.next()->column(0).to_text(0);
  }

  Notes notes_;
  std::shared_ptr<Squares> squares_ = std::make_shared<Squares>(notes_);
  Database database_ = Database::in_memory({.threads = 4});
  Connection connection_ = database_.connect();
};

TEST_F(TableFunctionTest, GivesAllRowsOnceFromManyThreads) {
  EXPECT_EQ(one("SELECT count(*) || ' ' || count(DISTINCT unit * 10000 + row) || ' ' || sum(row) "
                "FROM squares(size := 12) WHERE name = 'row ' || row"),
            "144 144 792");
  EXPECT_EQ(notes_.units.size(), 12u);
  EXPECT_EQ(std::set<std::size_t>(notes_.units.begin(), notes_.units.end()).size(), 12u);
}

TEST_F(TableFunctionTest, GivesUnitsOfManyChunks) {
  EXPECT_EQ(one("SELECT count(*) || ' ' || sum(row) FROM squares(size := 2500) WHERE unit <= 12"),
            "32500 40608750");
}

TEST_F(TableFunctionTest, IsAskedOnlyForTheColumnsThatAQueryUses) {
  one("SELECT sum(row) FROM squares(size := 2)");
  for (const auto& columns : notes_.columns) EXPECT_EQ(columns, std::vector<std::size_t>{1});
  notes_.columns.clear();
  EXPECT_EQ(one("SELECT count(*) FROM squares(size := 3)"), "9");
  for (const auto& columns : notes_.columns) EXPECT_EQ(columns, std::vector<std::size_t>{0});
}

TEST_F(TableFunctionTest, TakesItsArgumentsByName) {
  EXPECT_EQ(one("SELECT count(*) FROM squares(at := TIMESTAMP '1970-01-01 00:00:01', size := ?, "
                "label := $2)",
                {std::int64_t{2}, "it's"}),
            "4");
  EXPECT_EQ(std::get<std::string>(squares_->arguments_[1]), "it's");
  EXPECT_EQ(std::get<Timestamp>(squares_->arguments_[2]).micros, kMicrosPerSecond);
}

TEST_F(TableFunctionTest, PassesErrorsThroughAsTheyWere) {
  try {
    one("SELECT sum(row) FROM squares(size := 20)");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_EQ(error.reason(), "squares.unlucky");
    EXPECT_STREQ(error.what(), "unit 13 is 'damaged'");
  }
  try {
    one("FROM squares(label := 'x')");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "squares.size");
  }
  EXPECT_THROW(one("FROM squares(colour := 1)"), Error);
}

}  // namespace
}  // namespace waymark::sql
