#include "fold/anomalies.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "fold/anomalies_story.h"
#include "fold/rehearsal.h"
#include "fold/schemas.h"
#include "fold/story_table.h"

namespace waymark::fold {
namespace {

using Lines = std::vector<std::string>;

// What learners do on a day, in a series of its own.
double usual(std::size_t day, std::size_t series = 0) {
  constexpr double kWeek[]{1000, 1200, 1100, 1000, 800, 300, 200};
  const std::size_t wobble = (day * (37 + 16 * series) + day * day * 5 + series) % 11;
  return kWeek[day % 7] * (0.95 + 0.01 * static_cast<double>(wobble));
}

// Days of one or more series, at some of which something happens.
class Days {
 public:
  explicit Days(std::size_t count, std::size_t series = 1) : series_(series) {
    for (std::size_t i = 0; i < series; ++i) {
      for (std::size_t day = 0; day < count; ++day) {
        series_[i].value.push_back(std::round(usual(day, i)));
        series_[i].n.push_back(1);
      }
    }
  }
  Days& times(double factor, std::size_t first, std::size_t end, std::size_t series = 0) {
    for (std::size_t day = first; day < end; ++day) {
      series_[series].value[day] = std::round(series_[series].value[day] * factor);
    }
    return *this;
  }
  std::vector<WatchedSeries>& series() { return series_; }

  Anomalies find(const AnomaliesDefinition& definition, bool complete = true) const {
    return find_anomalies({definition, PeriodUnit::kDay, stats::NumberKind::kCount,
                           periods_from(PeriodUnit::kDay, series_[0].value.size(), complete)},
                          series_);
  }
  Lines alerts(const AnomaliesDefinition& definition, bool complete = true) const {
    return in_words(find(definition, complete).alerts,
                    periods_from(PeriodUnit::kDay, series_[0].value.size()));
  }

 private:
  std::vector<WatchedSeries> series_;
};

// How often each reason not to judge a period was given.
std::map<std::string, int> reasons(const Anomalies& found) {
  std::map<std::string, int> counts;
  for (const JudgedPeriod& row : found.periods) ++counts[row.excluded_because];
  return counts;
}

TEST(Anomalies, QuietWeeksAreQuiet) {
  EXPECT_EQ(Days(200, 5).alerts(anomalies_of("false_alarms: 100")), Lines{});
}

TEST(Anomalies, AreNamedWithWhatWasExpected) {
  EXPECT_EQ(Days(100).times(0, 70, 71).alerts(anomalies_of("")),
            Lines{"a critical below 2026-03-16 to 2026-03-16 (1), 0 and not 1000"});
  EXPECT_EQ(Days(100).times(2.2, 69, 70).alerts(anomalies_of("")),
            Lines{"a critical above 2026-03-15 to 2026-03-15 (1), 427 and not 210"});
  EXPECT_EQ(Days(100).times(0.65, 71, 72).alerts(anomalies_of("")),
            Lines{"a warning below 2026-03-17 to 2026-03-17 (1), 757 and not 1218"});
}

TEST(Anomalies, ARunIsOneAlert) {
  const AnomaliesDefinition odd = anomalies_of("");
  EXPECT_EQ(Days(100).times(0.4, 70, 77).alerts(odd),
            Lines{"a critical below 2026-03-16 to 2026-03-22 (7), 466 and not 1218"});
  // Two days as usual do not end it, three do; nor does another direction go on with it.
  EXPECT_EQ(Days(100).times(0.1, 70, 71).times(0.1, 73, 74).alerts(odd).size(), 1U);
  EXPECT_EQ(Days(100).times(0.1, 70, 71).times(0.1, 74, 75).alerts(odd).size(), 2U);
  EXPECT_EQ(Days(100).times(0.1, 70, 71).times(3, 71, 72).alerts(odd).size(), 2U);
}

TEST(Anomalies, WhatLastsBecomesUsual) {
  const Anomalies found = Days(150).times(0.3, 70, 150).find(anomalies_of(""));
  ASSERT_EQ(found.alerts.size(), 1U);
  EXPECT_EQ(found.alerts[0].first, 70U);
  EXPECT_LE(found.alerts[0].last, 70U + stats::Watch::kPatience + stats::Watch::kLevel);
  EXPECT_FALSE(found.alerts[0].ongoing);
}

TEST(Anomalies, TheWorstComesFirst) {
  Days days(100, 3);
  days.times(0.55, 60, 63, 0).times(0, 80, 81, 1).times(0.1, 99, 100, 2);
  EXPECT_EQ(days.alerts(anomalies_of("")),
            (Lines{"b critical below 2026-03-26 to 2026-03-26 (1), 0 and not 1005",
                   "c critical below 2026-04-14 to 2026-04-14 (1 so far), 116 and not 1218",
                   "a warning below 2026-03-06 to 2026-03-08 (3), 427 and not 776"}));
}

TEST(Anomalies, RunningPeriodsAndClosedDaysAreNotJudged) {
  Days days(100);
  days.times(0, 50, 60).times(0.2, 99, 100);
  EXPECT_EQ(days.alerts(anomalies_of(""), true).size(), 2U);
  const AnomaliesDefinition odd =
      anomalies_of("calendar: terms",
                   "dates: [{kind: holiday, name: Carnival, from: 2026-02-24, to: 2026-03-05}]");
  EXPECT_EQ(days.alerts(odd, false), Lines{});
  const auto why = reasons(days.find(odd, false));
  EXPECT_EQ(why.at("holiday: Carnival"), 10);
  EXPECT_EQ(why.at("it is still running"), 1);
  // The first month, and three days after the holiday until the level is known again.
  EXPECT_EQ(why.at("too little is known yet"), 31 + 3);
}

TEST(Anomalies, ClosedDaysAreNotLearnedFrom) {
  const AnomaliesDefinition odd =
      anomalies_of("calendar: terms", "dates: [{kind: outage, from: 2026-03-09}]");
  const Anomalies before = Days(100).find(odd);
  const Anomalies after = Days(100).times(0, 63, 64).find(odd);
  for (std::size_t i = 64; i < 100; ++i) {
    EXPECT_EQ(before.periods[i].expected, after.periods[i].expected);
  }
  EXPECT_EQ(after.periods[63].excluded_because, "outage");
}

TEST(Anomalies, CoursesAreWatchedWhileTheyRun) {
  Days days(100);
  days.times(0, 80, 100);
  days.series()[0].open_until = periods_from(PeriodUnit::kDay, 81)[80].first;
  const Anomalies found = days.find(anomalies_of(""));
  EXPECT_EQ(found.alerts.size(), 0U);
  EXPECT_EQ(reasons(found).at("the course does not run"), 20);
}

TEST(Anomalies, SmallEffectsAreNotesAndNoAlerts) {
  Days days(100);
  for (WatchedSeries& series : days.series()) {
    for (std::size_t day = 0; day < 100; ++day) {
      series.value[day] = 1e7 + std::round(1e3 * usual(day));
    }
  }
  days.times(0.9, 80, 81);
  const Anomalies found = days.find(anomalies_of(""));
  EXPECT_EQ(found.alerts.size(), 0U);
  EXPECT_EQ(found.periods[80].severity, Severity::kNote);
  EXPECT_NEAR(found.periods[80].effect, -0.1, 0.02);
  EXPECT_EQ(days.alerts(anomalies_of("least_effect: 0.05")).size(), 1U);
}

TEST(Anomalies, MoreSeriesAreEachJudgedMoreStrictly) {
  const AnomaliesDefinition odd = anomalies_of("");
  const auto width = [&](std::size_t series) {
    const JudgedPeriod row = Days(100, series).find(odd).periods[91];
    return row.high - row.low;
  };
  EXPECT_GT(width(20), 1.3 * width(1));
  // What is odd in all of them at once is found even so.
  Days one(100, 20), all(100, 20);
  one.times(0.7, 91, 92);
  for (std::size_t i = 0; i < 20; ++i) all.times(0.7, 91, 92, i);
  EXPECT_EQ(one.find(odd).alerts.size(), 0U);
  EXPECT_GT(all.find(odd).alerts.size(), 15U);
}

TEST(Anomalies, WeeksAreComparedWithTheSameWeeksOfEarlierTerms) {
  // Four terms of ten weeks, two weeks apart; work is handed in in the fifth and the last.
  std::string calendar = "dates:\n";
  const auto weeks = periods_from(PeriodUnit::kWeek, 46);
  WatchedSeries series;
  for (std::size_t week = 0; week < 46; ++week) {
    const std::size_t of_term = week % 12;
    if (of_term == 0) {
      calendar += "  - {kind: term, from: " + to_iso_date(weeks[week].first * kMicrosPerDay) +
                  ", to: " + to_iso_date((weeks[week + 9].end - 1) * kMicrosPerDay) + "}\n";
    }
    const double busy = of_term == 4 || of_term == 9 ? 3 : of_term > 9 ? 0.05 : 1;
    series.value.push_back(std::round(busy * 1000 * usual(week * 7)));
    series.n.push_back(1);
  }
  const auto alerts = [&](const AnomaliesDefinition& odd) {
    return in_words(find_anomalies({odd, PeriodUnit::kWeek, stats::NumberKind::kCount, weeks},
                                   std::vector{series})
                        .alerts,
                    weeks);
  };
  EXPECT_EQ(alerts(anomalies_of("calendar: terms", calendar)), Lines{});
  EXPECT_GT(alerts(anomalies_of("")).size(), 0U);
  // The usual number of a week without work to hand in is odd in one with it.
  series.value[40] /= 3;
  EXPECT_EQ(alerts(anomalies_of("calendar: terms", calendar)).size(), 1U);
}

TEST(Anomalies, MistakesHaveAPlace) {
  const auto mistakes = [](std::string_view yaml) {
    workspace::Diagnostics diagnostics;
    const auto node = workspace::parse_yaml(yaml, "measures/odd.yaml", diagnostics);
    workspace::validate(node, kAnomaliesSchema, diagnostics);
    parse_anomalies({"odd", "anomalies", node, ""}, {}, diagnostics);
    return in_words(diagnostics);
  };
  EXPECT_EQ(mistakes("measure: anomalies\nmetric: a\ncalendar: terms\n"),
            "measures/odd.yaml:3:1: there is no calendar 'terms'; there is: none\n");
  EXPECT_EQ(mistakes("measure: anomalies\nmetric: a\nby: [course, baseline]\n"),
            "measures/odd.yaml:3:14: 'baseline' stands in the metric's table already\n");
  EXPECT_NE(mistakes("measure: anomalies\nmetric: a\nfalse_alarm: 2\n")
                .find("did you mean 'false_alarms'?"),
            std::string::npos);
}

TEST(Rehearsal, TellsWhatIsFoundAndWhatNot) {
  Days days(200, 3);
  const AnomaliesDefinition odd = anomalies_of("");
  const Watching watching{odd, PeriodUnit::kDay, stats::NumberKind::kCount,
                          periods_from(PeriodUnit::kDay, 200)};
  const Rehearsal found = rehearse(watching, days.series(), 4, 1);
  EXPECT_EQ(found.series, 3U);
  EXPECT_EQ(found.judged, 3 * (200U - 31U));
  EXPECT_EQ(found.alerts, 0U);
  EXPECT_EQ(found.alone[0].name, "nothing recorded for a day");
  for (const auto* faults : {&found.alone, &found.everywhere}) {
    for (const Fault& fault : *faults) {
      EXPECT_EQ(fault.planted, 4U);
      EXPECT_EQ(fault.delays.size(), fault.found);
    }
    EXPECT_EQ((*faults)[0].found, 4U);
    EXPECT_EQ((*faults)[0].delays.back(), 0);
    EXPECT_GE((*faults)[4].found, 3U) << "half lost for a week";
  }
  const Rehearsal again = rehearse(watching, days.series(), 4, 1);
  EXPECT_EQ(again.alone[3].delays, found.alone[3].delays);
}

}  // namespace
}  // namespace waymark::fold
