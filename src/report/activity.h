#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "report/content.h"
#include "trail/reader.h"

namespace waymark::report {

// How much there is of what, by source, course and local week, as counts of events and of different
// learners.
struct Activity {
  struct OfSource {
    Micros first = 0;
    Micros last = 0;
    std::int64_t learners = 0;
    std::int64_t courses = 0;
  };
  struct OfCourse {
    std::int64_t events = 0;
    std::int64_t learners = 0;
    std::vector<Week> weeks;
  };
  std::map<std::string, OfSource> sources;
  std::map<std::string, OfCourse> courses;
  std::vector<Week> weeks;  // of all courses, and of events outside of courses
};

// Walks once through all trails: a learner's events lie together there, so that counting different
// learners takes no more than remembering who came last. Weeks begin on Mondays; they ascend, and
// one without events is left out. Into them goes what learners do: events of `kinds`, or of all if
// there are none.
Activity count_activity(const trail::TrailReader& trails, const Zone& zone,
                        const std::vector<std::string>& kinds);

}  // namespace waymark::report
