#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "event/event.h"

namespace waymark::engine {

// What the benchmark asks, for the folds, the SQL and the plain loops alike.
inline constexpr Micros kBenchGap = 30 * kMicrosPerMinute;
inline constexpr Micros kBenchWindow = 7 * kMicrosPerDay;
inline constexpr std::size_t kBenchSteps = 4;  // of the funnel: the first kinds, in order
inline constexpr std::size_t kBenchWeeks = 16;
inline constexpr std::uint8_t kBenchCourse = 7;
inline constexpr std::size_t kBenchTimes = 3;  // of a kind, recently: the cohorts
inline constexpr Micros kBenchRecent = 14 * kMicrosPerDay;
// The Monday on or before the first event, from which weeks are counted; and as of when features
// and cohorts are asked for.
inline constexpr Micros kBenchMonday = 1'735'516'800 * kMicrosPerSecond;  // 2024-12-30
inline constexpr Micros kBenchAsOf = 1'742'947'200 * kMicrosPerSecond;    // 2025-03-26

}  // namespace waymark::engine
