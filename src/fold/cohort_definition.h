#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "fold/filter.h"
#include "workspace/diagnostic.h"
#include "workspace/workspace.h"

namespace waymark::fold {

// What a cohort asks of a learner, as a tree; cohort.h says what each rule means as of a moment.
struct Rule;

// All of the rules, any of them, or none.
struct RuleGroup {
  enum class Kind : std::uint8_t { kAll, kAny, kNot };
  Kind kind = Kind::kAll;
  std::vector<Rule> rules;
};

// at_least <= number of such events <= at_most: of those in the last so long (without `last`: of
// all), and of them those longer ago than `before`, which is less than `last`.
struct RuleCount {
  static constexpr std::uint32_t kMost = 1'000;  // may be asked for: so many times are remembered
  Filter filter;
  std::uint32_t at_least = 1;
  std::optional<std::uint32_t> at_most;
  std::optional<Micros> last;
  Micros before = 0;
};

// at_least <= sum of the value over such events <= at_most; 0 where there are none.
struct RuleSum {
  Value of;
  Filter filter;
  std::optional<double> at_least, at_most;
  std::optional<Micros> last;
  Micros before = 0;
};

// Such events, each after the one before; the last of them no later than `within` after the first.
struct RuleSequence {
  static constexpr std::size_t kMostSteps = 16;
  std::vector<Filter> steps;
  std::optional<Micros> within;
  std::optional<Micros> last;  // when the sequence was completed
};

// The last value known meets the condition.
struct RuleAttribute {
  Condition condition;
};

// The course runs: from its start until its end, both as the workspace's sources give them. A
// course that has none always does.
struct RuleCourse {};

// Is in another cohort at the same moment.
struct RuleCohort {
  std::string name;
  workspace::Place place;
  std::shared_ptr<const Rule> rule;  // what that cohort asks; null until it is resolved
};

struct Rule {
  std::variant<RuleGroup, RuleCount, RuleSum, RuleSequence, RuleAttribute, RuleCourse, RuleCohort>
      is;
};

// measures/*.yaml with `measure: cohort`; see cohort.schema.json.
struct CohortDefinition {
  static constexpr std::size_t kDeepest = 32;  // rules within rules

  std::string name;
  std::string version;  // of what describe() says of it, cohorts that it refers to included
  std::string description;
  bool per_course = true;
  Rule who;
  workspace::Place who_place;
};

// Cohorts that it refers to are yet to be resolved.
CohortDefinition parse_cohort(const workspace::Definition& definition,
                              workspace::Diagnostics& diagnostics);

// Gives each reference to a cohort the rule of that cohort and each version what it refers to.
// Unknown names, circles, references between cohorts per course and per learner, and cohorts that
// ask more than a program can hold are mistakes at their place; such a reference stays unresolved.
void resolve_cohorts(std::vector<CohortDefinition>& cohorts, workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
