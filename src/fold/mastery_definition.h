#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "fold/filter.h"
#include "stats/tracing.h"
#include "workspace/diagnostic.h"
#include "workspace/workspace.h"

namespace waymark::fold {

// measures/*.yaml with `measure: mastery`; see mastery.schema.json.
struct MasteryDefinition {
  enum class SkillFrom : std::uint8_t { kObject, kContext, kCourse, kProperty };

  std::string name;
  std::string version;
  Filter answers;
  Filter correct;  // of the answers, those that are right
  SkillFrom skill_from = SkillFrom::kObject;
  std::string skill_property;
  double mastered_at = 0.95;
  std::optional<Micros> half_life;  // of what was learned; none: it stays
  std::map<std::string, stats::TracingParameters> skills;
  std::optional<stats::TracingParameters> other_skills;  // none: others are not followed
};

MasteryDefinition parse_mastery(const workspace::Definition& definition,
                                workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
