#include "fold/anomalies_story.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fold/periods.h"
#include "fold/schemas.h"
#include "fold/story_table.h"

namespace waymark::fold {

AnomaliesDefinition anomalies_of(std::string_view yaml, std::string_view calendar) {
  workspace::Diagnostics diagnostics;
  const auto read = [&](std::string_view text, const char* file, std::string_view schema) {
    workspace::Node node = workspace::parse_yaml(text, file, diagnostics);
    workspace::validate(node, schema, diagnostics);
    return node;
  };
  std::vector<SeasonCalendar> calendars;
  if (!calendar.empty()) {
    calendars.push_back(parse_season_calendar(
        {"terms", "calendar", read(calendar, "calendars/terms.yaml", kCalendarSchema), ""},
        diagnostics));
  }
  const workspace::Node node = read("measure: anomalies\nmetric: clicks\n" + std::string(yaml),
                                    "measures/odd.yaml", kAnomaliesSchema);
  auto anomalies = parse_anomalies({"odd", "anomalies", node, ""}, calendars, diagnostics);
  EXPECT_EQ(in_words(diagnostics), "");
  return anomalies;
}

std::vector<WatchedPeriod> periods_from(PeriodUnit grain, std::size_t count, bool complete) {
  const Periods periods(grain, true);
  std::vector<WatchedPeriod> all;
  std::int64_t day = periods.cohort_of(day_of(at("2026-01-05")));
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t end = periods.first_day(day, 1);
    all.push_back({day, end, complete || i + 1 < count});
    day = end;
  }
  return all;
}

std::vector<std::string> in_words(const std::vector<Alert>& alerts,
                                  const std::vector<WatchedPeriod>& periods) {
  std::vector<std::string> words;
  for (const Alert& alert : alerts) {
    const auto date = [&](std::uint32_t period) {
      return to_iso_date(periods[period].first * kMicrosPerDay);
    };
    words.push_back(fmt::format("{} {} {} {} to {} ({}{}), {:.0f} and not {:.0f}",
                                static_cast<char>('a' + alert.series), name_of(alert.severity),
                                alert.peak.score < 0 ? "below" : "above", date(alert.first),
                                date(alert.last), alert.alarming, alert.ongoing ? " so far" : "",
                                alert.peak.value, alert.peak.expected));
  }
  return words;
}

}  // namespace waymark::fold
