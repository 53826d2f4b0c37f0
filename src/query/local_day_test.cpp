#include "query/local_day.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "sql/database.h"

namespace waymark::query {
namespace {

class LocalDay : public testing::Test {
 protected:
  LocalDay() : database_(sql::Database::in_memory()), connection_(database_.connect()) {
    database_.add(local_day_function());
  }
  std::string answer(const std::string& sql) {
    return connection_.query("SELECT " + sql).next()->column(0).to_text(0);
  }

  sql::Database database_;
  sql::Connection connection_;
};

TEST_F(LocalDay, IsTheDayOnTheWallOfTheZone) {
  EXPECT_EQ(answer("local_day(TIMESTAMP '2026-07-01 23:30:00', 'Etc/UTC')"), "2026-07-01");
  EXPECT_EQ(answer("local_day(TIMESTAMP '2026-07-01 23:30:00', 'Europe/London')"), "2026-07-02");
  EXPECT_EQ(answer("local_day(TIMESTAMP '2026-07-01 02:30:00', 'America/New_York')"), "2026-06-30");
  EXPECT_EQ(answer("local_day(TIMESTAMP '1969-12-31 23:00:00', 'Etc/UTC')"), "1969-12-31");
}

TEST_F(LocalDay, IsNullForNullAndForever) {
  EXPECT_EQ(answer("local_day(NULL, 'Etc/UTC') IS NULL"), "true");
  EXPECT_EQ(answer("local_day(TIMESTAMP '2026-07-01', NULL) IS NULL"), "true");
  EXPECT_EQ(answer("local_day('infinity'::TIMESTAMP, 'Etc/UTC') IS NULL"), "true");
  EXPECT_EQ(answer("local_day('-infinity'::TIMESTAMP, 'Etc/UTC') IS NULL"), "true");
}

TEST_F(LocalDay, AgreesWithTheEnginesOwnTimeZones) {
  EXPECT_EQ(
      answer("count(*) FROM (SELECT TIMESTAMP '2019-01-01' + INTERVAL (i * 97) MINUTE AS t, "
             "['Europe/London', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Apia'][1 + i % "
             "4] AS zone FROM range(40000) r(i)) WHERE local_day(t, zone) <> "
             "timezone(zone, timezone('UTC', t))::DATE"),
      "0");
}

TEST_F(LocalDay, NamesAZoneThatThereIsNot) {
  try {
    answer("local_day(TIMESTAMP '2026-07-01', 'Europe/Londn')");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "zone.unknown");
  }
}

}  // namespace
}  // namespace waymark::query
