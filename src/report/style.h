#pragma once

#include <string_view>

namespace waymark::report {

// The page's style sheet: light, dark, phone, print.
extern const std::string_view kStyle;

}  // namespace waymark::report
