#pragma once

#include <string>
#include <vector>

#include "report/content.h"
#include "report/html.h"
#include "report/svg.h"

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
// One for each of so many things; from kTones on they come again.
inline constexpr std::size_t kTones = 6;
Tone tone_of(std::size_t index);

// Areas over days; `points` have a day as x. A point whose y is unknown breaks the line.
struct TimeSeries {
  std::string label;
  std::vector<Point> points;
  Tone tone = Tone::kMain;
};
// What values are compared with: a line, and shaded the band around it. What of the band lies below
// all values and 0 is not drawn.
struct Usual {
  std::vector<Point> middle = {}, low = {}, high = {};  // low and high have the same days

  // All of it with_gaps().
  void add_gaps();
};
// Where periods are missing between points, one that is unknown, so that no line leads over them:
// where two lie more than half as far apart again as the nearest two.
std::vector<Point> with_gaps(const std::vector<Point>& points);
struct TimeChart {
  std::string title;
  std::string description;
  std::vector<TimeSeries> series;  // with more than one, each is labelled at its end
  std::string peak;                // a note at the highest point of a single series
  Usual usual = {};
  bool shares = false;  // values are: the axis is in percent
};
Html draw(const TimeChart& chart, const Canvas& canvas);

// Layers on one another over days, the first at the bottom; where one is unknown it takes no room.
struct Layer {
  std::string label;  // where the layer is high enough; a legend has them all
  Tone tone = Tone::kMain;
  std::vector<double> values;  // one for each day
  bool hidden = false;         // pale, without a label: what may not be told apart
};
struct LayerChart {
  std::string title;
  std::string description;
  std::vector<double> days;  // ascending: each begins what lasts until the next one
  std::vector<Layer> layers;
};
Html draw(const LayerChart& chart, double width);

// One row per course or the like, on a shared time axis; each has a scale of its own.
struct Span {
  double first = 0, last = 0;  // days
  Tone tone = Tone::kWarm;
  std::string tip;
};
struct Ridge {
  std::string label;
  std::string note;  // at the right end: what the row's scale is
  std::vector<Point> points;
  Usual usual = {};
  std::vector<Span> spans = {};  // marked stretches of days
};
struct RidgeChart {
  std::string title;
  std::string description;
  std::string note_title;
  std::vector<Ridge> rows;
};
Html draw(const RidgeChart& chart, const Canvas& canvas);

// Horizontal bars from 0, to the left of it where a value is less; where there are intervals,
// whiskers.
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
Html draw(const BarChart& chart, const Canvas& canvas);

// How wholes divide into the same parts: a bar for each whole, and from bar to bar how the parts
// widen or narrow.
struct SplitPart {
  std::string label;
  Tone tone = Tone::kMain;
};
struct SplitRow {
  std::string label;
  std::vector<double> shares;  // one for each part
};
struct SplitChart {
  std::string title;
  std::string description;
  std::vector<SplitPart> parts;
  std::vector<SplitRow> rows;
};
Html draw(const SplitChart& chart, double width);

// How groups, side by side, differ from what is usual: bars to the left of a middle for less, to
// the right for more.
struct ProfileGroup {
  std::string label;
  std::string note;  // under the label
  Tone tone = Tone::kMain;
};
struct ProfileCell {
  double value = kUnknown;
  std::string tip;
};
struct ProfileRow {
  std::string label;
  std::vector<ProfileCell> cells;  // one for each group
};
struct ProfileChart {
  std::string title;
  std::string description;
  std::vector<ProfileGroup> groups;
  std::vector<ProfileRow> rows;
};
Html draw(const ProfileChart& chart, double width);

// Ribbons from what is on the left to what is on the right, as thick as their value.
struct FlowNode {
  std::string label;
  Tone tone = Tone::kMain;
};
struct Flow {
  std::size_t from = 0, to = 0;
  double value = kUnknown;
  std::string tip;
};
struct FlowChart {
  std::string title;
  std::string description;
  std::string left_title, right_title;
  std::vector<FlowNode> left, right;
  std::vector<Flow> flows;
};
Html draw(const FlowChart& chart, double width);

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

// A square from 0 to 1 on both axes: ROC, precision-recall, reliability; survival over days.
struct Curve {
  std::string label;
  std::vector<Point> points;
  Tone tone = Tone::kMain;
  bool dashed = false;
};
std::string line_class(const Curve& curve);
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
  double x_most = kUnknown;  // where x is no share: the end of its scale
  double level = kUnknown;   // a horizontal line
  std::string note;          // what the diagonal or the level means
};
Html draw(const SquareChart& chart);

// Shares as shades, row by row: of what is on the left, how much falls under what is on top.
struct MatrixCell {
  double share = kUnknown;
  std::string text;
  bool marked = false;  // with a frame
  std::string tip;
};
struct MatrixRow {
  std::string label;
  std::vector<MatrixCell> cells;  // one for each column
};
struct MatrixChart {
  std::string title;
  std::string description;
  std::string rows_title, columns_title;
  std::vector<std::string> columns;
  std::vector<MatrixRow> rows;
};
Html draw(const MatrixChart& chart, double width);

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
