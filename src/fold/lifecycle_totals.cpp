#include "fold/lifecycle_totals.h"

#include <limits>
#include <numeric>

namespace waymark::fold {

void LifecycleTotals::add(const LifecycleTable& stays) {
  const auto stage = [&](std::size_t row) { return static_cast<std::size_t>(stays.stage[row]); };
  const auto follow = [&](std::size_t row, std::size_t next) {
    return next < stays.size() && stays.learner[next] == stays.learner[row] &&
           stays.course[next] == stays.course[row] &&
           definition_.period_of(stays.first_period[next]) ==
               definition_.period_of(stays.last_period[row]) + 1;
  };
  bool goes_on = false;
  for (std::size_t row = 0; row < stays.size(); ++row) {
    const Code course = stays.course[row];
    const std::int32_t first = definition_.period_of(stays.first_period[row]);
    ++passing(course, first, goes_on ? stage(row - 1) : kNone, stage(row));
    goes_on = follow(row, row + 1);
    if (goes_on) continue;
    const std::int32_t after = definition_.period_of(stays.last_period[row]) + 1;
    ++passing(course, after, stage(row), stays.lasts[row] != 0 ? kUnknown : kNone);
  }
}

// One course's learners, period by period.
struct LifecycleTabulation {
  using Passing = LifecycleTotals::Passing;
  static constexpr std::size_t kNone = LifecycleTotals::kNone;

  LifecycleTabulation(const LifecycleDefinition& of, LifecycleTables& into)
      : definition(of), tables(into) {}

  void run(const LifecycleTotals& totals) {
    const Passing nothing{};
    for (auto at = totals.passing_.begin(); at != totals.passing_.end();) {
      const auto& [course, period] = at->first;
      pass(course, period, at->second);
      const auto next = std::next(at);
      const bool goes_on = next != totals.passing_.end() && next->first.first == course;
      for (std::int32_t between = period + 1; goes_on && between < next->first.second; ++between) {
        pass(course, between, nothing);
      }
      at = next;
    }
  }

  void pass(Code course, std::int32_t period, Passing passing) {
    const auto day = static_cast<std::int32_t>(definition.first_day(period));
    for (std::size_t from = 0; from < kStages; ++from) {
      const std::uint64_t gone =
          std::accumulate(passing[from].begin(), passing[from].end(), std::uint64_t{0});
      passing[from][from] = learners[from] - gone;
      learners[from] -= passing[from][LifecycleTotals::kUnknown];
    }
    for (std::size_t from = 0; from <= kStages; ++from) {
      for (std::size_t to = 0; to <= kStages; ++to) {
        if (passing[from][to] != 0) add_transition(course, day, from, to, passing[from][to]);
      }
    }
    for (std::size_t stage = 0; stage < kStages; ++stage) {
      learners[stage] = 0;
      for (const auto& from : passing) learners[stage] += from[stage];
    }
    const auto all = std::accumulate(learners.begin(), learners.end(), std::uint64_t{0});
    for (std::size_t stage = 0; stage < kStages; ++stage) {
      if (learners[stage] == 0) continue;
      LifecyclePeriods& periods = tables.periods;
      periods.course.push_back(course);
      periods.period.push_back(day);
      periods.stage.push_back(static_cast<Stage>(stage));
      periods.learners.push_back(learners[stage]);
      periods.share.push_back(static_cast<double>(learners[stage]) / static_cast<double>(all));
    }
  }

  void add_transition(Code course, std::int32_t day, std::size_t from, std::size_t to,
                      std::uint64_t count) {
    const auto stage = [](std::size_t index) {
      return index == kNone ? std::nullopt : std::optional(static_cast<Stage>(index));
    };
    LifecycleTransitions& transitions = tables.transitions;
    transitions.course.push_back(course);
    transitions.period.push_back(day);
    transitions.from.push_back(stage(from));
    transitions.to.push_back(stage(to));
    transitions.learners.push_back(count);
    transitions.share.push_back(from == kNone ? std::numeric_limits<double>::quiet_NaN()
                                              : static_cast<double>(count) /
                                                    static_cast<double>(learners[from]));
  }

  const LifecycleDefinition& definition;
  LifecycleTables& tables;
  std::array<std::uint64_t, kStages> learners{};  // in the period before
};

LifecycleTables LifecycleTotals::tables() const {
  LifecycleTables tables;
  LifecycleTabulation(definition_, tables).run(*this);
  return tables;
}

}  // namespace waymark::fold
