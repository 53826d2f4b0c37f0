#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "engine/progress.h"
#include "model/evaluation.h"
#include "query/print.h"

namespace waymark::cli {

// "0.834 (0.813 to 0.857)"; of JSON {"value": 0.834…, "low": 0.813…, "high": 0.857…}.
query::Cell figure_cell(const Arguments& arguments, const model::Figure& figure);
// "-"; of JSON null.
query::Cell nothing(const Arguments& arguments);
// A number in a table for people: "-" where there is none.
query::Cell number_or_dash(double value, int decimals);

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
