// How long until learners leave, from definition files to tables and answers.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/models.h"
#include "engine/test_workspace.h"
#include "stats/random.h"

namespace waymark::engine {
namespace {

using Lines = std::vector<std::string>;

// Two runs of a course, 40 learners each, who click on every other day; every third leaves, the
// sooner the fewer pages there are to read for them.
class SurvivalModels : public testing::Test {
 protected:
  SurvivalModels() {
    workspace_.remove("measures/engagement.yaml");
    workspace_.write("data/courses.csv",
                     "course,starts,ends\nA/1,2025-01-01,2025-04-01\n"
                     "A/2,2025-05-01,2025-08-01\n");
    workspace_.write("sources/courses.yaml",
                     "files: data/courses.csv\nevents: []\ncourses:\n  - course: ${course}\n"
                     "    start: ${starts}\n    end: ${ends}\n");
    workspace_.write("sources/clicks.yaml",
                     "files: data/clicks*.csv\narrival: event_time\nevents:\n"
                     "  - kind: ${kind}\n    learner: ${learner}\n    course: ${course}\n"
                     "    object: ${item}\n    time: ${time}\n"
                     "    properties: {plan: \"${plan}\"}\n");
    std::string rows = "time,learner,item,course,kind,plan\n";
    for (int learner = 0; learner < 80; ++learner) {
      const int month = learner < 40 ? 1 : 5;
      const auto add = [&](int day, const char* kind, int item) {
        rows += fmt::format("2025-{:02}-{:02}T09:00:00Z,learner {},page {},A/{},{},{}\n", month,
                            day, learner, item, month == 1 ? 1 : 2, kind,
                            learner % 2 == 0 ? "full" : "part");
      };
      for (int day = 1; day <= 9; day += 2) add(day, "click", day * (learner % 5));
      if (learner % 3 == 0) add(12 + learner % 5 * 3, "left", 0);
    }
    workspace_.write("data/clicks.csv", rows);
    workspace_.write("measures/study.yaml",
                     "measure: features\nfeatures:\n"
                     "  pages: {distinct: object, description: different pages}\n"
                     "  plan: {attribute: plan}\n");
    define("");
    workspace_.ingest();
  }

  void define(const std::string& more) {
    workspace_.write("models/leaving.yaml",
                     "model: survival\nfeatures: study\nas_of: {day: 10}\n"
                     "target: {kind: left}\nby: plan\nat: [7, 14]\n" +
                         more);
  }

  TestWorkspace workspace_;
};

// The curve against shares that SQL counts: nobody is censored before the course's end.
TEST_F(SurvivalModels, CurvesAreThoseOfTheEvents) {
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT days, at_risk, events FROM leaving_curves WHERE feature = '' "
                           "AND events > 0 ORDER BY days"),
            workspace_.ask(
                "WITH clocks AS (SELECT epoch_us(time - CASE course WHEN 'A/1' THEN TIMESTAMP "
                "'2025-01-11' ELSE TIMESTAMP '2025-05-11' END) / 864e8 AS days FROM events WHERE "
                "kind = 'left') SELECT days, 80 - (count(*) OVER (ORDER BY days) - count(*) OVER "
                "(PARTITION BY days)), count(*) OVER (PARTITION BY days) FROM clocks "
                "QUALIFY row_number() OVER (PARTITION BY days) = 1 ORDER BY days"));
  EXPECT_EQ(workspace_.ask("SELECT DISTINCT feature, value, learners FROM leaving_curves "
                           "ORDER BY ALL"),
            (Lines{"||80", "plan|full|40", "plan|part|40"}));
}

TEST_F(SurvivalModels, TheLatestCourseIsForecastFromTheEarlierOne) {
  EXPECT_EQ(workspace_.tables_made(),
            (Lines{"sessions", "leaving", "leaving_curves", "leaving_effects", "leaving_judged"}));
  EXPECT_EQ(workspace_.tables_made(), Lines{});
  EXPECT_EQ(workspace_.ask("SELECT count(*), min(course), max(course), min(as_of), "
                           "count_if(happened) FROM leaving"),
            Lines{"40|A/2|A/2|2025-05-11 00:00:00|13"});
  EXPECT_EQ(workspace_.ask("SELECT count(*) FROM leaving WHERE without_7 NOT BETWEEN 0 AND 1 OR "
                           "without_14 > without_7"),
            Lines{"0"});
  EXPECT_EQ(workspace_.ask("SELECT DISTINCT method, chosen, converged, learned_from, "
                           "learned_events, judged_on FROM leaving_judged ORDER BY ALL"),
            (Lines{"cox|true|true|40|14|40", "curve of all|false|true|40|14|40"}));
  EXPECT_EQ(workspace_.ask("SELECT count(*) FROM leaving_judged WHERE brier NOT BETWEEN brier_low "
                           "AND brier_high OR concordance NOT BETWEEN concordance_low AND "
                           "concordance_high OR chosen AND brier_over_chosen_high != 0"),
            Lines{"0"});
  EXPECT_EQ(workspace_.ask(Question{.measure = "leaving"}).size(), 1u);
  define("reasons: {except: plan}\n");
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT DISTINCT regexp_replace(unnest(json_extract_string(reasons, "
                           "'$[*].words')), '[0-9.]+', 'N', 'g') AS words FROM leaving "
                           "ORDER BY words"),
            (Lines{"different pages: N (mean: N)", "different pages: N (typical: N)"}))
      << "who is typical is told of the mean";
}

TEST_F(SurvivalModels, TrainersOfTheHazardAreMethodsLikeOthers) {
  define("methods: [{discrete: neural}, {discrete: {forest: {trees: 20, depth: [2, 3]}}}]\n");
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT method, count(*), sum(chosen::INT) IN (0, 2) FROM "
                           "leaving_judged GROUP BY ALL ORDER BY ALL"),
            (Lines{"curve of all|2|true", "discrete forest depth=2 trees=20|2|true",
                   "discrete forest depth=3 trees=20|2|true", "discrete neural|2|true"}));
  EXPECT_EQ(workspace_.ask("SELECT count(*) FROM leaving WHERE without_7 BETWEEN 0 AND 1 AND "
                           "without_14 <= without_7 AND risk BETWEEN 0 AND 1"),
            Lines{"40"});
  EXPECT_EQ(workspace_.ask("SELECT count(*) FROM leaving_effects"), Lines{"0"});
  const auto forecasts = [&] { return workspace_.ask("FROM leaving ORDER BY learner"); };
  const Lines before = forecasts();
  workspace_.build(true);
  EXPECT_EQ(forecasts(), before);

  define("methods: [{discrete: neural}, discrete, cox]\n");
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT count(DISTINCT method), bool_and(method = (SELECT method FROM "
                           "leaving_judged WHERE method IN ('discrete', 'cox') ORDER BY "
                           "held_out_brier LIMIT 1)) FROM leaving_effects"),
            Lines{"1|true"})
      << "effects are of the best method that has some";
}

// Who has left before the as-of, or for another reason, is no longer waited for.
TEST_F(SurvivalModels, WhoIsGoneIsNotAtRisk) {
  workspace_.write("data/clicks_b.csv",
                   "time,learner,item,course,kind,plan\n"
                   "2025-01-05T09:00:00Z,learner 1,x,A/1,left,part\n"
                   "2025-01-14T09:00:00Z,learner 2,x,A/1,moved,full\n");
  define("who: {until: moved}\n");
  workspace_.ingest();
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT max(learners) FROM leaving_curves"), Lines{"79"});
  EXPECT_EQ(workspace_.ask("SELECT at_risk, events, censored FROM leaving_curves WHERE feature = "
                           "'' AND round(days, 3) = 3.375"),
            Lines{"73|0|1"})
      << "six have left two days before";
}

// Certificates come when the course is over; only where the definition says so do they count.
TEST_F(SurvivalModels, WhatComesAfterTheEndCountsWhereItIsAskedFor) {
  workspace_.write("data/clicks_b.csv",
                   "time,learner,item,course,kind,plan\n"
                   "2025-04-11T00:00:00Z,learner 1,x,A/1,certified,part\n"
                   "2025-09-01T00:00:00Z,learner 41,x,A/2,click,part\n");
  workspace_.ingest();
  const auto certified = [&](const std::string& target) {
    workspace_.write("models/leaving.yaml",
                     "model: survival\nfeatures: study\nas_of: {day: 10}\nat: [7]\n" + target);
    workspace_.build();
    return workspace_.ask("SELECT days FROM leaving_curves WHERE events > 0");
  };
  EXPECT_EQ(certified("target: {kind: certified}\n"), Lines{});
  EXPECT_EQ(certified("target: {kind: certified, after_end: true}\n"), Lines{"90"});
}

// When marks times weights first come to 4, added up by hand in whole tenths.
TEST_F(SurvivalModels, WhatAddsUpIsReachedWithTheEventThatMakesItUp) {
  struct Mark {
    int learner, hour, tenths, weight;  // hours from the course's start; tenths below 0: no mark
    bool is_exam;
  };
  stats::Random random(11);
  const auto below = [&](int most) { return static_cast<int>(random.below(most)); };
  std::vector<Mark> marks;
  std::string rows = "time,learner,course,type,mark,weight\n";
  for (int i = 0; i < 500; ++i) {
    const Mark& mark = marks.emplace_back(
        Mark{below(80), 12 * below(2 * 88), below(8) - 1, 1 + below(3), below(4) == 0});
    const bool is_first = mark.learner < 40;
    rows += fmt::format("{},learner {},A/{},{},{},{}\n",
                        to_iso((is_first ? 1735689600 : 1746057600) * kMicrosPerSecond +
                               mark.hour * kMicrosPerHour),
                        mark.learner, is_first ? 1 : 2, mark.is_exam ? "exam" : "work",
                        mark.tenths < 0 ? "" : fmt::format("0.{}", mark.tenths), mark.weight);
  }
  workspace_.write("data/marks.csv", rows);
  workspace_.write("sources/marks.yaml",
                   "files: data/marks.csv\narrival: event_time\nevents:\n"
                   "  - kind: marked\n    learner: ${learner}\n    course: ${course}\n"
                   "    context: ${type}\n    time: ${time}\n    score: ${mark}\n"
                   "    properties: {weight: {number: \"${weight}\"}}\n");
  workspace_.ingest();
  int known = 0;  // nothing is, once the last of all has happened
  for (const Mark& mark : marks) known = std::max(known, mark.learner < 40 ? 0 : mark.hour);
  // Who is at risk from day 10 on, until when in hours, and whether it happened then.
  const auto expected = [&](int enough, const auto& adds) {
    Lines lines;
    for (int learner = 40; learner < 80; ++learner) {
      int first = 92 * 24;  // the course's end
      for (const Mark& now : marks) {
        int sum = 0;
        for (const Mark& mark : marks) {
          if (mark.learner == learner && mark.hour <= now.hour) sum += adds(mark);
        }
        if (now.learner == learner && sum >= enough) first = std::min(first, now.hour);
      }
      const int left = learner % 3 == 0 ? (12 + learner % 5 * 3 - 1) * 24 + 9 : 92 * 24;
      if (first < 240) continue;
      const bool happened = first < 92 * 24;
      lines.push_back(fmt::format("learner {}|{}|{}", learner, happened,
                                  (happened ? first : std::min(left, known)) - 240));
    }
    return lines;
  };
  const auto found = [&](const std::string& target) {
    workspace_.write("models/leaving.yaml",
                     "model: survival\nfeatures: study\nas_of: {day: 10}\nat: [7]\n"
                     "who: {until: left}\ntarget: " +
                         target);
    workspace_.build();
    return workspace_.ask(
        "SELECT learner, happened, round(watched_days * 24)::INT FROM leaving ORDER BY learner");
  };
  EXPECT_EQ(found("{kind: marked, context: work, sum: score, weighted_by: property.weight, "
                  "reaches: 2}\n"),
            expected(20, [](const Mark& mark) {
              return mark.is_exam ? 0 : std::max(mark.tenths, 0) * mark.weight;
            }));
  EXPECT_EQ(found("{kind: marked, sum: score, reaches: 1.1}\n"),
            expected(11, [](const Mark& mark) { return std::max(mark.tenths, 0); }));
  EXPECT_EQ(found("{kind: marked, reaches: 4}\n"), expected(4, [](const Mark&) { return 1; }));
  EXPECT_EQ(found("{kind: marked}\n"), expected(1, [](const Mark&) { return 1; }));
}

// What comes once nobody is watched any more changes no row, so nothing is learned or judged again.
TEST_F(SurvivalModels, WhatIsMadeOfTheSameRowsStays) {
  const std::filesystem::path fits =
      workspace_.folder() / ".waymark" / "models" / "leaving" / "fits";
  // Whether it learned when an event came on that day.
  const auto learns = [&](const char* day) {
    workspace_.write(fmt::format("data/clicks_{}.csv", day),
                     fmt::format("time,learner,item,course,kind,plan\n"
                                 "{}T09:00:00Z,learner 41,page 2,A/2,click,part\n",
                                 day));
    workspace_.ingest();
    std::filesystem::remove_all(fits);
    workspace_.build();
    const std::string carried_on = workspace_.contents();
    const bool learned = std::filesystem::exists(fits);
    workspace_.build(true);
    EXPECT_EQ(difference(workspace_.contents(), carried_on), "") << day;
    return learned;
  };
  workspace_.build();
  EXPECT_TRUE(learns("2025-07-15")) << "learners are watched for longer";
  EXPECT_TRUE(learns("2025-08-15")) << "until the course is over";
  EXPECT_FALSE(learns("2025-08-16"));
  EXPECT_FALSE(learns("2025-10-01"));
  EXPECT_TRUE(learns("2025-05-05")) << "one has read more";
}

class SurvivalVersions : public SurvivalModels {
 protected:
  std::string train() {
    workspace_.build();
    const Catalog catalog = workspace_.catalog();
    Silent silent;
    return engine::train(catalog, open_journal(catalog, true), open_trails(catalog),
                         catalog.survivals[0], kTestNow, silent)
        .version;
  }
  std::filesystem::path models() const { return workspace_.folder() / ".waymark" / "models"; }
  void decide(const std::function<model::HistoryEntry(const model::Registry&)>& what) {
    model::Registry::append(models(), "leaving", what);
    workspace_.build();
  }
  void promote(const std::string& version) {
    decide([&](const model::Registry& registry) { return registry.promote(version); });
  }
  Lines forecasts(const std::string& table = "leaving") {
    return workspace_.ask("SELECT * EXCLUDE (model_version) FROM " + table + " ORDER BY learner");
  }
  Lines versions(const std::string& table = "leaving") {
    return workspace_.ask("SELECT DISTINCT model_version FROM " + table + " ORDER BY ALL");
  }
};

TEST_F(SurvivalVersions, TheLiveOneForecastsByWhatItWasTrainedBy) {
  const std::string first = train();
  EXPECT_EQ(train(), first);
  const Lines learned = forecasts(), judged = workspace_.ask("FROM leaving_judged");
  const Lines curves = workspace_.ask("FROM leaving_curves");
  const Lines effects = workspace_.ask("FROM leaving_effects");
  EXPECT_EQ(versions(), Lines{"NULL"});
  promote(first);
  EXPECT_EQ(versions(), Lines{first});
  EXPECT_EQ(forecasts(), learned);
  EXPECT_EQ(workspace_.ask("FROM leaving_judged"), judged);
  EXPECT_EQ(workspace_.ask("FROM leaving_curves"), curves);
  EXPECT_EQ(workspace_.ask("FROM leaving_effects"), effects);
  EXPECT_EQ(workspace_.tables_made(), Lines{});

  // Another definition, and another way to count pages.
  workspace_.write("measures/study.yaml",
                   "measure: features\nfeatures:\n"
                   "  pages: {count: true, description: pages}\n  plan: {attribute: plan}\n");
  define("methods: {discrete: logistic}\n");
  const std::string second = train();
  EXPECT_NE(second, first);
  EXPECT_EQ(forecasts(), learned);
  EXPECT_EQ(workspace_.ask("FROM leaving_judged"), judged);
  decide([&](const model::Registry& registry) { return registry.shadow(second); });
  EXPECT_EQ(forecasts(), learned);
  EXPECT_EQ(versions("leaving_shadow"), Lines{second});
  EXPECT_EQ(workspace_.ask("SELECT count(*) FROM leaving_shadow"), Lines{"40"});
  EXPECT_NE(forecasts("leaving_shadow"), learned);
  promote(second);
  EXPECT_EQ(versions(), Lines{second});
  EXPECT_NE(forecasts(), learned);
  EXPECT_EQ(workspace_.ask("SELECT count(*) FROM waymark_tables WHERE name LIKE '%_shadow'"),
            Lines{"0"});
  decide([](const model::Registry& registry) { return registry.roll_back(); });
  EXPECT_EQ(forecasts(), learned);
}

TEST_F(SurvivalVersions, NewLearnersAreForecastByTheLiveOneOnTheDaysThatAreAsked) {
  promote(train());
  workspace_.write("data/clicks_b.csv",
                   "time,learner,item,course,kind,plan\n"
                   "2025-05-03T09:00:00Z,newcomer,x,A/2,click,full\n");
  workspace_.ingest();
  define("");
  workspace_.write("models/leaving.yaml",
                   "model: survival\nfeatures: study\nas_of: {day: 10}\n"
                   "target: {kind: left}\nby: plan\nat: [14, 21]\n");
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT count(*), count(without_21), count(model_version) FROM leaving "
                           "WHERE learner = 'newcomer' AND without_21 <= without_14"),
            Lines{"1|1|1"});
  EXPECT_EQ(workspace_.ask("SELECT DISTINCT days FROM leaving_judged ORDER BY ALL"),
            (Lines{"7", "14"}))
      << "judged on the days that it was trained for";
}

// Training another must stay possible, and that needs the other tables.
TEST_F(SurvivalVersions, ADamagedOneIsToldAndLeavesItsTablesAsTheyWere) {
  const std::string version = train();
  promote(version);
  const Lines before = forecasts();
  workspace_.write(".waymark/models/leaving/" + version + "/survival.json", "{}");
  workspace_.write("data/clicks_b.csv",
                   "time,learner,item,course,kind,plan\n"
                   "2025-05-03T09:00:00Z,newcomer,x,A/2,click,full\n");
  workspace_.ingest();
  for (int time = 0; time < 2; ++time) {
    const std::vector<std::string> problems = problems_of(workspace_.build().tables);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_NE(problems[0].find("survival.json is not as it was written"), std::string::npos);
  }
  EXPECT_EQ(forecasts(), before);
  EXPECT_EQ(workspace_.ask("SELECT count(*) FROM sessions WHERE learner = 'newcomer'"), Lines{"1"});
  std::filesystem::remove(models() / "leaving" / "latest");
  promote(train());
  EXPECT_EQ(workspace_.ask("SELECT count(*) FROM leaving WHERE learner = 'newcomer'"), Lines{"1"});
}

TEST_F(SurvivalModels, MistakesAreSaidWhereTheyAre) {
  for (const char* wrong : {"on: [pagers]\n", "methods: [coks]\n", "methods: {discrete: bosting}\n",
                            "methods: {discrete: blend}\n", "methods: [{cox: boosting}]\n",
                            "methods: {discrete: {boosting: {depht: 3}}}\n",
                            "methods: {discrete: {boosting: {depth: {from: 2, to: 4}}}}\n"}) {
    define(wrong);
    EXPECT_EQ(reason_of([&] { workspace_.catalog(); }), "definitions.invalid") << wrong;
  }
  for (const char* wrong :
       {"{kind: left, sum: score}", "{kind: left, reaches: 3, weighted_by: weight}",
        "{kind: left, reaches: 0}", "{kind: left, reaches: 3, sum: [score]}"}) {
    workspace_.write("models/leaving.yaml",
                     "model: survival\nfeatures: study\nas_of: {day: 10}\nat: [7]\ntarget: " +
                         std::string(wrong) + "\n");
    EXPECT_EQ(reason_of([&] { workspace_.catalog(); }), "definitions.invalid") << wrong;
  }
  define("methods: {discrete: {boosting: {depth: [2, 4]}}}\n");
  EXPECT_EQ(workspace_.catalog().survivals[0].methods.size(), 2u);
  workspace_.write("models/leaving.yaml",
                   "model: survival\nfeatures: study\nas_of: {day: 10}\ntarget: {kind: left}\n"
                   "by: pages\nat: [7]\n");
  workspace::Diagnostics diagnostics;
  check(workspace_.folder(), diagnostics);
  ASSERT_EQ(diagnostics.sorted().size(), 1u);
  EXPECT_EQ(to_text(diagnostics.sorted()[0]),
            "models/leaving.yaml:5:1: curves are of groups: this feature is a number, and no word");
}

}  // namespace
}  // namespace waymark::engine
