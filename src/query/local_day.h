#pragma once

#include <memory>

#include "sql/scalar_function.h"

namespace waymark::query {

// local_day(TIMESTAMP, VARCHAR) -> DATE: the calendar day of a UTC time in a zone of the IANA
// database, NULL where either is or where the time is infinite. What timezone() would give too, a
// hundred times as fast. Throws Error{kInvalid, "zone.unknown"}.
std::shared_ptr<const sql::ScalarFunction> local_day_function();

}  // namespace waymark::query
