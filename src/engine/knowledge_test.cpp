// What a person asks of answers that exercise skills, and what they are told.

#include "engine/knowledge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/catalog.h"
#include "engine/skills_file.h"
#include "engine/test_workspace.h"
#include "stats/random.h"

namespace waymark::engine {
namespace {

// Two skills that learners pick up at some point, in a file whose rows are not in order.
std::string answers() {
  stats::Random random(9);
  std::vector<std::string> rows;
  for (int who = 0; who < 200; ++who) {
    bool known[2] = {random.below(3) == 0, false};
    for (int i = 0; i < 16; ++i) {
      const int topic = i % 2;
      const bool right = random.below(10) < (known[topic] ? 9u : 2u);
      rows.push_back(fmt::format("L{},{},{},q{},{}\n", who, topic == 0 ? "sums" : "areas", i,
                                 random.below(3), right ? 1 : 0));
      known[topic] |= random.below(4) == 0;
    }
  }
  random.shuffle(std::span(rows));
  std::string file = "who,topic,step,question,right\n";
  for (const std::string& row : rows) file += row;
  return file;
}

TEST(Knowledge, SkillsAreTracedAndTriedOutOnOthers) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "answers.csv";
  write_file_atomically(file, answers());
  KnowledgeQuestion asked{.learner = "who", .skill = "topic", .correct = "right"};
  asked.order = "step";
  asked.restarts = 4;
  const Frame frame = read_table_file(file);
  const KnowledgeStudy study = study_knowledge(frame, asked);
  EXPECT_EQ(study.answers, 3200u);
  ASSERT_EQ(study.skills.size(), 2u);
  const SkillStudy& areas = study.skills[0];
  EXPECT_EQ(areas.skill, "areas");
  EXPECT_EQ(areas.learners, 200u);
  EXPECT_LT(areas.model.known_first, 0.1);
  EXPECT_NEAR(areas.model.learn, 0.25, 0.06);
  EXPECT_NEAR(study.skills[1].model.known_first, 0.33, 0.1);
  EXPECT_NEAR(study.skills[1].model.slip[0], 0.1, 0.05);
  EXPECT_EQ(areas.mastery.size(), 200u);
  ASSERT_EQ(study.trials.size(), 6u);
  for (const KnowledgeTrial& trial : study.trials) EXPECT_GT(trial.roc_auc, 0.65) << trial.model;

  asked.threads = 3;
  asked.item = "question";
  asked.forgets = true;
  const KnowledgeStudy more = study_knowledge(frame, asked);
  EXPECT_EQ(more.trials.size(), 7u);
  EXPECT_EQ(more.skills[0].model.guess.size(), 3u);
  EXPECT_LT(more.skills[0].model.forget, 0.05);

  asked.held_out = "who=L3|L4|L5|L6|L7|L8|L9";
  EXPECT_EQ(study_knowledge(frame, asked).trials.size(), 7u);
  asked.held_out = "question=q1";
  EXPECT_EQ(reason_of([&] { study_knowledge(frame, asked); }), "knowledge.held_out");
  asked.held_out = "who=nobody";
  EXPECT_EQ(reason_of([&] { study_knowledge(frame, asked); }), "frame.value_missing");

  asked.skill = "topics";
  EXPECT_EQ(reason_of([&] { study_knowledge(frame, asked); }), "frame.column_missing");
}

TEST(Knowledge, OfNextToNothingNothingIsLearned) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "answers.csv";
  const auto said = [&](int rows, int learners, const auto& right) -> std::string {
    std::string text = "who,topic,right\n";
    for (int i = 0; i < rows; ++i) text += fmt::format("L{},sums,{}\n", i % learners, right(i));
    write_file_atomically(file, text);
    try {
      study_knowledge(read_table_file(file),
                      {.learner = "who", .skill = "topic", .correct = "right", .restarts = 2});
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), "knowledge.nothing");
      return error.what();
    }
  };
  const auto all = [](int) { return 1; };
  const auto none = [](int) { return 0; };
  const auto some = [](int i) { return i % 3 == 0 ? 1 : 0; };
  EXPECT_NE(said(40, 8, all).find("all of 40 answers are right"), std::string::npos);
  EXPECT_NE(said(40, 8, none).find("all of 40 answers are wrong"), std::string::npos);
  EXPECT_NE(said(19, 8, some).find("of fewer than 20"), std::string::npos);
  EXPECT_NE(said(40, 1, some).find("fewer than two learners"), std::string::npos);
  EXPECT_EQ(said(40, 8, some), "");
}

// What is learned of answers, a workspace goes on with as more of them come.
TEST(Knowledge, WhatIsSavedIsAMeasure) {
  const TestWorkspace workspace;
  const auto file = workspace.folder() / "measures" / "skills.yaml";
  workspace.write("answers.csv", answers());
  KnowledgeQuestion asked{.learner = "who", .skill = "topic", .correct = "right"};
  asked.order = "step";
  asked.restarts = 4;
  const Frame frame = read_table_file(workspace.folder() / "answers.csv");
  const KnowledgeStudy study = study_knowledge(frame, asked);
  save_skills(study, file);
  const fold::MasteryDefinition saved = load(workspace.folder()).masteries.at(0);
  ASSERT_EQ(saved.skills.size(), 2u);
  EXPECT_NEAR(saved.skills.at("areas").learn, study.skills[0].model.learn, 1e-6);
  EXPECT_NEAR(saved.skills.at("sums").slip, study.skills[1].model.slip[0], 1e-6);

  workspace.write("measures/skills.yaml",
                  "measure: mastery\n"
                  "correct: {outcome: [good]}  # as our quizzes say it\n"
                  "skills:\n"
                  "  sums: {known_first: 0.5, learn: 0.1, guess: 0.1, slip: 0.1}\n"
                  "\n"
                  "skill: context\n");
  save_skills(study, file);
  const std::string now = read_file(file);
  EXPECT_NE(now.find("# as our quizzes say it"), std::string::npos) << now;
  EXPECT_EQ(now.find("learn: 0.1,"), std::string::npos) << now;
  const fold::MasteryDefinition again = load(workspace.folder()).masteries.at(0);
  EXPECT_EQ(again.skill_from, fold::MasteryDefinition::SkillFrom::kContext);
  EXPECT_EQ(again.skills.size(), 2u);

  workspace.write("measures/skills.yaml", "measure: sessions\n");
  EXPECT_EQ(reason_of([&] { save_skills(study, file); }), "knowledge.save");
}

TEST(Knowledge, OrderIsWhatTheQuestionSays) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "answers.csv";
  write_file_atomically(file, answers());
  KnowledgeQuestion asked{.learner = "who", .skill = "topic", .correct = "right"};
  asked.restarts = 4;
  const Frame frame = read_table_file(file);
  const double shuffled = study_knowledge(frame, asked).trials[0].roc_auc;
  asked.order = "step";
  EXPECT_GT(study_knowledge(frame, asked).trials[0].roc_auc, shuffled + 0.03);
}

// The same answers with their times, said in several ways; the first of each pair is at the time of
// the second.
TEST(Knowledge, AnswersFollowByTheirTimes) {
  const TemporaryFolder folder;
  const auto study = [&](const std::string& rows, const std::string& order = "") {
    const auto file = folder.path() / "answers.csv";
    write_file_atomically(file, "who,topic,when,step,right\n" + rows);
    KnowledgeQuestion asked{.learner = "who", .skill = "topic", .correct = "right"};
    asked.time = "when";
    asked.order = order;
    asked.restarts = 2;
    return study_knowledge(read_table_file(file), asked);
  };
  stats::Random random(4);
  std::vector<std::string> by_iso, by_offset, by_seconds;
  for (int who = 0; who < 12; ++who) {
    for (int i = 0; i < 20; ++i) {
      const int hour = i / 2;
      const auto line = [&](const std::string& when) {
        return fmt::format("L{},sums,{},{},{}\n", who, when, i, (who + i * i) % 3 == 0 ? 1 : 0);
      };
      by_iso.push_back(line(fmt::format("2026-03-01T{:02}:00:00.5", hour)));
      by_offset.push_back(line(fmt::format("2026-03-01T{:02}:30:00.5+01:30", hour + 1)));
      by_seconds.push_back(line(fmt::format("{}", hour * 3600 - 7)));
    }
  }
  const auto file_of = [](const std::vector<std::string>& rows) {
    return fmt::format("{}", fmt::join(rows, ""));
  };
  const auto judged = [](const KnowledgeStudy& of) {
    const KnowledgeTrial& windows = of.trials.back();
    EXPECT_EQ(windows.model, "skill and counts in windows (DAS3H)");
    return std::pair(of.trials.front().log_loss, windows.log_loss);
  };
  const auto usual = judged(study(file_of(by_iso)));
  EXPECT_EQ(judged(study(file_of(by_offset))), usual);
  EXPECT_EQ(judged(study(file_of(by_seconds))), usual);
  ASSERT_TRUE(study(file_of(by_iso)).skills[0].fading.has_value());
  random.shuffle(std::span(by_iso));
  EXPECT_NE(judged(study(file_of(by_iso))), usual);  // which of a pair was first is lost
  EXPECT_EQ(judged(study(file_of(by_iso), "step")), usual);

  const KnowledgeStudy some = study(file_of(by_iso) + "L1,sums,,20,1\nL1,,,21,1\n");
  EXPECT_EQ(some.answers, 240u);
  EXPECT_EQ(some.left_out, 2u);
  EXPECT_EQ(some.missing, (std::map<std::string, std::size_t>{{"topic", 1}, {"when", 2}}));
  EXPECT_EQ(reason_of([&] { study(file_of(by_iso) + "L1,sums,yesterday,20,1\n"); }), "frame.time");
  EXPECT_EQ(reason_of([&] { study(file_of(by_seconds) + "L1,sums,1772359200000,20,1\n"); }),
            "frame.time");  // milliseconds
}

}  // namespace
}  // namespace waymark::engine
