#include "report/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <variant>

#include "base/text.h"
#include "base/time.h"
#include "report/chart.h"
#include "report/document.h"
#include "report/figure.h"
#include "report/number.h"

namespace waymark::report {
namespace {

constexpr std::size_t kMostRidges = 40;

using Chart = std::variant<BarChart, TimeChart, RidgeChart>;

std::string joined(std::string_view before, std::string_view after) {
  return fmt::format("{}{}{}", before, before.empty() || after.empty() ? "" : " ", after);
}

bool is_share(const AnswerTable& table) { return table.unit == "share"; }

BarChart bars_of(const AnswerTable& table) {
  BarChart chart;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const double value = table.number(row);
    chart.bars.push_back({.label = table.label(row),
                          .value = value,
                          .text = std::isnan(value) ? "none" : with_unit(value, table.unit),
                          .low = table.number(row, table.low),
                          .high = table.number(row, table.high)});
  }
  return chart;
}

// What is by time, as a series for each label.
struct Line {
  std::string label;
  std::vector<Point> points;
  Usual usual;
};

std::vector<Line> lines_of(const AnswerTable& table) {
  std::vector<Line> lines;
  std::map<std::string, std::size_t> at;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const auto time = parse_iso_time(table.rows[row][*table.day], Zone::utc());
    if (!time) continue;
    const auto [found, is_new] = at.try_emplace(table.label(row), lines.size());
    if (is_new) lines.push_back({found->first, {}, {}});
    Line& line = lines[found->second];
    const auto day = static_cast<double>(day_of(*time));
    const auto add = [&](std::optional<std::size_t> column, std::vector<Point>& points) {
      const double value = table.number(row, column);
      if (column) points.push_back({day, is_share(table) ? std::min(value, 1.0) : value});
    };
    add(table.value, line.points);
    add(table.usual, line.usual.middle);
    add(table.usual_low ? table.usual_low : table.low, line.usual.low);
    add(table.usual_high ? table.usual_high : table.high, line.usual.high);
  }
  return lines;
}

Chart chart_of(const AnswerTable& table) {
  if (!table.day) return bars_of(table);
  std::vector<Line> lines = lines_of(table);
  for (Line& line : lines) {
    line.points = with_gaps(line.points);
    line.usual.add_gaps();
  }
  if (lines.size() == 1) {
    return TimeChart{.series = {{.label = table.words, .points = std::move(lines[0].points)}},
                     .usual = std::move(lines[0].usual),
                     .shares = is_share(table)};
  }
  RidgeChart chart{.note_title = "highest"};
  lines.resize(std::min(lines.size(), kMostRidges));
  for (Line& line : lines) {
    double most = kUnknown;
    for (const Point& point : line.points) most = std::fmax(most, point.y);
    chart.rows.push_back({.label = line.label,
                          .note = with_unit(most, is_share(table) ? "share" : ""),
                          .points = std::move(line.points),
                          .usual = std::move(line.usual)});
  }
  return chart;
}

// How the chart is to be read.
std::string reading(const AnswerTable& table, const Chart& chart) {
  std::string text;
  if (!table.unit.empty() && !is_share(table) && table.unit != "ratio" && table.unit != "count")
    text = "In " + table.unit + ".";
  if (!table.day) return joined(text, table.low ? "Whiskers show the 95 % interval." : "");
  if (table.usual) {
    text = joined(text,
                  "The thin line is the median of earlier periods, the shade the band around it.");
  } else if (table.low) {
    text = joined(text, "The shade is the 95 % interval.");
  }
  const auto* ridges = std::get_if<RidgeChart>(&chart);
  if (ridges == nullptr) return text;
  text = joined(text, "Each row has a scale of its own.");
  return ridges->rows.size() < kMostRidges
             ? text
             : joined(text, fmt::format("Drawn are the first {}.", kMostRidges));
}

}  // namespace

std::string AnswerTable::label(std::size_t row) const {
  std::string text;
  for (const std::size_t column : labels) {
    const std::string& part = rows[row][column];
    text += (text.empty() ? "" : ", ") + (part.empty() ? "(none)" : part);
  }
  return text.empty() ? "all" : text;
}

std::string AnswerTable::whole_label(std::size_t row) const {
  if (!day) return label(row);
  return rows[row][*day] + (labels.empty() ? "" : ", " + label(row));
}

double AnswerTable::number(std::size_t row, std::optional<std::size_t> column) const {
  return column ? parse_number(rows[row][*column]).value_or(kUnknown) : kUnknown;
}

std::string render_answer(const AnswerTable& table) {
  Table numbers;
  for (const AnswerTable::Column& column : table.columns) {
    numbers.column(column.name, column.is_number ? Table::Align::kNumber : Table::Align::kText);
  }
  for (const std::vector<std::string>& row : table.rows)
    numbers.row(std::vector<Html>(row.begin(), row.end()));
  Chart chart = chart_of(table);
  const std::string how = reading(table, chart);
  const Html shown = std::visit(
      [&](auto& one) {
        one.title = table.words;
        return figure(one, how, numbers);
      },
      chart);
  return document(
      table.title, "waymark " WAYMARK_VERSION,
      element("div", {{"class", "page"}},
              element("main", {{"id", "content"}},
                      element("section", {},
                              element("h1", {}, table.title) +
                                  (table.note.empty() ? Html() : note(table.note)) +
                                  (shown.empty() ? note("There is nothing to show.") : shown)))));
}

std::string render_answer_picture(const AnswerTable& table) {
  Chart chart = chart_of(table);
  const std::string how = joined(joined(table.words + ".", reading(table, chart)), table.note);
  const Canvas canvas = Canvas::of_file(kWide);
  return std::visit(
             [&](auto& one) {
               one.title = table.title;
               one.description = how;
               const Html picture = draw(one, canvas);
               return picture.empty()
                          ? svg("chart", canvas, 0, table.title, "There is nothing to show.", {})
                          : picture;
             },
             chart)
             .markup() +
         "\n";
}

}  // namespace waymark::report
