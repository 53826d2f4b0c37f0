#include "source/time_reader.h"

#include <gtest/gtest.h>

namespace waymark::source {
namespace {

std::string read(const TimeRule& rule, std::string_view text, const char* zone = "Europe/London") {
  TimeReader reader(Zone::named(zone));
  const auto first = reader.text(rule, text);
  EXPECT_EQ(first, reader.text(rule, text)) << "remembered";
  return first ? to_iso(*first) : "none";
}

TEST(TimeReader, IsoTimesInTheSourcesZone) {
  const TimeRule iso;
  EXPECT_EQ(read(iso, "2014-07-01T10:00:00"), "2014-07-01T09:00:00Z");
  EXPECT_EQ(read(iso, "2014-02-01"), "2014-02-01T00:00:00Z");
  EXPECT_EQ(read(iso, "2014-07-01T10:00:00+05:00"), "2014-07-01T05:00:00Z");
  EXPECT_EQ(read(iso, "1 July"), "none");
}

TEST(TimeReader, DaysMonthsAndMinutes) {
  const TimeRule format{.form = TimeRule::Form::kFormat, .format = "%d/%m/%y, %H:%M"};
  EXPECT_EQ(read(format, "3/12/20, 14:10"), "2020-12-03T14:10:00Z");
  EXPECT_EQ(read(format, "31/08/20, 09:05"), "2020-08-31T08:05:00Z");
  EXPECT_EQ(read(format, "31/02/20, 09:05"), "none");
  EXPECT_EQ(read(format, "3/12/20"), "none");
}

TEST(TimeReader, EpochsInTheirUnits) {
  const auto epoch = [](Micros unit) {
    return TimeRule{.form = TimeRule::Form::kEpoch, .unit = unit};
  };
  EXPECT_EQ(read(epoch(kMicrosPerSecond), "1571218632"), "2019-10-16T09:37:12Z");
  EXPECT_EQ(read(epoch(kMicrosPerSecond), "1571218632.5"), "2019-10-16T09:37:12.500000Z");
  EXPECT_EQ(read(epoch(1000), "1571218632001"), "2019-10-16T09:37:12.001000Z");
  EXPECT_EQ(read(epoch(1), "1571218632000001"), "2019-10-16T09:37:12.000001Z");
  EXPECT_EQ(read(epoch(1), "12:30"), "none");
  TimeReader reader(Zone::utc());
  EXPECT_GT(reader.text(epoch(kMicrosPerSecond), "1e300"), kLatest);
  EXPECT_LT(reader.text(epoch(kMicrosPerSecond), "-1e300"), kEarliest);
}

TEST(TimeReader, EqualTextsUnderTwoRulesAreToldApart) {
  TimeReader reader(Zone::utc());
  const TimeRule iso;
  const TimeRule american{.form = TimeRule::Form::kFormat, .format = "%Y-%d-%m"};
  EXPECT_EQ(to_iso_date(*reader.text(iso, "2014-02-03")), "2014-02-03");
  EXPECT_EQ(to_iso_date(*reader.text(american, "2014-02-03")), "2014-03-02");
  EXPECT_EQ(to_iso_date(*reader.text(iso, "2014-02-03")), "2014-02-03");
}

TEST(TimeReader, DaysBeginAtLocalMidnight) {
  TimeReader reader(Zone::named("Europe/London"));
  const Micros start = *parse_iso_time("2014-02-01", Zone::named("Europe/London"));
  EXPECT_EQ(to_iso(*reader.day(start, 0)), "2014-02-01T00:00:00Z");
  EXPECT_EQ(to_iso(*reader.day(start, -10)), "2014-01-22T00:00:00Z");
  EXPECT_EQ(to_iso(*reader.day(start, 60)), "2014-04-01T23:00:00Z") << "2 April, summer time";
  EXPECT_EQ(to_iso(*reader.day(start + 5 * kMicrosPerHour, 1)), "2014-02-02T00:00:00Z");
  EXPECT_EQ(reader.day(start, 1.5), std::nullopt);
  EXPECT_GT(*reader.day(start, 1e9), kLatest);
  EXPECT_LT(*reader.day(start, -1e9), kEarliest);
}

}  // namespace
}  // namespace waymark::source
