#include "report/scale.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "report/number.h"

namespace waymark::report {
namespace {

constexpr double kLargest = 1e300;
// From 0: further away, a double tells neither a step nor the next number from the last one.
constexpr double kMostSteps = 1e12;

// The smallest round step that is at least `least`.
double round_step(double least) {
  const double unit = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * unit >= least * (1 - 1e-9)) return factor * unit;
  }
  return 10 * unit;
}

// Months counted from year 0.
std::int64_t month_of(Day day) {
  const std::chrono::year_month_day when{std::chrono::sys_days{std::chrono::days{day}}};
  return 12 * static_cast<int>(when.year()) + static_cast<unsigned>(when.month()) - 1;
}

Day first_of(std::int64_t month) {
  const std::chrono::year_month_day when{std::chrono::year{static_cast<int>(month / 12)},
                                         std::chrono::month{static_cast<unsigned>(month % 12) + 1},
                                         std::chrono::day{1}};
  return std::chrono::sys_days{when}.time_since_epoch().count();
}

std::string month_label(std::int64_t month) {
  const std::string text = date(first_of(month));  // "1 Feb 2013"
  return month % 12 == 0 ? text.substr(6) : text.substr(2, 3);
}

}  // namespace

std::vector<double> nice_ticks(double low, double high, int wanted) {
  if (!(std::fabs(low) < kLargest && std::fabs(high) < kLargest)) low = 0, high = 1;
  if (low > high) std::swap(low, high);
  if (low == high) {
    const double around = low == 0 ? 1 : std::fabs(low);
    (low > 0 ? low : high) += low > 0 ? -around : around;
  }
  const double step = round_step((high - low) / std::max(1, wanted));
  const double first = std::floor(low / step + 1e-9);
  const double last = std::ceil(high / step - 1e-9);
  if (!(std::fabs(first) < kMostSteps && std::fabs(last) < kMostSteps)) return {low, high};
  std::vector<double> ticks;
  for (double i = first; i <= last; ++i) ticks.push_back(i * step);
  return ticks;
}

std::vector<DayTick> day_ticks(Day first, Day last, int most) {
  std::vector<DayTick> ticks;
  if (first > last || date(first) == "–" || date(last) == "–" || most < 1) return ticks;
  const std::int64_t span = last - first + 1;
  for (const int step : {1, 2, 7, 14}) {
    if ((span + step - 1) / step > most || span > 70) continue;
    for (Day day = first; day <= last; day += step) {
      const std::string text = date(day);
      ticks.push_back({day, text.substr(0, text.size() - 5)});
    }
    return ticks;
  }
  const std::int64_t begin = month_of(first - 1) + 1;  // the first month that starts in the span
  const std::int64_t end = month_of(last);
  for (const int step : {1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000, 120000}) {
    const std::int64_t aligned = (begin + step - 1) / step * step;
    if ((end - aligned) / step + 1 > most) continue;
    for (std::int64_t month = aligned; month <= end; month += step) {
      ticks.push_back({first_of(month), month_label(month)});
    }
    break;
  }
  return ticks;
}

}  // namespace waymark::report
