#include "query/warehouse.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <optional>
#include <unordered_set>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "query/session.h"
#include "query/test_rows.h"

namespace waymark::query {
namespace {

using Rows = std::vector<std::string>;

// A table of every kind of column, `rows` long.
struct Sample {
  explicit Sample(std::size_t rows) {
    for (std::size_t i = 0; i < rows; ++i) {
      integers.push_back(-static_cast<std::int64_t>(i));
      counts.push_back(i);
      numbers.push_back(static_cast<std::uint32_t>(i));
      scores.push_back(i % 2 == 0 ? 0.5 : std::numeric_limits<double>::quiet_NaN());
      flags.push_back(i % 2);
      times.push_back(i % 2 == 0 ? static_cast<Micros>(i) * kMicrosPerDay : Times::kNone);
      learners.push_back(static_cast<Code>(i));
      courses.push_back(static_cast<Code>(i % 2));
      texts.push_back("it's " + std::to_string(i));
    }
  }
  Table table(const std::string& name) const {
    return {
        name,
        {{"integer", integers},
         {"count", counts},
         {"number", numbers},
         {"score", scores},
         {"flag", Flags{flags}},
         {"end", Times{times}},
         {"learner", Codes{learners, [](Code c) { return "l" + std::to_string(c); }, kAbsentCode}},
         {"course", Codes{courses, [](Code) { return std::string("AAA"); }}},
         {"a \"text\"", texts}}};
  }
  std::vector<std::int64_t> integers;
  std::vector<std::uint64_t> counts;
  std::vector<std::uint32_t> numbers;
  std::vector<double> scores;
  std::vector<std::uint8_t> flags;
  std::vector<Micros> times;
  std::vector<Code> learners, courses;
  std::vector<std::string> texts;
};

const Origin kOrigin{"sessions", "abc", 3, kMicrosPerDay};

class WarehouseTest : public testing::Test {
 protected:
  Rows read(const std::string& sql) {
    Session session({.warehouse = file_}, {});
    return rows_of(session.query(sql));
  }
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "warehouse.duckdb";
};

TEST_F(WarehouseTest, DamageIsFoundByReadingAllOfIt) {
  Warehouse(file_).replace(Sample(50'000).table("sessions"), kOrigin);
  Warehouse(file_).verify();
  std::string bytes = read_file(file_);
  constexpr std::size_t kHeaders = 3 * 4096;  // those are looked at when the file is opened
  for (std::size_t i = kHeaders + 4096; i < bytes.size(); i += 4096)
    bytes[i] = static_cast<char>(~bytes[i]);
  write_file_atomically(file_, bytes);
  try {
    Warehouse(file_).verify();
    FAIL() << "nothing was found";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
  }
}

TEST_F(WarehouseTest, KeepsTablesWithTheirOrigin) {
  Warehouse(file_).replace(Sample(3).table("sessions"), kOrigin);
  EXPECT_EQ(read("FROM sessions"), (Rows{"0|0|0|0.5|false|1970-01-01 00:00:00|l0|NULL|it's 0",
                                         "-1|1|1|NULL|true|NULL|l1|AAA|it's 1",
                                         "-2|2|2|0.5|false|1970-01-03 00:00:00|l2|NULL|it's 2"}));
  EXPECT_EQ(read("FROM waymark_tables"),
            (Rows{"sessions|sessions|abc|3|1970-01-02 00:00:00|3|NULL"}));
  EXPECT_EQ(read("SELECT \"end\", \"a \"\"text\"\"\" FROM sessions WHERE number = 1"),
            (Rows{"NULL|it's 1"}));
}

TEST_F(WarehouseTest, ReplacesTablesWhole) {
  Warehouse warehouse(file_);
  warehouse.replace(Sample(5000).table("sessions"), kOrigin);
  ASSERT_TRUE(warehouse.find("sessions").has_value());
  EXPECT_EQ(warehouse.find("sessions")->rows, 5000u);
  EXPECT_EQ(warehouse.find("sessions")->origin, kOrigin);
  const std::vector<double> scores = {1};
  warehouse.replace({"sessions", {{"score", scores}}}, {"sessions", "def", 4, 0});
  EXPECT_EQ(warehouse.find("sessions")->rows, 1u);
  EXPECT_EQ(warehouse.find("sessions")->origin.version, "def");
  EXPECT_EQ(warehouse.entries().size(), 1u);
  warehouse.drop("sessions");
  EXPECT_TRUE(warehouse.entries().empty());
  EXPECT_FALSE(warehouse.find("sessions").has_value());
}

TEST_F(WarehouseTest, ReplacesInPiecesOrNotAtAll) {
  const Sample sample(3000);
  {
    Warehouse warehouse(file_);
    TableReplacement replacement(warehouse, kOrigin);
    replacement.append(Sample(0).table("sessions"));
    replacement.append(sample.table("sessions"));
    replacement.append(sample.table("sessions"));
    replacement.finish();
  }
  EXPECT_EQ(read("SELECT count(*), count(DISTINCT learner) FROM sessions"), (Rows{"6000|3000"}));
  {
    Warehouse warehouse(file_);
    TableReplacement given_up(warehouse, {"sessions", "other", 9, 0});
    given_up.append(Sample(1).table("sessions"));
  }
  EXPECT_EQ(read("SELECT count(*), any_value(w.version) FROM sessions, waymark_tables AS w"),
            (Rows{"6000|abc"}));
}

TEST_F(WarehouseTest, RefusesNamesThatAreTaken) {
  Warehouse warehouse(file_);
  for (const std::string name : {"events", "Waymark_Tables"}) {
    EXPECT_THROW(warehouse.replace(Sample(1).table(name), kOrigin), Error) << name;
  }
  warehouse.replace(Sample(1).table("it's; \"fine\""), kOrigin);
  EXPECT_TRUE(warehouse.find("it's; \"fine\"").has_value());
}

TEST_F(WarehouseTest, IsReadByAnyNumberOfClients) {
  Warehouse(file_).replace(Sample(3).table("sessions"), kOrigin);
  const auto one = sql::Database::open(file_, {.read_only = true});
  const auto two = sql::Database::open(file_, {.read_only = true});
  EXPECT_EQ(rows_of(one.connect().query("SELECT count(*) FROM sessions")), (Rows{"3"}));
  EXPECT_EQ(rows_of(two.connect().query("SELECT count(*) FROM sessions")), (Rows{"3"}));
}

TEST_F(WarehouseTest, SessionsCannotChangeIt) {
  Warehouse(file_).replace(Sample(3).table("sessions"), kOrigin);
  std::ofstream(folder_.path() / "secret.csv") << "a\n1\n";
  Session session({.warehouse = file_}, {});
  const std::string secret = sql::quoted_text((folder_.path() / "secret.csv").string());
  const std::string file = sql::quoted_text(file_.string());
  for (const std::string& sql :
       {std::string("DELETE FROM sessions"), std::string("DROP TABLE sessions"),
        std::string("CREATE TABLE x AS SELECT 1"), "FROM read_csv(" + secret + ")",
        "COPY sessions TO " + secret, std::string("DETACH warehouse"),
        "ATTACH " + file + " AS again (READ_WRITE)",
        "ATTACH " + file + " AS again; CREATE TABLE again.x AS SELECT 1",
        "ATTACH ':memory:' AS other; USE other; DETACH warehouse; ATTACH " + file +
            " AS fourth; DROP TABLE fourth.sessions"}) {
    EXPECT_THROW(session.query(sql), Error) << sql;
  }
  EXPECT_EQ(read("SELECT count(*) FROM sessions"), (Rows{"3"}));
}

TEST_F(WarehouseTest, SessionsHaveScratchTablesAndMemoryToSpare) {
  Warehouse(file_).replace(Sample(3).table("sessions"), kOrigin);
  Session session({.warehouse = file_},
                  {.memory_mb = 128, .threads = 2, .temporary = folder_.path() / "spill"});
  session.query("CREATE TEMP TABLE mine AS SELECT i, hash(i) AS h FROM range(6000000) AS t(i)");
  EXPECT_EQ(rows_of(session.query("SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY h) AS "
                                  "r FROM mine) WHERE r > 0")),
            (Rows{"6000000"}));
}

// Rows of learners, some more than one.
struct Visits {
  std::vector<Code> learners, courses;
  std::vector<double> scores;
  void add(Code learner, Code course, double score) {
    learners.push_back(learner);
    courses.push_back(course);
    scores.push_back(score);
  }
  Table table() const {
    return {"visits",
            {{"learner", Codes{learners, [](Code c) { return "l" + std::to_string(c); }}},
             {"course", Codes{courses, [](Code c) { return "c" + std::to_string(c); }}},
             {"score", scores}}};
  }
};

class RowsOfLearners : public WarehouseTest {
 protected:
  // How many rows were written.
  std::uint64_t replace(const std::vector<Visits>& pieces) {
    Warehouse warehouse(file_);
    warehouse.remember_rows();
    TableReplacement table(warehouse, kOrigin);
    for (const Visits& piece : pieces) table.append(piece.table());
    table.finish();
    return warehouse.rows_written();
  }
  Rows visits() { return read("FROM visits ORDER BY ALL"); }
};

TEST_F(RowsOfLearners, AreWrittenOnlyWhereTheyAreOthersThanBefore) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  Visits one, two;
  one.add(1, 1, 0.5);
  one.add(1, 2, kNone);
  two.add(2, 1, 0.25);
  two.add(3, 1, 0.75);
  EXPECT_EQ(replace({one, two}), 4U);
  EXPECT_EQ(replace({one, two}), 0U);

  one.scores[0] = 0.75;  // both of learner 1's rows come again
  two.add(4, 1, 1);
  EXPECT_EQ(replace({one, two}), 3U);
  EXPECT_EQ(visits(), (Rows{"l1|c1|0.75", "l1|c2|NULL", "l2|c1|0.25", "l3|c1|0.75", "l4|c1|1"}));
  EXPECT_EQ(read("SELECT rows FROM waymark_tables"), Rows{"5"});

  // In another order and cut otherwise they are the same.
  Visits all;
  all.add(4, 1, 1);
  all.add(1, 2, kNone);
  all.add(3, 1, 0.75);
  all.add(1, 1, 0.75);
  all.add(2, 1, 0.25);
  EXPECT_EQ(replace({all}), 0U);
}

TEST_F(RowsOfLearners, GoWithTheLearner) {
  Visits before, after;
  before.add(1, 1, 0.5);
  before.add(2, 1, 0.5);
  after.add(2, 1, 0.5);
  replace({before});
  EXPECT_EQ(replace({after}), 0U);
  EXPECT_EQ(visits(), Rows{"l2|c1|0.5"});
  EXPECT_EQ(replace({before}), 1U);
  EXPECT_EQ(visits(), (Rows{"l1|c1|0.5", "l2|c1|0.5"}));
}

// As sessions come: more of them, and what was the last has another end.
TEST_F(RowsOfLearners, AreWrittenFromTheFirstThatIsAnother) {
  Visits rows;
  for (Code course = 1; course <= 5; ++course) rows.add(1, course, 0.5);
  rows.add(2, 1, 0.5);
  EXPECT_EQ(replace({rows}), 6U);
  rows.add(1, 6, 0.5);
  EXPECT_EQ(replace({rows}), 1U);
  rows.scores.back() = 0.25;
  rows.add(1, 7, 0.5);
  EXPECT_EQ(replace({rows}), 2U);
  rows.add(1, 8, 0.5);
  EXPECT_EQ(replace({rows}), 1U);
  EXPECT_EQ(visits(), (Rows{"l1|c1|0.5", "l1|c2|0.5", "l1|c3|0.5", "l1|c4|0.5", "l1|c5|0.5",
                            "l1|c6|0.25", "l1|c7|0.5", "l1|c8|0.5", "l2|c1|0.5"}));
  // The same in another order stay as they stand, and then the last that stands is past.
  std::swap(rows.courses[7], rows.courses[8]);
  EXPECT_EQ(replace({rows}), 0U);
  std::swap(rows.courses[7], rows.courses[8]);
  rows.scores[8] = 0.75;
  EXPECT_EQ(replace({rows}), 1U);
  rows.scores[2] = 1;
  EXPECT_EQ(replace({rows}), 8U);
  rows.scores.resize(8);
  rows.courses.resize(8);
  rows.learners.resize(8);
  EXPECT_EQ(replace({rows}), 7U);
  EXPECT_EQ(visits(), (Rows{"l1|c1|0.5", "l1|c2|0.5", "l1|c3|1", "l1|c4|0.5", "l1|c5|0.5",
                            "l1|c6|0.25", "l1|c7|0.5", "l2|c1|0.5"}));
}

TEST_F(RowsOfLearners, OfThoseWhoAreSettledStay) {
  using Due = std::optional<std::unordered_set<std::uint64_t>>;
  const auto learners = [](const Visits& rows) {
    return std::get<Codes>(rows.table().columns[0].values);
  };
  // Who must come, of whom they are, and until when that holds.
  const auto carry_on = [&](const Visits& rows, std::vector<Micros> until, Micros as_of) {
    Warehouse warehouse(file_);
    warehouse.remember_rows();
    TableReplacement table(warehouse, kOrigin);
    table.append(Visits().table());
    Due due = table.keep_settled({hash64("l1")}, as_of);
    table.append(rows.table());
    table.settle(learners(rows), until);
    table.finish();
    return due;
  };
  Visits all, some, none;
  all.add(1, 1, 0.5);
  all.add(2, 1, 0.5);
  all.add(3, 1, 0.5);
  EXPECT_EQ(carry_on(all, {20, kLatest, 10}, 0), Due());
  some.add(1, 1, 0.75);
  EXPECT_EQ(carry_on(some, {kLatest}, 9), (Due{{hash64("l1")}}));
  EXPECT_EQ(visits(), (Rows{"l1|c1|0.75", "l2|c1|0.5", "l3|c1|0.5"}));
  // Who must come and does not has no rows any more.
  EXPECT_EQ(carry_on(some, {kLatest}, 10), (Due{{hash64("l1"), hash64("l3")}}));
  EXPECT_EQ(visits(), (Rows{"l1|c1|0.75", "l2|c1|0.5"}));
  EXPECT_EQ(carry_on(some, {kLatest}, 100), (Due{{hash64("l1")}}));
}

// Where they are compared with those of others they come all the same.
TEST_F(RowsOfLearners, OfThoseWhoAreSettledAreSoStillWhereTheyCome) {
  using Due = std::optional<std::unordered_set<std::uint64_t>>;
  const auto carry_on = [&](const Visits& rows, const Visits& anew, std::vector<Micros> until,
                            Micros as_of) {
    Warehouse warehouse(file_);
    warehouse.remember_rows();
    TableReplacement table(warehouse, kOrigin);
    table.append(Visits().table());
    Due due = table.unsettled({hash64("l1")}, as_of);
    table.append(rows.table());
    table.settle(std::get<Codes>(anew.table().columns[0].values), until);
    table.finish();
    return due;
  };
  Visits all, first;
  for (Code learner = 1; learner <= 3; ++learner) all.add(learner, 1, 0.5);
  first.add(1, 1, 0.75);
  EXPECT_EQ(carry_on(all, all, {20, kLatest, 10}, 0), Due());
  for (double& score : all.scores) score = 0.75;
  EXPECT_EQ(carry_on(all, first, {kLatest}, 9), (Due{{hash64("l1")}}));
  EXPECT_EQ(visits(), (Rows{"l1|c1|0.75", "l2|c1|0.75", "l3|c1|0.75"}));
  EXPECT_EQ(carry_on(all, first, {kLatest}, 10), (Due{{hash64("l1"), hash64("l3")}}));
}

TEST_F(RowsOfLearners, AreAllWrittenWhereTheColumnsAreOthersOrNothingIsRemembered) {
  Visits rows;
  rows.add(1, 1, 0.5);
  replace({rows});
  {
    Warehouse warehouse(file_);
    warehouse.remember_rows();
    Table other = rows.table();
    other.columns.pop_back();
    warehouse.replace(other, kOrigin);
    EXPECT_EQ(warehouse.rows_written(), 1U);
  }
  EXPECT_EQ(visits(), Rows{"l1|c1"});
  EXPECT_EQ(replace({rows}), 1U);
  Warehouse(file_).forget_rows();
  EXPECT_EQ(replace({rows}), 1U);
  Warehouse(file_).drop("visits");
  EXPECT_EQ(replace({rows}), 1U);
}

}  // namespace
}  // namespace waymark::query
