#include "query/export.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/file.h"
#include "query/events.h"
#include "query/test_rows.h"
#include "query/warehouse.h"
#include "trail/builder.h"
#include "trail/test_events.h"

namespace waymark::query {
namespace {

using Rows = std::vector<std::string>;

std::string reason_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.reason();
  }
  return "none";
}

class ExportTest : public testing::Test {
 protected:
  ExportTest() { build(7, 5000); }

  void build(std::uint64_t seed, std::size_t events) {
    trail::TrailBuilder builder(
        trail_, {.buckets = 4, .properties = {"device", "credits"}, .afresh = true});
    EventBatch batch;
    for (const Event& event : trail::random_events(seed, events, 30)) batch.append(event);
    builder.add(batch);
    builder.finish(1, 1);
  }

  trail::TrailReader trails() const { return trail::TrailReader::open(trail_); }
  std::filesystem::path at(const std::string& name) const { return folder_.path() / name; }

  Rows read(const std::string& sql) const {
    return rows_of(sql::Database::in_memory().connect().query(sql));
  }

  TemporaryFolder folder_;
  std::filesystem::path trail_ = folder_.path() / "trail";
};

TEST_F(ExportTest, ParquetGivesBackTheEvents) {
  std::size_t steps = 0;
  const ExportResult result =
      export_events(trails(), at("out"), {.threads = 2}, [&](std::size_t, std::size_t all) {
        ++steps;
        EXPECT_EQ(all, 4u);
      });
  EXPECT_EQ(steps, 4u);
  EXPECT_EQ(result.events, 5000u);
  EXPECT_GE(result.files, 4u);
  EXPECT_GT(result.bytes, 0u);

  sql::Database database = sql::Database::in_memory();
  database.add(events_function(trails()));
  sql::Connection connection = database.connect();
  connection.execute("CREATE VIEW exported AS SELECT * EXCLUDE (bucket, month) FROM read_parquet(" +
                     sql::quoted_text((at("out") / kExportedFiles).string()) +
                     ", hive_partitioning = true)");
  const Rows all = rows_of(connection.query("FROM events() ORDER BY id"));
  EXPECT_EQ(all.size(), 5000u);
  EXPECT_EQ(rows_of(connection.query("FROM exported ORDER BY id")), all);
  EXPECT_EQ(rows_of(connection.query("SELECT column_name, column_type FROM (DESCRIBE exported)")),
            rows_of(connection.query("SELECT column_name, column_type FROM (DESCRIBE FROM "
                                     "events())")));
  EXPECT_EQ(read("SELECT DISTINCT compression FROM parquet_metadata(" +
                 sql::quoted_text((at("out") / kExportedFiles).string()) + ")"),
            Rows{"ZSTD"});
  EXPECT_EQ(read("SELECT count(*) FROM read_parquet(" +
                 sql::quoted_text((at("out") / kExportedFiles).string()) +
                 ") WHERE month <> strftime(time, '%Y-%m')"),
            Rows{"0"});
}

TEST_F(ExportTest, ReplacesAnEarlierExportWhole) {
  export_events(trails(), at("out"), {});
  build(8, 100);
  export_events(trails(), at("out") / "", {});
  EXPECT_EQ(read("SELECT count(*) FROM read_parquet(" +
                 sql::quoted_text((at("out") / kExportedFiles).string()) + ")"),
            Rows{"100"});
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    EXPECT_NE(entry.path().filename().string().front(), '.') << entry.path();
}

TEST_F(ExportTest, NeverReplacesAnythingElse) {
  std::filesystem::create_directory(at("out"));
  std::ofstream(at("out") / "thesis.txt") << "mine";
  EXPECT_EQ(reason_of([&] { export_events(trails(), at("out"), {}); }), "export.folder_taken");
  EXPECT_EQ(reason_of([&] { export_events(trails(), at("out") / "thesis.txt", {}); }),
            "export.folder_taken");
  EXPECT_EQ(read_file(at("out") / "thesis.txt"), "mine");
}

TEST_F(ExportTest, IsSeenThroughTheWarehouse) {
  export_events(trails(), at("out"), {});
  Warehouse(at("warehouse.duckdb")).show_export(at("out"));
  const auto client = sql::Database::open(at("warehouse.duckdb"), {.read_only = true});
  EXPECT_EQ(rows_of(client.connect().query("SELECT count(*), count(DISTINCT bucket) FROM events")),
            Rows{"5000|4"});
  Session session({.trails = trails(), .warehouse = at("warehouse.duckdb")}, {});
  EXPECT_EQ(rows_of(session.query("SELECT count(*) FROM events")), Rows{"5000"});
}

TEST_F(ExportTest, WritesAnyQueryInAnyFormat) {
  const std::string select = "SELECT kind, count(*) AS n FROM events GROUP BY kind ORDER BY kind;";
  for (const auto& [name, reader] : std::vector<std::pair<std::string, std::string>>{
           {"a.parquet", "read_parquet"}, {"a.csv", "read_csv"}, {"a.ndjson", "read_json"}}) {
    EXPECT_EQ(export_query({.trails = trails(), .output = at(name)}, {}, select, format_of(name)),
              7u);
    EXPECT_EQ(
        read("SELECT sum(n) FROM " + reader + "(" + sql::quoted_text(at(name).string()) + ")"),
        Rows{"5000"});
  }
  EXPECT_EQ(reason_of([] { format_of("a.xlsx"); }), "export.format_unknown");
}

TEST_F(ExportTest, ParquetKeepsHowItIsToBeRead) {
  export_query({.trails = trails(), .output = at("a.parquet")}, {}, "SELECT 1",
               FileFormat::kParquet, "Of 5,000 learners, 'drawn' by seed 1");
  EXPECT_EQ(read("SELECT decode(value) FROM parquet_kv_metadata(" +
                 sql::quoted_text(at("a.parquet").string()) + ") WHERE key = 'note'::BLOB"),
            Rows{"Of 5,000 learners, 'drawn' by seed 1"});
}

TEST_F(ExportTest, AMissingFolderIsNamed) {
  const std::filesystem::path file = at("nodir/a.csv");
  try {
    export_query({.trails = trails(), .output = file}, {}, "SELECT 1", FileFormat::kCsv);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "export.folder_missing");
    EXPECT_EQ(std::string(error.what()),
              fmt::format("{}: there is no folder {}", file.string(), file.parent_path().string()));
  }
}

TEST_F(ExportTest, WritesNothingElse) {
  const Sources sources{.trails = trails(), .output = at("a.csv")};
  const std::string other = sql::quoted_text(at("b.csv").string());
  for (const std::string& select :
       {"SELECT 1) TO " + other + " --", "COPY (SELECT 1) TO " + other,
        "SELECT 1; COPY (SELECT 1) TO " + other, std::string("FROM read_text('/etc/passwd')"),
        std::string("nonsense")}) {
    EXPECT_EQ(reason_of([&] { export_query(sources, {}, select, FileFormat::kCsv); }), "sql.failed")
        << select;
  }
  EXPECT_FALSE(std::filesystem::exists(at("a.csv")));
  EXPECT_FALSE(std::filesystem::exists(at("b.csv")));
}

}  // namespace
}  // namespace waymark::query
