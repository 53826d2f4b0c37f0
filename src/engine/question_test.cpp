// What people ask of a measure, and what they are told.

#include "engine/question.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/test_workspace.h"
#include "query/test_rows.h"

namespace waymark::engine {
namespace {

using Lines = std::vector<std::string>;

// Two learners of a city each; ann moves between her first visit and her second.
class Questions : public testing::Test {
 protected:
  Questions() {
    workspace_.write("sources/clicks.yaml",
                     "files: data/clicks.csv\n"
                     "arrival: event_time\n"
                     "events:\n"
                     "  - {kind: click, learner: '${learner}', object: '${item}', time: '${time}', "
                     "properties: {city: '${city}'}}\n");
    workspace_.write("data/clicks.csv",
                     "time,learner,item,city\n"
                     "2025-03-03T09:00:00Z,ann,home,Bath\n"
                     "2025-03-03T09:10:00Z,ann,quiz,\n"
                     "2025-03-10T23:30:00Z,ann,home,York\n"
                     "2025-03-03T09:00:00Z,bob,home,York\n"
                     "2025-03-04T09:00:00Z,bob,quiz,\n"
                     "2025-03-05T10:00:00Z,cem,home,\n");
    workspace_.write("measures/visit.yaml",
                     "measure: funnel\nper: learner\nwithin: 7d\n"
                     "steps:\n  - {name: came, object: home}\n  - {name: tried, object: quiz}\n");
    workspace_.ingest();
  }

  Lines ask(const Question& question) const { return workspace_.ask(question); }

  // Without the times between steps.
  Lines steps(Question question) {
    question.measure = "visit";
    Lines rows = ask(question);
    for (std::string& row : rows) {
      for (int column = 0; column < 4; ++column) row.erase(row.rfind('|'));
    }
    return rows;
  }

  TestWorkspace workspace_;
};

TEST_F(Questions, AFunnelAsAWholeIsItsTableOfSteps) {
  const Lines asked = ask({.measure = "visit"});
  EXPECT_EQ(asked, workspace_.ask("SELECT * EXCLUDE (conversion) FROM visit_steps ORDER BY step"));
  EXPECT_EQ(steps({}), (Lines{"1|came|3|3|0|0|1|1|NULL",
                              "2|tried|2|2|0|0|0|0.6666666666666666|"
                              "0.6666666666666666"}));
}

TEST_F(Questions, ByAPropertyAsItWasThen) {
  EXPECT_EQ(steps({.by = {"city"}}),
            (Lines{"Bath|1|came|1|1|0|0|0|1|NULL", "Bath|2|tried|1|1|0|0|0|1|1",
                   "York|1|came|1|1|0|0|0|1|NULL", "York|2|tried|1|1|0|0|0|1|1",
                   "NULL|1|came|1|1|0|0|1|1|NULL", "NULL|2|tried|0|0|0|0|0|0|0"}));
  // ann's second session began after she had moved.
  EXPECT_EQ(ask({.measure = "sessions", .by = {"city", "learner"}}).size(), 4u);
  EXPECT_EQ(ask({.measure = "sessions", .where = {"city=York", "learner = ann"}})[0].substr(0, 4),
            "1|1|");
}

TEST_F(Questions, Conditions) {
  const auto sessions = [&](Lines where) {
    const Lines rows = ask({.measure = "sessions", .where = std::move(where)});
    return rows[0].substr(0, rows[0].find('|'));
  };
  EXPECT_EQ(sessions({}), "5");
  EXPECT_EQ(sessions({"city = Bath | York"}), "4");
  EXPECT_EQ(sessions({"city != Bath|York"}), "1") << "who has no city is in neither";
  EXPECT_EQ(sessions({"events>1"}), "1");
  EXPECT_EQ(sessions({"events >= 1", "learner=ann|bob"}), "4");
  EXPECT_EQ(sessions({"learner=o'brien"}), "0");
}

// What two rows of a microsecond say, trails know the order of; so does what walks them.
TEST_F(Questions, OfTwoValuesAtOneMomentTheLastInTrailOrderCounts) {
  std::string rows = "time,learner,item,city\n";
  for (int learner = 0; learner < 500; ++learner) {
    for (const char* city : {"Bath", "York"})
      rows += fmt::format("2025-03-03T09:00:00Z,l{},home,{}\n", learner, city);
  }
  workspace_.write("data/clicks.csv", rows);
  workspace_.write("measures/york.yaml",
                   "measure: cohort\nper: learner\nwho: {attributes: {city: York}}\n");
  workspace_.write("measures/visits.yaml",
                   "measure: metric\ndimensions: [city]\nsimple: {count: true, table: sessions}\n");
  workspace_.ingest({.replace = true, .now = kTestNow});
  workspace_.build();
  const std::string in_york = workspace_.ask("SELECT count(*) FROM york")[0];
  EXPECT_NE(in_york, "0");
  EXPECT_NE(in_york, "500");
  const Lines asked = ask({.measure = "sessions", .by = {"city"}});
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_TRUE(asked[1].starts_with(fmt::format("York|{0}|{0}|", in_york))) << asked[1];
  EXPECT_EQ(workspace_.ask("SELECT value FROM visits WHERE city = 'York'"), Lines{in_york});
  EXPECT_EQ(workspace_.ask("SELECT count(*) FROM (SELECT learner, arg_max(city, id) AS city FROM "
                           "events GROUP BY learner) WHERE city = 'York'"),
            Lines{in_york});
}

TEST_F(Questions, ByTheWorkspacesDays) {
  const auto by = [&](const std::string& name) {
    Lines days = ask({.measure = "sessions", .by = {name}});
    for (std::string& day : days) day.erase(day.find('|', day.find('|') + 1));
    return days;
  };
  EXPECT_EQ(by("week"), (Lines{"2025-03-03|4", "2025-03-10|1"}));
  EXPECT_EQ(by("day"), (Lines{"2025-03-03|2", "2025-03-04|1", "2025-03-05|1", "2025-03-10|1"}));
  workspace_.write("waymark.yaml",
                   "name: Test\nmemory_mb: 128\nbuckets: 4\ntime_zone: Europe/Berlin\n");
  EXPECT_EQ(by("day").back(), "2025-03-11|1") << "half past midnight in Berlin";
  EXPECT_EQ(ask({.measure = "sessions", .by = {"day"}, .where = {"start>=2025-03-11"}}).size(), 1u);
  EXPECT_EQ(
      ask({.measure = "sessions", .by = {"day"}, .where = {"start>=2025-03-11T00:00:00Z"}}).size(),
      0u);
}

TEST_F(Questions, AsOfAMoment) {
  const Micros monday_noon = *parse_iso_time("2025-03-03T12:00:00Z", Zone::utc());
  EXPECT_EQ(steps({.as_of = monday_noon}),
            (Lines{"1|came|2|2|0|0|1|1|NULL", "2|tried|1|1|0|0|0|0.5|0.5"}));
  EXPECT_EQ(ask({.measure = "visit"}),
            workspace_.ask("SELECT * EXCLUDE (conversion) FROM visit_steps ORDER BY step"));
  // At the moment itself nothing has happened yet.
  const Micros first = *parse_iso_time("2025-03-03T09:00:00Z", Zone::utc());
  EXPECT_EQ(ask({.measure = "sessions", .as_of = first})[0].substr(0, 4), "0|0|");
}

TEST_F(Questions, OfCohortsAndTheirOverlapAsOfAMoment) {
  workspace_.write("measures/tried.yaml",
                   "measure: cohort\nper: learner\nwho: {did: {object: quiz}}\n");
  workspace_.write(
      "measures/new.yaml",
      "measure: cohort\nper: learner\nwho: {not: {did: {kinds: click, before: 1d}}}\n");
  const Micros tuesday = *parse_iso_time("2025-03-04T00:00:00Z", Zone::utc());
  const auto members = [&](const std::string& cohort, std::optional<Micros> as_of) {
    const Lines rows = ask({.measure = cohort, .as_of = as_of});
    return rows[0].substr(0, rows[0].find('|'));
  };
  EXPECT_EQ(members("tried", {}), "2");
  EXPECT_EQ(members("tried", tuesday), "1");
  EXPECT_EQ(members("new", tuesday), "2");
  EXPECT_EQ(ask({.measure = "cohort_overlap", .as_of = tuesday}),
            (Lines{"new|new|2|1", "new|tried|1|0.5", "tried|new|1|1", "tried|tried|1|1"}));
}

TEST_F(Questions, OfValuesThatNoRowHasSaySo) {
  const auto note = [&](const std::string& measure, Lines where) {
    const Catalog catalog = workspace_.catalog();
    Silent silent;
    return answer({.measure = measure, .where = std::move(where)}, catalog,
                  open_journal(catalog, true), kTestNow, silent)
        .note;
  };
  EXPECT_EQ(note("sessions", {"city = Bath | York", "events = 2", "events != 1.0"}), "");
  EXPECT_EQ(note("sessions", {"city = Bath | Yrok"}),
            "No row has city 'Yrok' (did you mean 'York'?).");
  EXPECT_EQ(note("sessions", {"ended_by = gab", "events=77"}),
            "No row has ended_by 'gab' (did you mean 'gap'?).\nNo row has events '77'.");
  EXPECT_EQ(note("sessions", {"learner = nobody"}), "") << "a hint would tell of learners";
}

TEST_F(Questions, OfWhatIsNoMeasureSayWhatItIs) {
  workspace_.write("measures/sessions.yaml", "measure: sessions\ngap: 30m\nepisodes: {gap: 7d}\n");
  workspace_.write("measures/action.yaml", "measure: events\nkinds: [click]\n");
  workspace_.write("measures/study.yaml",
                   "measure: features\nfeatures:\n  clicks: {count: true}\n");
  const auto told = [&](const std::string& name) -> std::string {
    try {
      ask({.measure = name});
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), "measure.missing");
      return error.what();
    }
    return "an answer";
  };
  EXPECT_EQ(told("sessions_episodes"),
            "'sessions_episodes' is a table of 'sessions': waymark sql \"FROM sessions_episodes\"");
  EXPECT_EQ(told("action").find("'action' is events, which metrics count"), 0u) << told("action");
  EXPECT_EQ(told("study").find("'study' is features, of which"), 0u) << told("study");
}

TEST_F(Questions, OfNobodyCountNothing) {
  workspace_.write("measures/standing.yaml", "measure: lifecycle\nper: learner\n");
  EXPECT_EQ(steps({.where = {"city = Nowhere"}}),
            (Lines{"1|came|0|0|0|0|0|NULL|NULL", "2|tried|0|0|0|0|0|NULL|NULL"}));
  EXPECT_EQ(ask({.measure = "sessions", .where = {"learner = nobody"}}),
            Lines{"0|0|NULL|NULL|NULL|NULL|NULL|NULL"});
  for (const char* measure : {"engagement", "standing"}) {
    for (const std::string& row : ask({.measure = measure, .where = {"learner = nobody"}})) {
      EXPECT_TRUE(row.starts_with("0|0|")) << measure << ": " << row;
      EXPECT_EQ(row.find("nan"), std::string::npos) << measure << ": " << row;
    }
  }
}

TEST_F(Questions, ThatCannotBeAnswered) {
  EXPECT_EQ(reason_of([&] { ask({.measure = "visits"}); }), "measure.missing");
  EXPECT_EQ(reason_of([&] { ask({.measure = "visit", .by = {"town"}}); }), "query.name_unknown");
  workspace_.write("measures/misspelt.yaml", "measure: sessions\nswitch_on: town\n");
  EXPECT_EQ(reason_of([&] { ask({.measure = "visit", .by = {"town"}}); }), "query.name_unknown");
  EXPECT_EQ(reason_of([&] { ask({.measure = "visit", .where = {"city"}}); }), "query.condition");
  workspace_.write("measures/ways.yaml", "measure: paths\nstates: object\n");
  try {
    ask({.measure = "ways", .by = {"course"}});
    ADD_FAILURE() << "paths are not by course";
  } catch (const Error& error) {
    EXPECT_NE(std::string_view(error.what()).find("--include COHORT"), std::string_view::npos)
        << error.what();
  }
  EXPECT_EQ(reason_of([&] { ask({.measure = "visit", .where = {"=Bath"}}); }), "query.condition");
  workspace_.write("measures/stages.yaml", "measure: lifecycle\nper: learner\n");
  EXPECT_EQ(reason_of([&] { ask({.measure = "stages", .by = {"week"}}); }), "query.period");
  EXPECT_EQ(reason_of([&] { ask({.measure = "stages", .where = {"week=2025-03-03"}}); }),
            "query.period");
}

}  // namespace
}  // namespace waymark::engine
