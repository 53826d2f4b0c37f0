// query, sql: what people ask, and how they are answered.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/bars.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "engine/measures.h"
#include "engine/question.h"
#include "engine/trails.h"
#include "query/export.h"
#include "query/session.h"
#include "report/answer.h"

namespace waymark::cli {
namespace {

constexpr std::uint64_t kRows = 100;

// Prints or writes what a SELECT gives, as `--format` and `--output` say.
void show(const Arguments& arguments, query::Sources sources, const sql::Options& options,
          const std::string& select) {
  const std::string format = arguments.json ? "json" : arguments.format;
  if (format == "parquet" && arguments.output.empty()) {
    throw Error(ErrorCode::kUsage, "sql.output_missing", "Parquet needs a file: --output FILE");
  }
  if (!arguments.output.empty() && format != "json" && format != "table") {
    sources.output = arguments.output;
    const auto file_format = format == "parquet" ? query::FileFormat::kParquet
                             : format == "csv"   ? query::FileFormat::kCsv
                                                 : query::FileFormat::kNdjson;
    const std::uint64_t rows =
        query::export_query(std::move(sources), options, select, file_format);
    say(arguments, fmt::format("{} rows in {}", with_thousands(static_cast<std::int64_t>(rows)),
                               arguments.output.string()));
    return;
  }
  query::Session session(sources, options);
  sql::Result result = session.query(select);
  if (arguments.output.empty()) {
    query::print(result, *standard_printer(format, arguments.rows > 0 ? arguments.rows : kRows));
    return;
  }
  std::ofstream file(arguments.output);
  query::print(result, *query::make_printer(format == "json" ? query::PrintFormat::kJsonArray
                                                             : query::PrintFormat::kTable,
                                            file));
  if (!file.flush())
    throw Error(ErrorCode::kEnvironment, "sql.output_failed",
                "could not write " + arguments.output.string());
}

report::AnswerTable table_of(sql::Result result, const engine::Answer& answer,
                             const std::string& title) {
  report::AnswerTable table{.title = title};
  for (const sql::Column& column : result.columns()) {
    const std::size_t at = table.columns.size();
    const bool is_label = std::ranges::find(answer.labels, column.name) != answer.labels.end();
    if (column.name == answer.value) table.value = at;
    if (is_label) table.labels.push_back(at);
    const bool is_number = column.type == sql::Type::kInteger ||
                           column.type == sql::Type::kDouble || column.type == sql::Type::kDecimal;
    table.columns.push_back({column.name, is_number && !is_label});
  }
  while (const auto chunk = result.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      std::vector<std::string>& cells = table.rows.emplace_back();
      for (std::size_t i = 0; i < chunk->column_count(); ++i) {
        const sql::ColumnView& column = chunk->column(i);
        cells.push_back(column.is_null(row) ? ""
                        : column.type() == sql::Type::kDouble
                            ? fmt::format("{:.4g}", column.number(row))
                            : column.to_text(row));
      }
    }
  }
  return table;
}

void show_chart(const Arguments& arguments, const engine::Question& question,
                const engine::Answer& answer, const sql::Options& options) {
  query::Session session(answer.sources, options);
  std::string title = question.measure;
  if (!question.by.empty()) title += fmt::format(" by {}", fmt::join(question.by, ", "));
  if (!question.where.empty()) title += fmt::format(", {}", fmt::join(question.where, ", "));
  const report::AnswerTable table = table_of(session.query(answer.select), answer, title);
  if (arguments.output.empty()) {
    print_bars(table, std::cout, terminal_width(), wants_colour(1));
    return;
  }
  write_file_atomically(arguments.output, report::render_answer(table));
  say(arguments, fmt::format("A chart in {}", arguments.output.string()));
}

}  // namespace

int sql(const Arguments& arguments) {
  const engine::Catalog catalog = engine::load(arguments.workspace);
  show(arguments,
       {.trails = engine::open_trails(catalog),
        .warehouse = engine::Folders(catalog.workspace).warehouse},
       engine::sql_options(catalog), arguments.statement);
  return 0;
}

int query(const Arguments& arguments) {
  const engine::Catalog catalog = engine::load(arguments.workspace);
  engine::Question question{arguments.measure, arguments.by, arguments.where, std::nullopt};
  if (!arguments.as_of.empty()) {
    question.as_of = parse_iso_time(arguments.as_of, catalog.zone());
    if (!question.as_of) {
      throw Error(ErrorCode::kUsage, "query.time",
                  fmt::format("'{}' is no time; say 2025-03-31, or 2025-03-31T12:00 by the "
                              "workspace's clock",
                              arguments.as_of));
    }
  }
  const journal::Journal journal = engine::open_journal(catalog, true);
  engine::Answer answer =
      engine::answer(question, catalog, journal, now(), *progress_for(arguments));
  const sql::Options options = engine::sql_options(catalog);
  if (arguments.format == "chart" && !arguments.json) {
    show_chart(arguments, question, answer, options);
  } else {
    show(arguments, std::move(answer.sources), options, answer.select);
  }
  return 0;
}

}  // namespace waymark::cli
