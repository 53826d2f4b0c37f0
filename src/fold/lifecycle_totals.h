#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "event/dictionary.h"
#include "fold/lifecycle_definition.h"

namespace waymark::fold {

// How learners pass from stage to stage between a period and the next, without remembering who they
// are. Who keeps their stage is not counted here: that follows.
class LifecycleTotals {
 public:
  // One more learner was in `from` in the period before and is in `to`; none: had no stage yet, or
  // has none any more.
  void add(Code course, std::int32_t period, std::optional<Stage> from, std::optional<Stage> to);
  // One more was in `from` in the period before, and what comes next is not known yet.
  void add_unknown(Code course, std::int32_t period, Stage from);
  void merge(const LifecycleTotals& more);

 private:
  friend struct LifecycleTabulation;
  static constexpr std::size_t kNone = kStages, kUnknown = kStages + 1;
  using Passing = std::array<std::array<std::uint64_t, kStages + 2>, kStages + 1>;  // [from][to]
  std::map<std::pair<Code, std::int32_t>, Passing> passing_;  // by course and period
};

// Learners by stage, and their share of all who have one in the period.
struct LifecyclePeriods {
  std::vector<Code> course;          // kNoCode in a lifecycle across courses
  std::vector<std::int32_t> period;  // its first day
  std::vector<Stage> stage;
  std::vector<std::uint64_t> learners;
  std::vector<double> share;

  std::size_t size() const { return course.size(); }
};

// Learners by their stage in the period and in the one before, and their share of those who were in
// `from`, as far as is known where they went. `from` is missing for who begins, `to` for who has
// left or whose course is over; neither has a share of the other.
struct LifecycleTransitions {
  std::vector<Code> course;
  std::vector<std::int32_t> period;
  std::vector<std::optional<Stage>> from, to;
  std::vector<std::uint64_t> learners;
  std::vector<double> share;  // NaN without `from`

  std::size_t size() const { return course.size(); }
};

struct LifecycleTables {
  LifecyclePeriods periods;
  LifecycleTransitions transitions;
};

// Rows for what there is, by course, period and stages.
LifecycleTables tables_of(const LifecycleDefinition& definition, const LifecycleTotals& totals);

}  // namespace waymark::fold
