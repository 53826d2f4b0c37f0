#pragma once

#include "report/content.h"

namespace waymark::report {

// A report's content as an open university would have it: invented, plausible, always the same.
// For tests and for looking at the page.
Content sample();

// The same with a model of four classes in place of the one of two.
Content sample_of_classes();

// The first with 500 courses, 60 sources and 40 drivers.
Content large_sample();

}  // namespace waymark::report
