#include "fold/oracle.h"

#include <chrono>

namespace waymark::fold {

namespace {

bool begins(const std::string& unit, std::int64_t day) {
  if (unit == "week") return (day - day_of(at("2026-03-02"))) % 7 == 0;
  return unit == "day" || day_of_month(day) == 1;
}

}  // namespace

int day_of_month(std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  return static_cast<int>(static_cast<unsigned>(date.day()));
}

std::int64_t first_day_of(const std::string& unit, std::int64_t day) {
  while (!begins(unit, day)) --day;
  return day;
}

std::int64_t first_day_after(const std::string& unit, std::int64_t day) {
  do ++day;
  while (!begins(unit, day));
  return day;
}

Zone zone_at(const EventBatch& events, const std::vector<std::size_t>& trail, std::size_t last) {
  Zone zone = Zone::named("Europe/London");
  for (const std::size_t i : trail) {
    for (std::size_t p = events.first_property(i); p < events.property_end[i]; ++p) {
      if (events.property_names.text(events.property_name[p]) != "zone") continue;
      const auto told = events.property_texts.text(static_cast<Code>(events.property_bits[p]));
      zone = told == "Mars/Base" ? Zone::named("Europe/London") : Zone::named(told);
    }
    if (i == last) break;
  }
  return zone;
}

}  // namespace waymark::fold
