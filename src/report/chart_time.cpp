#include <algorithm>
#include <cmath>

#include "report/chart.h"
#include "report/number.h"
#include "report/scale.h"
#include "report/svg.h"

namespace waymark::report {
namespace {

bool known(const Point& point) { return std::isfinite(point.x) && std::isfinite(point.y); }

// The drawn area of a chart, inside of what its labels take.
struct Plot {
  double left = 0;
  double right = 0;
  double top = 0;
  double bottom = 0;
};

struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  bool empty() const { return low > high; }
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

// Runs of neighbours that are all known.
std::vector<std::vector<Pixel>> runs(const std::vector<Point>& points, const Scale& x,
                                     const Scale& y) {
  std::vector<std::vector<Pixel>> all;
  bool open = false;
  for (const Point& point : points) {
    if (known(point)) {
      if (!open) all.emplace_back();
      all.back().push_back({x(point.x), y(point.y)});
    }
    open = known(point);
  }
  return all;
}

Html areas(const std::vector<Point>& points, const Scale& x, const Scale& y,
           const std::string& tone) {
  Html shapes;
  for (const auto& run : runs(points, x, y)) {
    if (run.size() == 1) {
      shapes += svg_circle("dot " + tone, run[0], 2);
    } else {
      shapes += svg_area("area " + tone, run, y.start);
      shapes += svg_path("line " + tone, run);
    }
  }
  return shapes;
}

// Where both of the band's limits are known.
Html usual_band(const Usual& usual, const Scale& x, const Scale& y) {
  Html shapes;
  std::vector<Pixel> above, below;
  for (std::size_t i = 0; i <= usual.low.size(); ++i) {
    if (i < usual.low.size() && known(usual.low[i]) && known(usual.high[i])) {
      above.push_back({x(usual.high[i].x), y(usual.high[i].y)});
      below.push_back({x(usual.low[i].x), y(usual.low[i].y)});
    } else if (!above.empty()) {
      shapes += above.size() == 1 ? svg_line("range t0", above[0], below[0])
                                  : svg_band("area t0", above, below);
      above.clear(), below.clear();
    }
  }
  return shapes;
}

Html usual_line(const Usual& usual, const Scale& x, const Scale& y) {
  Html shapes;
  for (const auto& run : runs(usual.middle, x, y)) shapes += svg_path("line usual", run);
  return shapes;
}

void add_values(const Usual& usual, Extent& values) {
  for (const auto* points : {&usual.middle, &usual.high}) {
    for (const Point& point : *points) {
      if (known(point)) values.add(point.y);
    }
  }
}

Html day_axis(const Extent& span, const Scale& x, const Plot& plot, double width) {
  constexpr double kApart = 64;
  constexpr double kFarthest = 1e9;  // beyond all calendars
  const auto day = [&](double at) {
    return static_cast<Day>(std::clamp(at, -kFarthest, kFarthest));
  };
  Html shapes = svg_line("axis", {plot.left, plot.bottom}, {plot.right, plot.bottom});
  const auto ticks = day_ticks(day(span.low), day(span.high),
                               std::max(2, static_cast<int>((plot.right - plot.left) / kApart)));
  for (const DayTick& tick : ticks) {
    const double at = x(static_cast<double>(tick.day));
    const bool year = std::isdigit(static_cast<unsigned char>(tick.label[0])) != 0;
    const double half = label_width(tick.label) / 2;
    shapes += svg_line("axis", {at, plot.bottom}, {at, plot.bottom + (year ? 6 : 4)});
    shapes += svg_label(year ? "label strong" : "label",
                        {std::clamp(at, half, width - half), plot.bottom + 20}, tick.label,
                        Anchor::kMiddle);
  }
  return shapes;
}

// Labels at the ends of lines, moved apart where they would cover each other.
Html end_labels(const TimeChart& chart, const Scale& y, const Plot& plot, double room) {
  struct End {
    double at;
    const TimeSeries* series;
  };
  std::vector<End> ends;
  for (const TimeSeries& series : chart.series) {
    const auto last = std::find_if(series.points.rbegin(), series.points.rend(), known);
    if (last != series.points.rend()) ends.push_back({y(last->y), &series});
  }
  std::stable_sort(ends.begin(), ends.end(),
                   [](const End& a, const End& b) { return a.at < b.at; });
  std::vector<double> wanted;
  for (const End& end : ends) wanted.push_back(end.at);
  const std::vector<double> heights = apart(std::move(wanted), plot.bottom);
  Html shapes;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const TimeSeries& series = *ends[i].series;
    shapes += svg_label("label strong " + tone_class(series.tone), {plot.right + 8, heights[i] + 4},
                        label_within(series.label, room));
  }
  return shapes;
}

Html peak_label(const TimeChart& chart, const Scale& x, const Scale& y, const Plot& plot) {
  if (chart.peak.empty() || chart.series.size() != 1) return {};
  const Point* highest = nullptr;
  for (const Point& point : chart.series[0].points) {
    if (known(point) && (highest == nullptr || point.y > highest->y)) highest = &point;
  }
  if (highest == nullptr) return {};
  const Pixel at{x(highest->x), y(highest->y)};
  const std::string label = label_within(chart.peak, plot.right - plot.left);
  const double half = std::min(label_width(label), plot.right - plot.left) / 2;
  return svg_circle("dot " + tone_class(chart.series[0].tone), at, 3.5) +
         svg_label("label strong",
                   {std::clamp(at.x, plot.left + half, plot.right - half), at.y - 10}, label,
                   Anchor::kMiddle);
}

double height_of(double width) { return width < kWide ? 230 : 270; }

std::string plain(double tick) { return compact(tick); }
std::string in_percent(double tick) { return percent(tick); }

// Lines at round numbers across the plot, with these to the left of it.
Html value_grid(const std::vector<double>& ticks, const Scale& y, const Plot& plot, double gutter,
                std::string (*text)(double) = plain) {
  Html shapes;
  for (const double tick : ticks) {
    shapes += svg_line("grid", {plot.left, y(tick)}, {plot.right, y(tick)});
    shapes += svg_label("label", {gutter, y(tick) + 4}, text(tick), Anchor::kEnd);
  }
  return shapes;
}

double gutter_of(const std::vector<double>& ticks, std::string (*text)(double) = plain) {
  double gutter = 0;
  for (const double tick : ticks) gutter = std::max(gutter, label_width(text(tick)));
  return gutter;
}

// A layer's name where it has the most room around, if that is enough.
Html layer_label(const Layer& layer, const std::vector<Pixel>& above,
                 const std::vector<Pixel>& below, const Plot& plot) {
  const double half = label_width(layer.label) / 2 + 4;
  double most = kTextHeight;
  Pixel best;
  for (std::size_t i = 0; i < above.size(); ++i) {
    if (above[i].x - half < plot.left || above[i].x + half > plot.right) continue;
    double top = plot.top, bottom = plot.bottom;
    for (std::size_t k = 0; k < above.size(); ++k) {
      if (std::abs(above[k].x - above[i].x) > half) continue;
      top = std::max(top, above[k].y);
      bottom = std::min(bottom, below[k].y);
    }
    if (bottom - top <= most) continue;
    most = bottom - top;
    best = {above[i].x, (top + bottom) / 2 + 4};
  }
  return most > kTextHeight ? svg_label("label on", best, layer.label, Anchor::kMiddle) : Html();
}

}  // namespace

std::vector<Point> with_gaps(const std::vector<Point>& points) {
  double step = std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i < points.size(); ++i) {
    step = std::min(step, points[i].x - points[i - 1].x);
  }
  std::vector<Point> all;
  for (const Point& point : points) {
    if (!all.empty() && point.x - all.back().x > 1.5 * step) {
      all.push_back({all.back().x + step, kUnknown});
    }
    all.push_back(point);
  }
  return all;
}

void Usual::add_gaps() {
  for (auto* points : {&middle, &low, &high}) *points = with_gaps(*points);
}

Html draw(const TimeChart& chart, const Canvas& canvas) {
  const double width = canvas.width, height = height_of(width);
  Extent days, values;
  for (const TimeSeries& series : chart.series) {
    for (const Point& point : series.points) {
      if (!known(point)) continue;
      days.add(point.x);
      values.add(point.y);
    }
  }
  if (days.empty()) return {};
  add_values(chart.usual, values);

  const auto ticks = nice_ticks(std::min(0.0, values.low), std::max(values.high, 1.0), 4);
  const auto text = chart.shares ? in_percent : plain;
  const double gutter = gutter_of(ticks, text);
  double ends = 4;
  if (chart.series.size() > 1) {
    for (const TimeSeries& series : chart.series) {
      ends = std::max(ends, label_width(cleaned(series.label)) + 12);
    }
    ends = std::min(ends, 0.3 * width);
  }
  const Plot plot{gutter + 10, width - ends, 30, height - 28};
  const Scale x{days.low, days.high, plot.left, plot.right};
  const Scale y{ticks.front(), ticks.back(), plot.bottom, plot.top};

  Html shapes = value_grid(ticks, y, plot, gutter, text) + usual_band(chart.usual, x, y);
  for (const TimeSeries& series : chart.series) {
    shapes += areas(series.points, x, y, tone_class(series.tone));
  }
  shapes += usual_line(chart.usual, x, y);
  shapes += day_axis(days, x, plot, width);
  if (chart.series.size() > 1) shapes += end_labels(chart, y, plot, ends - 8);
  shapes += peak_label(chart, x, y, plot);
  return svg("chart", canvas, height, chart.title, chart.description, shapes);
}

Html draw(const LayerChart& chart, double width) {
  const std::size_t size = chart.days.size();
  if (size < 2 || chart.layers.empty()) return {};
  constexpr double kMost = 1e15;  // beyond all that can be counted
  std::vector<std::vector<double>> tops{std::vector<double>(size)};
  for (const Layer& layer : chart.layers) {
    tops.push_back(tops.back());
    for (std::size_t i = 0; i < size; ++i) {
      if (layer.values[i] > 0) tops.back()[i] += std::min(layer.values[i], kMost);
    }
  }
  Extent days, values;
  for (const double day : chart.days) days.add(day);
  days.add(2 * chart.days[size - 1] - chart.days[size - 2]);  // the last lasts as long
  for (const double top : tops.back()) values.add(top);
  const auto ticks = nice_ticks(0, std::max(values.high, 1.0), 4);
  const double gutter = gutter_of(ticks), height = height_of(width) + 60;
  const Plot plot{gutter + 10, width - 4, 12, height - 28};
  const Scale x{days.low, days.high, plot.left, plot.right};
  const Scale y{ticks.front(), ticks.back(), plot.bottom, plot.top};
  const auto line = [&](const std::vector<double>& heights) {
    std::vector<Pixel> pixels;
    for (std::size_t i = 0; i < size; ++i) {
      pixels.push_back({x(chart.days[i]), y(heights[i])});
      pixels.push_back({x(i + 1 < size ? chart.days[i + 1] : days.high), y(heights[i])});
    }
    return pixels;
  };
  Html shapes = value_grid(ticks, y, plot, gutter), labels;
  for (std::size_t k = 0; k < chart.layers.size(); ++k) {
    const Layer& layer = chart.layers[k];
    const auto above = line(tops[k + 1]), below = line(tops[k]);
    const std::string style = layer.hidden ? "joined" : "band " + tone_class(layer.tone);
    shapes += svg_band(style, above, below, layer.label);
    if (!layer.hidden) labels += layer_label(layer, above, below, plot);
  }
  return svg("chart", width, height, chart.title, chart.description,
             shapes + labels + day_axis(days, x, plot, width));
}

Html draw(const RidgeChart& chart, const Canvas& canvas) {
  const double width = canvas.width;
  const bool compares =
      std::ranges::any_of(chart.rows, [](const Ridge& row) { return !row.usual.middle.empty(); });
  const double row_height = compares ? 44 : 30;
  Extent days;
  double labels = 0, notes = label_width(chart.note_title);
  for (const Ridge& row : chart.rows) {
    for (const Point& point : row.points) {
      if (known(point)) days.add(point.x);
    }
    labels = std::max(labels, label_width(cleaned(row.label)));
    notes = std::max(notes, label_width(cleaned(row.note)));
  }
  if (days.empty()) return {};
  labels = std::min(labels, (width < kWide ? 0.42 : 0.3) * width);
  notes = std::min(notes, 0.25 * width);

  const double rows = row_height * static_cast<double>(chart.rows.size());
  const Plot plot{labels + 12, width - notes - 14, 22, 22 + rows};
  const Scale x{days.low, days.high, plot.left, plot.right};
  Html shapes =
      svg_label("label", {width, 12}, label_within(chart.note_title, notes), Anchor::kEnd);
  double base = plot.top;
  for (const Ridge& row : chart.rows) {
    base += row_height;
    Extent values;
    values.add(0);
    for (const Point& point : row.points) {
      if (known(point)) values.add(point.y);
    }
    add_values(row.usual, values);
    const Scale y{0, std::max(values.high, 1.0), base, base - row_height + 5};
    for (const Span& span : row.spans) {
      const double from = x(span.first), to = std::max(x(span.last), from + 2);
      shapes += svg_rect("span " + tone_class(span.tone), {from, base - row_height + 3}, to - from,
                         row_height - 3, 1.5, span.tip);
    }
    shapes += svg_line("grid", {plot.left, base}, {plot.right, base});
    shapes += usual_band(row.usual, x, y) + areas(row.points, x, y, tone_class(Tone::kMain));
    shapes += usual_line(row.usual, x, y);
    shapes += svg_label("label ink", {0, base - 5}, label_within(row.label, labels + 2));
    shapes +=
        svg_label("label", {width, base - 5}, label_within(row.note, notes + 2), Anchor::kEnd);
  }
  shapes += day_axis(days, x, plot, plot.right + 24);
  return svg("chart", canvas, plot.bottom + 28, chart.title, chart.description, shapes);
}

Html sparkline(const std::vector<Point>& points, std::string_view title) {
  constexpr double kWidth = 110, kHeight = 22;
  Extent days, values;
  values.add(0);
  for (const Point& point : points) {
    if (!known(point)) continue;
    days.add(point.x);
    values.add(point.y);
  }
  if (days.empty()) return {};
  const Scale x{days.low, days.high, 1, kWidth - 1};
  const Scale y{0, std::max(values.high, 1.0), kHeight - 1, 2};
  return svg("spark", kWidth, kHeight, title, {}, areas(points, x, y, tone_class(Tone::kMain)));
}

}  // namespace waymark::report
