#include "cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <iostream>

#include "base/json.h"
#include "cli/terminal.h"

namespace waymark::cli {

std::unique_ptr<query::Printer> standard_printer(const std::string& format, std::size_t row_limit) {
  if (format == "csv") return query::make_printer(query::PrintFormat::kCsv, std::cout);
  if (format == "json") return query::make_printer(query::PrintFormat::kJsonArray, std::cout);
  if (format == "ndjson") return query::make_printer(query::PrintFormat::kJsonLines, std::cout);
  const bool terminal = ::isatty(STDOUT_FILENO) != 0;
  query::PrintOptions options{.width = terminal ? terminal_width() : 0,
                              .colour = wants_colour(STDOUT_FILENO)};
  if (row_limit > 0) options.row_limit = row_limit;
  return query::make_printer(query::PrintFormat::kTable, std::cout, options);
}

query::Cell figure_cell(const Arguments& arguments, const model::Figure& figure) {
  if (!arguments.json) return query::Cell::of(in_words(figure));
  JsonWriter out;
  out.begin_object().key("value").number(figure.value).key("low").number(figure.low);
  return {query::Cell::Kind::kJson, out.key("high").number(figure.high).end_object().take()};
}

query::Cell nothing(const Arguments& arguments) {
  return arguments.json ? query::Cell::null() : query::Cell::of("-");
}

query::Cell number_or_dash(double value, int decimals) {
  return std::isfinite(value) ? query::Cell::of(value, decimals) : query::Cell::of("-");
}

void print_table(const Arguments& arguments, const std::vector<query::Heading>& headings,
                 const std::vector<std::vector<query::Cell>>& rows) {
  const auto printer = standard_printer(arguments.json ? "json" : "table", 0);
  printer->begin(headings);
  for (const auto& row : rows) {
    if (!printer->row(row)) break;
  }
  printer->end();
  std::cout.flush();
}

std::unique_ptr<engine::Progress> progress_for(const Arguments& arguments) {
  if (arguments.json || arguments.quiet) return std::make_unique<NoProgress>();
  return std::make_unique<ProgressBar>();
}

void print_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) fmt::print(stderr, "note: {}\n", note);
}

void say(const Arguments& arguments, const std::string& sentence) {
  if (!arguments.json && !arguments.quiet) fmt::print("{}\n", sentence);
}

}  // namespace waymark::cli
