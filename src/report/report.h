#pragma once

#include <string>

#include "report/content.h"

namespace waymark::report {

// The report as one HTML file that needs nothing beside it: no script, no font, no picture, no
// network. It follows the reader's light or dark setting, reads on a phone and prints on A4. Equal
// content gives equal bytes. Whatever stands in the content's texts, it can only show as text.
std::string render(const Content& content);

enum class Colour { kNever, kTerminal };

// The same in a page of text, at most 80 columns wide, for a terminal.
std::string render_text(const Content& content, Colour colour = Colour::kNever);

}  // namespace waymark::report
