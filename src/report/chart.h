#pragma once

#include <string>
#include <vector>

#include "report/content.h"
#include "report/html.h"

namespace waymark::report {

// Charts as inline SVG. The ones that take a width are drawn for that many pixels, so that their
// text stays readable: the page holds one for wide screens and paper and one for phones. A value
// that is not finite is left out. A `title` names the picture for screen readers; what stands above
// it, and the table of its numbers, is the page's business (figure.h).

inline constexpr double kWide = 880;
inline constexpr double kNarrow = 400;

// Colours that people with any kind of colour vision can tell apart, in light, dark and print.
// Never the only sign of a difference.
enum class Tone { kMain, kWarm, kGreen, kViolet, kOchre, kQuiet };
std::string tone_class(Tone tone);

// Areas over days; `points` have a day as x. A point whose y is unknown breaks the line.
struct TimeSeries {
  std::string label;
  std::vector<Point> points;
  Tone tone = Tone::kMain;
};
struct TimeChart {
  std::string title;
  std::string description;
  std::vector<TimeSeries> series;  // with more than one, each is labelled at its end
  std::string peak;                // a note at the highest point of a single series
};
Html draw(const TimeChart& chart, double width);

// One row per course or the like, on a shared time axis; each has a scale of its own.
struct Ridge {
  std::string label;
  std::string note;  // at the right end: what the row's scale is
  std::vector<Point> points;
};
struct RidgeChart {
  std::string title;
  std::string description;
  std::string note_title;
  std::vector<Ridge> rows;
};
Html draw(const RidgeChart& chart, double width);

// Horizontal bars from 0; where there are intervals, whiskers.
struct Bar {
  std::string label;
  double value = kUnknown;
  std::string text;  // the value in words
  Tone tone = Tone::kMain;
  double low = kUnknown;
  double high = kUnknown;
};
struct BarChart {
  std::string title;
  std::string description;
  std::vector<Bar> bars;
  double most = kUnknown;  // the scale's end; otherwise the highest value
};
Html draw(const BarChart& chart, double width);

// Bins of equal width on the page, labelled with their limits. A hidden bin is shown as such.
struct HistogramBin {
  double low = 0;
  double high = 0;  // infinite: "and more"
  double value = kUnknown;
  bool hidden = false;
};
struct Histogram {
  std::string title;
  std::string description;
  std::string unit;  // of the bins' limits, for tooltips
  std::vector<HistogramBin> bins;
  double mark = kUnknown;  // a vertical line, such as the median, and what it says
  std::string mark_label;
};
Html draw(const Histogram& chart, double width);

// A square from 0 to 1 on both axes: ROC, precision-recall, reliability.
struct Curve {
  std::string label;
  std::vector<Point> points;
  Tone tone = Tone::kMain;
  bool dashed = false;
};
struct Dot {
  double x = kUnknown;
  Estimate y;
  double size = 0;  // 0..1, of the area
  std::string tip;
};
struct SquareChart {
  std::string title;
  std::string description;
  std::string x_label;
  std::string y_label;
  std::vector<Curve> curves;
  std::vector<Dot> dots;
  bool diagonal = false;
  double level = kUnknown;  // a horizontal line
  std::string note;         // what the diagonal or the level means
};
Html draw(const SquareChart& chart);

// A hundred dots, so many of them filled.
Html dot_grid(double share, std::string_view title);

// Small ones for the cells of tables.
Html sparkline(const std::vector<Point>& points, std::string_view title);
Html share_bar(double share, std::string_view title, Tone tone = Tone::kMain);
Html interval_strip(const Estimate& estimate, double from, double to, Tone tone,
                    std::string_view title);
struct Part {
  double value = 0;
  Tone tone = Tone::kMain;
};
Html split_bar(const std::vector<Part>& parts, std::string_view title);

}  // namespace waymark::report
