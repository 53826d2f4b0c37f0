#pragma once

#include "report/content.h"
#include "report/text_page.h"

namespace waymark::report {

// What was unusual, where learners stand, their tiers and clusters.
void add_measures(const Content& content, TextPage& page);

}  // namespace waymark::report
