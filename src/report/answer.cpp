#include "report/answer.h"

#include "base/text.h"
#include "report/chart.h"
#include "report/document.h"
#include "report/figure.h"

namespace waymark::report {

std::string AnswerTable::label(std::size_t row) const {
  std::string text;
  for (const std::size_t column : labels) {
    const std::string& part = rows[row][column];
    text += (text.empty() ? "" : ", ") + (part.empty() ? "(none)" : part);
  }
  return text.empty() ? "all" : text;
}

double AnswerTable::number(std::size_t row) const {
  return parse_number(rows[row][value]).value_or(0);
}

std::string render_answer(const AnswerTable& table) {
  BarChart chart{.title = table.title, .description = {}, .bars = {}};
  Table numbers;
  for (const AnswerTable::Column& column : table.columns) {
    numbers.column(column.name, column.is_number ? Table::Align::kNumber : Table::Align::kText);
  }
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    chart.bars.push_back({.label = table.label(row),
                          .value = table.number(row),
                          .text = table.rows[row][table.value]});
    numbers.row(std::vector<Html>(table.rows[row].begin(), table.rows[row].end()));
  }
  chart.description = table.columns[table.value].name;
  const Html shown = table.rows.empty() ? note("There is nothing to show.")
                                        : figure(chart, Html(chart.description), numbers);
  return document(
      table.title, "waymark " WAYMARK_VERSION,
      element("div", {{"class", "page"}},
              element("main", {{"id", "content"}},
                      element("section", {},
                              element("h1", {}, table.title) +
                                  (table.note.empty() ? Html() : note(table.note)) + shown))));
}

}  // namespace waymark::report
