// The program as its user runs it: the real binary, real folders, what it prints and how it ends.

#include <algorithm>
#include <random>

#include "cli/test_program.h"

namespace waymark {
namespace {

TEST_F(Program, StarterWorkspaceRunsFromLogsToReport) {
  make_starter();
  EXPECT_NE(waymark("check").output.find(" measures, 2 models."), std::string::npos) << errors();
  const Outcome first = waymark("run");
  ASSERT_EQ(first.exit_code, 0) << errors();
  EXPECT_NE(first.output.find("ROC-AUC"), std::string::npos) << first.output;
  EXPECT_EQ(errors().find("no event is"), std::string::npos) << errors();
  const std::string report = read_file(workspace() / "report.html");
  for (const std::string_view part : {"What becomes of them a week later", "What was unusual",
                                      "Who is alike", "how all views divide among them", "</html>"})
    EXPECT_NE(report.find(part), std::string::npos) << part;
  EXPECT_NE(report.find("9 Jun 2025"), std::string::npos) << "a week between courses has nobody";

  const std::int64_t events = ask("SELECT count(*) FROM events");
  const std::int64_t lines = std::stoll(
      shell(fmt::format("cat {0}/data/activity.csv | wc -l", workspace().string())).output);
  EXPECT_EQ(ask("SELECT count(*) FROM events WHERE source = 'activity'"), lines - 1);
  EXPECT_GT(ask("SELECT count(*) FROM sessions"), 0);
  EXPECT_GT(ask("SELECT count(*) FROM predictions_at_risk"), 0);

  // Nothing is done twice: no event stored, no table made, no model trained.
  ASSERT_EQ(waymark("run").exit_code, 0) << errors();
  EXPECT_EQ(errors().find("training"), std::string::npos) << errors();
  EXPECT_EQ(errors().find("building"), std::string::npos) << errors();
  EXPECT_EQ(ask("SELECT count(*) FROM events"), events);
  EXPECT_EQ(waymark("doctor").exit_code, 0) << errors();

  const auto model_would = [&] {
    return Json::parse(waymark("--json plan").output)
        .at("models")
        .array()
        .at(0)
        .at("change")
        .string();
  };
  EXPECT_EQ(model_would(), "stays");
  write("measures/study.yaml",
        read_file(workspace() / "measures/study.yaml") + "  days: {active_days: true}\n");
  EXPECT_EQ(model_would(), "trained again: it or its features changed");
}

TEST_F(Program, ACourseIsScoredOnceTheModelsDayHasCome) {
  make_starter();
  write("data/courses.csv",
        read_file(workspace() / "data/courses.csv") + "Statistics/2998A,2998-01-13,2998-03-24\n");
  write("data/learners.csv", read_file(workspace() / "data/learners.csv") +
                                 "s9001,Statistics/2998A,2025-12-01,,Arts,\n");
  ASSERT_EQ(waymark("-q run").exit_code, 0) << errors();
  EXPECT_EQ(ask("SELECT count(*) FROM events WHERE learner = 's9001'"), 1);
  EXPECT_GT(ask("SELECT count(*) FROM predictions_at_risk"), 0);
  EXPECT_EQ(ask("SELECT count(*) FROM predictions_at_risk WHERE as_of > now()"), 0);
}

// The area under a class's ROC curve is the share of pairs, one of it and one of the rest, of whom
// the right one is likelier to be.
TEST_F(Program, AModelOfSeveralClassesIsReportedClassByClass) {
  make_starter();
  write("models/ending.yaml",
        "who: {enrolled: enrolled, until: left}\nas_of: {day: 28}\n"
        "target: {kind: result, classes: {passed: pass, failed: fail, gone: left}}\n"
        "features: {measure: study, except: [mean_score]}\nsplit: {test: last}\n"
        "trainers: [logistic]\n");
  for (const char* step : {"ingest", "build", "train ending", "score ending", "report"})
    ASSERT_EQ(waymark(fmt::format("-q {}", step)).exit_code, 0) << step << errors();
  const std::string page = read_file(workspace() / "report.html");
  EXPECT_NE(page.find("Finding each class (ROC curves)"), std::string::npos);
  std::int64_t learners = 0;
  for (std::size_t at = page.find("\"mono\""); at != std::string::npos; ++learners)
    at = page.find("\"mono\"", at + 1);
  EXPECT_EQ(learners, ask("SELECT sum(least(n, 8))::BIGINT FROM (SELECT count(*) AS n FROM "
                          "predictions_ending WHERE called IS NOT NULL GROUP BY called)"))
      << "eight of each class, by pseudonym";
  const std::vector<std::string> classes{"passed", "failed", "gone"};
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const std::int64_t area = ask(fmt::format(
        "WITH known AS (SELECT probability_{0} AS p, target = {1} AS came_true FROM "
        "predictions_ending JOIN features_ending USING (learner, course, as_of) WHERE target IS "
        "NOT NULL) SELECT round(1000 * avg(CASE WHEN a.p > b.p THEN 1 WHEN a.p = b.p THEN 0.5 ELSE "
        "0 END))::BIGINT FROM known a, known b WHERE a.came_true AND NOT b.came_true",
        classes[c], c));
    const std::string words =
        fmt::format("{}: {:.3f}<", classes[c], static_cast<double>(area) / 1000);
    EXPECT_NE(page.find(words), std::string::npos) << words;
    const std::int64_t surest = ask(fmt::format(
        "SELECT round(100 * max(probability_{0}))::BIGINT FROM predictions_ending WHERE called = "
        "'{0}'",
        classes[c]));
    const std::size_t list = page.find(fmt::format("Called {}, the surest first", classes[c]));
    ASSERT_NE(list, std::string::npos) << classes[c];
    const std::size_t first = page.find("\"probability\">", list);
    EXPECT_EQ(page.substr(first + 14, 3), fmt::format("{:02}%", surest)) << "comes first";
  }
}

TEST_F(Program, WhatLearnersKnowIsReportedSkillBySkill) {
  make_starter();
  write("measures/memory.yaml",
        "measure: mastery\nanswers: {kinds: [submitted]}\n"
        "correct: {where: {score: {at_least: 60}}}\nskill: object\ndecay: {half_life: 120d}\n"
        "mastered: {at: 0.7}\n"
        "other_skills: {known_first: 0.4, learn: 0.2, guess: 0.2, slip: 0.1}\n");
  for (const char* step : {"ingest", "build", "report"})
    ASSERT_EQ(waymark(fmt::format("-q {}", step)).exit_code, 0) << step << errors();
  const std::string page = read_file(workspace() / "report.html");
  const Json skills = Json::parse(
      waymark("--json sql \"SELECT skill, count(*) AS learners, count_if(known >= 0.7)::BIGINT AS "
              "mastered, count_if(known < 0.7 AND review_at <= (SELECT max(time) FROM "
              "events))::BIGINT AS faded FROM memory GROUP BY 1 ORDER BY count_if(known < 0.7) "
              "DESC\"")
          .output);
  ASSERT_GE(skills.array().size(), 2u);
  std::size_t before = 0;
  for (const Json& skill : skills.array()) {
    const double learners = skill.at("learners").number();
    const std::string words =
        fmt::format("{}: mastered {:.0f}%, faded {:.0f}%", skill.at("skill").string(),
                    100 * skill.at("mastered").number() / learners,
                    100 * skill.at("faded").number() / learners);
    const std::size_t at = page.find(words);
    ASSERT_NE(at, std::string::npos) << words;
    EXPECT_LT(before, at) << "what most lack comes first";
    before = at;
  }
}

TEST_F(Program, CheckReportsEveryMistakeWithItsPlace) {
  make_starter();
  write("measures/sessions.yaml", "measure: sessions\ngap: soon\nswitch_onn: [course]\n");
  write("models/at_risk.yaml",
        "who: {enrolled: enrolled}\nas_of: {day: 28}\ntarget: {kind: result}\nfeatures: "
        "studi\ntrainers: [logistic]\n");
  const Outcome outcome = waymark("check");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_NE(outcome.output.find("measures/sessions.yaml:2:1: "), std::string::npos)
      << outcome.output;
  EXPECT_NE(outcome.output.find("did you mean 'switch_on'?"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("models/at_risk.yaml:4:1: "), std::string::npos) << outcome.output;
  EXPECT_EQ(waymark("run").exit_code, 3);
}

TEST_F(Program, CohortsAreToldInWordsAndTestedByTheirDefinitions) {
  make_starter();
  EXPECT_NE(waymark("describe quiet").output.find("there was no event whose kind is \"left\""),
            std::string::npos);
  EXPECT_EQ(waymark("test").exit_code, 0) << errors();
  const std::string quiet = read_file(workspace() / "measures/quiet.yaml");
  const std::size_t at = quiet.find("[viewed, submitted]");
  ASSERT_NE(at, std::string::npos);
  write("measures/quiet.yaml", quiet.substr(0, at) + "[submitted]" + quiet.substr(at + 19));
  const Outcome outcome = waymark("test quiet");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_NE(outcome.output.find("as of 2026-03-16 00:00:00, 'ann' must not be in and is"),
            std::string::npos)
      << outcome.output;
  EXPECT_EQ(waymark("test quite").exit_code, 4);
  EXPECT_NE(errors().find("did you mean 'quiet'?"), std::string::npos) << errors();
}

TEST_F(Program, ANumberIsExplainedDownToItsRows) {
  make_starter();
  ASSERT_EQ(waymark("-q ingest").exit_code, 0) << errors();
  const Outcome asked = waymark("--json query active_learners --by week");
  ASSERT_EQ(asked.exit_code, 0) << errors();
  const Json week = Json::parse(asked.output).array().at(2);
  const std::string day = week.at("week").string();
  const Outcome outcome = waymark("--json explain active_learners --at " + day);
  ASSERT_EQ(outcome.exit_code, 0) << errors();
  const Json explained = Json::parse(outcome.output);
  EXPECT_EQ(explained.at("owner").string(), "Course team");
  EXPECT_EQ(explained.at("period").string(), day);
  const Json part = explained.at("parts").array().at(0);
  EXPECT_EQ(part.at("value").number(), week.at("value").number());
  EXPECT_EQ(part.at("row_count").integer(), week.at("n").integer());
  EXPECT_EQ(part.at("rows").array().size(), 5U);
  EXPECT_EQ(ask("SELECT count(*) FROM (" + part.at("sql").string() + ")"),
            part.at("row_count").integer());
  const std::string words = waymark("explain active_learners --at " + day + " --rows 2").output;
  EXPECT_NE(words.find("Learners who did something in the week"), std::string::npos) << words;
  EXPECT_NE(words.find("active_learners: 2 of "), std::string::npos) << words;
  EXPECT_EQ(waymark("explain active_learners --at someday").exit_code, 2);
  EXPECT_EQ(waymark("explain active_lerners --at " + day).exit_code, 4);
  EXPECT_NE(errors().find("did you mean 'active_learners'?"), std::string::npos) << errors();
}

TEST_F(Program, AnswersAreDrawnAndTablesAreForPeople) {
  make_starter();
  ASSERT_EQ(waymark("-q ingest").exit_code, 0) << errors();
  const auto drawn = [&](const std::string& name) {
    const fs::path file = workspace() / name;
    EXPECT_EQ(
        waymark("query active_learners --by week --format chart -o " + file.string()).exit_code, 0)
        << errors();
    return read_file(file);
  };
  EXPECT_TRUE(drawn("active.svg").starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_TRUE(drawn("active.html").starts_with("<!DOCTYPE html>"));
  EXPECT_EQ(waymark("query active_learners --format chart -o active.png").exit_code, 2);
  EXPECT_NE(errors().find("NAME.svg"), std::string::npos) << errors();
  const Outcome table = waymark("query sessions --sample 50%");
  EXPECT_NE(table.output.find(" ± "), std::string::npos) << table.output;
  EXPECT_EQ(table.output.find("_low"), std::string::npos) << table.output;
  const Outcome exact = waymark("query sessions --sample 50% --format csv");
  EXPECT_NE(exact.output.find("sessions_low,sessions_high"), std::string::npos) << exact.output;
}

TEST_F(Program, AWatchOnAMetricIsRehearsed) {
  make_starter();
  ASSERT_EQ(waymark("-q ingest").exit_code, 0) << errors();
  EXPECT_EQ(waymark("query unusual_activity").exit_code, 0) << errors();
  const Outcome outcome = waymark("--json rehearse unusual_activity --trials 3");
  ASSERT_EQ(outcome.exit_code, 0) << errors();
  const Json rehearsal = Json::parse(outcome.output);
  EXPECT_EQ(rehearsal.at("series").integer(), 1);
  EXPECT_GT(rehearsal.at("judged").integer(), 50);
  const Json outage = rehearsal.at("in_one_series").array().at(0);
  EXPECT_EQ(outage.at("found").integer(), 3);
  const std::string words = waymark("rehearse unusual_activity --trials 3").output;
  EXPECT_NE(words.find("nothing recorded for a day"), std::string::npos) << words;
}

TEST_F(Program, TimesUntilSomethingAreStudiedInFilesAndTables) {
  make_starter();
  write("stays.csv",
        "weeks,left,region\n1,1,north\n2,1,north\n3,0,south\n4,1,south\n5,0,south\n6,1,north\n");
  const std::string file = (workspace() / "stays.csv").string();
  const std::string asked = " --time weeks --event left --by region --on region";
  const Outcome table = waymark("survival " + file + asked);
  EXPECT_EQ(table.exit_code, 0) << errors();
  EXPECT_NE(table.output.find("6 rows, 4 with the event."), std::string::npos) << table.output;
  EXPECT_NE(table.output.find("region=south"), std::string::npos) << table.output;
  const Json json = Json::parse(waymark("--json survival " + file + asked).output);
  EXPECT_EQ(json.at("groups").array().size(), 2u);
  EXPECT_LT(json.at("regression").at("columns").array().at(0).at("coefficient").number(), 0);
  for (const char* ignored : {" --format csv", " --model weibull", " --ties breslow"})
    EXPECT_EQ(waymark("survival " + file + " --time weeks --event left" + ignored).exit_code, 2);
  EXPECT_EQ(waymark("survival " + file + " --time week --event left").exit_code, 4);
  EXPECT_NE(errors().find("did you mean 'weeks'?"), std::string::npos) << errors();
  ASSERT_EQ(waymark("ingest").exit_code, 0) << errors();
  ASSERT_EQ(waymark("build").exit_code, 0) << errors();
  const Outcome steps =
      waymark("survival sessions --time events --event ended_by=gap --steps --format csv");
  EXPECT_EQ(steps.exit_code, 0) << errors();
  EXPECT_EQ(steps.output.rfind("group,time,at_risk,events,censored,survival,low,high\n", 0), 0u);
}

TEST_F(Program, ItemsAreJudgedByTheirAnswers) {
  make_starter();
  std::string rows = "who,question,choice,when\n";
  for (int who = 0; who < 40; ++who) {
    for (int question = 1; question <= 4; ++question) {
      rows += fmt::format("{0},Q{1},{2},{1}\n", who, question, who % 5 < question ? "no" : "right");
    }
  }
  write("answers.csv", rows);
  const std::string asked =
      fmt::format("items {} --learner who --item question --correct choice=right",
                  (workspace() / "answers.csv").string());
  const Outcome table = waymark(asked + " --answer choice");
  EXPECT_EQ(table.exit_code, 0) << errors();
  EXPECT_NE(table.output.find("160 answers of 40 learners to 4 items."), std::string::npos)
      << table.output;
  const Json json = Json::parse(waymark("--json " + asked + " --model rasch").output);
  const auto& items = json.at("items").array();
  ASSERT_EQ(items.size(), 4u);
  EXPECT_LT(items[0].at("difficulty").number(), items[3].at("difficulty").number());
  EXPECT_EQ(Json::parse(waymark("--json " + asked + " --learners").output).array().size(), 40u);

  const std::string traced =
      fmt::format("knowledge {} --learner who --skill question --correct choice=right --restarts 2",
                  (workspace() / "answers.csv").string());
  const Outcome skills = waymark(traced);
  EXPECT_EQ(skills.exit_code, 0) << errors();
  EXPECT_NE(skills.output.find("160 answers of 40 learners in 4 skills."), std::string::npos)
      << skills.output;
  const Json timed = Json::parse(waymark("--json " + traced + " --time when").output);
  EXPECT_EQ(timed.at("held_out").array().size(), 8u) << errors();
  EXPECT_EQ(Json::parse(waymark("--json " + traced + " --learners").output).array().size(), 160u);
  EXPECT_NO_THROW(Json::parse(waymark("--json " + traced + " --prerequisites").output).array());
  write("requires.csv", "skill,requires\nQ4,Q1\n");
  const std::string required = (workspace() / "requires.csv").string();
  const Json next =
      Json::parse(waymark("--json " + traced + " --next --requires " + required).output);
  EXPECT_TRUE(std::ranges::any_of(next.array(), [](const Json& row) {
    return row.at("skill").string() == "Q4" && row.at("missing").string() == "Q1";
  }));
  EXPECT_EQ(waymark(traced + " --requires " + required).exit_code, 2);
  EXPECT_EQ(waymark(traced + " --learners --next").exit_code, 2);
  EXPECT_EQ(waymark(traced + " --format csv").exit_code, 2);
  EXPECT_EQ(waymark(asked + " --format csv").exit_code, 2);
  const std::string saved = (workspace() / "measures" / "mastery.yaml").string();
  EXPECT_NE(waymark(traced + " --save " + saved).output.find("The numbers of 4 skills"),
            std::string::npos)
      << errors();
}

TEST_F(Program, SaysWhatIsWrongAndHowToGoOn) {
  EXPECT_EQ(waymark("run").exit_code, 4);
  EXPECT_NE(errors().find("waymark init"), std::string::npos) << errors();
  make_starter();
  EXPECT_EQ(waymark("sql 'SELECT 1'").exit_code, 4);
  EXPECT_NE(errors().find("waymark build"), std::string::npos) << errors();
  EXPECT_EQ(waymark("ingest activty").exit_code, 4);
  EXPECT_NE(errors().find("did you mean 'activity'?"), std::string::npos) << errors();
  EXPECT_EQ(waymark("compare nope").exit_code, 4);
  EXPECT_NE(errors().find("there is: at_risk, leaving"), std::string::npos) << errors();
  EXPECT_EQ(waymark("ingets").exit_code, 2);
  EXPECT_NE(errors().find("did you mean 'ingest'?"), std::string::npos) << errors();
  EXPECT_EQ(waymark("--help").exit_code, 0);
}

TEST_F(Program, MalformedRowsAreLaidAsideAndReplayedOnceTheMappingFits) {
  make_starter();
  write("data/activity.csv",
        "time,learner,course,action,item,activity,score\n"
        "2025-01-14T10:00:00Z,s0001,Statistics/2025A,viewed,page-1,page,\n"
        "14.01.2025 11:00,s0001,Statistics/2025A,viewed,page-2,page,\n"
        "2025-01-14T12:00:00Z,,Statistics/2025A,viewed,page-3,page,\n");
  const Outcome outcome = waymark("--json ingest activity");
  ASSERT_EQ(outcome.exit_code, 0) << errors();
  const Json file = Json::parse(outcome.output).array().at(0);
  EXPECT_EQ(file.at("received").integer(), 3);
  EXPECT_EQ(file.at("stored").integer(), 1);
  EXPECT_EQ(file.at("quarantined").integer(), 2);
  const std::string list = waymark("quarantine activity").output;
  EXPECT_NE(list.find("data/activity.csv:3"), std::string::npos) << list;
  EXPECT_NE(list.find("event.time_malformed"), std::string::npos) << list;
  EXPECT_NE(list.find("event.learner_missing"), std::string::npos) << list;
  const std::string doctor = waymark("doctor").output;
  EXPECT_NE(doctor.find("nothing of source learners"), std::string::npos) << doctor;
}

TEST_F(Program, DamagedTrailsAreToldOfAndBuiltAgain) {
  make_starter();
  ASSERT_EQ(waymark("run").exit_code, 0) << errors();
  const std::int64_t events = ask("SELECT count(*) FROM events");
  for (const auto& entry : fs::directory_iterator(workspace() / ".waymark/trail")) {
    if (!entry.path().filename().string().starts_with("bucket-")) continue;
    std::string bytes = read_file(entry.path());
    for (std::size_t i = bytes.size() / 2; i < bytes.size(); ++i)
      bytes[i] = static_cast<char>(~bytes[i]);
    write_file_atomically(entry.path(), bytes);
  }
  EXPECT_EQ(waymark("doctor").exit_code, 8);
  EXPECT_EQ(waymark("sql 'SELECT max(properties), max(time), max(id) FROM events'").exit_code, 8);
  EXPECT_NE(errors().find("waymark build --afresh"), std::string::npos) << errors();
  ASSERT_EQ(waymark("build --afresh").exit_code, 0) << errors();
  EXPECT_EQ(waymark("doctor").exit_code, 0) << errors();
  EXPECT_EQ(ask("SELECT count(*) FROM events"), events);
}

// However often and wherever the program is killed, what it stores in the end is what an
// undisturbed run stores.
TEST_F(Program, KilledAtAnyMomentItLosesAndDoublesNothing) {
  make_starter();
  std::string rows = "time,learner,course,action,item,activity,score\n";
  constexpr int kRows = 120'000;
  for (int i = 0; i < kRows; ++i) {
    rows +=
        fmt::format("2025-02-{:02}T{:02}:{:02}:00Z,s{:04},Statistics/2025A,viewed,page-{},page,\n",
                    1 + i % 28, i / 28 % 24, i / 700 % 60, i % 997, i % 13);
  }
  write("data/activity.csv", rows);
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  SCOPED_TRACE(fmt::format("seed {}", seed));
  int killed = 0;
  for (int round = 0; round < 12; ++round) {
    const double seconds = std::uniform_real_distribution<>(0.05, 1.5)(random);
    const Outcome outcome = waymark("-q run", fmt::format("timeout -s KILL {:.3f}", seconds));
    killed += outcome.exit_code == 137 ? 1 : 0;
    ASSERT_TRUE(outcome.exit_code == 137 || outcome.exit_code == 0)
        << outcome.exit_code << errors();
  }
  EXPECT_GT(killed, 0);
  ASSERT_EQ(waymark("-q ingest").exit_code, 0) << errors();
  ASSERT_EQ(waymark("-q build").exit_code, 0) << errors();
  EXPECT_EQ(ask("SELECT count(*) FROM events WHERE source = 'activity'"), kRows);
  EXPECT_EQ(ask("SELECT count(DISTINCT id) FROM events WHERE source = 'activity'"), kRows);
  EXPECT_EQ(waymark("doctor").exit_code, 0) << errors();
}

TEST_F(Program, TheReferenceIsWhatTheProgramWrites) {
  const fs::path written = folder_.path() / "reference";
  ASSERT_EQ(waymark("reference " + written.string()).exit_code, 0) << errors();
  for (const char* page : {"commands.md", "definitions.md"}) {
    const fs::path kept = fs::path("docs/reference") / page;
    EXPECT_TRUE(read_file(written / page) == read_file(kept))
        << kept << " is not what the program writes; refresh it: " << WAYMARK_PROGRAM
        << " reference docs/reference";
  }
}

}  // namespace
}  // namespace waymark
