#include "query/readable.h"

#include <gtest/gtest.h>

#include <sstream>

#include "sql/database.h"

namespace waymark::query {
namespace {

std::string shown(const std::string& sql) {
  auto connection = sql::Database::in_memory().connect();
  sql::Result result = connection.query(sql);
  std::ostringstream out;
  print(result, *make_readable(make_printer(PrintFormat::kCsv, out)));
  return out.str();
}

TEST(Readable, NumbersWithDecimalsToFourDigitsAndWholeOnesWhole) {
  EXPECT_EQ(shown("SELECT 'a' AS name, 244859 AS n, 0.0434782608695652::DOUBLE AS share, "
                  "1489.3542::DOUBLE AS high, NULL::DOUBLE AS none, 'nan'::DOUBLE AS odd, "
                  "-52.94999::DOUBLE AS less"),
            "name,n,share,high,none,odd,less\na,244859,0.04348,1489,,nan,-52.95\n");
}

TEST(Readable, Durations) {
  EXPECT_EQ(shown("SELECT 4320000.0::DOUBLE AS median_seconds, 12000000 AS active_ms, 5 AS days"),
            "median_seconds,active_ms,days\n50 d,3 h 20 min,5\n");
  EXPECT_EQ(duration_in_words(0), "0 s");
  EXPECT_EQ(duration_in_words(0.25), "250 ms");
  EXPECT_EQ(duration_in_words(59.6), "1 min");
  EXPECT_EQ(duration_in_words(3599), "1 h");
  EXPECT_EQ(duration_in_words(36 * 3600), "36 h");
}

TEST(Readable, EstimatesWithHalfOfTheirIntervalInOneColumn) {
  EXPECT_EQ(shown("SELECT 247000 AS sessions, 235273 AS sessions_low, 258727 AS sessions_high, "
                  "52.2::DOUBLE AS each, 49.8835::DOUBLE AS each_low, 54.5165::DOUBLE AS "
                  "each_high, 3 AS n"),
            "sessions,each,n\n247000 ± 11727,52.2 ± 2.3,3\n");
  EXPECT_EQ(shown("SELECT 7 AS a, NULL::BIGINT AS a_low, NULL::BIGINT AS a_high"), "a\n7\n");
  EXPECT_EQ(shown("SELECT 0.5::DOUBLE AS share, 0.4::DOUBLE AS low, 0.6::DOUBLE AS high"),
            "share,low,high\n0.5,0.4,0.6\n")
      << "what has names of its own stays";
}

}  // namespace
}  // namespace waymark::query
