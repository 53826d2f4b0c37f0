#include "report/chart.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <sstream>

#include "report/hostile.h"
#include "report/markup.h"
#include "report/svg.h"

namespace waymark::report {
namespace {

constexpr double kUnlimited = 1e9;

// The numbers of a view box or a path.
std::vector<double> numbers(std::string text) {
  for (char& c : text) {
    if (c == 'M' || c == 'L' || c == 'Z') c = ' ';
  }
  std::istringstream in(text);
  std::vector<double> all;
  for (double number = 0; in >> number;) all.push_back(number);
  EXPECT_TRUE(in.eof()) << "not numbers: " << text;
  return all;
}

// A picture's size, within which all that it draws must lie.
struct Frame {
  double width = 0;
  double height = 0;

  void expect_inside(double x, double y, const std::string& what) const {
    constexpr double kSlack = 8;  // dots and lines have a width
    EXPECT_GE(x, -kSlack) << what;
    EXPECT_LE(x, width + kSlack) << what;
    EXPECT_GE(y, -kSlack) << what;
    EXPECT_LE(y, height + kSlack) << what;
  }
};

double number_of(const Element& element, const std::string& name) {
  const auto found = element.attributes.find(name);
  if (found == element.attributes.end()) return 0;
  const auto all = numbers(found->second);
  EXPECT_EQ(all.size(), 1u) << name << "=" << found->second;
  return all.empty() ? kUnlimited : all[0];
}

void expect_label_inside(const Element& label, const Frame& frame) {
  const double x = number_of(label, "x"), y = number_of(label, "y");
  const double width = label_width(label.text);
  const auto anchor = label.attributes.find("text-anchor");
  const double begin = anchor == label.attributes.end() ? x
                       : anchor->second == "end"        ? x - width
                                                        : x - width / 2;
  frame.expect_inside(begin, y, label.text);
  frame.expect_inside(begin + width, y, label.text);
}

void expect_inside(const Element& element, const Frame& frame) {
  if (element.tag == "text") return expect_label_inside(element, frame);
  if (element.tag == "line") {
    frame.expect_inside(number_of(element, "x1"), number_of(element, "y1"), "line");
    frame.expect_inside(number_of(element, "x2"), number_of(element, "y2"), "line");
  } else if (element.tag == "rect") {
    const double x = number_of(element, "x"), y = number_of(element, "y");
    const double width = number_of(element, "width"), height = number_of(element, "height");
    EXPECT_GE(width, 0);
    EXPECT_GE(height, 0);
    frame.expect_inside(x, y, "rect");
    frame.expect_inside(x + width, y + height, "rect");
  } else if (element.tag == "circle") {
    EXPECT_GT(number_of(element, "r"), 0);
    frame.expect_inside(number_of(element, "cx"), number_of(element, "cy"), "circle");
  } else if (element.tag == "path") {
    const auto all = numbers(element.attributes.at("d"));
    ASSERT_EQ(all.size() % 2, 0u);
    for (std::size_t i = 0; i < all.size(); i += 2) frame.expect_inside(all[i], all[i + 1], "path");
  }
}

// Well-formed, and all of it inside its frame.
void expect_sound(const Html& picture) {
  if (picture.empty()) return;
  const Markup parts = take_apart(picture.markup());
  ASSERT_EQ(parts.fault, "");
  const Element& svg = parts.elements.at(0);
  ASSERT_EQ(svg.tag, "svg");
  const auto box = numbers(svg.attributes.at("viewBox"));
  ASSERT_EQ(box.size(), 4u);
  const Frame frame{box[2], box[3]};
  EXPECT_GT(frame.width, 0);
  EXPECT_GT(frame.height, 0);
  for (const Element& element : parts.elements) expect_inside(element, frame);
}

// Each kind of chart, of the same values and texts.
struct Kind {
  const char* name;
  std::function<Html(const std::vector<double>&, const std::string&)> draw;
};

std::vector<Point> points_at(const std::vector<double>& values, double first = 15'000,
                             double step = 7) {
  std::vector<Point> points;
  for (const double value : values)
    points.push_back({first + step * static_cast<double>(points.size()), value});
  return points;
}

std::vector<Kind> kinds() {
  std::vector<Kind> all;
  for (const double width : {kWide, kNarrow}) {
    all.push_back({"time", [=](const auto& values, const std::string& text) {
                     return draw(TimeChart{text, text, {{text, points_at(values)}}, text}, width);
                   }});
    all.push_back({"time, several", [=](const auto& values, const std::string& text) {
                     const TimeSeries series{text, points_at(values), Tone::kWarm};
                     return draw(TimeChart{text, text, {series, series, series}, {}}, width);
                   }});
    all.push_back(
        {"ridges", [=](const auto& values, const std::string& text) {
           const Ridge ridge{text, text, points_at(values)};
           return draw(RidgeChart{text, text, text, {ridge, {text, text, {}}, ridge}}, width);
         }});
    all.push_back(
        {"bars", [=](const auto& values, const std::string& text) {
           BarChart chart{text, text, {}};
           for (const double value : values)
             chart.bars.push_back({text, value, text, Tone::kGreen, value / 2, 2 * value});
           return draw(chart, width);
         }});
    all.push_back({"bars up to 1", [=](const auto& values, const std::string& text) {
                     BarChart chart{text, text, {}, 1};
                     for (const double value : values)
                       chart.bars.push_back({text, value, text, Tone::kMain, -value, value});
                     return draw(chart, width);
                   }});
    all.push_back({"ridges compared", [=](const auto& values, const std::string& text) {
                     const auto points = points_at(values);
                     Ridge ridge{text, text, points, {points, points, points}};
                     for (const double value : values)
                       ridge.spans.push_back({value, value + 7, Tone::kWarm, text});
                     return draw(RidgeChart{text, text, text, {ridge, ridge}}, width);
                   }});
    all.push_back({"layers", [=](const auto& values, const std::string& text) {
                     LayerChart chart{text, text, {}, {}};
                     for (const Point& point : points_at(values)) chart.days.push_back(point.x);
                     chart.layers = {{text, Tone::kMain, values}, {text, Tone::kWarm, values}};
                     return draw(chart, width);
                   }});
    all.push_back({"split", [=](const auto& values, const std::string& text) {
                     SplitChart chart{text, text, {}, {{text, values}, {text, values}}};
                     chart.parts.resize(values.size(), {text});
                     return draw(chart, width);
                   }});
    all.push_back({"profile", [=](const auto& values, const std::string& text) {
                     ProfileChart chart{text, text, {}, {}};
                     ProfileRow row{text, {}};
                     for (const double value : values) {
                       chart.groups.push_back({text, text});
                       row.cells.push_back({value, text});
                     }
                     chart.rows = {row, row};
                     return draw(chart, width);
                   }});
    all.push_back({"matrix", [=](const auto& values, const std::string& text) {
                     MatrixChart chart{text, text, text, text, {}, {}};
                     MatrixRow row{text, {}};
                     for (const double value : values) {
                       chart.columns.push_back(text);
                       row.cells.push_back({value, text, true, text});
                     }
                     chart.rows = {row, row};
                     return draw(chart, width);
                   }});
    all.push_back({"flow", [=](const auto& values, const std::string& text) {
                     FlowChart chart{text, text, text, text, {}, {}, {}};
                     chart.left.resize(values.size(), {text});
                     chart.right = chart.left;
                     for (std::size_t i = 0; i < values.size(); ++i) {
                       chart.flows.push_back({i, 0, values[i], text});
                       chart.flows.push_back({0, i, values[i], text});
                     }
                     return draw(chart, width);
                   }});
    all.push_back({"histogram", [=](const auto& values, const std::string& text) {
                     Histogram chart{text, text, text, {}, 1.5, text};
                     for (const double value : values) {
                       const auto low = static_cast<double>(chart.bins.size());
                       chart.bins.push_back({low, low + 1, value});
                     }
                     if (!chart.bins.empty()) {
                       chart.bins.front().hidden = true;
                       chart.bins.back().high = std::numeric_limits<double>::infinity();
                     }
                     return draw(chart, width);
                   }});
    all.push_back({"histogram with such limits", [=](const auto& values, const std::string& text) {
                     Histogram chart{text, text, text, {}, 0, text};
                     for (const double value : values) {
                       chart.bins.push_back({value, 2 * value, 5});
                       chart.mark = value;
                     }
                     return draw(chart, width);
                   }});
  }
  all.push_back({"square", [](const auto& values, const std::string& text) {
                   SquareChart chart{text, text, text, text, {{text, points_at(values, 0, 0.01)}}};
                   for (const double value : values)
                     chart.dots.push_back({value, {value, -value, 2 * value}, value, text});
                   chart.diagonal = true;
                   chart.level = values.empty() ? kUnknown : values.back();
                   chart.note = text;
                   return draw(chart);
                 }});
  all.push_back({"sparkline", [](const auto& values, const std::string& text) {
                   return sparkline(points_at(values), text);
                 }});
  all.push_back({"dots", [](const auto& values, const std::string& text) {
                   return dot_grid(values.empty() ? kUnknown : values.back(), text);
                 }});
  all.push_back({"share", [](const auto& values, const std::string& text) {
                   return share_bar(values.empty() ? kUnknown : values.back(), text);
                 }});
  all.push_back({"interval", [](const auto& values, const std::string& text) {
                   if (values.empty()) return interval_strip({}, 0, 1, Tone::kMain, text);
                   const double value = values.back();
                   return interval_strip({value, -value, 2 * value}, 0, 1, Tone::kMain, text);
                 }});
  all.push_back({"parts", [](const auto& values, const std::string& text) {
                   std::vector<Part> parts;
                   for (const double value : values) parts.push_back({value, Tone::kMain});
                   return split_bar(parts, text);
                 }});
  return all;
}

TEST(Charts, StayInTheirFrameWhateverTheValues) {
  std::vector<std::vector<double>> series{{}, {5}, {5, 5, 5, 5}, {0, 0, 0}, {1, 2, kUnknown, 3}};
  for (const double value : extreme_values()) {
    series.push_back({value});
    series.push_back({value, value, value});
    for (const double other : {kUnknown, -3.0, 1e300}) series.push_back({3, value, other});
  }
  series.push_back(extreme_values());
  for (const Kind& kind : kinds()) {
    for (const auto& values : series) {
      SCOPED_TRACE(testing::Message() << kind.name << " of " << testing::PrintToString(values));
      expect_sound(kind.draw(values, "label"));
    }
  }
}

TEST(Charts, StayInTheirFrameWhateverTheTexts) {
  for (const Kind& kind : kinds()) {
    for (const std::string& text : hostile_texts()) {
      SCOPED_TRACE(testing::Message() << kind.name << " with " << text.substr(0, 40));
      expect_sound(kind.draw({1, 2, 3}, text));
    }
  }
}

TEST(Charts, OfNothingAreNothing) {
  for (const double width : {kWide, kNarrow}) {
    EXPECT_TRUE(draw(TimeChart{}, width).empty());
    EXPECT_TRUE(draw(RidgeChart{}, width).empty());
    EXPECT_TRUE(draw(BarChart{}, width).empty());
    EXPECT_TRUE(draw(Histogram{}, width).empty());
    EXPECT_TRUE(draw(LayerChart{"t", "d", {15'000}, {{"a", Tone::kMain, {1}}}}, width).empty());
    EXPECT_TRUE(draw(SplitChart{"t", "d", {{"a"}}, {{"b", {0}}}}, width).empty());
    EXPECT_TRUE(draw(ProfileChart{}, width).empty());
    EXPECT_TRUE(draw(FlowChart{}, width).empty());
    EXPECT_TRUE(draw(MatrixChart{}, width).empty());
    TimeChart unknown{"t", "d", {{"a", points_at({kUnknown, kUnknown})}}, {}};
    EXPECT_TRUE(draw(unknown, width).empty());
  }
  EXPECT_TRUE(sparkline({}, "t").empty());
  EXPECT_TRUE(split_bar({}, "t").empty());
  EXPECT_TRUE(split_bar({{0, Tone::kMain}}, "t").empty());
  EXPECT_TRUE(interval_strip({}, 0, 1, Tone::kMain, "t").empty());
}

TEST(Charts, DrawDaysThatNoCalendarHas) {
  for (const double first : {-1e300, -1e15, 1e15, 1e300}) {
    for (const double step : {0.0, 7.0, 1e12, 1e300}) {
      SCOPED_TRACE(testing::Message() << first << " and every " << step);
      const auto points = points_at({1, 2, 3}, first, step);
      expect_sound(draw(TimeChart{"t", "d", {{"a", points}}, "peak"}, kWide));
      expect_sound(draw(RidgeChart{"t", "d", "n", {{"a", "b", points}}}, kWide));
      expect_sound(sparkline(points, "t"));
    }
  }
}

std::vector<Element> of_class(const Html& picture, const std::string& css) {
  std::vector<Element> found;
  for (const Element& element : take_apart(picture.markup()).elements) {
    const auto classes = element.attributes.find("class");
    if (classes == element.attributes.end()) continue;
    if ((" " + classes->second + " ").find(" " + css + " ") != std::string::npos)
      found.push_back(element);
  }
  return found;
}

TEST(BarChart, BarsAreAsLongAsTheirValues) {
  const BarChart chart{"t", "d", {{"a", 10, ""}, {"b", 5, ""}, {"c", 0, ""}, {"d", kUnknown, ""}}};
  for (const double width : {kWide, kNarrow}) {
    const auto bars = of_class(draw(chart, width), "bar");
    ASSERT_EQ(bars.size(), 4u);
    const double whole = number_of(bars[0], "width");
    EXPECT_GT(whole, width / 2);
    EXPECT_NEAR(number_of(bars[1], "width"), whole / 2, 0.2);
    EXPECT_EQ(number_of(bars[2], "width"), 0);
    EXPECT_EQ(number_of(bars[3], "width"), 0);
  }
}

TEST(Histogram, ColumnsAreAsHighAsTheirValuesAndHiddenOnesAreNot) {
  const Histogram chart{"t", "d", "u", {{0, 1, 10}, {1, 2, 5}, {2, 3, 8, true}}};
  const Html picture = draw(chart, kWide);
  const auto bars = of_class(picture, "bar");
  ASSERT_EQ(bars.size(), 2u);
  EXPECT_NEAR(number_of(bars[0], "height"), 2 * number_of(bars[1], "height"), 0.2);
  EXPECT_EQ(of_class(picture, "hidden").size(), 1u);
  EXPECT_EQ(picture.markup().find(": 8"), std::string::npos) << "a hidden value in a tooltip";
}

TEST(TimeChart, AnUnknownValueBreaksTheLine) {
  const auto lines = [](const std::vector<double>& values) {
    const Html picture = draw(TimeChart{"t", "d", {{"a", points_at(values)}}, {}}, kWide);
    return of_class(picture, "line").size();
  };
  EXPECT_EQ(lines({1, 2, 3, 4, 5}), 1u);
  EXPECT_EQ(lines({1, 2, kUnknown, 4, 5}), 2u);
}

TEST(TimeChart, MissingPeriodsAreAGap) {
  const auto unknown = [](const std::vector<double>& days) {
    std::vector<Point> points;
    for (const double day : days) points.push_back({day, 1});
    std::vector<double> at;
    for (const Point& point : with_gaps(points)) {
      if (std::isnan(point.y)) at.push_back(point.x);
    }
    return at;
  };
  EXPECT_EQ(unknown({0, 7, 14, 42, 49}), std::vector<double>{21});
  EXPECT_EQ(unknown({0, 31, 59, 90, 120}), std::vector<double>{}) << "months";
  EXPECT_EQ(unknown({}), std::vector<double>{});
}

TEST(TimeChart, TheBandIsShadedWhereItIsKnown) {
  TimeChart chart{"t", "d", {{"a", points_at({1, 2, 3, 4})}}, {}};
  chart.usual.middle = points_at({kUnknown, 2, 2, 2});
  chart.usual.low = points_at({kUnknown, -90, 1, kUnknown});
  chart.usual.high = points_at({kUnknown, 3, 3, 3});
  const Html picture = draw(chart, kWide);
  EXPECT_EQ(of_class(picture, "usual").size(), 1u);
  EXPECT_EQ(of_class(picture, "t0").size(), 1u);
  EXPECT_EQ(picture.markup().find("-90"), std::string::npos) << "no number can be there";
}

TEST(BarChart, ReachesToTheLeftForWhatIsLessThanNothing) {
  const BarChart chart{"t", "d", {{"a", 10, "10"}, {"b", -5, "-5"}}};
  const auto bars = of_class(draw(chart, kWide), "bar");
  ASSERT_EQ(bars.size(), 2u);
  EXPECT_NEAR(number_of(bars[0], "width"), 2 * number_of(bars[1], "width"), 0.2);
  EXPECT_NEAR(number_of(bars[1], "x") + number_of(bars[1], "width"), number_of(bars[0], "x"), 0.2);
}

// How high a closed shape is at its left edge and at its right one.
std::pair<double, double> thickness(const Element& shape) {
  const auto all = numbers(shape.attributes.at("d"));
  std::map<double, std::pair<double, double>> reach;  // by x: the highest and the lowest
  for (std::size_t i = 0; i < all.size(); i += 2) {
    const double y = all[i + 1];
    auto& [top, bottom] = reach.try_emplace(all[i], y, y).first->second;
    top = std::min(top, y), bottom = std::max(bottom, y);
  }
  const auto [left, right] = std::pair(reach.begin()->second, reach.rbegin()->second);
  return {left.second - left.first, right.second - right.first};
}

TEST(LayerChart, LayersAreAsHighAsTheirValuesAndLieOnOneAnother) {
  const LayerChart chart{"t",
                         "d",
                         {15'000, 15'007},
                         {{"a", Tone::kMain, {10, 20}}, {"b", Tone::kWarm, {5, kUnknown}}}};
  for (const double width : {kWide, kNarrow}) {
    const auto layers = of_class(draw(chart, width), "band");
    ASSERT_EQ(layers.size(), 2u);
    const auto [first, last] = thickness(layers[0]);
    EXPECT_NEAR(last, 2 * first, 0.2);
    EXPECT_NEAR(thickness(layers[1]).first, first / 2, 0.2);
    EXPECT_NEAR(thickness(layers[1]).second, 0, 0.01) << "unknown";
  }
}

TEST(FlowChart, RibbonsAreAsThickAsTheirValues) {
  const FlowChart chart{
      "t", "d", "", "", {{"a"}, {"b"}}, {{"c"}, {"d"}}, {{0, 1, 30}, {1, 0, 10}, {1, 1, kUnknown}}};
  const auto ribbons = of_class(draw(chart, kWide), "ribbon");
  ASSERT_EQ(ribbons.size(), 2u);
  EXPECT_NEAR(thickness(ribbons[0]).first, 3 * thickness(ribbons[1]).first, 0.3);
  EXPECT_NEAR(thickness(ribbons[0]).first, thickness(ribbons[0]).second, 0.2);
}

TEST(SplitChart, PartsAreAsWideAsTheirShareOfTheWhole) {
  const SplitChart chart{"t", "d", {{"a"}, {"b"}}, {{"x", {0.1, 0.4}}, {"y", {30, 10}}}};
  const auto parts = of_class(draw(chart, kWide), "band");
  ASSERT_EQ(parts.size(), 4u);
  EXPECT_NEAR(number_of(parts[0], "width"), 0.2 * kWide, 0.1);
  EXPECT_NEAR(number_of(parts[2], "width"), 0.75 * kWide, 0.1);
}

TEST(ProfileChart, BarsReachToTheSideOnWhichAGroupDiffers) {
  const ProfileChart chart{"t", "d", {{"a", ""}}, {{"x", {{2, ""}}}, {"y", {{-1, ""}}}}};
  const auto bars = of_class(draw(chart, kNarrow), "bar");
  ASSERT_EQ(bars.size(), 2u);
  const double middle = number_of(bars[0], "x");
  EXPECT_NEAR(number_of(bars[1], "x") + number_of(bars[1], "width"), middle, 0.1);
  EXPECT_NEAR(number_of(bars[0], "width"), 2 * number_of(bars[1], "width"), 0.2);
}

TEST(DotGrid, FillsAsManyOfAHundredDotsAsItsShareSays) {
  for (const auto& [share, filled] :
       std::vector<std::pair<double, std::size_t>>{{0, 0}, {0.42, 42}, {1, 100}, {7, 100}}) {
    EXPECT_EQ(of_class(dot_grid(share, "t"), "t2").size(), filled) << share;
    EXPECT_EQ(of_class(dot_grid(share, "t"), "blank").size(), 100 - filled) << share;
  }
}

TEST(SplitBar, PartsLieSideBySideAndFillIt) {
  const auto parts =
      of_class(split_bar({{30, Tone::kMain}, {10, Tone::kWarm}, {0, Tone::kGreen}}, "t"), "bar");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_NEAR(number_of(parts[0], "width"), 3 * number_of(parts[1], "width"), 0.3);
  EXPECT_NEAR(number_of(parts[1], "x"), number_of(parts[0], "width"), 0.1);
}

}  // namespace
}  // namespace waymark::report
