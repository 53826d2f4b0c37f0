// What is derived from the journal: made once, carried on, made again where it must be, repaired.

#include "engine/measures.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "base/file_lock.h"
#include "engine/doctor.h"
#include "engine/test_workspace.h"
#include "sql/database.h"
#include "trail/format.h"

namespace waymark::engine {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

// Clicks of some learners over a few days, those of `first` and `last` different ones.
std::string clicks(int first, int last) {
  std::string rows;
  for (int i = first; i < last; ++i) {
    rows += fmt::format("2025-03-{:02}T{:02}:{:02}:00Z,learner {},page {}\n", 1 + i * 7 % 20,
                        i % 24, i * 13 % 60, i % 11, i % 5);
  }
  return rows;
}

class Measures : public testing::Test {
 protected:
  Measures() {
    workspace_.write_clicks(clicks(0, 100));
    workspace_.ingest();
    EXPECT_EQ(workspace_.tables_made(), (Lines{"sessions", "engagement", "engagement_contexts"}));
  }
  // What a workspace with these definitions and files, but without a past, comes to.
  std::string from_scratch() const {
    const TestWorkspace fresh;
    for (const char* part : {"waymark.yaml", "sources", "calendars", "measures", "data"}) {
      if (!fs::exists(workspace_.folder() / part)) continue;
      fs::remove_all(fresh.folder() / part);
      fs::copy(workspace_.folder() / part, fresh.folder() / part, fs::copy_options::recursive);
    }
    fresh.ingest();
    fresh.build();
    return fresh.contents();
  }
  fs::path stored(const char* part) const { return workspace_.folder() / ".waymark" / part; }
  std::vector<fs::path> buckets() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(stored("trail"))) {
      if (entry.path().filename().string().starts_with("bucket-")) files.push_back(entry.path());
    }
    return files;
  }
  // Other bytes of the same length in all columns of events.
  void damage_buckets() const {
    for (const fs::path& file : buckets()) {
      std::string bytes = read_file(file);
      trail::FileHeader header;
      std::memcpy(&header, bytes.data(), sizeof header);
      for (std::size_t i = 0; i < header.sections; ++i) {
        trail::SectionEntry section;
        std::memcpy(&section, bytes.data() + sizeof header + i * sizeof section, sizeof section);
        if (section.kind < trail::SectionKind::kTime) continue;
        for (std::size_t at = section.offset; at < section.offset + section.size; ++at)
          bytes[at] = static_cast<char>(~bytes[at]);
      }
      write_file_atomically(file, bytes);
    }
    EXPECT_NO_THROW(trail::TrailReader::open(stored("trail")));
    EXPECT_EQ(ill(), Lines{"trails"});
  }
  // The parts that the doctor finds ill.
  Lines ill() const {
    Silent silent;
    Lines parts;
    for (const Finding& finding : examine(workspace_.folder(), silent)) {
      if (!finding.healthy) parts.push_back(finding.part);
    }
    return parts;
  }

  TestWorkspace workspace_;
};

TEST_F(Measures, OnlyTheOneThatChangedIsMadeAgain) {
  EXPECT_EQ(workspace_.tables_made(), Lines{});
  workspace_.write("measures/sessions.yaml", "measure: sessions\ngap: 45m\n");
  EXPECT_EQ(workspace_.tables_made(), Lines{"sessions"});
  workspace_.write("measures/engagement.yaml", "measure: engagement\nkinds: [click]\n");
  EXPECT_EQ(workspace_.tables_made(), (Lines{"engagement", "engagement_contexts"}));
  EXPECT_EQ(difference(workspace_.contents(), from_scratch()), "");
}

TEST_F(Measures, ANewOneIsMadeAndOneThatIsNoMoreGoes) {
  workspace_.write("measures/long_sessions.yaml", "measure: sessions\ngap: 2h\n");
  workspace_.remove("measures/sessions.yaml");
  EXPECT_EQ(workspace_.tables_made(), Lines{"long_sessions"});
  EXPECT_EQ(reason_of([&] { workspace_.ask("FROM sessions"); }), "sql.failed");
  EXPECT_EQ(difference(workspace_.contents(), from_scratch()), "");
}

TEST_F(Measures, SessionsSideBySideEachWithTheirEpisodes) {
  workspace_.write("measures/visits.yaml",
                   "measure: sessions\ngap: 15m\nswitch_on: object\nepisodes: {gap: 2d}\n");
  workspace_.write("measures/days.yaml", "measure: sessions\ngap: 12h\nepisodes: {gap: 7d}\n");
  EXPECT_EQ(workspace_.tables_made(),
            (Lines{"days", "days_episodes", "visits", "visits_episodes"}));
  for (const char* name : {"days", "visits"}) {
    EXPECT_EQ(workspace_.ask(fmt::format("SELECT sum(sessions), sum(events), sum(weight), "
                                         "sum(active_ms) FROM {}_episodes",
                                         name)),
              workspace_.ask(fmt::format("SELECT count(*), sum(events), sum(weight), "
                                         "sum(date_diff('ms', \"start\", \"end\")) FROM {}",
                                         name)));
  }
  // The same in SQL: an episode starts where the session before ended more than a gap ago.
  EXPECT_EQ(workspace_.ask("SELECT count(*) FROM visits_episodes"),
            workspace_.ask("SELECT count(*) FROM (SELECT \"start\" - lag(\"end\") OVER (PARTITION "
                           "BY learner ORDER BY number) AS pause FROM visits) WHERE pause IS NULL "
                           "OR pause > INTERVAL 2 DAY"));
  workspace_.write("measures/days.yaml", "measure: sessions\ngap: 12h\n");
  EXPECT_EQ(workspace_.tables_made(), Lines{"days"});
  EXPECT_EQ(reason_of([&] { workspace_.ask("FROM days_episodes"); }), "sql.failed");
  EXPECT_EQ(difference(workspace_.contents(), from_scratch()), "");
}

TEST_F(Measures, FollowTheTimeZoneButNotTheNumberOfBuckets) {
  workspace_.write("waymark.yaml",
                   "name: Test\nmemory_mb: 128\nbuckets: 4\ntime_zone: Asia/Tokyo\n");
  EXPECT_EQ(workspace_.tables_made().size(), 3u);
  const std::string before = workspace_.contents();
  workspace_.write("waymark.yaml",
                   "name: Test\nmemory_mb: 128\nbuckets: 16\ntime_zone: Asia/Tokyo\n");
  EXPECT_FALSE(workspace_.build().trails.rebuilt_because.empty());
  EXPECT_EQ(difference(workspace_.contents(), before), "");
  EXPECT_EQ(difference(workspace_.contents(), from_scratch()), "");
}

TEST_F(Measures, AFunnelBecomesItsAttemptsAndItsSteps) {
  const std::string steps =
      "steps:\n  - {name: opened, object: page 0}\n"
      "  - {name: went_on, object: page 1, conversion: active}\n  - {name: late, object: page 2}\n";
  workspace_.write("measures/pages.yaml", "measure: funnel\nwithin: 7d\n" + steps);
  EXPECT_EQ(workspace_.tables_made(), (Lines{"pages", "pages_steps"}));
  EXPECT_EQ(workspace_.tables_made(), Lines{});
  // The same in SQL.
  EXPECT_EQ(workspace_.ask("SELECT count(*), count(opened_at), count(went_on_at), count(late_at), "
                           "count_if(active), count_if(converted), sum(reached) FROM pages"),
            workspace_.ask(
                "WITH one AS (SELECT learner, min(time) AS t1 FROM events WHERE object = 'page 0' "
                "GROUP BY ALL), "
                "two AS (SELECT one.*, (SELECT min(time) FROM events e WHERE object = 'page 1' AND "
                "e.learner = one.learner AND e.time > t1 AND e.time <= t1 + INTERVAL 7 DAY) AS t2 "
                "FROM one), "
                "three AS (SELECT two.*, (SELECT min(time) FROM events e WHERE object = 'page 2' "
                "AND e.learner = two.learner AND e.time > t2 AND e.time <= t1 + INTERVAL 7 DAY) AS "
                "t3 FROM two) "
                "SELECT count(*), count(t1), count(t2), count(t3), count(t2), count(t3), "
                "count(t1) + count(t2) + count(t3) FROM three"));
  EXPECT_EQ(
      workspace_.ask(
          "SELECT attempts, learners, dropped + still_open FROM pages_steps ORDER BY step"),
      workspace_.ask("SELECT count(*), count(DISTINCT learner), "
                     "count_if(furthest = 'opened') FROM pages UNION ALL "
                     "SELECT count(*), count(DISTINCT learner), "
                     "count_if(furthest = 'went_on') FROM pages WHERE active UNION ALL "
                     "SELECT count(*), count(DISTINCT learner), 0 FROM pages WHERE converted"));
  workspace_.write_clicks(clicks(60, 180), "data/clicks_b.csv");
  workspace_.ingest();
  workspace_.build();
  EXPECT_EQ(difference(workspace_.contents(), from_scratch()), "");
}

TEST_F(Measures, ARetentionBecomesRowsAMatrixAndACurve) {
  workspace_.write("waymark.yaml",
                   "name: Test\nmemory_mb: 128\nbuckets: 4\ntime_zone: Asia/Tokyo\n");
  workspace_.write(
      "measures/back.yaml",
      "measure: retention\nper: learner\nperiods: 2\nreturn: {object: [page 1, page 2]}\n");
  EXPECT_EQ(workspace_.tables_made(), (Lines{"sessions", "engagement", "engagement_contexts",
                                             "back", "back_matrix", "back_curve"}));
  // The same in SQL.
  const std::string learners =
      "WITH days AS (SELECT learner, object IN ('page 1', 'page 2') AS wanted, time, "
      "((time AT TIME ZONE 'UTC') AT TIME ZONE 'Asia/Tokyo')::DATE AS day FROM events), "
      "starts AS (SELECT learner, min(time) AS started, min(day) AS first FROM days GROUP BY ALL), "
      "cells AS (SELECT *, date_trunc('week', first)::DATE AS cohort, "
      "first + 7 * (period + 1)::INT <= (SELECT max(day) FROM days) AS over, "
      "EXISTS (FROM days WHERE days.learner = starts.learner AND wanted AND time >= started "
      "AND day >= first + 7 * period::INT AND day < first + 7 * (period + 1)::INT) AS back "
      "FROM starts, range(3) AS periods(period)) ";
  EXPECT_EQ(workspace_.ask("SELECT cohort, period, learners, observed, returned FROM back_matrix "
                           "ORDER BY ALL"),
            workspace_.ask(learners + "SELECT cohort, period, count(*), count_if(over), "
                                      "count_if(over AND back) FROM cells GROUP BY ALL "
                                      "ORDER BY ALL"));
  EXPECT_EQ(workspace_.ask("SELECT period, learners, observed, returned, round(share, 9) FROM "
                           "back_curve ORDER BY ALL"),
            workspace_.ask(learners + "SELECT period, count(*), count_if(over), count_if(over AND "
                                      "back), round(count_if(over AND back) / "
                                      "nullif(count_if(over), 0), 9) FROM cells GROUP BY ALL "
                                      "ORDER BY ALL"));
  EXPECT_EQ(workspace_.ask("SELECT learner, started, cohort, periods FROM back ORDER BY ALL"),
            workspace_.ask(learners + "SELECT learner, started, cohort, coalesce(string_agg("
                                      "back::INT::VARCHAR, '' ORDER BY period) FILTER (over), '') "
                                      "FROM cells GROUP BY ALL ORDER BY ALL"));
}

TEST_F(Measures, AreBuiltByOneProcessAtATime) {
  workspace_.write_clicks(clicks(100, 120), "data/clicks_b.csv");
  workspace_.ingest();
  const fs::path lock = workspace_.folder() / ".waymark/trail/lock";
  {
    const FileLock held(lock, "test.locked", "");
    EXPECT_EQ(reason_of([&] { workspace_.build(); }), "trail.locked");
  }
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT count(*) FROM events"), Lines{"120"});
  const FileLock held(lock, "test.locked", "");
  workspace_.build();  // nothing is left to do
}

TEST_F(Measures, ARetentionFollowsItsCalendar) {
  workspace_.write("calendars/terms.yaml", "dates: [{kind: holiday, from: 2025-03-10}]\n");
  workspace_.write("measures/back.yaml",
                   "measure: retention\nper: learner\nperiod: day\nperiods: 9\n"
                   "calendar: terms\nclosed_days: exclude\n");
  const Lines tables{"back", "back_matrix", "back_curve"};
  EXPECT_EQ(workspace_.tables_made(), tables);
  EXPECT_EQ(workspace_.tables_made(), Lines{});
  const std::string before = workspace_.contents();
  workspace_.write("calendars/terms.yaml",
                   "dates: [{kind: holiday, from: 2025-03-10, to: 2025-03-12}]\n");
  EXPECT_EQ(workspace_.tables_made(), tables);
  EXPECT_NE(difference(workspace_.contents(), before), "");
}

// A query over all learners says what the curve does, whatever closed days do to it; and so does a
// metric.
TEST_F(Measures, ARetentionIsTheSameHoweverItIsAsked) {
  workspace_.write("calendars/terms.yaml", "dates: [{kind: holiday, from: 2025-03-10}]\n");
  workspace_.write("measures/metric.yaml",
                   "measure: metric\nretention: {measure: back, period: 2}\n");
  for (const std::string closed : {"mark", "exclude", "normalise"}) {
    workspace_.write("measures/back.yaml",
                     "measure: retention\nper: learner\nperiod: day\nbrackets: [0, 1, 2-4, 9]\n"
                     "calendar: terms\nclosed_days: " +
                         closed + "\n");
    workspace_.build();
    const Lines curve = workspace_.ask("SELECT * FROM back_curve ORDER BY ALL");
    EXPECT_EQ(workspace_.ask(Question{.measure = "back"}), curve) << closed;
    // All learners began in one month.
    const Lines of_month = workspace_.ask(Question{.measure = "metric", .by = {"month"}});
    ASSERT_EQ(of_month.size(), 1u);
    const Lines share = workspace_.ask("SELECT share FROM back_curve WHERE period = 2");
    EXPECT_EQ(of_month[0].substr(0, of_month[0].find('|', 11)), "2025-03-01|" + share.at(0))
        << closed;
  }
}

TEST_F(Measures, ALifecycleBecomesStaysPeriodsAndTransitions) {
  workspace_.write("measures/stages.yaml",
                   "measure: lifecycle\nper: learner\nperiod: day\n"
                   "at_risk: {after: 2}\ndormant: {after: 3}\n");
  EXPECT_EQ(workspace_.tables_made(), (Lines{"stages", "stages_periods", "stages_transitions"}));
  // The same in SQL: how many days ago the last active one was. The last event's day is not over.
  const std::string staged =
      "WITH days AS (SELECT DISTINCT learner, time::DATE AS day FROM events), "
      "firsts AS (SELECT learner, min(day) AS first FROM days GROUP BY ALL), "
      "spine AS (SELECT learner, first, unnest(generate_series(first, (SELECT max(day) - 1 FROM "
      "days), INTERVAL 1 DAY))::DATE AS day FROM firsts), "
      "lasts AS (SELECT s.learner, s.first, s.day, max(d.day) AS last FROM spine s JOIN days d ON "
      "s.learner = d.learner AND d.day <= s.day GROUP BY ALL), "
      "runs AS (SELECT *, day - last AS quiet, lag(day - last) OVER (PARTITION BY learner ORDER BY "
      "day) AS before FROM lasts), "
      "staged AS (SELECT *, CASE WHEN day = first THEN 'new' WHEN quiet = 0 AND before >= 3 THEN "
      "'resurrected' WHEN quiet = 0 THEN 'engaged' WHEN quiet >= 3 THEN 'dormant' WHEN quiet >= 2 "
      "THEN 'at_risk' ELSE 'activated' END AS stage FROM runs), "
      "moves AS (SELECT *, lag(stage) OVER (PARTITION BY learner ORDER BY day) AS from_stage FROM "
      "staged) ";
  EXPECT_EQ(workspace_.ask("SELECT learner, unnest(generate_series(first_period, last_period, "
                           "INTERVAL 1 DAY))::DATE AS day, stage FROM stages ORDER BY ALL"),
            workspace_.ask(staged + "SELECT learner, day, stage FROM moves ORDER BY ALL"));
  EXPECT_EQ(workspace_.ask("SELECT period, stage, learners FROM stages_periods ORDER BY ALL"),
            workspace_.ask(staged + "SELECT day, stage, count(*) FROM moves GROUP BY ALL ORDER BY "
                                    "ALL"));
  EXPECT_EQ(workspace_.ask("SELECT period, from_stage, to_stage, learners FROM "
                           "stages_transitions ORDER BY ALL"),
            workspace_.ask(staged + "SELECT day, from_stage, stage, count(*) FROM moves GROUP BY "
                                    "ALL ORDER BY ALL"));
  EXPECT_EQ(workspace_.ask(Question{.measure = "stages"}),
            workspace_.ask(staged + "SELECT day, count(*), count_if(stage = 'new'), count_if(stage "
                                    "= 'activated'), count_if(stage = 'engaged'), count_if(stage = "
                                    "'at_risk'), count_if(stage = 'dormant'), count_if(stage = "
                                    "'resurrected'), count_if(stage NOT IN ('at_risk', "
                                    "'dormant')) / count(*) FROM moves GROUP BY ALL ORDER BY "
                                    "ALL"));
}

TEST_F(Measures, MasteryBecomesWhatIsKnownOfEachSkill) {
  workspace_.write("measures/skills.yaml",
                   "measure: mastery\nanswers: {object: [page 1, page 2]}\nskill: context\n"
                   "correct: {object: page 1}\n"
                   "other_skills: {known_first: 0.4, learn: 0.3, guess: 0.2, slip: 0.1}\n");
  EXPECT_EQ(workspace_.tables_made(), Lines{"skills"});
  EXPECT_EQ(workspace_.ask("FROM skills"), Lines{}) << "no event has a context";
  workspace_.write("measures/skills.yaml",
                   "measure: mastery\nskill: object\ncorrect: {where: {weight: {at_least: 2}}}\n"
                   "mastered: {at: 0.6}\n"
                   "other_skills: {known_first: 0.4, learn: 0.3, guess: 0.2, slip: 0.1}\n");
  workspace_.write("sources/clicks.yaml",
                   "files: data/clicks*.csv\nevents:\n  - {kind: click, learner: '${learner}', "
                   "object: '${item}', time: '${time}', weight: '${weight}'}\n");
  std::string rows = "time,learner,item,weight\n";
  for (int i = 0; i < 200; ++i) {
    rows += fmt::format("2025-04-{:02}T{:02}:{:02}:00Z,learner {},page {},{}\n", 1 + i / 10, i % 24,
                        i * 13 % 60, i % 7, i % 3, i * i % 5);
  }
  workspace_.remove("data/clicks.csv");
  workspace_.write("data/clicks.csv", rows);
  workspace_.ingest();
  EXPECT_EQ(workspace_.tables_made().size(), 4u);
  // The same in SQL: what is known before the next answer, carried from answer to answer.
  const std::string known =
      "WITH given AS (SELECT learner, object AS skill, list(CASE WHEN weight >= 2 THEN 1.0 ELSE "
      "0.0 END ORDER BY time, id) AS answers FROM events GROUP BY ALL), "
      "known AS (SELECT *, list_reduce(list_prepend(0.4::DOUBLE, answers), lambda k, c: CASE WHEN "
      "c = 1 THEN 0.3 + 0.7 * k * 0.9 / (k * 0.9 + (1 - k) * 0.2) ELSE 0.3 + 0.7 * k * 0.1 / (k * "
      "0.1 + (1 - k) * 0.8) END) AS next FROM given) ";
  EXPECT_EQ(workspace_.ask("SELECT learner, skill, round(known, 9), round(next_right, 9), mastered "
                           "= (mastered_since IS NOT NULL), mastered, answers, correct FROM skills "
                           "ORDER BY ALL"),
            workspace_.ask(known + "SELECT learner, skill, round((next - 0.3) / 0.7, 9), "
                                   "round(next * 0.9 + (1 - next) * 0.2, 9), true, (next - 0.3) / "
                                   "0.7 >= 0.6, len(answers), list_sum(answers)::BIGINT FROM known "
                                   "ORDER BY ALL"));
  EXPECT_EQ(to_nine_digits(workspace_.ask(Question{.measure = "skills"})),
            to_nine_digits(workspace_.ask(
                known + "SELECT skill, count(*), count_if(next >= 0.72), count_if(next >= 0.72) / "
                        "count(*), avg((next - 0.3) / 0.7), sum(len(answers)), "
                        "sum(list_sum(answers)) / sum(len(answers)) FROM known GROUP BY ALL ORDER "
                        "BY ALL")));
}

// Who does nothing knows less as time goes on: also where only others have new answers.
TEST_F(Measures, WhatIsKnownFadesForTheQuiet) {
  workspace_.write("measures/skills.yaml",
                   "measure: mastery\nskill: object\ncorrect: {kinds: [click]}\n"
                   "decay: {half_life: 10d}\nmastered: {at: 0.6}\n"
                   "other_skills: {known_first: 0.4, learn: 0.3, guess: 0.2, slip: 0.1}\n");
  workspace_.write_clicks("2025-04-01T09:00:00Z,ann,page 1\n", "data/clicks_1.csv");
  workspace_.ingest();
  workspace_.build();
  const auto known = [&] {
    return workspace_.ask(
        "SELECT learner, round(known, 4), mastered, review_at::DATE FROM skills WHERE learner IN "
        "('ann', 'bob') ORDER BY ALL");
  };
  EXPECT_EQ(known(), Lines{"ann|0.75|true|2025-04-09"});
  workspace_.write_clicks("2025-04-11T09:00:00Z,bob,page 1\n", "data/clicks_2.csv");
  workspace_.ingest();
  workspace_.build();
  EXPECT_EQ(known(), (Lines{"ann|0.575|false|2025-04-09", "bob|0.75|true|2025-04-19"}));
}

// In each course what a measure of that course's events says, and what SQL does.
TEST_F(Measures, PathsAreCountedCourseByCourse) {
  workspace_.write(
      "sources/quizzes.yaml",
      "files: data/quizzes*.csv\nevents:\n  - {kind: '${kind}', learner: '${learner}', "
      "course: '${course}', time: '${time}'}\n");
  std::string rows = "time,learner,course,kind\n";
  for (int i = 0; i < 90; ++i) {
    rows += fmt::format("2025-04-{:02}T{:02}:00:00Z,l{},{},{}\n", 1 + i * 11 % 28, i % 24, i % 7,
                        i % 5 == 0   ? "algebra"
                        : i % 3 == 0 ? ""
                                     : "biology",
                        i % 4 == 0 ? "read" : "answered");
  }
  workspace_.write("data/quizzes.csv", rows);
  workspace_.write("measures/walks.yaml", "measure: paths\nper: course\nstates: kind\ngap: 3d\n");
  workspace_.write("measures/of_biology.yaml",
                   "measure: paths\nstates: kind\ngap: 3d\npopulation: {course: biology}\n");
  workspace_.ingest();
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT DISTINCT course FROM walks ORDER BY ALL NULLS FIRST"),
            (Lines{"NULL", "algebra", "biology"}));
  const std::string columns = "depth, from_state, to_state, count, share, learners, loop";
  EXPECT_EQ(workspace_.ask("SELECT " + columns +
                           " FROM walks_transitions WHERE course = 'biology' ORDER BY ALL"),
            workspace_.ask("SELECT " + columns + " FROM of_biology_transitions ORDER BY ALL"));
  EXPECT_EQ(
      workspace_.ask("SELECT course, from_state, to_state, count, learners FROM walks_transitions "
                     "WHERE to_state <> '(end)' ORDER BY ALL"),
      workspace_.ask(
          "WITH steps AS (SELECT course, learner, kind, lag(kind) OVER w AS before, time - "
          "lag(time) "
          "OVER w <= INTERVAL 3 DAY AS same FROM events WINDOW w AS (PARTITION BY learner, course "
          "ORDER BY time, id)) SELECT course, CASE WHEN same THEN before ELSE '(start)' END AS f, "
          "kind, count(*), count(DISTINCT learner) FROM steps GROUP BY ALL ORDER BY ALL"));
  const Question by_course{.measure = "walks", .by = {"course"}, .where = {"to_state = read"}};
  EXPECT_EQ(workspace_.ask(by_course).size(), 3u);
}

TEST_F(Measures, PathsBecomeStatesTransitionsAndWhatElseIsAskedFor) {
  workspace_.write("measures/walks.yaml", "measure: paths\nstates: object\ngap: 2d\n");
  EXPECT_EQ(workspace_.tables_made(), (Lines{"walks", "walks_transitions"}));
  workspace_.write("measures/walks.yaml",
                   "measure: paths\nstates: object\ngap: 2d\nmost_states: 4\norder: 2\n"
                   "sequences: {longest: 3, support: 1}\npaths: {to: [page 4], length: 1}\n"
                   "predict: true\n");
  EXPECT_EQ(workspace_.tables_made(), (Lines{"walks", "walks_transitions", "walks_sequences",
                                             "walks_paths", "walks_prediction"}));
  // The page that is named, and of equally frequent ones the first three by name.
  EXPECT_EQ(workspace_.ask("SELECT state, events FROM walks ORDER BY state"),
            (Lines{"(other)|20", "page 0|20", "page 1|20", "page 2|20", "page 4|20"}));
  // The same in SQL.
  const std::string steps =
      "WITH steps AS (SELECT learner, time, id, replace(object, 'page 3', '(other)') AS state, "
      "lag(state) OVER w AS before, time - lag(time) OVER w <= INTERVAL 2 DAY AS same FROM events "
      "WINDOW w AS (PARTITION BY learner ORDER BY time, id)) ";
  EXPECT_EQ(
      workspace_.ask("SELECT from_state, to_state, count, learners FROM walks_transitions "
                     "WHERE depth = 1 AND to_state <> '(end)' ORDER BY ALL"),
      workspace_.ask(steps + "SELECT CASE WHEN same THEN before ELSE '(start)' END AS f, state, "
                             "count(*), count(DISTINCT learner) FROM steps GROUP BY 1, 2 ORDER BY "
                             "ALL"));
  EXPECT_EQ(
      workspace_.ask("SELECT sequence, occurrences, learners FROM walks_sequences WHERE "
                     "length = 2 ORDER BY ALL"),
      workspace_.ask(steps + "SELECT before || ' > ' || state, count(*), count(DISTINCT learner) "
                             "FROM steps WHERE same GROUP BY 1 ORDER BY ALL"));
  EXPECT_EQ(workspace_.ask("SELECT sum(count) FROM walks_paths"), Lines{"20"});
  EXPECT_EQ(workspace_.ask("SELECT min(learners + held_out_learners), count(*) FROM "
                           "walks_prediction"),
            Lines{"11|2"});
  workspace_.write_clicks(clicks(60, 180), "data/clicks_b.csv");
  workspace_.ingest();
  workspace_.build();
  EXPECT_EQ(difference(workspace_.contents(), from_scratch()), "");
}

// Course dates come without events; what depends on them is made again all the same.
TEST_F(Measures, FollowTheCourseDates) {
  workspace_.write("sources/clicks.yaml",
                   "files: data/clicks*.csv\narrival: event_time\nevents:\n"
                   "  - {kind: click, learner: '${learner}', course: stats, time: '${time}'}\n");
  workspace_.write("sources/dates.yaml",
                   "files: data/dates.csv\nevents: []\n"
                   "courses:\n  - {course: '${course}', start: '${start}', end: '${end}'}\n");
  workspace_.write("data/dates.csv", "course,start,end\nstats,2025-03-01,2025-03-08\n");
  workspace_.ingest();
  workspace_.build();
  const std::string one_week = workspace_.contents();
  workspace_.write("data/dates.csv", "course,start,end\nstats,2025-03-01,2025-03-22\n");
  EXPECT_EQ(workspace_.ingest().counts().stored, 0u);
  EXPECT_EQ(workspace_.tables_made().size(), 3u);
  EXPECT_NE(difference(workspace_.contents(), one_week), "");
  EXPECT_EQ(difference(workspace_.contents(), from_scratch()), "");
}

TEST_F(Measures, FilesThatArriveLaterGiveWhatAllAtOnceGive) {
  // Of learners known and new, later and late, and partly known already.
  workspace_.write_clicks(clicks(60, 180), "data/clicks_b.csv");
  EXPECT_EQ(workspace_.ingest().counts().stored, 80u);
  const Derived derived = workspace_.build();
  ASSERT_TRUE(derived.trails.built);
  EXPECT_EQ(derived.trails.built->events_added, 80u);
  EXPECT_EQ(difference(workspace_.contents(), from_scratch()), "");

  workspace_.write_clicks("2024-12-31T23:59:59Z,dora,page 9\n", "data/clicks_c.csv");
  workspace_.ingest();
  EXPECT_EQ(workspace_.build().trails.built->buckets_written, 1u);
  EXPECT_EQ(difference(workspace_.contents(), from_scratch()), "");
}

// As a build leaves them that is interrupted between two tables of a measure.
TEST_F(Measures, WhereOneTableIsBehindAllAreCarriedOnFromThere) {
  const fs::path copy = stored("copy.duckdb");
  fs::copy_file(stored("warehouse.duckdb"), copy);
  workspace_.write_clicks(clicks(60, 180), "data/clicks_b.csv");
  workspace_.ingest();
  workspace_.build();
  sql::Database::open(stored("warehouse.duckdb"))
      .connect()
      .execute(fmt::format(
          "ATTACH {} AS old (READ_ONLY);"
          "CREATE OR REPLACE TABLE engagement_contexts AS FROM old.engagement_contexts;"
          "CREATE OR REPLACE TABLE waymark_rows.engagement_contexts AS "
          "FROM old.waymark_rows.engagement_contexts;"
          "UPDATE waymark_tables SET version = (SELECT version FROM old.waymark_tables AS before "
          "WHERE before.name = waymark_tables.name) WHERE name = 'engagement_contexts'",
          sql::quoted_text(copy.string())));
  EXPECT_EQ(workspace_.tables_made(), (Lines{"engagement", "engagement_contexts"}));
  EXPECT_EQ(difference(workspace_.contents(), from_scratch()), "");
}

TEST_F(Measures, ABucketThatIsGoneOrCutShortIsBuiltFromTheJournal) {
  const std::string before = workspace_.contents();
  fs::remove(buckets().front());
  EXPECT_EQ(ill(), Lines{"trails"});
  EXPECT_FALSE(workspace_.build().trails.rebuilt_because.empty());
  EXPECT_EQ(difference(workspace_.contents(), before), "");

  const fs::path cut = buckets().back();
  fs::resize_file(cut, fs::file_size(cut) - 1);
  EXPECT_FALSE(workspace_.build().trails.rebuilt_because.empty());
  EXPECT_EQ(difference(workspace_.contents(), before), "");
  EXPECT_EQ(ill(), Lines{});
}

// Damage inside a bucket shows when its events are read; who reads them next mends it.
TEST_F(Measures, ABucketThatRotsIsBuiltFromTheJournalWhenItIsRead) {
  damage_buckets();
  workspace_.write("measures/sessions.yaml", "measure: sessions\ngap: 45m\nswitch_on: [object]\n");
  workspace_.build();
  EXPECT_EQ(difference(workspace_.contents(), from_scratch()), "");
  EXPECT_EQ(ill(), Lines{});
}

TEST_F(Measures, ABucketThatRotsIsBuiltFromTheJournalWhenEventsAreAdded) {
  damage_buckets();
  workspace_.write_clicks(clicks(100, 140), "data/clicks_b.csv");
  workspace_.ingest();
  workspace_.build();
  EXPECT_EQ(difference(workspace_.contents(), from_scratch()), "");
  EXPECT_EQ(ill(), Lines{});
}

// As the doctor says where the journal is beyond help.
TEST_F(Measures, AJournalBegunAnewIsFollowed) {
  fs::remove_all(stored("journal"));
  workspace_.write_clicks(clicks(50, 140));
  workspace_.ingest();
  workspace_.build();
  EXPECT_EQ(difference(workspace_.contents(), from_scratch()), "");
}

// The copy goes on with other events than the trails have seen.
TEST_F(Measures, AJournalRestoredFromACopyIsFollowed) {
  fs::copy(stored("journal"), stored("copy"), fs::copy_options::recursive);
  workspace_.write_clicks(clicks(100, 140), "data/clicks_b.csv");
  workspace_.ingest();
  workspace_.build();
  fs::remove_all(stored("journal"));
  fs::rename(stored("copy"), stored("journal"));
  EXPECT_EQ(workspace_.build().reader.state().events, 100u);

  fs::copy(stored("journal"), stored("copy"), fs::copy_options::recursive);
  workspace_.ingest();
  workspace_.build();
  fs::remove_all(stored("journal"));
  fs::rename(stored("copy"), stored("journal"));
  workspace_.write_clicks(clicks(200, 240), "data/clicks_b.csv");
  workspace_.ingest();
  workspace_.write_clicks(clicks(240, 250), "data/clicks_c.csv");
  workspace_.ingest();
  workspace_.build();
  EXPECT_EQ(difference(workspace_.contents(), from_scratch()), "");
}

}  // namespace
}  // namespace waymark::engine
