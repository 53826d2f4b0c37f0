#include "report/figure.h"

#include <algorithm>

#include "report/number.h"

namespace waymark::report {
namespace {

constexpr std::size_t kMany = 30;

Html legend_item(const Html& swatch, std::string_view label) {
  return element(
      "li", {},
      element("svg", {{"viewBox", "0 0 28 12"}, {"aria-hidden", "true"}}, swatch) + label);
}

}  // namespace

Table& Table::column(std::string_view title, Align align) {
  titles_.emplace_back(title);
  aligns_.push_back(align);
  return *this;
}

Table& Table::row(std::vector<Html> cells) { return row({}, std::move(cells)); }

Table& Table::row(std::string_view css, std::vector<Html> cells) {
  rows_.push_back({std::string(css), std::move(cells)});
  return *this;
}

Table& Table::total(std::vector<Html> cells) {
  total_ = Row{"total", std::move(cells)};
  return *this;
}

std::string Table::align(std::size_t column) const {
  constexpr const char* kClasses[]{"", "number", "plain"};
  return kClasses[static_cast<std::size_t>(aligns_[column])];
}

Html Table::row_html(const Row& row) const {
  Html cells;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    cells += element("td", {{"class", align(i)}, {"data-label", titles_[i]}}, row.cells[i]);
  }
  return element("tr", {{"class", row.css}}, cells);
}

Html Table::rows(std::string_view css, std::size_t begin, std::size_t end,
                 const Html& after) const {
  Html head, body;
  for (std::size_t i = 0; i < titles_.size(); ++i) {
    head += element("th", {{"scope", "col"}, {"class", align(i)}}, titles_[i]);
  }
  for (std::size_t r = begin; r < end; ++r) body += row_html(rows_[r]);
  const Html table =
      element("table", {{"class", std::string(css)}},
              element("thead", {}, element("tr", {}, head)) + element("tbody", {}, body + after));
  return element("div", {{"class", "scroll"}}, table);
}

Html Table::html(std::size_t shown) const {
  if (empty()) return {};
  const std::size_t first = rows_.size() > kMany ? std::min(shown, rows_.size()) : rows_.size();
  Html out = rows("stack", 0, first, total_ ? row_html(*total_) : Html());
  if (first < rows_.size()) {
    out +=
        element("details", {{"class", "more"}},
                element("summary", {},
                        "And " + count(static_cast<std::int64_t>(rows_.size() - first)) + " more") +
                    rows("stack", first, rows_.size(), {}));
  }
  return out;
}

Html Table::plain() const { return empty() ? Html() : rows({}, 0, rows_.size(), {}); }

Html paragraph(const Html& content) { return element("p", {}, content); }
Html lead(const Html& content) { return element("p", {{"class", "lead"}}, content); }
Html heading(std::string_view text) { return element("h3", {}, text); }
Html strong(std::string_view text) { return element("strong", {}, text); }
Html code(std::string_view text) { return element("code", {}, text); }

Html note(const Html& content, bool warning) {
  return element("div", {{"class", warning ? "note warning" : "note"}}, paragraph(content));
}

Html share_cell(const Estimate& share) {
  return Html(percent(share.value)) +
         element("small", {}, interval({0, 100 * share.low, 100 * share.high}, 0));
}

Html legend(const std::vector<std::pair<std::string, Tone>>& items) {
  Html list;
  for (const auto& [label, tone] : items) {
    list += legend_item(
        element(
            "rect",
            {{"class", "bar " + tone_class(tone)}, {"y", "1"}, {"width", "28"}, {"height", "10"}}),
        label);
  }
  return element("ul", {{"class", "legend"}}, list);
}

Html legend(const std::vector<Curve>& curves) {
  Html list;
  for (const Curve& curve : curves) {
    if (curve.points.empty()) continue;
    list +=
        legend_item(element("path", {{"class", line_class(curve)}, {"d", "M1 7H27"}}), curve.label);
  }
  return list.empty() ? Html() : element("ul", {{"class", "legend"}}, list);
}

Html missing(const Html& what, std::string_view command) {
  return element("div", {{"class", "missing"}}, paragraph(what) + paragraph(code(command)));
}

Html figure(std::string_view title, const Html& explanation, const Html& picture,
            const Table& numbers) {
  if (picture.empty()) return {};
  Html out = element("figcaption", {}, element("b", {}, title) + explanation) + picture;
  if (!numbers.empty()) {
    out += element("details", {}, element("summary", {}, "The numbers") + numbers.plain());
  }
  return element("figure", {}, out);
}

}  // namespace waymark::report
