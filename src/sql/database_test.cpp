#include "sql/database.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/file.h"
#include "sql/writer.h"

namespace waymark::sql {
namespace {

std::string reason_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.reason();
  }
  return "none";
}

std::vector<std::string> texts(Result result) {
  std::vector<std::string> texts;
  while (const auto chunk = result.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      for (std::size_t i = 0; i < chunk->column_count(); ++i)
        texts.push_back(chunk->column(i).is_null(row) ? "NULL" : chunk->column(i).to_text(row));
    }
  }
  return texts;
}

std::string json(Result result) {
  JsonWriter json;
  json.begin_array();
  while (const auto chunk = result.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) chunk->column(0).write_json(row, json);
  }
  json.end_array();
  return json.take();
}

using Texts = std::vector<std::string>;

TEST(Database, GivesValuesOfEveryType) {
  auto connection = Database::in_memory().connect();
  Result result = connection.query(
      "SELECT true, 7::TINYINT, -3000000000, 0.5, 'a ''b''', TIMESTAMP '2013-10-04 09:15:00.25',"
      "       DATE '2013-10-04', 12.50::DECIMAL(9,2), 170141183460469231731687303715884105727,"
      "       '00112233-4455-6677-8899-aabbccddeeff'::UUID, 'x'::ENUM('y','x'),"
      "       INTERVAL '1 month 2 days 03:04:05', TIME '01:02:03', NULL");
  EXPECT_EQ(texts(std::move(result)),
            (Texts{"true", "7", "-3000000000", "0.5", "a 'b'", "2013-10-04 09:15:00.250000",
                   "2013-10-04", "12.50", "170141183460469231731687303715884105727",
                   "00112233-4455-6677-8899-aabbccddeeff", "x", "1 months 2 days 03:04:05",
                   "01:02:03", "NULL"}));
}

TEST(Database, AfterTheLastRowsThereAreNoMoreHoweverOftenOneAsks) {
  auto connection = Database::in_memory().connect();
  for (const char* statement : {"FROM range(5000)", "SELECT 1 WHERE false"}) {
    Result result = connection.query(statement);
    while (result.next()) {
    }
    EXPECT_FALSE(result.next()) << statement;
    EXPECT_FALSE(result.next()) << statement;
  }
}

TEST(Database, GivesTypedColumns) {
  auto connection = Database::in_memory().connect();
  Result result = connection.query(
      "SELECT i, i * 0.5::DOUBLE AS half, (i * 1.25)::DECIMAL(9,2) AS exact, 'n' || i AS name,"
      "       make_timestamp(i) AS time, i::SMALLINT AS small FROM range(5000) AS t(i)");
  ASSERT_EQ(result.columns().size(), 6u);
  EXPECT_EQ(result.columns()[1].name, "half");
  EXPECT_EQ(result.columns()[4].type, Type::kTimestamp);
  std::int64_t expected = 0;
  while (const auto chunk = result.next()) {
    const auto* integers = chunk->column(0).values<std::int64_t>();
    ASSERT_NE(integers, nullptr);
    EXPECT_EQ(chunk->column(5).values<std::int64_t>(), nullptr);
    for (std::size_t row = 0; row < chunk->size(); ++row, ++expected) {
      EXPECT_EQ(integers[row], expected);
      EXPECT_EQ(chunk->column(1).number(row), static_cast<double>(expected) / 2);
      EXPECT_EQ(chunk->column(2).number(row), static_cast<double>(expected) * 1.25);
      EXPECT_EQ(chunk->column(3).text(row), "n" + std::to_string(expected));
      EXPECT_EQ(chunk->column(4).integer(row), expected);
      EXPECT_EQ(chunk->column(5).integer(row), expected);
    }
  }
  EXPECT_EQ(expected, 5000);
}

TEST(Database, WritesValuesAsJson) {
  auto connection = Database::in_memory().connect();
  EXPECT_EQ(
      json(connection.query("SELECT {'a': [1, NULL], 'b': MAP {'k': 1.5::DOUBLE}, 'c': [[]],"
                            "        'd': array_value('x', 'y'), 'e': '{\"q\": 1}'::JSON}")),
      R"([{"a":[1,null],"b":[{"key":"k","value":1.5}],"c":[[]],"d":["x","y"],"e":{"q": 1}}])");
  EXPECT_EQ(json(connection.query("SELECT 'NaN'::DOUBLE UNION ALL SELECT NULL")), "[null,null]");
  EXPECT_EQ(json(connection.query("SELECT sum(9007199254740993)")), "[9007199254740993]");
  EXPECT_EQ(json(connection.query("SELECT TIMESTAMP '2013-10-04 09:15:00'")),
            R"(["2013-10-04T09:15:00"])");
}

TEST(Database, BindsValuesAndNeverPastesThem) {
  auto connection = Database::in_memory().connect();
  connection.execute("CREATE TABLE t AS SELECT 'safe' AS name");
  const std::string hostile = "x'; DROP TABLE t; --";
  EXPECT_EQ(texts(connection.query("SELECT $1, name FROM t WHERE name <> $1", {hostile})),
            (Texts{hostile, "safe"}));
  EXPECT_EQ(texts(connection.query("SELECT ?, ?, ?, ?, ?",
                                   {std::monostate(), true, std::int64_t{7}, 0.5, Timestamp{0}})),
            (Texts{"NULL", "true", "7", "0.5", "1970-01-01 00:00:00"}));
  EXPECT_EQ(reason_of([&] { connection.query("SELECT ?", {}); }), "sql.failed");
  EXPECT_EQ(texts(connection.query("SELECT " + quoted_text(hostile))), (Texts{hostile}));
  EXPECT_EQ(texts(connection.query("SELECT 1 AS " + quoted_name("a \"b\""))), (Texts{"1"}));
}

TEST(Database, RunsAllStatementsAndGivesTheLast) {
  auto connection = Database::in_memory().connect();
  EXPECT_EQ(texts(connection.query("CREATE TABLE t(a INT); INSERT INTO t VALUES (1), (2); FROM t")),
            (Texts{"1", "2"}));
  const Result inserted = connection.query("INSERT INTO t VALUES (3), (4)");
  EXPECT_TRUE(inserted.columns().empty());
  EXPECT_EQ(inserted.changed_rows(), 2u);
  EXPECT_EQ(texts(connection.query("SELECT count(*) FROM t")), (Texts{"4"}));
}

TEST(Database, ReportsErrorsOfSqlBeforeAndWhileRowsAreRead) {
  auto connection = Database::in_memory().connect();
  EXPECT_EQ(reason_of([&] { connection.query("SELEC 1"); }), "sql.failed");
  EXPECT_EQ(reason_of([&] { connection.query("FROM nowhere"); }), "sql.failed");
  EXPECT_EQ(reason_of([&] { connection.query(" -- nothing"); }), "sql.failed");
  EXPECT_EQ(reason_of([&] {
              texts(
                  connection.query("SELECT CASE WHEN i < 50000 THEN 1 ELSE error('late') END "
                                   "FROM range(100000) AS t(i)"));
            }),
            "sql.failed");
  EXPECT_EQ(reason_of([&] {
              Result result = connection.query("SELECT 'text'");
              result.next()->column(0).integer(0);
            }),
            "sql.type");
}

TEST(Database, KeepsToItsMemory) {
  const TemporaryFolder folder;
  const std::string sorted =
      "SELECT count(*) FROM (SELECT i, row_number() OVER (ORDER BY hash(i)) AS r "
      "FROM range(20_000_000) AS t(i)) WHERE r > 0";
  EXPECT_EQ(
      reason_of([&] { texts(Database::in_memory({.memory_mb = 96}).connect().query(sorted)); }),
      "sql.failed");
}

TEST(Database, KeepsAFileToOneWriter) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "a.duckdb";
  {
    Database database = Database::open(file);
    database.connect().execute("CREATE TABLE t AS SELECT 42 AS a");
  }
  const Database reader = Database::open(file, {.read_only = true});
  EXPECT_EQ(texts(reader.connect().query("FROM t")), (Texts{"42"}));
  EXPECT_EQ(reason_of([&] { reader.connect().execute("DROP TABLE t"); }), "sql.failed");
}

TEST(Sandbox, KeepsSqlFromFilesAndSettings) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "open");
  std::ofstream(folder.path() / "open" / "a.csv") << "a\n1\n";
  std::ofstream(folder.path() / "shut.csv") << "a\n2\n";
  const auto open_path = folder.path() / "open";
  const auto file = folder.path() / "result.csv";
  Database database = Database::in_memory();
  database.sandbox(std::span(&open_path, 1), std::span(&file, 1));
  auto connection = database.connect();
  EXPECT_EQ(texts(connection.query("FROM read_csv($1)", {(open_path / "a.csv").string()})),
            (Texts{"1"}));
  connection.execute("COPY (SELECT 3) TO " + quoted_text(file.string()));
  const std::string shut = quoted_text((folder.path() / "shut.csv").string());
  const std::string climbing = quoted_text((open_path / ".." / "shut.csv").string());
  for (const std::string& sql :
       {"FROM read_csv(" + shut + ")", "FROM read_csv(" + climbing + ")",
        std::string("FROM read_text('/etc/passwd')"), std::string("FROM glob('/etc/*')"),
        "COPY (SELECT 1) TO " + shut, "EXPORT DATABASE " + shut, "ATTACH " + shut,
        std::string("INSTALL httpfs"), std::string("LOAD httpfs"), std::string("SET threads = 3"),
        std::string("SET enable_external_access = true"), std::string("RESET allowed_directories"),
        std::string("PRAGMA enable_profiling; SET profiling_output = '/tmp/x'"),
        std::string("FROM 'https://example.com/a.csv'")}) {
    EXPECT_EQ(reason_of([&] { texts(connection.query(sql)); }), "sql.failed") << sql;
  }
}

TEST(Sandbox, SurvivesALogThatMayNotBeWritten) {
  Database database = Database::in_memory();
  database.sandbox();
  Connection connection = database.connect();
  connection.execute("CALL enable_logging(storage := 'file', storage_path := '/tmp/waymark-log')");
  EXPECT_EQ(reason_of([&] { connection.query("SELECT 1"); }), "sql.failed");
}

}  // namespace
}  // namespace waymark::sql
