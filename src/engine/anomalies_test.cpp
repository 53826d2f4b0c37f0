// Anomalies from definition files to tables, answers and the rehearsal.

#include "engine/anomalies.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/question.h"
#include "engine/test_workspace.h"

namespace waymark::engine {
namespace {

using Lines = std::vector<std::string>;

std::string date(int day) { return to_iso_date(kTestNow + day * kMicrosPerDay); }

// Ten weeks of clicks in two courses, from Thursday, 2026-01-01, on; nothing of the first is
// recorded on day 60.
class AnomaliesOfMetrics : public testing::Test {
 protected:
  static constexpr int kDays = 70;

  AnomaliesOfMetrics() {
    workspace_.write(
        "sources/clicks.yaml",
        "files: data/clicks.csv\narrival: event_time\n"
        "events:\n"
        "  - {kind: click, learner: '${learner}', course: '${course}', time: '${time}'}\n");
    std::string rows = "time,learner,course\n";
    for (int day = 0; day < kDays; ++day) {
      for (const int course : {0, 1}) {
        const int clicks = (day % 7 < 5 ? 40 : 15) + (day * (5 + course)) % 4;
        for (int i = 0; i < (day == 60 && course == 0 ? 0 : clicks); ++i) {
          rows += fmt::format("{}T10:{:02}:00Z,l{},{}\n", date(day), i, i, course == 0 ? "A" : "B");
        }
      }
    }
    workspace_.write("data/clicks.csv", rows);
    workspace_.write("measures/daily.yaml",
                     "measure: metric\ngrain: day\ndimensions: course\nsimple: {count: true}\n");
    workspace_.write("measures/odd.yaml", "measure: anomalies\nmetric: daily\n");
    workspace_.ingest({.now = kTestNow + 100 * kMicrosPerDay});
    workspace_.build();
  }
  Lines ask(const std::string& sql) const { return workspace_.ask(sql); }
  Lines alerts() const {
    return ask(
        "SELECT course, severity, direction, first, value, ongoing FROM odd_alerts ORDER BY rank");
  }

  TestWorkspace workspace_;
};

TEST_F(AnomaliesOfMetrics, EveryPeriodIsThereAndTheAlertsAreTheAnswer) {
  EXPECT_EQ(alerts(), Lines{"A|critical|below|" + date(60) + "|0|false"});
  EXPECT_EQ(ask("SELECT course, count(*), count(expected), count(severity) FROM odd GROUP BY ALL "
                "ORDER BY ALL"),
            (Lines{"A|70|38|1", "B|70|38|0"}));
  EXPECT_EQ(ask("SELECT excluded_because, count(*) FROM odd GROUP BY ALL ORDER BY ALL"),
            (Lines{"it is still running|2", "too little is known yet|62", "NULL|76"}));
  EXPECT_EQ(
      ask("SELECT bool_and(odd.value = daily.value) FROM odd JOIN daily USING (period, course)"),
      Lines{"true"});
  EXPECT_EQ(to_nine_digits(workspace_.ask(Question{.measure = "odd"})),
            Lines{fmt::format("1|A|critical|below|{0}|{0}|1|false|{0}|1|0|42|13.9161548|84.9813898|"
                              "-11.7944717|-1",
                              date(60))});
  EXPECT_EQ(workspace_.ask(Question{.measure = "odd", .where = {"course = B"}}), Lines{});
}

TEST_F(AnomaliesOfMetrics, AsOfAMoment) {
  Question question{.measure = "odd", .as_of = kTestNow + 60 * kMicrosPerDay};
  EXPECT_EQ(workspace_.ask(question), Lines{});
  question.as_of = kTestNow + 61 * kMicrosPerDay;
  EXPECT_EQ(workspace_.ask(question).size(), 1U);
}

TEST_F(AnomaliesOfMetrics, ByOtherNamesGrainsAndWithACalendar) {
  workspace_.write("measures/odd.yaml", "measure: anomalies\nmetric: daily\nby: []\n");
  workspace_.build();
  EXPECT_EQ(ask("SELECT severity, first FROM odd_alerts"), Lines{"critical|" + date(60)});
  workspace_.write("measures/odd.yaml", "measure: anomalies\nmetric: daily\nwhere: course = B\n");
  workspace_.build();
  EXPECT_EQ(alerts(), Lines{});
  workspace_.write("measures/odd.yaml", "measure: anomalies\nmetric: daily\ngrain: week\n");
  workspace_.build();
  EXPECT_EQ(ask("SELECT count(DISTINCT period), count(expected) FROM odd"), Lines{"11|0"});
  workspace_.write("calendars/c.yaml", "dates: [{kind: outage, from: " + date(60) + "}]\n");
  workspace_.write("measures/odd.yaml", "measure: anomalies\nmetric: daily\ncalendar: c\n");
  workspace_.build();
  EXPECT_EQ(alerts(), Lines{});
  EXPECT_EQ(ask("SELECT course, period FROM odd WHERE excluded_because = 'outage' ORDER BY ALL"),
            (Lines{"A|" + date(60), "B|" + date(60)}));
  // Another calendar makes other tables.
  workspace_.write("calendars/c.yaml", "dates: [{kind: outage, from: " + date(50) + "}]\n");
  EXPECT_EQ(workspace_.tables_made(), (Lines{"odd", "odd_alerts"}));
  EXPECT_EQ(alerts(), Lines{"A|critical|below|" + date(60) + "|0|false"});
}

TEST_F(AnomaliesOfMetrics, SilenceIsSeenAndTheEndOfACourseIsNone) {
  // Of course A, nothing more comes after day 62.
  workspace_.write("data/clicks.csv", [&] {
    const std::string all = read_file(workspace_.folder() / "data/clicks.csv");
    std::string kept;
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t end = all.find('\n', at) + 1;
      const std::string line = all.substr(at, end - at);
      if (!line.ends_with(",A\n") || line.substr(0, 10) < date(62)) kept += line;
      at = end;
    }
    return kept;
  }());
  workspace_.ingest({.replace = true, .now = kTestNow + 100 * kMicrosPerDay});
  workspace_.build();
  EXPECT_EQ(alerts(), Lines{"A|critical|below|" + date(60) + "|0|true"});
  workspace_.write("sources/courses.yaml",
                   "files: data/courses.csv\narrival: event_time\n"
                   "courses:\n  - {course: '${course}', start: '${start}', end: '${end}'}\n");
  workspace_.write("data/courses.csv", "course,start,end\nA," + date(40) + "," + date(62) + "\n");
  workspace_.ingest({.now = kTestNow + 100 * kMicrosPerDay});
  workspace_.build();
  EXPECT_EQ(alerts(), Lines{"A|critical|below|" + date(60) + "|0|false"});
  EXPECT_EQ(ask("SELECT count(*) FROM odd WHERE excluded_because = 'the course does not run'"),
            Lines{fmt::format("{}", 40 + kDays - 1 - 62)});
}

TEST_F(AnomaliesOfMetrics, WhatTheCalendarSaysOfACourse) {
  workspace_.write("calendars/c.yaml", "dates: [{kind: outage, courses: [A], from: " + date(60) +
                                           "}, {kind: deadline, courses: B, from: " + date(60) +
                                           "}]\n");
  workspace_.write("measures/odd.yaml", "measure: anomalies\nmetric: daily\ncalendar: c\n");
  workspace_.build();
  EXPECT_EQ(alerts(), Lines{});
  EXPECT_EQ(ask("SELECT course, period FROM odd WHERE excluded_because = 'outage'"),
            Lines{"A|" + date(60)});
  // Of both courses together, it is an outage of a part.
  workspace_.write("measures/odd.yaml", "measure: anomalies\nmetric: daily\ncalendar: c\nby: []\n");
  workspace_.build();
  EXPECT_EQ(ask("SELECT severity, first FROM odd_alerts"), Lines{"critical|" + date(60)});
}

TEST_F(AnomaliesOfMetrics, PresentationsThatRepeatOneAnother) {
  workspace_.write("sources/courses.yaml",
                   "files: data/courses.csv\narrival: event_time\n"
                   "courses:\n  - {course: '${course}', start: '${start}', end: '${end}', "
                   "properties: {module: '${module}'}}\n");
  const auto courses = [&](const std::string& module_of_b) {
    workspace_.write("data/courses.csv", "course,start,end,module\nA," + date(0) + "," + date(63) +
                                             ",M\nB," + date(7) + "," + date(70) + "," +
                                             module_of_b + "\n");
    workspace_.ingest({.replace = true, .now = kTestNow + 100 * kMicrosPerDay});
    workspace_.build();
  };
  workspace_.write("measures/odd.yaml", "measure: anomalies\nmetric: daily\nrepeats: module\n");
  courses("N");
  const std::string second = "SELECT count(lasting_score), count(lasting_severity) FROM odd";
  EXPECT_EQ(ask(second), Lines{"0|0"});
  // B repeats A a week later: from the day on when a fortnight and a week are known of it, and what
  // they vary by for four weeks; without the days that are odd by themselves.
  courses("M");
  EXPECT_EQ(ask(second + " WHERE course = 'A'"), Lines{"0|0"});
  EXPECT_EQ(ask("SELECT course, lasting_days, lasting_severity FROM odd "
                "WHERE lasting_score IS NOT NULL GROUP BY ALL"),
            Lines{"B|7|NULL"});
  EXPECT_EQ(ask("SELECT bool_and(abs(lasting_value - lasting_expected) < 8) FROM odd"),
            Lines{"true"});
}

TEST_F(AnomaliesOfMetrics, AreRehearsed) {
  const Catalog catalog = workspace_.catalog();
  Silent silent;
  const fold::Rehearsal rehearsal =
      rehearse_anomalies("odd", 3, 1, catalog, open_journal(catalog, true), kTestNow, silent);
  EXPECT_EQ(rehearsal.series, 2U);
  EXPECT_EQ(rehearsal.judged, 76U);
  EXPECT_EQ(rehearsal.alerts, 1U);
  EXPECT_EQ(rehearsal.alone[0].found, 3U);
  EXPECT_EQ(reason_of([&] {
              rehearse_anomalies("od", 3, 1, catalog, open_journal(catalog, true), kTestNow,
                                 silent);
            }),
            "anomalies.missing");
}

TEST_F(AnomaliesOfMetrics, MistakesHaveAPlace) {
  const auto mistake = [&](const std::string& yaml) {
    workspace_.write("measures/wrong.yaml", "measure: anomalies\n" + yaml);
    workspace::Diagnostics diagnostics;
    check(workspace_.folder(), diagnostics);
    return diagnostics.empty() ? "" : workspace::to_text(diagnostics.sorted()[0]);
  };
  EXPECT_EQ(mistake("metric: dayly\n"),
            "measures/wrong.yaml:2:1: there is no metric 'dayly'; there is: daily (did you mean "
            "'daily'?)");
  EXPECT_EQ(mistake("metric: daily\nby: [score]\n"),
            "measures/wrong.yaml:3:6: 'score' stands in the tables of anomalies already");
  EXPECT_EQ(mistake("metric: daily\nrepeats: module\n"),
            "measures/wrong.yaml:3:1: no source gives courses a property 'module'; there is: none");
  EXPECT_EQ(mistake("metric: daily\nby: []\nrepeats: module\n"),
            "measures/wrong.yaml:4:1: only days of courses are compared with earlier ones (write "
            "'grain: day' and name 'course' in 'by', or leave 'repeats' out)");
}

}  // namespace
}  // namespace waymark::engine
