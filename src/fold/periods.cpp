#include "fold/periods.h"

#include "base/time.h"
#include "fold/local_clock.h"

namespace waymark::fold {

PeriodUnit period_unit(std::string_view word) {
  return word == "day"     ? PeriodUnit::kDay
         : word == "month" ? PeriodUnit::kMonth
                           : PeriodUnit::kWeek;
}

std::string_view word_of(PeriodUnit unit) {
  static constexpr std::string_view kWords[]{"day", "week", "month"};
  return kWords[static_cast<std::size_t>(unit)];
}

std::int64_t Periods::cohort_of(std::int64_t day) const {
  switch (unit_) {
    case PeriodUnit::kDay:
      return day;
    case PeriodUnit::kWeek:
      return day - weekday_of(day);
    case PeriodUnit::kMonth:
      break;
  }
  return first_day_of_month(month_of(day));
}

std::int64_t Periods::first_day(std::int64_t start, std::int64_t number) const {
  const std::int64_t first = of_calendar_ ? cohort_of(start) : start;
  return length() != 0 ? first + number * length() : add_months(first, number);
}

std::int64_t Periods::number(std::int64_t start, std::int64_t day) const {
  const std::int64_t first = of_calendar_ ? cohort_of(start) : start;
  if (length() != 0) {
    return (day - first) / length() - ((day - first) % length() < 0 ? 1 : 0);
  }
  const std::int64_t months = month_of(day) - month_of(first);
  return add_months(first, months) <= day ? months : months - 1;
}

}  // namespace waymark::fold
