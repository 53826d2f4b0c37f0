#pragma once

#include <string>

#include "report/html.h"

namespace waymark::report {

// A whole HTML file, without anything that it would have to fetch. `title` stands in the browser's
// bar; `program` made it.
std::string document(const std::string& title, const std::string& program, const Html& body);

}  // namespace waymark::report
