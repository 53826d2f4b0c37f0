#pragma once

#include <memory>
#include <string>

#include "query/print.h"

namespace waymark::query {

// Passes rows on as a person reads them, for tables that no program reads: numbers with decimals to
// four digits, those of columns that end in _ms or _seconds as durations, and an estimate NAME with
// its interval NAME_low and NAME_high in one column, "52.2 ± 2.3".
std::unique_ptr<Printer> make_readable(std::unique_ptr<Printer> printer);

// "250 ms", "50 s", "12 min", "3 h 20 min", "50 d"
std::string duration_in_words(double seconds);

}  // namespace waymark::query
