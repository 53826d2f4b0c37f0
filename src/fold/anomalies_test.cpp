#include "fold/anomalies.h"

#include <gtest/gtest.h>

#include <algorithm>
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

TEST(Anomalies, NothingGoesOnInACourseThatIsOver) {
  Days days(100, 2);
  days.times(0.1, 78, 80, 0).times(std::nan(""), 80, 100, 0).times(0.1, 98, 100, 1);
  const Anomalies found = days.find(anomalies_of(""));
  ASSERT_EQ(found.alerts.size(), 2U);
  for (const Alert& alert : found.alerts) EXPECT_EQ(alert.ongoing, alert.series == 1);
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

TEST(Anomalies, WhatIsOfACourseAloneIsHeededForItAlone) {
  Days days(100, 2);
  days.times(0, 70, 72, 0).times(0, 80, 81, 1);
  days.series()[0].course = "A";
  days.series()[1].course = "B";
  const AnomaliesDefinition odd =
      anomalies_of("calendar: terms",
                   "dates: [{kind: outage, from: 2026-03-16, to: 2026-03-17, courses: A},\n"
                   "        {kind: holiday, name: Trip, from: 2026-03-26, courses: [A, C]}]");
  const Anomalies found = days.find(odd);
  EXPECT_EQ(days.alerts(odd),
            Lines{"b critical below 2026-03-26 to 2026-03-26 (1), 0 and not 1005"});
  EXPECT_EQ(reasons(found).at("outage"), 2);
  EXPECT_EQ(reasons(found).at("holiday: Trip"), 1);
}

// A course that is presented twice, half a year apart. Before work is due many come, after it few;
// the second time it is due a week later from the fourth month on.
class TwicePresented {
 public:
  static constexpr std::size_t kDays = 168;

  TwicePresented() : days_(2 * kDays, 2) {
    for (std::size_t i = 0; i < 2; ++i) {
      WatchedSeries& series = days_.series()[i];
      const std::int64_t first = periods_from(PeriodUnit::kDay, 2 * kDays)[i * kDays].first;
      const std::int64_t week = i == 0 ? 0 : 7;
      series.open_from = first;
      series.open_until = first + kDays;
      series.landmarks = {first,
                          first + 41,
                          first + 83,
                          first + 118 + week,
                          first + 146 + week,
                          first + std::int64_t{kDays}};
      if (i == 1) series.earlier = 0;
      for (std::size_t day = 0; day < 2 * kDays; ++day) {
        const double factor = shape(series, first + static_cast<std::int64_t>(day - i * kDays));
        series.value[day] = std::round(series.value[day] * factor);
      }
    }
  }
  Days& days() { return days_; }
  Lines alerts() const { return days_.alerts(anomalies_of("")); }

 private:
  static double shape(const WatchedSeries& series, std::int64_t day) {
    if (day < series.open_from || day >= series.open_until) return 0.02;
    double most = 1;
    for (const std::int64_t due : series.landmarks) {
      if (due == series.open_from || due == series.open_until) continue;
      if (day <= due && day > due - 5) most = 4;
      if (day > due && day < due + 6) most = 0.3;
    }
    return most;
  }
  Days days_;
};

TEST(Anomalies, DeadlinesAreExpectedWhereThePresentationBeforeHadThem) {
  TwicePresented course;
  const auto of_second = [](const std::string& alert) {
    // But for its beginning, which nothing is known before.
    return alert[0] == 'b' && alert.find(" 2026-06-22 ") == std::string::npos;
  };
  EXPECT_EQ(std::ranges::count_if(course.alerts(), of_second), 0);
  course.days().series()[1].earlier.reset();
  const Lines without = course.alerts();
  EXPECT_GT(std::ranges::count_if(without, of_second), 0) << "they are odd by its own past";
  // What is no deadline's doing is found beside one.
  TwicePresented broken;
  broken.days().times(0, 168 + 85, 168 + 86, 1);
  const Lines found = broken.alerts();
  EXPECT_TRUE(std::ranges::any_of(found, [](const std::string& alert) {
    return alert.starts_with("b critical below 2026-09-15 to 2026-09-15 (1), 0 and not ");
  }));
}

TEST(Anomalies, WhatIsLostLittleByLittleIsAnAlertOfItsOwn) {
  TwicePresented course;
  for (std::size_t day = 0; day < 28; ++day) {
    course.days().times(1 - 0.5 * static_cast<double>(day + 1) / 28, 268 + day, 269 + day, 1);
  }
  const Anomalies found = course.days().find(anomalies_of(""));
  std::vector<Alert> lasting;
  for (const Alert& alert : found.alerts) {
    if (alert.over > 1) lasting.push_back(alert);
  }
  ASSERT_EQ(lasting.size(), 1U);
  EXPECT_EQ(lasting[0].series, 1U);
  EXPECT_GE(lasting[0].raised, 275U);
  EXPECT_LE(lasting[0].raised, 295U);
  EXPECT_LT(lasting[0].first, lasting[0].raised);
  EXPECT_LT(lasting[0].peak.score, 0);
  EXPECT_LT(lasting[0].peak.value, 0.85 * lasting[0].peak.expected);
  // What is said of a day is what was said on it.
  Days until = course.days();
  for (WatchedSeries& series : until.series()) series.value.resize(290), series.n.resize(290);
  std::map<std::pair<std::uint32_t, std::uint32_t>, const JudgedPeriod*> whole;
  for (const JudgedPeriod& row : found.periods) whole[{row.series, row.period}] = &row;
  const Anomalies then = until.find(anomalies_of(""));
  for (const JudgedPeriod& row : then.periods) {
    const JudgedPeriod& same = *whole.at({row.series, row.period});
    ASSERT_EQ(row.severity, same.severity) << row.period;
    ASSERT_EQ(row.lasting_severity, same.lasting_severity) << row.period;
    ASSERT_EQ(row.lasting.has_value(), same.lasting.has_value()) << row.period;
    if (!row.lasting) continue;
    ASSERT_EQ(row.lasting->score, same.lasting->score) << row.period;
  }
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
