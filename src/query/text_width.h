#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace waymark::query {

// The columns that a text takes on a terminal: none for combining marks, two for East Asian wide
// characters and emoji. Text must be valid UTF-8.
std::size_t display_width(std::string_view text);

// The text made safe to show in one line of a terminal: line breaks, tabs and other control
// characters as escapes ("\n", "\x1b"), bytes that are not UTF-8 and direction overrides replaced
// by U+FFFD. What data holds must not steer the terminal.
std::string one_line(std::string_view text);

// The text, or as much of its beginning as fits with "…" after it.
std::string shortened(std::string_view text, std::size_t width);

}  // namespace waymark::query
