#include "fold/course_days.h"

#include <algorithm>
#include <cstdlib>
#include <span>

#include "base/error.h"

namespace waymark::fold {

CourseDays::CourseDays(const Landmarks& course, const Landmarks& earlier) {
  WAYMARK_CHECK(course.size() >= 2 && earlier.size() >= 2);
  same_.emplace_back(course.front(), earlier.front());
  const std::span<const std::int64_t> deadlines(earlier.data() + 1, earlier.size() - 2);
  for (std::size_t i = 1; i + 1 < course.size() && !deadlines.empty(); ++i) {
    const auto& [here_before, there_before] = same_.back();
    const std::int64_t there = course[i] - here_before + there_before;
    const auto apart = [there](std::int64_t day) { return std::abs(day - there); };
    const std::int64_t nearest = *std::ranges::min_element(deadlines, {}, apart);
    if (apart(nearest) > kMostApart || nearest <= there_before) continue;
    same_.emplace_back(course[i], nearest);
  }
  same_.emplace_back(course.back(), earlier.back());
}

std::int64_t CourseDays::earlier(std::int64_t day) const {
  const auto apart = [day](const auto& landmark) { return std::abs(landmark.first - day); };
  // The later of two that are as near: before a deadline there is more to do than after it.
  const auto nearest = std::ranges::min_element(same_.rbegin(), same_.rend(), {}, apart);
  return day - nearest->first + nearest->second;
}

}  // namespace waymark::fold
