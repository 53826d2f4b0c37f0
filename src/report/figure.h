#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/chart.h"
#include "report/html.h"

namespace waymark::report {

// A table; on a phone each row becomes a small card, whose heading is the first cell.
class Table {
 public:
  enum class Align {
    kText,
    kNumber,
    kPlain,  // a text that on a phone takes the card's whole width, without the column's title
  };

  Table& column(std::string_view title, Align align = Align::kText);
  Table& row(std::vector<Html> cells);
  // A row that stands out, such as the chosen one.
  Table& row(std::string_view css, std::vector<Html> cells);
  // The last row, which never folds away.
  Table& total(std::vector<Html> cells);

  bool empty() const { return rows_.empty(); }
  // If there are many rows, those beyond `shown` fold away under "And 70 more".
  Html html(std::size_t shown = 12) const;
  // As plain numbers behind a chart: scrolls, never stacks.
  Html plain() const;

 private:
  struct Row {
    std::string css;
    std::vector<Html> cells;
  };
  std::string align(std::size_t column) const;  // as a class of the style sheet
  Html row_html(const Row& row) const;
  Html rows(std::string_view css, std::size_t begin, std::size_t end, const Html& after) const;

  std::vector<std::string> titles_;
  std::vector<Align> aligns_;
  std::vector<Row> rows_;
  std::optional<Row> total_;
};

Html paragraph(const Html& content);
Html lead(const Html& content);
Html heading(std::string_view text);
Html strong(std::string_view text);
Html code(std::string_view text);
Html note(const Html& content, bool warning = false);
// A share over its interval, for a table's cell.
Html share_cell(const Estimate& share);
// What colours stand for.
Html legend(const std::vector<std::pair<std::string, Tone>>& items);
// What lines stand for; those without points are left out.
Html legend(const std::vector<Curve>& curves);
// What a section says when there is nothing to show: what is missing, and what brings it.
Html missing(const Html& what, std::string_view command);

// A chart under its title and an explanation, with its numbers in a table that opens on demand.
// Nothing if there is nothing to draw.
Html figure(std::string_view title, const Html& explanation, const Html& picture,
            const Table& numbers);

// The same for charts that are drawn at a width.
template <typename Chart>
Html figure(const Chart& chart, const Html& explanation, const Table& numbers) {
  const Html wide = draw(chart, kWide);
  if (wide.empty()) return {};
  return figure(chart.title, explanation,
                element("div", {{"class", "wide"}}, wide) +
                    element("div", {{"class", "narrow"}}, draw(chart, kNarrow)),
                numbers);
}

}  // namespace waymark::report
