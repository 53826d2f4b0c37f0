#pragma once

#include <string>
#include <string_view>

namespace waymark::report {

// The page's style sheet: light, dark, phone, print; and what it adds for charts.
extern const std::string_view kStyle;
extern const std::string_view kChartStyle;

// That of a chart that is a file of its own: in light, without what editors of pictures do not
// know, such as variables.
std::string picture_style();

}  // namespace waymark::report
