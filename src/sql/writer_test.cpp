#include "sql/writer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "sql/database.h"

namespace waymark::sql {
namespace {

std::vector<std::string> rows_of(Result result) {
  std::vector<std::string> rows;
  while (const auto chunk = result.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      std::string text;
      for (std::size_t i = 0; i < chunk->column_count(); ++i) {
        const ColumnView& column = chunk->column(i);
        text += (i == 0 ? "" : "|") + (column.is_null(row) ? "NULL" : column.to_text(row));
      }
      rows.push_back(text);
    }
  }
  return rows;
}

TEST(Appender, WritesEveryType) {
  Connection connection = Database::in_memory().connect();
  connection.execute(
      "CREATE TABLE t(a BOOLEAN, b BIGINT, c DOUBLE, d VARCHAR, e JSON, f TIMESTAMP, g DATE, "
      "h UUID)");
  const std::vector<Column> columns = {
      {"a", Type::kBoolean}, {"b", Type::kInteger},   {"c", Type::kDouble}, {"d", Type::kText},
      {"e", Type::kJson},    {"f", Type::kTimestamp}, {"g", Type::kDate},   {"h", Type::kUuid}};
  Appender appender(connection, "main", "t", columns);
  ChunkWriter& chunk = appender.chunk();
  chunk.column(0).booleans()[0] = true;
  chunk.column(1).integers()[0] = -5;
  chunk.column(2).numbers()[0] = 0.25;
  chunk.column(3).text(0, "caf\xC3\xA9 \xFF");
  chunk.column(4).text(0, "[1]");
  chunk.column(5).integers()[0] = 1;
  chunk.column(6).dates()[0] = 1;
  chunk.column(7).uuid(0, EventId{0xF011223344556677, 0x8899AABBCCDDEEFF});
  for (std::size_t i = 0; i < columns.size(); ++i) chunk.column(i).null(1);
  chunk.set_size(2);
  appender.append();
  appender.finish();
  EXPECT_EQ(rows_of(connection.query("FROM t")),
            (std::vector<std::string>{
                "true|-5|0.25|café \uFFFD|[1]|1970-01-01 00:00:00.000001|1970-01-02|"
                "f0112233-4455-6677-8899-aabbccddeeff",
                "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL"}));
  EXPECT_EQ(rows_of(connection.query("SELECT h FROM t WHERE h = "
                                     "'f0112233445566778899aabbccddeeff'")),
            std::vector<std::string>{"f0112233-4455-6677-8899-aabbccddeeff"});
}

TEST(Appender, ReusesItsChunkAndLosesWhatIsNotFinished) {
  Connection connection = Database::in_memory().connect();
  connection.execute("CREATE TABLE t(code VARCHAR)");
  const std::vector<Column> columns = {{"code", Type::kText}};
  TextDictionary dictionary(3);
  dictionary.set_null(0);
  dictionary.set(1, "one");
  dictionary.set(2, "a text that is longer than twelve bytes");
  {
    Appender appender(connection, "main", "t", columns);
    for (int chunk = 0; chunk < 3; ++chunk) {
      const std::vector<std::uint32_t> codes = {0, 1, 2, 1};
      ChunkWriter& writer = appender.chunk();
      writer.column(0).texts(dictionary, codes);
      writer.set_size(codes.size());
      appender.append();
    }
    appender.finish();
  }
  EXPECT_EQ(
      rows_of(connection.query("SELECT code, count(*) FROM t GROUP BY code ORDER BY code")),
      (std::vector<std::string>{"a text that is longer than twelve bytes|3", "one|6", "NULL|3"}));
}

TEST(Appender, RefusesATableOfOtherColumns) {
  Connection connection = Database::in_memory().connect();
  connection.execute("CREATE TABLE t(a BIGINT)");
  const std::vector<Column> columns = {{"a", Type::kInteger}, {"b", Type::kInteger}};
  EXPECT_THROW(
      {
        Appender appender(connection, "main", "t", columns);
        ChunkWriter& chunk = appender.chunk();
        chunk.column(0).integers()[0] = chunk.column(1).integers()[0] = 1;
        chunk.set_size(1);
        appender.append();
      },
      Error);
  EXPECT_THROW(Appender(connection, "main", "missing", columns), Error);
}

}  // namespace
}  // namespace waymark::sql
