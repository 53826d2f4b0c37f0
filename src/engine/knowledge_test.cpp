// What a person asks of answers that exercise skills, and what they are told.

#include "engine/knowledge.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

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
  ASSERT_EQ(study.trials.size(), 3u);
  for (const KnowledgeTrial& trial : study.trials) EXPECT_GT(trial.roc_auc, 0.7) << trial.model;

  asked.threads = 3;
  asked.item = "question";
  asked.forgets = true;
  const KnowledgeStudy more = study_knowledge(frame, asked);
  EXPECT_EQ(more.trials.size(), 4u);
  EXPECT_EQ(more.skills[0].model.guess.size(), 3u);
  EXPECT_LT(more.skills[0].model.forget, 0.05);

  asked.skill = "topics";
  EXPECT_EQ(reason_of([&] { study_knowledge(frame, asked); }), "frame.column_missing");
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

}  // namespace
}  // namespace waymark::engine
