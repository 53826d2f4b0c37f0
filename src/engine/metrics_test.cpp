// Metrics from definition files to the same number everywhere.

#include "engine/metrics.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/explain.h"
#include "engine/question.h"
#include "engine/test_workspace.h"
#include "query/test_rows.h"

namespace waymark::engine {
namespace {

using Lines = std::vector<std::string>;

class Metrics : public testing::Test {
 protected:
  Metrics() {
    workspace_.write("sources/clicks.yaml",
                     "files: data/clicks.csv\n"
                     "arrival: event_time\n"
                     "events:\n"
                     "  - {kind: '${kind}', learner: '${learner}', object: '${item}', time: "
                     "'${time}', weight: '${weight}', properties: {city: '${city}'}}\n");
    workspace_.write("data/clicks.csv",
                     "time,learner,kind,item,weight,city\n"
                     "2025-03-03T09:00:00Z,ann,click,home,2,Bath\n"
                     "2025-03-03T09:10:00Z,ann,click,quiz,4,\n"
                     "2025-03-04T10:00:00Z,bob,click,home,1,York\n"
                     "2025-03-05T10:00:00Z,bob,view,home,,\n"
                     "2025-03-09T23:30:00Z,bob,click,quiz,3,\n"
                     "2025-03-17T09:00:00Z,ann,click,home,5,York\n"
                     "2025-03-18T09:00:00Z,cem,click,home,,\n");
    workspace_.write("measures/action.yaml", "measure: events\nkinds: click\n");
    workspace_.write("measures/active.yaml",
                     "measure: metric\nunit: learners\ndirection: higher\n"
                     "simple: {distinct: learner, events: action}\n");
    workspace_.write("measures/clicks.yaml",
                     "measure: metric\nsimple: {sum: weight, events: {kinds: click}}\n");
    workspace_.write("measures/clicks_each.yaml",
                     "measure: metric\nratio: {numerator: clicks, denominator: active}\n");
    workspace_.ingest();
  }

  Lines ask(const Question& question) const { return workspace_.ask(question); }

  // What is by, and the value.
  Lines values(const Question& question) {
    Lines rows = ask(question);
    std::size_t names = std::max<std::size_t>(1, question.by.size());
    for (std::string& row : rows) {
      std::size_t end = 0;
      for (std::size_t i = 0; i <= names && end != std::string::npos; ++i)
        end = row.find('|', end + (i > 0));
      row.erase(std::min(end, row.size()));
    }
    return rows;
  }

  std::string mistake(const std::string& yaml) {
    workspace_.write("measures/wrong.yaml", "measure: metric\n" + yaml);
    workspace::Diagnostics diagnostics;
    check(workspace_.folder(), diagnostics);
    workspace_.remove("measures/wrong.yaml");
    std::string found;
    for (const auto& one : diagnostics.sorted()) found += workspace::to_text(one) + "\n";
    return found;
  }

  TestWorkspace workspace_;
};

TEST_F(Metrics, AreTheSameInTheTableInAQueryAndCountedByHand) {
  workspace_.build();
  EXPECT_EQ(values({.measure = "active"}), (Lines{"2025-03-03|2", "2025-03-10|0", "2025-03-17|2"}));
  EXPECT_EQ(values({.measure = "clicks"}),
            (Lines{"2025-03-03|10", "2025-03-10|0", "2025-03-17|6"}));
  EXPECT_EQ(values({.measure = "clicks_each"}), (Lines{"2025-03-03|5", "2025-03-17|3"}));
  for (const std::string metric : {"active", "clicks", "clicks_each"}) {
    EXPECT_EQ(ask({.measure = metric}), workspace_.ask("FROM " + metric + " ORDER BY period"));
  }
  EXPECT_EQ(workspace_.ask("SELECT period, value, numerator, denominator, n FROM clicks_each"),
            (Lines{"2025-03-03|5|10|2|4", "2025-03-17|3|6|2|2"}));
}

TEST_F(Metrics, ByOtherNamesForSomeAndAsOfAMoment) {
  EXPECT_EQ(values({.measure = "clicks_each", .by = {"learner"}}),
            (Lines{"ann|11", "bob|4", "cem|1"}));
  // ann's click on the quiz was in Bath, where her event before it was.
  EXPECT_EQ(values({.measure = "clicks", .by = {"city"}}), (Lines{"Bath|6", "York|9", "NULL|1"}));
  EXPECT_EQ(values({.measure = "clicks", .by = {"month"}}), Lines{"2025-03-01|16"});
  EXPECT_EQ(values({.measure = "active", .by = {"city", "week"}}),
            (Lines{"Bath|2025-03-03|1", "York|2025-03-03|1", "York|2025-03-10|0",
                   "York|2025-03-17|1", "NULL|2025-03-17|1"}));
  EXPECT_EQ(values({.measure = "active", .where = {"city = York"}}),
            (Lines{"2025-03-03|1", "2025-03-10|0", "2025-03-17|1"}));
  EXPECT_EQ(values({.measure = "clicks_each",
                    .as_of = *parse_iso_time("2025-03-04T10:00:00Z", Zone::utc())}),
            Lines{"2025-03-03|6"});
  workspace_.write("waymark.yaml",
                   "name: Test\nmemory_mb: 128\nbuckets: 4\ntime_zone: Europe/Berlin\n");
  EXPECT_EQ(values({.measure = "clicks"}), (Lines{"2025-03-03|7", "2025-03-10|3", "2025-03-17|6"}))
      << "Monday has begun in Berlin";
  EXPECT_EQ(reason_of([&] { ask({.measure = "active", .by = {"town"}}); }), "query.name_unknown");
  EXPECT_EQ(reason_of([&] { ask({.measure = "activ"}); }), "measure.missing");
}

TEST_F(Metrics, AggregateRowsOfMeasuresAndEvents) {
  workspace_.write("measures/s.yaml",
                   "measure: metric\nsimple: {mean: events, table: sessions, where: events > 1}\n");
  workspace_.write("measures/m.yaml", "measure: metric\nsimple: {median: weight}\n");
  workspace_.write("measures/p.yaml",
                   "measure: metric\nsimple: {percentile: {of: weight, at: 90}}\n");
  workspace_.write("measures/towns.yaml", "measure: metric\nsimple: {distinct: city}\n");
  workspace_.write("measures/filtered.yaml",
                   "measure: metric\nsimple: {count: true, events: {where: {weight: {above: 1, "
                   "at_most: 4}, city: {is_not: York}}}}\n");
  workspace_.write("measures/numbered.yaml",
                   "measure: metric\nsimple: {count: true, events: {where: {city: 1}}}\n");
  const auto overall = [&](const std::string& metric) {
    return workspace_.ask("SELECT sum(value) FROM " + metric)[0];
  };
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT period, value, n FROM s ORDER BY period"),
            Lines{"2025-03-03|2|1"});
  EXPECT_EQ(workspace_.ask("SELECT period, value, n FROM m ORDER BY period"),
            (Lines{"2025-03-03|2|5", "2025-03-17|3|2"}));
  EXPECT_EQ(workspace_.ask("SELECT round(value, 3) FROM p ORDER BY period"), (Lines{"3.6", "4.6"}));
  EXPECT_EQ(workspace_.ask("SELECT value FROM towns ORDER BY period"), (Lines{"2", "0", "1"}));
  EXPECT_EQ(overall("filtered"), "1") << "an event without a city is in none";
  EXPECT_EQ(overall("numbered"), "NULL");
}

TEST_F(Metrics, FormulasOverOtherMetrics) {
  workspace_.write("measures/views.yaml",
                   "measure: metric\nsimple: {count: true, events: {kinds: view}}\n");
  workspace_.write("measures/score.yaml",
                   "measure: metric\nderived: -(clicks - 4) / (active * 2) + views\n");
  EXPECT_EQ(values({.measure = "score"}), (Lines{"2025-03-03|-0.5", "2025-03-17|-0.5"}));
  EXPECT_EQ(values({.measure = "score", .where = {"learner = cem"}}), Lines{"2025-03-17|1.5"});
}

TEST_F(Metrics, OverSeveralPeriods) {
  workspace_.write("measures/ever.yaml", "measure: metric\ncumulative: {of: active}\n");
  workspace_.write("measures/two_weeks.yaml",
                   "measure: metric\ncumulative: {of: {sum: weight, events: action}, window: 2}\n");
  EXPECT_EQ(values({.measure = "ever"}), (Lines{"2025-03-03|2", "2025-03-10|2", "2025-03-17|3"}));
  EXPECT_EQ(values({.measure = "two_weeks"}),
            (Lines{"2025-03-03|10", "2025-03-10|10", "2025-03-17|6"}));
  EXPECT_EQ(
      values({.measure = "ever", .by = {"object", "week"}}),
      (Lines{"home|2025-03-03|2", "home|2025-03-10|2", "home|2025-03-17|3", "quiz|2025-03-03|2"}));
  EXPECT_EQ(values({.measure = "ever", .by = {"object"}}), (Lines{"home|3", "quiz|2"}));
}

TEST_F(Metrics, OfFunnelsAndRetentions) {
  workspace_.write("data/clicks.csv", read_file(workspace_.folder() / "data/clicks.csv") +
                                          "2025-04-10T09:00:00Z,dan,view,other,,\n");
  workspace_.ingest();
  workspace_.write("measures/visit.yaml",
                   "measure: funnel\nper: learner\nwithin: 7d\n"
                   "steps:\n  - {name: came, object: home}\n  - {name: tried, object: quiz}\n");
  workspace_.write("measures/back.yaml",
                   "measure: retention\nper: learner\nperiods: 2\nstart: {kinds: click}\n"
                   "return: {kinds: click}\n");
  workspace_.write("measures/tries.yaml",
                   "measure: metric\nconversion: {funnel: visit, step: tried}\n");
  workspace_.write("measures/tries_of_tries.yaml",
                   "measure: metric\nconversion: {funnel: visit, step: tried, from: tried}\n");
  workspace_.write("measures/back_2.yaml",
                   "measure: metric\nretention: {measure: back, period: 2}\n");
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT period, value, numerator, denominator, n FROM tries"),
            (Lines{"2025-03-03|1|2|2|2", "2025-03-17|0|0|1|1"}));
  EXPECT_EQ(workspace_.ask("SELECT sum(numerator) / sum(denominator) FROM tries"),
            workspace_.ask("SELECT share_of_first FROM visit_steps WHERE name = 'tried'"));
  EXPECT_EQ(workspace_.ask("SELECT value FROM tries_of_tries"), Lines{"1"});
  EXPECT_EQ(workspace_.ask("SELECT period, value, n FROM back_2 ORDER BY period"),
            (Lines{"2025-03-03|0.5|2", "2025-03-17|0|1"}));
  EXPECT_EQ(workspace_.ask("SELECT sum(numerator), sum(denominator) FROM back_2"),
            workspace_.ask("SELECT returned, observed FROM back_curve WHERE period = 2"));
  EXPECT_EQ(values({.measure = "tries", .by = {"learner"}}), (Lines{"ann|1", "bob|1", "cem|0"}));
}

// Who converts early is known before who does not.
TEST_F(Metrics, AConversionIsOfAttemptsWhoseWindowIsOver) {
  workspace_.write("measures/visit.yaml",
                   "measure: funnel\nper: learner\nwithin: 7d\n"
                   "steps:\n  - {name: came, object: home}\n  - {name: tried, object: quiz}\n");
  workspace_.write("measures/tries.yaml",
                   "measure: metric\nconversion: {funnel: visit, step: tried}\n");
  workspace_.write("measures/percent.yaml", "measure: metric\nderived: tries * 100\n");
  // cem's began on the last day.
  const std::string decided = "2025-03-03|1|2|2|2|true|NULL|NULL|NULL";
  EXPECT_EQ(ask({.measure = "tries"}), Lines{decided});
  EXPECT_EQ(workspace_.ask("SELECT learner, ended_by, observed FROM visit ORDER BY learner"),
            (Lines{"ann|converted|true", "bob|converted|true", "cem|open|false"}));
  const auto as_of = [&](const char* metric, const char* time) {
    return ask({.measure = metric, .as_of = *parse_iso_time(time, Zone::utc())});
  };
  EXPECT_EQ(as_of("tries", "2025-03-10T09:00:00Z"), Lines{});
  EXPECT_EQ(as_of("tries", "2025-03-11T09:00:00Z"),
            Lines{"2025-03-03|1|1|1|1|false|NULL|NULL|NULL"});
  EXPECT_EQ(as_of("tries", "2025-03-16T23:00:00Z"),
            Lines{"2025-03-03|1|2|2|2|false|NULL|NULL|NULL"});
  EXPECT_EQ(as_of("tries", "2025-03-17T00:00:00Z"), Lines{decided});
  EXPECT_EQ(as_of("percent", "2025-03-16T23:00:00Z"),
            Lines{"2025-03-03|100|NULL|NULL|2|false|NULL|NULL|NULL"});
}

TEST_F(Metrics, AreExplainedDownToTheRows) {
  workspace_.write("measures/ever.yaml", "measure: metric\ncumulative: {of: active}\n");
  const Catalog catalog = workspace_.catalog();
  Silent silent;
  const auto explained = [&](const std::string& metric, const std::string& day,
                             const Lines& where) {
    const Micros at = *parse_iso_time(day, Zone::utc());
    const Explanation found = explain(metric, Zone::utc().local_day(at), where, catalog,
                                      open_journal(catalog, true), kTestNow, silent);
    Lines parts{found.period};
    query::Session session(found.sources, sql_options(catalog));
    for (const Explanation::Part& part : found.parts) {
      parts.push_back(fmt::format("{} {} {} {} {}", part.depth, part.name,
                                  part.value ? fmt::format("{}", *part.value) : "none", part.n,
                                  part.count));
      if (!part.rows.empty()) {
        EXPECT_EQ(query::rows_of(session.query(part.rows)).size(), part.count);
      }
    }
    return parts;
  };
  EXPECT_EQ(explained("clicks_each", "2025-03-05", {}),
            (Lines{"2025-03-03", "0 clicks_each 5 4 0", "1 clicks 10 4 4", "1 active 2 4 4"}));
  EXPECT_EQ(explained("clicks_each", "2025-03-05", {"learner = ann"}),
            (Lines{"2025-03-03", "0 clicks_each 6 2 0", "1 clicks 6 2 2", "1 active 1 2 2"}));
  EXPECT_EQ(explained("ever", "2025-03-17", {}),
            (Lines{"2025-03-17", "0 ever 3 6 0", "1 active 2 2 6"}));
  EXPECT_EQ(explained("active", "2025-03-12", {}), (Lines{"2025-03-10", "0 active 0 0 0"}));
  EXPECT_EQ(reason_of([&] { explained("activ", "2025-03-12", {}); }), "metric.missing");
}

TEST_F(Metrics, ExplainedWhereNothingIsSayWhy) {
  const Catalog catalog = workspace_.catalog();
  Silent silent;
  const auto note = [&](const std::string& day, const Lines& where) {
    const Micros at = *parse_iso_time(day, Zone::utc());
    return explain("active", Zone::utc().local_day(at), where, catalog, open_journal(catalog, true),
                   kTestNow, silent)
        .note;
  };
  EXPECT_EQ(note("2025-03-05", {}), "");
  EXPECT_EQ(note("2030-01-08", {})
                .find("No event is in the week from 2030-01-07; there are events "
                      "from 2025-03-"),
            0u)
      << note("2030-01-08", {});
  EXPECT_NE(note("2013-01-08", {}), "");
  EXPECT_EQ(note("2025-03-05", {"object = nothing"}), "No row has object 'nothing'.");
}

// A day's number against the same weekdays before it, in plain SQL.
TEST_F(Metrics, AgainstTheirOwnPast) {
  std::string rows = "time,learner,kind,item,weight,city\n";
  for (int day = 0; day < 90; ++day) {
    const std::string date = to_iso(kTestNow + day * kMicrosPerDay).substr(0, 10);
    const int count = day % 11 == 3 ? 0 : 1 + (day * day) % 7 + (day % 7 < 5 ? 4 : 0);
    for (int i = 0; i < count; ++i) {
      rows += date + "T10:0" + std::to_string(i % 10) + ":0" + std::to_string(i / 10) + "Z,l" +
              std::to_string(i) + ",click,home,1,\n";
    }
  }
  workspace_.write("data/clicks.csv", rows);
  workspace_.write("measures/daily.yaml",
                   "measure: metric\ngrain: day\nsimple: {count: true}\nbaseline: {last: 5}\n");
  workspace_.ingest({.replace = true, .now = kTestNow + 100 * kMicrosPerDay});
  workspace_.build();
  const std::string expected =
      "WITH days AS (SELECT unnest(range(DATE '2026-01-01', DATE '2026-04-01', INTERVAL 1 "
      "DAY))::DATE AS day), counts AS (SELECT day, count(time) AS clicks FROM days LEFT JOIN "
      "events ON time::DATE = day GROUP BY day), past AS (SELECT a.day, list(b.clicks) AS b FROM "
      "counts a JOIN counts b ON b.day < a.day AND b.day >= a.day - 35 AND (a.day - b.day) % 7 = "
      "0 WHERE a.day < DATE '2026-03-31' GROUP BY a.day HAVING count(*) >= 4) SELECT day, "
      "list_median(b) AS m, round(m - 3 * "
      "1.4826 * list_median(list_transform(b, lambda x: abs(x - m))), 6) FROM past ORDER BY day";
  const Lines past = workspace_.ask(expected);
  EXPECT_EQ(past.size(), 90u - 28u - 1u) << "the last day still runs";
  EXPECT_EQ(workspace_.ask("SELECT period, baseline, round(band_low, 6) FROM daily WHERE baseline "
                           "IS NOT NULL ORDER BY period"),
            past);
  EXPECT_EQ(workspace_.ask("SELECT count(*) FROM daily WHERE baseline IS NOT NULL AND "
                           "abs(band_high + band_low - 2 * baseline) > 1e-9"),
            Lines{"0"});
}

// Weeks of one click and of nine by turns; those of nine are views.
TEST_F(Metrics, BandsKeepToWhatIsPossible) {
  std::string rows = "time,learner,kind,item,weight,city\n";
  for (int week = 0; week < 12; ++week) {
    for (int i = 0; i < (week % 2 == 0 ? 1 : 9); ++i) {
      rows += fmt::format("{}T10:00:00Z,l{},{},home,1,\n",
                          to_iso_date(kTestNow + 7 * week * kMicrosPerDay), i,
                          week % 2 == 0 ? "click" : "view");
    }
  }
  workspace_.write("data/clicks.csv", rows);
  workspace_.write("measures/all.yaml", "measure: metric\nsimple: {count: true}\n");
  workspace_.write("measures/views.yaml",
                   "measure: metric\nsimple: {count: true, events: {kinds: view}}\n");
  workspace_.write("measures/seen.yaml",
                   "measure: metric\nunit: share\nratio: {numerator: views, denominator: all}\n");
  workspace_.write("measures/more.yaml", "measure: metric\nderived: all - 5\n");
  workspace_.write("measures/ever.yaml", "measure: metric\ncumulative: {of: all}\n");
  workspace_.ingest({.replace = true, .now = kTestNow + 100 * kMicrosPerDay});
  workspace_.build();
  const auto bands = [&](const char* metric) {
    return workspace_.ask(
        fmt::format("SELECT count(baseline) > 3, min(band_low) > 0, "
                    "min(band_low) < 0, max(band_high) > 1 FROM \"{}\"",
                    metric));
  };
  EXPECT_EQ(bands("all"), Lines{"true|false|false|true"});
  EXPECT_EQ(bands("seen"), Lines{"true|false|false|false"});
  EXPECT_EQ(bands("more"), Lines{"true|false|true|true"});
  EXPECT_EQ(bands("ever"), Lines{"false|NULL|NULL|NULL"});
}

// A week's number against the same weeks of earlier terms: each of three weeks, then one between
// terms; the last week still runs.
TEST_F(Metrics, AgainstTheSameWeekOfEarlierTerms) {
  std::string rows = "time,learner,kind,item,weight,city\n", dates = "dates:\n";
  const Micros monday = *parse_iso_time("2026-01-05", Zone::utc());
  const auto date = [&](int day) { return to_iso_date(monday + day * kMicrosPerDay); };
  for (int week = 0; week < 24; ++week) {
    const int term = week / 4, count = week % 4 == 3 ? 1 : 10 * (week % 4 + 1) + term;
    for (int i = 0; i < count; ++i)
      rows += fmt::format("{}T10:{:02}:00Z,l{},click,home,1,\n", date(7 * week), i, i);
    if (week % 4 != 0) continue;
    dates += fmt::format("  - {{kind: term, from: {}, to: {}}}\n", date(7 * week + 2),
                         date(7 * week + 20));
  }
  workspace_.write("data/clicks.csv", rows);
  workspace_.write("calendars/year.yaml", dates);
  workspace_.write("measures/weekly.yaml",
                   "measure: metric\nsimple: {count: true}\nbaseline: {calendar: year, last: 5}\n");
  workspace_.ingest({.replace = true, .now = kTestNow + 300 * kMicrosPerDay});
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT period, value, baseline, round(band_high - baseline, 4) FROM "
                           "weekly WHERE baseline IS NOT NULL ORDER BY period"),
            (Lines{date(7 * 17) + "|24|21.5|4.4478", date(7 * 18) + "|34|31.5|4.4478",
                   date(7 * 21) + "|25|22|4.4478", date(7 * 22) + "|35|32|4.4478"}))
      << "the first week of each term holds closed days";
  EXPECT_EQ(workspace_.ask("SELECT period, value FROM weekly WHERE NOT complete"),
            Lines{date(7 * 23) + "|1"});
  workspace_.write("calendars/year.yaml", "dates: [{kind: outage, from: 2026-01-05}]\n");
  EXPECT_EQ(workspace_.tables_made(), Lines{"weekly"});
}

TEST_F(Metrics, PropertiesThatTheyNameAreColumns) {
  workspace_.write("measures/there.yaml",
                   "measure: metric\ndimensions: [city]\nsimple: {count: true, events: action, "
                   "where: city = Bath|York}\n");
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT city, count(*) FROM events GROUP BY ALL ORDER BY ALL"),
            (Lines{"Bath|1", "York|2", "NULL|4"}));
  EXPECT_EQ(values({.measure = "there", .by = {"city"}}), (Lines{"Bath|2", "York|3"}));
}

TEST_F(Metrics, AreMadeAgainWithWhatTheyReferTo) {
  workspace_.write("measures/long.yaml",
                   "measure: metric\nsimple: {count: true, table: sessions}\n");
  workspace_.build();
  workspace_.write("measures/action.yaml", "measure: events\nkinds: [click, view]\n");
  EXPECT_EQ(workspace_.tables_made(), (Lines{"active", "clicks_each"}));
  workspace_.write("measures/sessions.yaml", "measure: sessions\ngap: 5m\n");
  EXPECT_EQ(workspace_.tables_made(), (Lines{"sessions", "long"}));
  EXPECT_EQ(workspace_.tables_made(), Lines{});
}

TEST_F(Metrics, MistakesHaveAPlace) {
  const auto has = [](const std::string& found, const std::string& words) {
    EXPECT_NE(found.find(words), std::string::npos) << found;
  };
  has(mistake("simple: {count: true, events: actoin}\n"),
      "measures/wrong.yaml:2:23: there is no events 'actoin'; there is: action (did you mean "
      "'action'?)");
  has(mistake("simple: {count: true, table: session}\n"), "did you mean 'sessions'?");
  has(mistake("simple: {mean: event, table: sessions}\n"),
      "wrong.yaml:2:10: there is no column 'event'");
  has(mistake("simple: {mean: start, table: sessions}\n"), "'start' of 'sessions' is no number");
  has(mistake("simple: {count: true}\ndimensions: [lerner]\n"),
      "wrong.yaml:3:14: no column is called 'lerner' (did you mean 'learner'?)");
  has(mistake("simple: {count: true}\ndimensions: [value]\n"), "'value' stands in");
  has(mistake("simple: {count: true, where: city}\n"), "'city' is no condition");
  has(mistake("simple: {sum: weight, count: true}\n"), "'count' and 'sum' cannot both");
  has(mistake("simple: {events: action}\n"), "which number is meant");
  EXPECT_EQ(mistake("unit: clicks\nsimple: {count: true}\n"), "");
  has(mistake("unit: two words\nsimple: {count: true}\n"), "'two words' does not have the form");
  has(mistake("unit: learner\nsimple: {count: true}\n"), "did you mean 'learners'?");
  has(mistake("owner: me\n"), "what the metric is, is missing");
  has(mistake("simple: {count: true}\nderived: active\n"), "'simple' and 'derived'");
  has(mistake("derived: active / clics\n"), "did you mean 'clicks'?");
  has(mistake("derived: active / (clicks\n"), "a ')' is missing at the end");
  has(mistake("derived: active + wrong\n"), "'wrong' is made of 'wrong', which is made of it");
  has(mistake("cumulative: {of: clicks_each}\n"), "only what counts");
  has(mistake("conversion: {funnel: visits, step: a}\n"), "there is no funnel 'visits'");
}

}  // namespace
}  // namespace waymark::engine
