#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fold/filter.h"
#include "fold/periods.h"
#include "workspace/diagnostic.h"
#include "workspace/workspace.h"

namespace waymark::fold {

// Where a learner stands in a period; see lifecycle.h for what each means.
enum class Stage : std::uint8_t { kNew, kActivated, kEngaged, kAtRisk, kDormant, kResurrected };
inline constexpr std::size_t kStages = 6;
inline constexpr std::array<std::string_view, kStages> kStageWords{
    "new", "activated", "engaged", "at_risk", "dormant", "resurrected"};

// measures/*.yaml with `measure: lifecycle`; see lifecycle.schema.json.
struct LifecycleDefinition {
  static constexpr std::uint32_t kMostPeriods = 366;

  std::string name;
  std::string version;
  Filter activity;
  std::optional<Filter> activated;  // none: nothing is asked beyond activity
  std::uint32_t activating = 1;     // such events that it takes
  std::optional<Filter> left;
  bool per_course = true;
  PeriodUnit unit = PeriodUnit::kWeek;
  std::string zone_property;               // names the learner's time zone; empty: the workspace's
  std::uint32_t engaged_days = 3;          // active days of a period, or more
  std::uint32_t at_risk = 1, dormant = 4;  // periods without activity in a row, or more

  // Periods are the calendar's, numbered from that of 1970-01-01.
  std::int32_t period_of(std::int64_t day) const {
    return static_cast<std::int32_t>(Periods(unit, true).number(0, day));
  }
  std::int64_t first_day(std::int32_t period) const {
    return Periods(unit, true).first_day(0, period);
  }
};

LifecycleDefinition parse_lifecycle(const workspace::Definition& definition,
                                    workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
