#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "report/content.h"

namespace waymark::report {

// Where an axis is marked: round numbers (1, 2, 2.5 or 5 times a power of ten), ascending, whose
// first and last enclose [low, high], about `wanted` of them. Limits that are not finite, or too
// far apart to be told in a double, are taken as 0 to 1; between those too near to each other there
// are no ticks but themselves.
std::vector<double> nice_ticks(double low, double high, int wanted);

struct DayTick {
  Day day = 0;
  std::string label;  // "Feb", at a turn of the year "2014"; for short spans "3 Feb"
};

// Days, firsts of months or firsts of years within [first, last], at most `most` of them.
std::vector<DayTick> day_ticks(Day first, Day last, int most);

// Maps a range of values, ascending, to a range of pixels; what lies outside comes to its edge.
struct Scale {
  double from = 0;
  double to = 1;
  double start = 0;  // pixel of `from`
  double end = 1;    // pixel of `to`

  double operator()(double value) const {
    if (to == from) return start;
    return start + (std::clamp(value, from, to) - from) / (to - from) * (end - start);
  }
};

}  // namespace waymark::report
