#pragma once

#include "report/content.h"
#include "report/markup.h"

namespace waymark::report {

// For tests: the page of a content, taken apart; it is expected to be harmless, with links that
// lead somewhere, and without a number that is none.
Markup sound_page(const Content& content);

}  // namespace waymark::report
