#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/content.h"

namespace waymark::report {

// How numbers, days and names read in the report. What is unknown is "–".

std::string count(std::int64_t n);                             // "7,035,828"
std::string count(std::int64_t n, std::string_view singular);  // "1 learner", "2 learners"
std::string percent(double share, int decimals = 0);           // 0.934 -> "93%"
std::string decimal(double value, int decimals);               // "0.861", "-1.5"
std::string compact(double value);                             // 1'250'000 -> "1.25M"
std::string days(double n);                                    // "1 day", "12 days", "12.5 days"
std::string minutes(double n);                                 // "50 s", "12 min", "2 h 5 min"
std::string interval(const Estimate& estimate, int decimals);  // "0.855 to 0.867", or empty

std::string rounded(double value);                           // "1.25M", "12.5", "0.125"
std::string with_unit(double value, std::string_view unit);  // "5,020 learners", "93.4%"

std::string title_of(std::string_view name);  // "active_learners" -> "Active learners"

std::string date(Day day);          // "3 Feb 2013"
std::string date(const Days& d);    // "3 Feb 2013 to 12 Jun 2015"
std::string date_time(Micros utc);  // "22 Nov 2026, 10:15 UTC"

// "a, b and c"; of a long list the first ones "and 12 more".
std::string list(const std::vector<std::string>& items, std::size_t most = 6);

// Columns that a text takes on a terminal, roughly: wide East Asian letters count twice.
std::size_t display_width(std::string_view text);
// Cut to a width, with "…" at the end if anything was cut. The text must be valid UTF-8.
std::string shortened(std::string_view text, std::size_t width);

}  // namespace waymark::report
