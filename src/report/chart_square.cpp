#include <algorithm>
#include <cmath>

#include "report/chart.h"
#include "report/number.h"
#include "report/scale.h"
#include "report/svg.h"

namespace waymark::report {
namespace {

constexpr double kWidth = 300, kHeight = 318;
constexpr double kLeft = 42, kRight = kWidth - 10, kTop = 30, kBottom = kHeight - 44;

bool is_share(double value) { return value >= 0 && value <= 1; }

bool is_on(const Scale& scale, double value) { return value >= scale.from && value <= scale.to; }

Html frame(const SquareChart& chart, const Scale& x, const Scale& y) {
  Html shapes = svg_label("label", {0, 14}, label_within(chart.y_label, kWidth));
  for (const double tick : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const std::string text = percent(tick);
    shapes += svg_line("grid", {kLeft, y(tick)}, {kRight, y(tick)});
    shapes += svg_label("label", {kLeft - 6, y(tick) + 4}, text, Anchor::kEnd);
    if (tick == 0.25 || tick == 0.75) continue;
    const Anchor anchor = tick == 0 ? Anchor::kStart : tick == 1 ? Anchor::kEnd : Anchor::kMiddle;
    shapes += svg_label("label", {x(tick * x.to), kBottom + 18},
                        std::isfinite(chart.x_most) ? rounded(tick * x.to) : text, anchor);
  }
  shapes += svg_label("label", {(kLeft + kRight) / 2, kBottom + 37},
                      label_within(chart.x_label, 2 * kWidth - kLeft - kRight), Anchor::kMiddle);
  return shapes + svg_line("axis", {kLeft, kBottom}, {kRight, kBottom});
}

}  // namespace

std::string line_class(const Curve& curve) {
  return (curve.dashed ? "line dashed " : "line ") + tone_class(curve.tone);
}

Html draw(const SquareChart& chart) {
  // In days an even number, so that half of it is one.
  const double most = std::isfinite(chart.x_most) ? 2 * std::ceil(chart.x_most / 2) : 1;
  const Scale x{0, std::max(most, 1.0), kLeft, kRight};
  const Scale y{0, 1, kBottom, kTop};
  const std::string note = label_within(chart.note, 0.95 * (kRight - kLeft));
  Html shapes = frame(chart, x, y);
  if (chart.diagonal) {
    shapes += svg_line("guide", {x(0), y(0)}, {x(1), y(1)});
    shapes += svg_label("label small", {x(0.97), y(0.05)}, note, Anchor::kEnd);
  }
  if (is_share(chart.level)) {
    const bool below = chart.level > 0.5;
    shapes += svg_line("guide", {x(0), y(chart.level)}, {x(1), y(chart.level)});
    shapes += svg_label("label small", {x(0.02), y(chart.level) + (below ? 15 : -6)}, note);
  }
  for (const Curve& curve : chart.curves) {
    std::vector<Pixel> points;
    for (const Point& point : curve.points) {
      if (is_on(x, point.x) && is_share(point.y)) points.push_back({x(point.x), y(point.y)});
    }
    shapes += svg_path(line_class(curve), points);
  }
  for (const Dot& dot : chart.dots) {
    if (!is_share(dot.x) || !is_share(dot.y.value)) continue;
    if (is_share(dot.y.low) && is_share(dot.y.high)) {
      shapes += svg_line("whisker", {x(dot.x), y(dot.y.low)}, {x(dot.x), y(dot.y.high)});
    }
    shapes += svg_circle("dot t1", {x(dot.x), y(dot.y.value)},
                         3 + 5 * std::sqrt(std::clamp(dot.size, 0.0, 1.0)), dot.tip);
  }
  return svg("chart square", kWidth, kHeight, chart.title, chart.description, shapes);
}

Html draw(const MatrixChart& chart, double width) {
  constexpr double kHead = 44, kRow = 40, kWidest = 130, kShades = 10;
  if (chart.rows.empty() || chart.columns.empty()) return {};
  double labels = label_width(chart.rows_title);
  for (const MatrixRow& row : chart.rows) {
    labels = std::max(labels, label_width(cleaned(row.label)));
  }
  const double left = std::min(labels, 0.3 * width) + 12;
  const double step =
      std::min(kWidest, (width - left - 2) / static_cast<double>(chart.columns.size()));
  Html shapes = svg_label("label", {0, 34}, label_within(chart.rows_title, left - 8));
  shapes += svg_label("label", {left, 14}, label_within(chart.columns_title, width - left));
  for (std::size_t c = 0; c < chart.columns.size(); ++c) {
    shapes += svg_label("label ink", {left + step * (static_cast<double>(c) + 0.5), 34},
                        label_within(chart.columns[c], step - 4), Anchor::kMiddle);
  }
  double top = kHead;
  for (const MatrixRow& row : chart.rows) {
    shapes += svg_label("label ink", {0, top + kRow / 2 + 4}, label_within(row.label, left - 8));
    for (std::size_t c = 0; c < row.cells.size(); ++c) {
      const MatrixCell& cell = row.cells[c];
      const double x = left + step * static_cast<double>(c);
      const bool known = is_share(cell.share);
      const std::string shade =
          known ? "cell s" + pixels(std::ceil(cell.share * kShades)) : "hidden";
      shapes += svg_rect(shade, {x + 2, top + 2}, step - 4, kRow - 4, 2, cell.tip);
      if (cell.marked && known) {
        shapes += svg_rect("frame", {x + 2, top + 2}, step - 4, kRow - 4, 2);
      }
      shapes += svg_label(known ? "label ink" : "label", {x + step / 2, top + kRow / 2 + 4},
                          label_within(cell.text, step - 6), Anchor::kMiddle);
    }
    top += kRow;
  }
  return svg("chart", width, top + 4, chart.title, chart.description, shapes);
}

}  // namespace waymark::report
