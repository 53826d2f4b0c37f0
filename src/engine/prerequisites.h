#pragma once

#include <cstdint>
#include <vector>

#include "engine/knowledge.h"
#include "stats/bootstrap.h"

namespace waymark::engine {

// That nobody masters `skill` who has not mastered `needs`, as far as answers tell.
struct Prerequisite {
  std::uint32_t skill = 0, needs = 0;                                 // of KnowledgeStudy::skills
  std::size_t learners = 0;                                           // who answered to both
  std::size_t both = 0, only_needs = 0, only_skill = 0, neither = 0;  // mastered
  // Shares: of who mastered the skill, those who mastered what it needs; of who mastered what it
  // needs, those who mastered the skill; of who has not, those who have.
  stats::Interval needs_of_skill, skill_of_needs, skill_without;
};

// Association rules between what is mastered (known at least `mastered_at`): Chen, Wuillemin and
// Labat 2015, "Discovering prerequisite structure of skills through probabilistic association rules
// mining". Of pairs that at least `least_learners` exercised both, those where the first share is
// at least kLeastShare, the second is less, and less still the third, all beyond the 95 %
// intervals. What comes earlier in a course, or is easier and goes with the skill, looks the same:
// it is a suggestion to somebody who knows the subject. The most certain first.
inline constexpr double kLeastShare = 0.75;
std::vector<Prerequisite> suggest_prerequisites(const KnowledgeStudy& study, double mastered_at,
                                                std::size_t least_learners = 30);

// What each skill needs, as numbers of skills.
using SkillNeeds = std::vector<std::vector<std::uint32_t>>;
SkillNeeds needs_of(const KnowledgeStudy& study, const std::vector<Prerequisite>& prerequisites);
// The same from a table with the columns `skill` and `requires`. Throws Error{kUsage,
// "knowledge.requires"} for a skill that nobody answered to, with the nearest name.
SkillNeeds needs_of(const KnowledgeStudy& study, const Frame& table);

// A skill that a learner has not mastered.
struct NextSkill {
  std::uint32_t learner = 0, skill = 0;
  bool is_new = false;                 // not answered to yet
  double known = 0, right = 0;         // that it is known; that the next answer is right
  std::vector<std::uint32_t> missing;  // what it needs and is not mastered either
};

// Of all learners and skills, each learner's by how likely the next answer is right, the least
// first.
std::vector<NextSkill> next_skills(const KnowledgeStudy& study, const SkillNeeds& needs,
                                   double mastered_at);

}  // namespace waymark::engine
