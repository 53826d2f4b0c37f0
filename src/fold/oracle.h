#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fold/story.h"

// What recomputations, for tests, find out literally: by a visit to every day or event.
namespace waymark::fold {

int day_of_month(std::int64_t day);

// The first day of the calendar's "day", "week" or "month".
std::int64_t first_day_of(const std::string& unit, std::int64_t day);
// That of the next one.
std::int64_t first_day_after(const std::string& unit, std::int64_t day);

// What the property `zone` of the trail's events, up to the row `last`, named last; London where
// that is nothing, or no zone.
Zone zone_at(const EventBatch& events, const std::vector<std::size_t>& trail, std::size_t last);

}  // namespace waymark::fold
