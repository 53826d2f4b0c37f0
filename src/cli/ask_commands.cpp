// query, explain, sql: what people ask, and how they are answered.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iostream>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/bars.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/table_argument.h"
#include "cli/terminal.h"
#include "engine/explain.h"
#include "engine/measures.h"
#include "engine/question.h"
#include "engine/trails.h"
#include "query/export.h"
#include "query/readable.h"
#include "query/session.h"
#include "report/answer.h"

namespace waymark::cli {
namespace {

constexpr std::uint64_t kRows = 100;
constexpr std::uint64_t kExplainedRows = 5;

// How tables show numbers: as the SELECT gives them, or rounded for people.
enum class Numbers { kExact, kReadable };

// Prints or writes what a SELECT gives, as `--format` and `--output` say.
void show(const Arguments& arguments, query::Sources sources, const sql::Options& options,
          const std::string& select, Numbers numbers, const std::string& note = "") {
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
        query::export_query(std::move(sources), options, select, file_format, note);
    say(arguments, fmt::format("{} rows in {}", with_thousands(rows), arguments.output.string()));
    return;
  }
  query::Session session(sources, options);
  sql::Result result = session.query(select);
  const auto print = [&](std::unique_ptr<query::Printer> printer) {
    const bool is_rounded = format == "table" && numbers == Numbers::kReadable;
    query::print(result, is_rounded ? *query::make_readable(std::move(printer)) : *printer);
  };
  if (arguments.output.empty())
    return print(standard_printer(format, arguments.rows > 0 ? arguments.rows : kRows));
  std::ofstream file(arguments.output);
  print(query::make_printer(
      format == "json" ? query::PrintFormat::kJsonArray : query::PrintFormat::kTable, file));
  if (!file.flush())
    throw Error(ErrorCode::kEnvironment, "sql.output_failed",
                "could not write " + arguments.output.string());
}

// "share_of_first" -> "Share of first"
std::string in_words(std::string name) {
  std::ranges::replace(name, '_', ' ');
  if (!name.empty()) name.front() = static_cast<char>(std::toupper(name.front()));
  return name;
}

bool is_number(sql::Type type) {
  return type == sql::Type::kInteger || type == sql::Type::kDouble || type == sql::Type::kDecimal;
}

// Which column of the answer is which in the table.
void tell_columns(const std::vector<sql::Column>& columns, const engine::Answer& answer,
                  report::AnswerTable& table) {
  static constexpr std::string_view kPeriods[]{"period", "day", "week", "month"};
  const auto find = [&](const std::string& name) -> std::optional<std::size_t> {
    const auto found = std::ranges::find(columns, name, &sql::Column::name);
    if (found == columns.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns.begin());
  };
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& [name, type] = columns[i];
    const bool is_label = std::ranges::find(answer.labels, name) != answer.labels.end();
    const bool is_period = std::ranges::find(kPeriods, name) != std::end(kPeriods);
    table.columns.push_back({name, is_number(type) && !is_label});
    if (!is_label) continue;
    if (!table.day && is_period && type == sql::Type::kDate) {
      table.day = i;
    } else {
      table.labels.push_back(i);
    }
  }
  const engine::Answer::Shown& shown = answer.shown;
  table.value = find(shown.value).value_or(0);
  table.words = shown.words.empty() ? in_words(shown.value) : shown.words;
  table.unit = shown.unit;
  table.low = find(shown.low), table.high = find(shown.high);
  table.usual = find(shown.usual);
  table.usual_low = find(shown.usual_low), table.usual_high = find(shown.usual_high);
}

report::AnswerTable table_of(sql::Result result, const engine::Answer& answer) {
  report::AnswerTable table{.note = answer.note};
  tell_columns(result.columns(), answer, table);
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

// What a chart may be written as, which the file's name says.
enum class ChartFile { kNone, kPage, kPicture };

ChartFile chart_file(const std::filesystem::path& path) {
  const std::string ending = lower_ascii(path.extension().string());
  if (path.empty()) return ChartFile::kNone;
  if (ending == ".svg") return ChartFile::kPicture;
  if (ending == ".html" || ending == ".htm") return ChartFile::kPage;
  throw Error(ErrorCode::kUsage, "query.chart_file",
              fmt::format("a chart is written as a picture, NAME.svg, or as a page with its "
                          "numbers, NAME.html; '{}' is neither",
                          path.filename().string()));
}

void show_chart(const Arguments& arguments, const engine::Question& question,
                const engine::Answer& answer, const sql::Options& options) {
  query::Session session(answer.sources, options);
  report::AnswerTable table = table_of(session.query(answer.select), answer);
  table.title = in_words(question.measure);
  if (!question.by.empty()) table.title += fmt::format(" by {}", fmt::join(question.by, ", "));
  if (!question.where.empty()) table.title += fmt::format(", {}", fmt::join(question.where, ", "));
  const ChartFile file = chart_file(arguments.output);
  if (file == ChartFile::kNone)
    return print_bars(table, std::cout, terminal_width(), wants_colour(1));
  write_file_atomically(arguments.output, file == ChartFile::kPicture
                                              ? report::render_answer_picture(table)
                                              : report::render_answer(table));
  say(arguments, fmt::format("A chart in {}", arguments.output.string()));
}

// "10%" or "0.1"; none of an empty text.
std::optional<double> share_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const bool is_percentage = text.ends_with('%');
  const auto number = parse_number(trimmed(is_percentage ? text.substr(0, text.size() - 1) : text));
  const double share = number.value_or(0) / (is_percentage ? 100 : 1);
  if (share > 0 && share < 1) return share;
  throw Error(
      ErrorCode::kUsage, "query.share",
      fmt::format("'{}' is no share of the learners to draw; say 10% or 0.1, or leave it out to "
                  "ask about all",
                  text));
}

void print_note(const Arguments& arguments, const std::string& note) {
  if (!note.empty() && !arguments.quiet) fmt::print(stderr, "{}\n", note);
}

// The first of the rows that a part is an aggregate of.
sql::Result rows_behind(const engine::Explanation::Part& part, query::Session& session,
                        std::uint64_t rows) {
  return session.query(fmt::format("FROM ({}) LIMIT {}", part.rows, rows));
}

void print_explanation(const engine::Explanation& found, query::Session& session,
                       std::uint64_t rows) {
  const fold::MetricDefinition& metric = found.metric;
  fmt::print("{}{}{}\n", metric.name, metric.description.empty() ? "" : ": ", metric.description);
  if (!metric.owner.empty()) fmt::print("owner    {}\n", metric.owner);
  if (!metric.unit.empty()) fmt::print("unit     {}\n", metric.unit);
  fmt::print("version  {}\nperiod   from {}\n\n", metric.version, found.period);
  std::vector<std::vector<query::Cell>> parts;
  for (const auto& part : found.parts) {
    parts.push_back({query::Cell::of(std::string(2 * part.depth, ' ') + part.name),
                     part.value ? query::Cell::of(*part.value) : query::Cell::null(),
                     query::Cell::of(part.n), query::Cell::of(part.formula)});
  }
  print_table({}, {{"number"}, {"value", true}, {"n", true}, {"is"}}, parts);
  for (const auto& part : found.parts) {
    if (part.rows.empty()) continue;
    fmt::print("\n{}: {} of {} rows\n", part.name, std::min(rows, part.count),
               with_thousands(part.count));
    sql::Result result = rows_behind(part, session, rows);
    query::print(result, *standard_printer("table", rows));
  }
}

void print_explanation_as_json(const engine::Explanation& found, query::Session& session,
                               std::uint64_t rows) {
  const fold::MetricDefinition& metric = found.metric;
  JsonWriter out(JsonWriter::Style::kPretty);
  out.begin_object().key("metric").string(metric.name);
  out.key("description").string(metric.description).key("owner").string(metric.owner);
  out.key("unit").string(metric.unit).key("direction").string(metric.direction);
  out.key("period").string(found.period).key("parts").begin_array();
  for (const auto& part : found.parts) {
    out.begin_object().key("name").string(part.name).key("version").string(part.version);
    out.key("depth").integer(static_cast<std::int64_t>(part.depth));
    out.key("formula").string(part.formula).key("value");
    part.value ? out.number(*part.value) : out.null();
    out.key("n").integer(part.n).key("sql").string(part.rows);
    out.key("row_count").integer(static_cast<std::int64_t>(part.count));
    out.key("rows").begin_array();
    if (!part.rows.empty()) {
      sql::Result result = rows_behind(part, session, rows);
      while (const auto chunk = result.next()) {
        for (std::size_t row = 0; row < chunk->size(); ++row) {
          out.begin_object();
          for (std::size_t i = 0; i < chunk->column_count(); ++i) {
            out.key(result.columns()[i].name);
            chunk->column(i).write_json(row, out);
          }
          out.end_object();
        }
      }
    }
    out.end_array().end_object();
  }
  fmt::print("{}\n", out.end_array().end_object().take());
}

}  // namespace

int sql(const Arguments& arguments) {
  const engine::Catalog catalog = engine::load(arguments.workspace);
  const trail::TrailReader trails = engine::open_trails(catalog);
  show(arguments, sources_of(catalog, trails), engine::sql_options(catalog), arguments.statement,
       Numbers::kExact);
  return 0;
}

int query(const Arguments& arguments) {
  const bool is_chart = arguments.format == "chart" && !arguments.json;
  if (is_chart) chart_file(arguments.output);  // before anything is made
  const engine::Catalog catalog = engine::load(arguments.workspace);
  engine::Question question{
      arguments.measure,
      arguments.by,
      arguments.where,
      std::nullopt,
      {arguments.include, arguments.exclude, arguments.sources, arguments.without_sources,
       share_of(arguments.sample), arguments.seed}};
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
  print_note(arguments, answer.note);
  if (is_chart) {
    show_chart(arguments, question, answer, options);
  } else {
    show(arguments, std::move(answer.sources), options, answer.select, Numbers::kReadable,
         answer.note);
  }
  return 0;
}

int explain(const Arguments& arguments) {
  const engine::Catalog catalog = engine::load(arguments.workspace);
  const auto at = parse_iso_time(arguments.at, catalog.zone());
  if (!at) {
    throw Error(ErrorCode::kUsage, "explain.day",
                fmt::format("'{}' is no day; say 2025-03-31", arguments.at));
  }
  const engine::Explanation found =
      engine::explain(arguments.measure, catalog.zone().local_day(*at), arguments.where, catalog,
                      engine::open_journal(catalog, true), now(), *progress_for(arguments));
  print_note(arguments, found.note);
  const std::uint64_t rows = arguments.rows > 0 ? arguments.rows : kExplainedRows;
  query::Session session(found.sources, engine::sql_options(catalog));
  arguments.json ? print_explanation_as_json(found, session, rows)
                 : print_explanation(found, session, rows);
  return 0;
}

}  // namespace waymark::cli
