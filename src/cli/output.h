#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "engine/progress.h"
#include "query/print.h"

namespace waymark::cli {

// Prints a table to standard output: aligned for people, as one JSON array for programs.
void print_table(const Arguments& arguments, const std::vector<query::Heading>& headings,
                 const std::vector<std::vector<query::Cell>>& rows);

// A printer for standard output in that format ("table", "csv", "json", "ndjson").
std::unique_ptr<query::Printer> standard_printer(const std::string& format, std::size_t row_limit);

// What tells the person how long work goes; silent where a program reads, or --quiet.
std::unique_ptr<engine::Progress> progress_for(const Arguments& arguments);

// "note: …" on standard error, for each.
void print_notes(const std::vector<std::string>& notes);

// A sentence for the person; nothing where a program reads.
void say(const Arguments& arguments, const std::string& sentence);

}  // namespace waymark::cli
