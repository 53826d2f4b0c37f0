#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/chart.h"
#include "report/number.h"
#include "report/scale.h"
#include "report/svg.h"

namespace waymark::report {
namespace {

Html whisker(const Scale& x, double low, double high, double y, std::string_view css) {
  if (!std::isfinite(low) || !std::isfinite(high)) return {};
  return svg_line(css, {x(low), y}, {x(high), y}) +
         svg_line(css, {x(low), y - 4}, {x(low), y + 4}) +
         svg_line(css, {x(high), y - 4}, {x(high), y + 4});
}

std::string bin_text(const HistogramBin& bin, const std::string& unit) {
  if (!std::isfinite(bin.high)) return fmt::format("{} {} and more", compact(bin.low), unit);
  return fmt::format("{} to under {} {}", compact(bin.low), compact(bin.high), unit);
}

double share_of(double share) { return std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0; }

}  // namespace

Html draw(const BarChart& chart, const Canvas& canvas) {
  const double width = canvas.width;
  const bool stacked = width < kWide;  // labels above the bars, where there is no room beside them
  const double row = stacked ? 42 : 30, bar = 14;
  double labels = 0, texts = 0, least = 0, most = chart.most;
  for (const Bar& one : chart.bars) {
    labels = std::max(labels, label_width(cleaned(one.label)));
    texts = std::max(texts, label_width(cleaned(one.text)));
    least = std::fmin(least, std::isfinite(one.value) ? one.value : 0);
    if (std::isfinite(chart.most)) continue;
    most = std::fmax(most, std::isfinite(one.high) ? one.high : one.value);
  }
  if (chart.bars.empty()) return {};
  if (!(most > 0 && std::isfinite(most))) most = least < 0 ? 0 : 1;
  labels = std::min(labels, 0.42 * width);
  texts = std::min(texts, 0.35 * width);

  const double left = stacked ? 0 : labels + 14;
  const Scale x{least, most, left, width - texts - 12};
  Html shapes;
  double top = 0;
  for (const Bar& one : chart.bars) {
    const double middle = stacked ? top + 28 : top + row / 2;
    const double value = std::isfinite(one.value) ? std::clamp(one.value, least, most) : 0;
    if (stacked) {
      shapes += svg_label("label ink", {0, top + 14}, label_within(one.label, width));
    } else {
      shapes += svg_label("label ink", {labels, middle + 4.5}, label_within(one.label, labels + 2),
                          Anchor::kEnd);
    }
    shapes += svg_rect("bar " + tone_class(one.tone), {x(std::min(value, 0.0)), middle - bar / 2},
                       x(std::max(value, 0.0)) - x(std::min(value, 0.0)), bar, 1.5,
                       one.label + ": " + one.text);
    shapes += whisker(x, one.low, one.high, middle, "whisker");
    const double end =
        std::isfinite(one.high) ? std::max(value, std::min(one.high, most)) : std::max(value, 0.0);
    shapes += svg_label("label", {x(end) + 8, middle + 4.5}, label_within(one.text, texts + 2));
    top += row;
  }
  return svg("chart", canvas, top + 4, chart.title, chart.description,
             stacked ? shapes : svg_line("axis", {x(0), 0}, {x(0), top}) + shapes);
}

Html draw(const Histogram& chart, double width) {
  if (chart.bins.empty()) return {};
  const double height = width < kWide ? 210 : 240;
  double highest = 0, gutter = 0;
  for (const HistogramBin& bin : chart.bins) {
    if (!bin.hidden && std::isfinite(bin.value)) highest = std::max(highest, bin.value);
  }
  const auto ticks = nice_ticks(0, std::max(highest, 1.0), 4);
  for (const double tick : ticks) gutter = std::max(gutter, label_width(compact(tick)));
  const HistogramBin& last = chart.bins.back();
  const std::string end = std::isfinite(last.high) ? compact(last.high) : "more";
  const double left = std::max(gutter + 10, label_width(compact(chart.bins.front().low)) / 2);
  const double right = width - std::max(18.0, label_width(end) / 2);
  const double top = 26, bottom = height - 26;
  const Scale y{0, ticks.back(), bottom, top};
  const double step = (right - left) / static_cast<double>(chart.bins.size());

  Html shapes;
  for (const double tick : ticks) {
    shapes += svg_line("grid", {left, y(tick)}, {right, y(tick)});
    shapes += svg_label("label", {gutter, y(tick) + 4}, compact(tick), Anchor::kEnd);
  }
  double widest = 0;
  for (const HistogramBin& bin : chart.bins) {
    widest = std::max(widest, label_width(compact(bin.low)));
  }
  const auto each = static_cast<std::size_t>(std::max(1.0, std::ceil((widest + 10) / step)));
  const double gap = step > 8 ? 1 : 0;
  double mark = kUnknown;
  for (std::size_t i = 0; i < chart.bins.size(); ++i) {
    const HistogramBin& bin = chart.bins[i];
    const double from = left + step * static_cast<double>(i);
    if (bin.hidden) {
      shapes += svg_rect("hidden", {from + gap, bottom - 8}, step - 2 * gap, 8, 0,
                         bin_text(bin, chart.unit) + ": hidden, too few learners");
    } else if (std::isfinite(bin.value)) {
      shapes +=
          svg_rect("bar t1", {from + gap, y(bin.value)}, step - 2 * gap, bottom - y(bin.value),
                   step > 12 ? 1.5 : 0, bin_text(bin, chart.unit) + ": " + compact(bin.value));
    }
    if (i % each == 0) {
      shapes += svg_line("axis", {from, bottom}, {from, bottom + 4});
      shapes += svg_label("label", {from, bottom + 19}, compact(bin.low), Anchor::kMiddle);
    }
    if (chart.mark >= bin.low && chart.mark < bin.high) {
      const double inside =
          std::isfinite(bin.high) ? (chart.mark - bin.low) / (bin.high - bin.low) : 0;
      mark = from + inside * step;
    }
  }
  if (chart.bins.size() % each == 0) {
    shapes += svg_label("label", {right, bottom + 19}, end, Anchor::kMiddle);
  }
  shapes += svg_line("axis", {left, bottom}, {right, bottom});
  if (std::isfinite(mark)) {
    const bool left_half = mark < (left + right) / 2;
    shapes += svg_line("mark", {mark, 8}, {mark, bottom});
    shapes += svg_label("label strong", {mark + (left_half ? 7 : -7), 17},
                        label_within(chart.mark_label, (left_half ? width - mark : mark) - 7),
                        left_half ? Anchor::kStart : Anchor::kEnd);
  }
  return svg("chart", width, height, chart.title, chart.description, shapes);
}

Html dot_grid(double share, std::string_view title) {
  constexpr double kStep = 15, kRadius = 5.5;
  const auto filled = static_cast<int>(std::lround(100 * share_of(share)));
  Html shapes;
  for (int i = 0; i < 100; ++i) {
    const int column = i % 10, row = i / 10;
    shapes += svg_circle(i < filled ? "dot t2" : "dot blank",
                         {kStep * (column + 0.5), kStep * (row + 0.5)}, kRadius);
  }
  return svg("dots", 10 * kStep, 10 * kStep, title, {}, shapes);
}

Html share_bar(double share, std::string_view title, Tone tone) {
  constexpr double kWidth = 90, kHeight = 8;
  return svg("small", kWidth, kHeight, title, {},
             svg_rect("track", {0, 0}, kWidth, kHeight, 2) +
                 svg_rect("bar " + tone_class(tone), {0, 0}, kWidth * share_of(share), kHeight, 2));
}

Html interval_strip(const Estimate& estimate, double from, double to, Tone tone,
                    std::string_view title) {
  constexpr double kWidth = 120, kHeight = 14;
  if (!std::isfinite(estimate.value)) return {};
  const Scale scale{from, to, 6, kWidth - 6};
  const auto x = [&](double value) { return std::clamp(scale(value), 2.0, kWidth - 2); };
  Html shapes = svg_line("grid", {0, kHeight / 2}, {kWidth, kHeight / 2});
  if (std::isfinite(estimate.low) && std::isfinite(estimate.high)) {
    shapes += svg_line("range " + tone_class(tone), {x(estimate.low), kHeight / 2},
                       {x(estimate.high), kHeight / 2});
  }
  return svg("small", kWidth, kHeight, title, {},
             shapes + svg_circle("dot " + tone_class(tone), {x(estimate.value), kHeight / 2}, 4));
}

Html split_bar(const std::vector<Part>& parts, std::string_view title) {
  constexpr double kWidth = 140, kHeight = 10, kVisible = 2;
  double total = 0;
  for (const Part& part : parts) total += std::max(0.0, part.value);
  if (!(total > 0)) return {};
  Html shapes;
  double at = 0;
  for (const Part& part : parts) {
    if (!(part.value > 0)) continue;
    const double width = std::max(kVisible, kWidth * part.value / total);
    shapes +=
        svg_rect("bar " + tone_class(part.tone), {std::min(at, kWidth - width), 0}, width, kHeight);
    at += width;
  }
  return svg("small", kWidth, kHeight, title, {}, shapes);
}

Tone tone_of(std::size_t index) {
  constexpr Tone kAll[kTones]{Tone::kMain,   Tone::kWarm,  Tone::kGreen,
                              Tone::kViolet, Tone::kOchre, Tone::kQuiet};
  return kAll[index % kTones];
}

std::string tone_class(Tone tone) {
  switch (tone) {
    case Tone::kMain:
      return "t1";
    case Tone::kWarm:
      return "t2";
    case Tone::kGreen:
      return "t3";
    case Tone::kViolet:
      return "t4";
    case Tone::kOchre:
      return "t5";
    case Tone::kQuiet:
      break;
  }
  return "t0";
}

}  // namespace waymark::report
