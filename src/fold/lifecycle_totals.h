#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "event/dictionary.h"
#include "fold/lifecycle.h"

namespace waymark::fold {

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

// How learners pass from stage to stage between a period and the next, without remembering who they
// are.
class LifecycleTotals {
 public:
  explicit LifecycleTotals(const LifecycleDefinition& definition) : definition_(definition) {}

  // Of what a row tells, its first and last period and whether it lasts. All stays of a learner
  // must be in one piece, as the fold gives them.
  void add(const LifecycleTable& stays);
  // Rows for what there is, by course, period and stages.
  LifecycleTables tables() const;

 private:
  friend struct LifecycleTabulation;
  // Who keeps their stage is not counted: that follows.
  static constexpr std::size_t kNone = kStages, kUnknown = kStages + 1;
  using Passing = std::array<std::array<std::uint64_t, kStages + 2>, kStages + 1>;  // [from][to]
  std::uint64_t& passing(Code course, std::int32_t period, std::size_t from, std::size_t to) {
    return passing_[{course, period}][from][to];
  }

  LifecycleDefinition definition_;
  std::map<std::pair<Code, std::int32_t>, Passing> passing_;  // by course and period
};

}  // namespace waymark::fold
