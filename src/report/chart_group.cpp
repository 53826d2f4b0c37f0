// Charts of groups: what they divide, how they differ, where they go.

#include <algorithm>
#include <cmath>

#include "report/chart.h"
#include "report/number.h"
#include "report/scale.h"
#include "report/svg.h"

namespace waymark::report {
namespace {

double size_of(double value) { return value > 0 ? std::min(value, 1e15) : 0; }

double total_of(const std::vector<double>& values) {
  double total = 0;
  for (const double value : values) total += size_of(value);
  return total;
}

double widest(const auto& items) {
  double width = 0;
  for (const auto& item : items) width = std::max(width, label_width(cleaned(item.label)));
  return width;
}

// What stands on one side of a flow chart, from top to bottom.
struct Stand {
  std::vector<double> top, height;
};

Stand stand_of(const FlowChart& chart, std::size_t nodes, std::size_t Flow::*side, double top,
               double scale, double gap) {
  std::vector<double> sums(nodes);
  for (const Flow& flow : chart.flows) sums[flow.*side] += size_of(flow.value);
  Stand stand;
  for (const double sum : sums) {
    stand.top.push_back(top);
    stand.height.push_back(sum * scale);
    top += sum * scale + (sum > 0 ? gap : 0);
  }
  return stand;
}

// From (x, y) on the left to (x, y) on the right, level at both ends.
std::vector<Pixel> bend(Pixel from, Pixel to) {
  constexpr int kSteps = 16;
  std::vector<Pixel> points;
  for (int i = 0; i <= kSteps; ++i) {
    const double t = static_cast<double>(i) / kSteps;
    points.push_back(
        {from.x + t * (to.x - from.x), from.y + t * t * (3 - 2 * t) * (to.y - from.y)});
  }
  return points;
}

Html nodes(const std::vector<FlowNode>& nodes, const Stand& stand, double x, double label,
           double room, Anchor anchor, double bottom) {
  constexpr double kBar = 10;
  Html shapes;
  std::vector<double> wanted;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (stand.height[i] > 0) wanted.push_back(stand.top[i] + stand.height[i] / 2);
  }
  const std::vector<double> heights = apart(std::move(wanted), bottom);
  std::size_t next = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!(stand.height[i] > 0)) continue;
    shapes += svg_rect("bar " + tone_class(nodes[i].tone), {x, stand.top[i]}, kBar,
                       std::max(1.0, stand.height[i]));
    shapes += svg_label("label ink", {label, heights[next++] + 4},
                        label_within(nodes[i].label, room), anchor);
  }
  return shapes;
}

}  // namespace

Html draw(const FlowChart& chart, double width) {
  constexpr double kTop = 26, kGap = 8, kBar = 10, kPlot = 300;
  double total = 0;
  for (const Flow& flow : chart.flows) total += size_of(flow.value);
  if (!(total > 0)) return {};
  const std::size_t most = std::max(chart.left.size(), chart.right.size());
  const double bottom = kTop + kPlot + kGap * static_cast<double>(most);
  const Stand left = stand_of(chart, chart.left.size(), &Flow::from, kTop, kPlot / total, kGap);
  const Stand right = stand_of(chart, chart.right.size(), &Flow::to, kTop, kPlot / total, kGap);
  const double left_room = std::min(widest(chart.left), 0.3 * width);
  const double right_room = std::min(widest(chart.right), 0.3 * width);
  const double from = left_room + 10, to = width - right_room - 10;

  Html shapes = svg_label("label", {0, 12}, label_within(chart.left_title, width / 2 - 4));
  shapes +=
      svg_label("label", {width, 12}, label_within(chart.right_title, width / 2 - 4), Anchor::kEnd);
  std::vector<double> left_at = left.top, right_at = right.top;
  std::vector<const Flow*> flows;
  for (const Flow& flow : chart.flows) flows.push_back(&flow);
  std::ranges::stable_sort(flows, {}, [](const Flow* flow) { return flow->to; });
  std::ranges::stable_sort(flows, {}, [](const Flow* flow) { return flow->from; });
  for (const Flow* flow : flows) {
    const double height = size_of(flow->value) * kPlot / total;
    if (!(height > 0)) continue;
    const Pixel a{from + kBar, left_at[flow->from]}, b{to - kBar, right_at[flow->to]};
    shapes += svg_band("ribbon " + tone_class(chart.left[flow->from].tone), bend(a, b),
                       bend({a.x, a.y + height}, {b.x, b.y + height}), flow->tip);
    left_at[flow->from] += height;
    right_at[flow->to] += height;
  }
  shapes += nodes(chart.left, left, from, left_room + 2, left_room + 2, Anchor::kEnd, bottom);
  shapes += nodes(chart.right, right, to - kBar, to + 8, right_room + 2, Anchor::kStart, bottom);
  return svg("chart", width, bottom + 4, chart.title, chart.description, shapes);
}

Html draw(const SplitChart& chart, double width) {
  constexpr double kBar = 38, kBetween = 46, kLabel = 20;
  struct Cut {
    double from = 0, to = 0;
  };
  std::vector<Cut> above;
  Html shapes;
  double top = 0;
  for (const SplitRow& row : chart.rows) {
    const double total = total_of(row.shares);
    if (!(total > 0)) continue;
    std::vector<Cut> cuts;
    Html bars;
    double at = 0;
    for (std::size_t i = 0; i < chart.parts.size(); ++i) {
      const double share = size_of(row.shares[i]) / total;
      cuts.push_back({at, at + share * width});
      const std::string text = percent(share);
      const std::string named = chart.parts[i].label + ": " + text;
      bars += svg_rect("band " + tone_class(chart.parts[i].tone), {at, top + kLabel}, share * width,
                       kBar, 0, row.label + ", " + named);
      for (const std::string& label : {named, text}) {
        if (label_width(cleaned(label)) + 8 > share * width) continue;
        bars += svg_label("label on", {at + share * width / 2, top + kLabel + kBar / 2 + 4}, label,
                          Anchor::kMiddle);
        break;
      }
      at += share * width;
    }
    for (std::size_t i = 0; i < above.size(); ++i) {
      const double high = top + kLabel + kBar - kBetween - kBar, low = top + kLabel;
      shapes += svg_band("ribbon " + tone_class(chart.parts[i].tone),
                         {{above[i].from, high}, {above[i].to, high}},
                         {{cuts[i].from, low}, {cuts[i].to, low}});
    }
    // The first one's name above, the others' below, where no ribbons are.
    const double label = above.empty() ? top + kLabel - 6 : top + kLabel + kBar + 16;
    shapes += bars + svg_label("label ink", {0, label}, label_within(row.label, width));
    above = std::move(cuts);
    top += kBar + kBetween;
  }
  if (shapes.empty()) return {};
  return svg("chart", width, top - kBetween + 2 * kLabel + 4, chart.title, chart.description,
             shapes);
}

Html draw(const ProfileChart& chart, double width) {
  if (chart.groups.empty() || chart.rows.empty()) return {};
  const bool stacked = width < kWide;
  const double row_height = stacked ? 38 : 26, bar = 12, header = 44;
  const double labels = stacked ? 0 : std::min(widest(chart.rows), 0.32 * width) + 14;
  const double column = (width - labels) / static_cast<double>(chart.groups.size());
  double most = 1;  // a standard deviation, so that what hardly differs looks so
  for (const ProfileRow& row : chart.rows) {
    for (const ProfileCell& cell : row.cells) {
      if (std::isfinite(cell.value)) most = std::max(most, std::min(std::abs(cell.value), 5.0));
    }
  }
  const double bottom = header + row_height * static_cast<double>(chart.rows.size());
  const double reach = std::max(4.0, column / 2 - 8);
  Html shapes;
  for (std::size_t r = 0; r < chart.rows.size(); ++r) {
    const double top = header + row_height * static_cast<double>(r);
    shapes += stacked ? svg_label("label", {0, top + 14}, label_within(chart.rows[r].label, width))
                      : svg_label("label ink", {labels - 14, top + row_height / 2 + 4},
                                  label_within(chart.rows[r].label, labels - 12), Anchor::kEnd);
  }
  for (std::size_t g = 0; g < chart.groups.size(); ++g) {
    const ProfileGroup& group = chart.groups[g];
    const double middle = labels + column * (static_cast<double>(g) + 0.5);
    shapes += svg_label("label strong", {middle, 14}, label_within(group.label, column - 6),
                        Anchor::kMiddle);
    shapes +=
        svg_label("label", {middle, 31}, label_within(group.note, column - 6), Anchor::kMiddle);
    if (!stacked) shapes += svg_line("axis", {middle, header}, {middle, bottom});
    for (std::size_t r = 0; r < chart.rows.size(); ++r) {
      const ProfileCell& cell = chart.rows[r].cells[g];
      const double top = header + row_height * (static_cast<double>(r) + 1) - bar -
                         (stacked ? 4 : (row_height - bar) / 2);
      if (stacked) shapes += svg_line("axis", {middle, top - 3}, {middle, top + bar + 3});
      if (!std::isfinite(cell.value)) continue;
      const double length = std::clamp(cell.value / most, -1.0, 1.0) * reach;
      shapes += svg_rect("bar " + tone_class(group.tone), {middle + std::min(0.0, length), top},
                         std::abs(length), bar, 1.5, cell.tip);
    }
  }
  return svg("chart", width, bottom + 4, chart.title, chart.description, shapes);
}

}  // namespace waymark::report
