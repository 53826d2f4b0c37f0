#include "fold/mastery_definition.h"

#include <fmt/format.h>

#include "fold/reading.h"

namespace waymark::fold {
namespace {

using workspace::Node;

MasteryDefinition::SkillFrom skill_from(const Node& node) {
  if (node["property"].exists()) return MasteryDefinition::SkillFrom::kProperty;
  const std::string column = node.text("object");
  return column == "context"  ? MasteryDefinition::SkillFrom::kContext
         : column == "course" ? MasteryDefinition::SkillFrom::kCourse
                              : MasteryDefinition::SkillFrom::kObject;
}

stats::TracingParameters read_skill(const Node& node, workspace::Diagnostics& diagnostics) {
  const stats::TracingParameters skill{.known_first = node["known_first"].number(),
                                       .learn = node["learn"].number(),
                                       .forget = node["forget"].number(0),
                                       .guess = node["guess"].number(),
                                       .slip = node["slip"].number()};
  if (skill.guess + skill.slip > 1) {
    diagnostics.add(node["slip"].place(), "mastery.knowing_is_worse",
                    fmt::format("who knows the skill is right {} of the time, who does not {}: "
                                "right answers would speak against knowing it",
                                1 - skill.slip, skill.guess),
                    "guess and slip must come to 1 at most");
  }
  return skill;
}

}  // namespace

MasteryDefinition parse_mastery(const workspace::Definition& definition,
                                workspace::Diagnostics& diagnostics) {
  const Node& node = definition.node;
  MasteryDefinition mastery{.name = definition.name, .version = definition.version};
  mastery.answers = read_filter(node["answers"], diagnostics);
  mastery.correct = read_filter(node["correct"], diagnostics);
  mastery.skill_from = skill_from(node["skill"]);
  mastery.skill_property = node["skill"]["property"].text();
  mastery.mastered_at = node["mastered"]["at"].number(mastery.mastered_at);
  if (const Node half_life = node["decay"]["half_life"]; half_life.exists()) {
    mastery.half_life = read_duration(half_life, 0, diagnostics);
    if (mastery.half_life <= 0) {
      diagnostics.add(half_life.place(), "mastery.half_life", "nothing would be known for any time",
                      "half_life: 60d");
    }
  }
  for (const auto& [name, skill] : node["skills"].members()) {
    mastery.skills.emplace(name, read_skill(skill, diagnostics));
  }
  if (const Node others = node["other_skills"]; others.exists()) {
    mastery.other_skills = read_skill(others, diagnostics);
  } else if (mastery.skills.empty()) {
    diagnostics.add(node.place(), "mastery.no_skills",
                    "no skill has numbers, so that none would be followed",
                    "`waymark knowledge ROWS … --save FILE` learns them from answers, or give "
                    "other_skills: {known_first: 0.4, learn: 0.1, guess: 0.2, slip: 0.1}");
  }
  return mastery;
}

}  // namespace waymark::fold
