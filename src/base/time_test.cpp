#include "base/time.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace waymark {
namespace {

const Zone kUtc = Zone::utc();

TEST(Time, ReadsIsoForms) {
  const Micros noon = *parse_iso_time("2020-01-17T12:44:00Z", kUtc);
  EXPECT_EQ(to_iso(noon), "2020-01-17T12:44:00Z");
  EXPECT_EQ(parse_iso_time("2020-01-17 12:44", kUtc), noon);
  EXPECT_EQ(parse_iso_time("2020-01-17T13:44:00+01:00", kUtc), noon);
  EXPECT_EQ(parse_iso_time("2020-01-17T07:14-0530", kUtc), noon);
  EXPECT_EQ(parse_iso_time("2020-01-17T12:44:00.250Z", kUtc), noon + 250'000);
  EXPECT_EQ(to_iso(noon + 250'000), "2020-01-17T12:44:00.250000Z");
  EXPECT_EQ(to_iso_date(*parse_iso_time("2020-01-17", kUtc)), "2020-01-17");
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2020", "2020-02-30", "2020-01-17T25:00", "2020-01-17T12:44:00Zx", "2020-01-17T",
        "2020-01-17T12:44:00.", "2020-01-17T12:44+", "yesterday"}) {
    EXPECT_EQ(parse_iso_time(text, kUtc), std::nullopt) << text;
  }
}

TEST(Time, ReadsDeclaredFormats) {
  EXPECT_EQ(to_iso(*parse_time("17/10/21, 12:44", "%d/%m/%y, %H:%M", kUtc)),
            "2021-10-17T12:44:00Z");
  EXPECT_EQ(to_iso(*parse_time("3/12/20, 14:10", "%d/%m/%y, %H:%M", kUtc)), "2020-12-03T14:10:00Z");
  EXPECT_EQ(parse_time("3/13/20, 14:10", "%d/%m/%y, %H:%M", kUtc), std::nullopt);
  EXPECT_EQ(parse_time("3/12/20, 14:10 or so", "%d/%m/%y, %H:%M", kUtc), std::nullopt);
}

TEST(Time, WallClockFollowsTheZone) {
  const Zone london = Zone::named("Europe/London");
  EXPECT_EQ(to_iso(*parse_iso_time("2013-07-01 12:00", london)), "2013-07-01T11:00:00Z");
  EXPECT_EQ(to_iso(*parse_iso_time("2013-12-01 12:00", london)), "2013-12-01T12:00:00Z");
  // 01:30 does not exist on the day summer time starts, and happens twice on the day it ends.
  EXPECT_EQ(to_iso(*parse_iso_time("2013-03-31 01:30", london)), "2013-03-31T01:00:00Z");
  EXPECT_EQ(to_iso(*parse_iso_time("2013-10-27 01:30", london)), "2013-10-27T00:30:00Z");
  EXPECT_EQ(london.local_day(*parse_iso_time("2013-06-30T23:30:00Z", kUtc)),
            day_of(*parse_iso_time("2013-07-01", kUtc)));
}

// Against the library's own look-up, which wall-clock times still go through.
TEST(Time, SpansJoinUpAndAgreeWithWallClocks) {
  for (const char* name : {"Europe/London", "America/St_Johns", "Pacific/Apia", "Etc/UTC"}) {
    const Zone zone = Zone::named(name);
    for (Micros at = kEarliest; at < kLatest;) {
      const ZoneSpan span = zone.span_at(at);
      EXPECT_LE(span.begin, at);
      if (at != kEarliest) {
        EXPECT_EQ(zone.span_at(at - 1).end, at) << name;
      }
      EXPECT_EQ(zone.to_utc(zone.to_local(at + kMicrosPerDay)), at + kMicrosPerDay) << name;
      at = span.end;
    }
    // Before 1970, and beyond what an event may claim.
    EXPECT_LT(zone.span_at(kEarliest - 80 * 365 * kMicrosPerDay).begin, kEarliest);
    EXPECT_GT(zone.span_at(kLatest + kMicrosPerDay).end, kLatest);
  }
  EXPECT_FALSE(Zone::find("Europe/Lodnon"));
}

TEST(Time, MonthsKeepTheDayWhereThereIsOne) {
  const auto day = [](std::string_view date) { return day_of(*parse_iso_time(date, kUtc)); };
  EXPECT_EQ(month_of(0), 0);
  EXPECT_EQ(month_of(day("2024-02-29")), 12 * 54 + 1);
  EXPECT_EQ(first_day_of_month(12 * 54 + 2), day("2024-03-01"));
  EXPECT_EQ(add_months(day("2024-01-31"), 1), day("2024-02-29"));
  EXPECT_EQ(add_months(day("2024-01-31"), 2), day("2024-03-31"));
  EXPECT_EQ(add_months(day("2023-11-30"), 15), day("2025-02-28"));
  EXPECT_EQ(add_months(day("2024-03-31"), -1), day("2024-02-29"));
}

TEST(Time, UnknownZoneNamesAnExample) {
  try {
    Zone::named("Europe/Lodnon");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "zone.unknown");
  }
}

TEST(Time, DurationsReadAndPrint) {
  EXPECT_EQ(parse_duration("30m"), 30 * kMicrosPerMinute);
  EXPECT_EQ(parse_duration("7d"), 7 * kMicrosPerDay);
  EXPECT_EQ(parse_duration("0"), 0);
  for (const char* text : {"", "m", "3", "1.5h", "7 d", "9223372036854775807w"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
  EXPECT_EQ(format_duration(14 * kMicrosPerDay), "2w");
  EXPECT_EQ(format_duration(90 * kMicrosPerSecond), "90s");
}

TEST(Time, DaysBeforeTheEpochRoundDown) {
  EXPECT_EQ(day_of(-1), -1);
  EXPECT_EQ(day_of(-kMicrosPerDay), -1);
  EXPECT_EQ(day_of(0), 0);
}

}  // namespace
}  // namespace waymark
