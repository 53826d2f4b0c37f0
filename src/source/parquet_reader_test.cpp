#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "source/test_workspace.h"
#include "sql/database.h"

namespace waymark::source {
namespace {

class Parquet : public testing::Test {
 protected:
  void write(const std::string& select, const std::string& file = "data.parquet") const {
    sql::Database::in_memory().connect().execute(
        fmt::format("SET TimeZone = 'Asia/Tokyo'; COPY ({}) TO {} (FORMAT parquet)", select,
                    sql::quoted_text((workspace_.folder() / file).string())));
  }
  // Columns, then "row: value|value" for each row; numbers with #, booleans with ?, JSON with @.
  std::string read(const std::string& file = "data.parquet") const {
    const auto reader = read_parquet(workspace_.folder() / file);
    std::string all;
    for (const std::string& column : reader->columns()) all += column + " ";
    for (Record record; reader->next(record);) {
      all += fmt::format("\n{}: {}", record.line, record.reason);
      for (std::size_t i = 0; i < record.fields.size(); ++i) {
        constexpr std::string_view kMarks[] = {"", "#", "?", "@"};
        all += fmt::format("{}{}{}", i == 0 ? "" : "|",
                           kMarks[static_cast<std::size_t>(record.types[i])], record.fields[i]);
      }
    }
    return all;
  }

  TestWorkspace workspace_;
};

TEST_F(Parquet, GivesEveryTypeAsText) {
  write(
      "SELECT 'a' AS text, 7 AS n, 0.5::DOUBLE AS d, 12.50::DECIMAL(9,2) AS exact, true AS b, "
      "DATE '2014-02-01' AS day, TIMESTAMP '2014-02-01 10:00:00' AS t, "
      "TIMESTAMPTZ '2014-02-01 10:00:00+00' AS tz, [1, 2] AS list, {x: 1} AS object, "
      "'nan'::DOUBLE AS nan "
      "UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL");
  EXPECT_EQ(read(),
            "text n d exact b day t tz list object nan \n"
            "1: a|#7|#0.5|#12.50|?true|2014-02-01|2014-02-01 10:00:00|2014-02-01 10:00:00+00|"
            "@[1,2]|@{\"x\":1}|nan\n"
            "2: ||||||||||");
}

TEST_F(Parquet, RowsComeInOrderBeyondOneChunk) {
  write("SELECT range AS n FROM range(10000)");
  const auto reader = read_parquet(workspace_.folder() / "data.parquet");
  std::uint64_t rows = 0;
  for (Record record; reader->next(record); ++rows)
    ASSERT_EQ(record.fields[0], std::to_string(rows));
  EXPECT_EQ(rows, 10'000u);
  EXPECT_EQ(reader->position(), std::filesystem::file_size(workspace_.folder() / "data.parquet"));
}

TEST_F(Parquet, AfterTheLastRowThereIsNoMoreHoweverOftenOneAsks) {
  write("SELECT 1 AS n");
  const auto reader = read_parquet(workspace_.folder() / "data.parquet");
  Record record;
  EXPECT_TRUE(reader->next(record));
  EXPECT_FALSE(reader->next(record));
  EXPECT_FALSE(reader->next(record));
}

TEST_F(Parquet, NulCharactersAreRejects) {
  write("SELECT 'a' || chr(0) AS x UNION ALL SELECT 'b'");
  EXPECT_EQ(read(), "x \n1: record.encoding\n2: b");
}

TEST_F(Parquet, WildcardsInNamesAreOnlyNames) {
  write("SELECT 1 AS x", "a [1].parquet");
  write("SELECT 2 AS x", "a 1.parquet");
  EXPECT_EQ(read("a [1].parquet"), "x \n1: #1");
}

TEST_F(Parquet, WhatIsNoParquetIsAnError) {
  workspace_.write("data.parquet", "PAR1 but not really");
  EXPECT_THROW(read(), Error);
  EXPECT_THROW(read("missing.parquet"), Error);
}

TEST_F(Parquet, ASourceOfParquetFiles) {
  write(
      "SELECT 1 AS id, TIMESTAMPTZ '2014-07-01 10:00:00+00' AS at, 3 AS n, 0.25::DOUBLE AS extra");
  const auto definition = TestWorkspace::definition(R"(
files: data.parquet
time_zone: Europe/London
events:
  - {kind: click, learner: "${id}", time: "${at}", weight: "${n}"}
)");
  EXPECT_EQ(to_lines(workspace_.read(definition, "data.parquet")),
            "1|2014-07-01T10:00:00Z|click||||||3|extra=#0.25\n");
}

TEST_F(Parquet, TheSameRowsAsCsvHaveTheSameIds) {
  write("SELECT '1' AS id, '2014-07-01' AS at UNION ALL SELECT '2', '2014-07-01'");
  workspace_.write("data.csv", "at,id\n2014-07-01,2\n2014-07-01,1\n");
  const auto definition = TestWorkspace::definition(R"(
files: [data.parquet, data.csv]
events:
  - {kind: click, learner: "${id}", time: "${at}"}
)");
  EXPECT_EQ(workspace_.read(definition, "data.parquet").ids(), workspace_.read(definition).ids());
}

}  // namespace
}  // namespace waymark::source
