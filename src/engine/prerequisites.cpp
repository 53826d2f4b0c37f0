#include "engine/prerequisites.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/text.h"
#include "stats/proportion.h"

namespace waymark::engine {
namespace {

stats::Interval share(std::size_t part, std::size_t whole) {
  return stats::wilson_interval(static_cast<double>(part), static_cast<double>(whole));
}

// Counts who of the learners of both skills has mastered which; each skill's learners are sorted.
Prerequisite counted(const SkillStudy& skill, const SkillStudy& needs, double mastered_at) {
  Prerequisite pair;
  for (std::size_t i = 0, j = 0; i < skill.of.size() && j < needs.of.size();) {
    if (skill.of[i] != needs.of[j]) {
      ++(skill.of[i] < needs.of[j] ? i : j);
      continue;
    }
    const bool has_skill = skill.mastery[i++] >= mastered_at;
    const bool has_needs = needs.mastery[j++] >= mastered_at;
    ++pair.learners;
    ++(has_skill   ? has_needs ? pair.both : pair.only_skill
       : has_needs ? pair.only_needs
                   : pair.neither);
  }
  return pair;
}

}  // namespace

std::vector<Prerequisite> suggest_prerequisites(const KnowledgeStudy& study, double mastered_at,
                                                std::size_t least_learners) {
  std::vector<Prerequisite> found;
  for (std::uint32_t skill = 0; skill < study.skills.size(); ++skill) {
    for (std::uint32_t needs = 0; needs < study.skills.size(); ++needs) {
      if (needs == skill) continue;
      Prerequisite pair = counted(study.skills[skill], study.skills[needs], mastered_at);
      if (pair.learners < least_learners) continue;
      pair.skill = skill;
      pair.needs = needs;
      pair.needs_of_skill = share(pair.both, pair.both + pair.only_skill);
      pair.skill_of_needs = share(pair.both, pair.both + pair.only_needs);
      pair.skill_without = share(pair.only_skill, pair.only_skill + pair.neither);
      if (pair.needs_of_skill.low >= kLeastShare &&
          pair.needs_of_skill.low > pair.skill_of_needs.high &&
          pair.skill_of_needs.low > pair.skill_without.high) {
        found.push_back(pair);
      }
    }
  }
  std::ranges::stable_sort(found, std::greater(),
                           [](const Prerequisite& pair) { return pair.needs_of_skill.low; });
  return found;
}

SkillNeeds needs_of(const KnowledgeStudy& study, const std::vector<Prerequisite>& prerequisites) {
  SkillNeeds needs(study.skills.size());
  for (const Prerequisite& pair : prerequisites) needs[pair.skill].push_back(pair.needs);
  return needs;
}

SkillNeeds needs_of(const KnowledgeStudy& study, const Frame& table) {
  std::vector<std::string> names;
  for (const SkillStudy& skill : study.skills) names.push_back(skill.skill);
  const auto number_of = [&](const std::string& name) {
    const auto at = std::ranges::find(names, name);
    if (at == names.end()) {
      throw Error(ErrorCode::kUsage, "knowledge.requires",
                  fmt::format("nobody answered to the skill '{}'{}", name,
                              in_brackets(did_you_mean(name, names))));
    }
    return static_cast<std::uint32_t>(at - names.begin());
  };
  SkillNeeds needs(study.skills.size());
  const Frame::Column& skill = table.column("skill");
  const Frame::Column& required = table.column("requires");
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (skill.is_missing(row) || required.is_missing(row)) continue;
    needs[number_of(skill.text(row))].push_back(number_of(required.text(row)));
  }
  return needs;
}

std::vector<NextSkill> next_skills(const KnowledgeStudy& study, const SkillNeeds& needs,
                                   double mastered_at) {
  const std::size_t skills = study.skills.size();
  std::vector<NextSkill> of_all(study.learners.size() * skills);
  for (std::uint32_t skill = 0; skill < skills; ++skill) {
    const SkillStudy& of = study.skills[skill];
    const stats::TracingParameters usual = of.model.usual();
    const stats::SkillState first = stats::SkillState::first(usual);
    for (std::uint32_t learner = 0; learner < study.learners.size(); ++learner) {
      of_all[learner * skills + skill] = {learner, skill, true, first.known, first.right(usual),
                                          {}};
    }
    for (std::size_t i = 0; i < of.of.size(); ++i) {
      const double known = of.mastery[i];
      const stats::SkillState next = stats::SkillState{1 - known, known}.onward(usual);
      of_all[of.of[i] * skills + skill] = {of.of[i], skill, false, known, next.right(usual), {}};
    }
  }
  const auto is_open = [&](const NextSkill& next) {
    return next.is_new || next.known < mastered_at;
  };
  std::vector<NextSkill> open;
  for (NextSkill& next : of_all) {
    if (!is_open(next)) continue;
    for (const std::uint32_t needed : needs[next.skill]) {
      if (is_open(of_all[next.learner * skills + needed])) next.missing.push_back(needed);
    }
    open.push_back(next);
  }
  std::ranges::stable_sort(
      open, {}, [](const NextSkill& next) { return std::pair(next.learner, next.right); });
  return open;
}

}  // namespace waymark::engine
