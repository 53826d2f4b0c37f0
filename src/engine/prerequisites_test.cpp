#include "engine/prerequisites.h"

#include <gtest/gtest.h>

#include "engine/test_workspace.h"

namespace waymark::engine {
namespace {

// Skills as learners have mastered them: a text of 1 and 0 for each skill, '-' where not answered.
KnowledgeStudy study_of(const std::vector<std::pair<std::string, std::string>>& skills) {
  KnowledgeStudy study;
  study.learners.resize(skills[0].second.size());
  for (const auto& [name, mastered] : skills) {
    SkillStudy& skill = study.skills.emplace_back();
    skill.skill = name;
    skill.model = {.known_first = 0.4, .learn = 0.3, .guess = {0.1, 0.3}, .slip = {0.1, 0.1}};
    for (std::uint32_t learner = 0; learner < mastered.size(); ++learner) {
      if (mastered[learner] == '-') continue;
      skill.of.push_back(learner);
      skill.mastery.push_back(mastered[learner] == '1' ? 0.99 : 0.2);
    }
  }
  return study;
}

std::string times(std::size_t n, const std::string& text) {
  std::string all;
  for (std::size_t i = 0; i < n; ++i) all += text;
  return all;
}

// Of 100 learners 60 can count, 30 of them multiply; drawing goes with nothing.
KnowledgeStudy school() {
  return study_of({{"counting", times(60, "1") + times(40, "0") + "1"},
                   {"drawing", times(50, "10") + "-"},
                   {"products", times(30, "1") + times(70, "0") + "-"}});
}

TEST(Prerequisites, AreWhatNobodyDoesWithout) {
  const auto found = suggest_prerequisites(school(), 0.95);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].skill, 2u);
  EXPECT_EQ(found[0].needs, 0u);
  EXPECT_EQ(found[0].learners, 100u);
  EXPECT_EQ(found[0].both, 30u);
  EXPECT_EQ(found[0].only_needs, 30u);
  EXPECT_EQ(found[0].neither, 40u);
  // Wilson: 30 of 30, 30 of 60 and 0 of 40.
  EXPECT_NEAR(found[0].needs_of_skill.low, 0.8865, 5e-5);
  EXPECT_NEAR(found[0].skill_of_needs.high, 0.6229, 5e-4);
  EXPECT_NEAR(found[0].skill_without.high, 0.0876, 5e-5);
  EXPECT_TRUE(suggest_prerequisites(school(), 0.95, 101).empty());
}

TEST(Prerequisites, SayWhatIsMissingForTheNextSkill) {
  const KnowledgeStudy study = school();
  const auto next = next_skills(study, needs_of(study, suggest_prerequisites(study, 0.95)), 0.95);
  const auto of = [&](std::uint32_t learner) {
    std::vector<NextSkill> some;
    for (const NextSkill& one : next) {
      if (one.learner == learner) some.push_back(one);
    }
    return some;
  };
  EXPECT_TRUE(of(0).empty());
  ASSERT_EQ(of(60).size(), 2u);  // draws
  EXPECT_EQ(of(60)[1].skill, 2u);
  EXPECT_EQ(of(60)[1].missing, std::vector<std::uint32_t>{0});
  // Known .2 + .8 * .3 = .44: right .44 * .9 + .56 * .2.
  EXPECT_NEAR(of(60)[1].right, 0.508, 1e-12);
  // Who never multiplied, but counts.
  EXPECT_TRUE(of(100)[1].is_new);
  EXPECT_TRUE(of(100)[1].missing.empty());
  EXPECT_NEAR(of(100)[1].right, 0.4 * 0.9 + 0.6 * 0.2, 1e-12);
}

TEST(Prerequisites, MayBeGiven) {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& rows) {
    write_file_atomically(folder.path() / "graph.csv", "skill,requires\n" + rows);
    return needs_of(school(), read_table_file(folder.path() / "graph.csv"));
  };
  EXPECT_EQ(read("products,counting\nproducts,drawing\n"), (SkillNeeds{{}, {}, {0, 1}}));
  EXPECT_EQ(reason_of([&] { read("product,counting\n"); }), "knowledge.requires");
}

}  // namespace
}  // namespace waymark::engine
