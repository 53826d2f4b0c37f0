#pragma once

#include <cstddef>
#include <ostream>

#include "report/answer.h"

namespace waymark::cli {

// Draws an answer as bars of text, a row each, from 0; within so many columns, 0 for any number.
void print_bars(const report::AnswerTable& table, std::ostream& out, std::size_t width,
                bool colour);

}  // namespace waymark::cli
