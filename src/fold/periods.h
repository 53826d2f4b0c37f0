#pragma once

#include <cstdint>
#include <string_view>

namespace waymark::fold {

enum class PeriodUnit : std::uint8_t { kDay, kWeek, kMonth };

// Of "day", "week" or "month".
PeriodUnit period_unit(std::string_view word);
std::string_view word_of(PeriodUnit unit);

// Local days (since 1970-01-01) gathered into days, weeks or months, numbered from the period of a
// start, which is 0. Weeks and months are those of the calendar (weeks from Monday, ISO 8601), or
// count from the start: weeks of seven days, months to the same day of the next month, or its last
// day where it is shorter.
class Periods {
 public:
  Periods(PeriodUnit unit, bool of_calendar) : unit_(unit), of_calendar_(of_calendar) {}

  // The first day of the calendar's period that holds the day.
  std::int64_t cohort_of(std::int64_t day) const;
  // Of who starts on the day `start`.
  std::int64_t first_day(std::int64_t start, std::int64_t number) const;
  std::int64_t number(std::int64_t start, std::int64_t day) const;

  PeriodUnit unit() const { return unit_; }
  // The days of each period; 0 where months differ.
  std::int64_t length() const {
    return unit_ == PeriodUnit::kDay ? 1 : unit_ == PeriodUnit::kWeek ? 7 : 0;
  }

 private:
  PeriodUnit unit_;
  bool of_calendar_;
};

}  // namespace waymark::fold
