#include "report/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "report/number.h"
#include "report/style.h"

namespace waymark::report {
namespace {

constexpr double kCharacterWidth = 0.57 * kTextSize;

std::string path_data(const std::vector<Pixel>& points) {
  constexpr double kVisible = 0.4;
  std::string data;
  Pixel last;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const bool end = i == 0 || i + 1 == points.size();
    if (!end && std::hypot(points[i].x - last.x, points[i].y - last.y) < kVisible) continue;
    last = points[i];
    data += (i == 0 ? "M" : "L") + pixels(last.x) + " " + pixels(last.y);
  }
  return data;
}

// The text in lines that surely fit, broken between words.
std::vector<std::string> lines_within(std::string_view text, double width) {
  std::vector<std::string> lines;
  std::string line;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \n", begin), text.size());
    const std::string word = label_within(text.substr(begin, end - begin), width);
    if (!line.empty() && label_width(line + " " + word) > width)
      lines.push_back(std::exchange(line, ""));
    line = line.empty() ? word : line + " " + word;
    begin = end + 1;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

// On paper, under its title and description, with a margin around.
Html svg_file(double width, double height, std::string_view title, std::string_view description,
              const Html& shapes) {
  constexpr double kMargin = 20, kGap = 18;
  double top = kMargin + kTextHeight;
  Html words = svg_label("heading", {kMargin, top}, label_within(title, 0.8 * width));
  for (const std::string& line : lines_within(cleaned(description), width)) {
    top += 1.25 * kTextHeight;
    words += svg_label("label", {kMargin, top}, line);
  }
  top += kGap;
  const double right = width + 2 * kMargin, bottom = top + height + kMargin;
  return element(
      "svg",
      {{"xmlns", "http://www.w3.org/2000/svg"},
       {"viewBox", fmt::format("0 0 {} {}", pixels(right), pixels(bottom))},
       {"width", pixels(right)},
       {"height", pixels(bottom)},
       {"role", "img"}},
      element("title", {}, title) + element("style", {}, Html::trusted(picture_style())) +
          svg_rect("paper", {0, 0}, right, bottom) + words +
          element("g", {{"transform", fmt::format("translate({} {})", kMargin, pixels(top))}},
                  shapes));
}

// The shape with a tooltip, if it has one.
Html tipped(std::string_view tag, Attributes attributes, std::string_view tip) {
  if (tip.empty()) return element(tag, attributes);
  return element(tag, attributes, element("title", {}, tip));
}

}  // namespace

double label_width(std::string_view text) {
  return static_cast<double>(display_width(text)) * kCharacterWidth;
}

std::string label_within(std::string_view text, double width) {
  return shortened(cleaned(text), static_cast<std::size_t>(std::max(1.0, width / kCharacterWidth)));
}

std::string pixels(double value) {
  if (!std::isfinite(value)) return "0";
  std::string text = decimal(value, 1);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

Html svg_line(std::string_view css, Pixel from, Pixel to) {
  return element("line", {{"class", std::string(css)},
                          {"x1", pixels(from.x)},
                          {"y1", pixels(from.y)},
                          {"x2", pixels(to.x)},
                          {"y2", pixels(to.y)}});
}

Html svg_rect(std::string_view css, Pixel corner, double width, double height, double radius,
              std::string_view tip) {
  return tipped("rect",
                {{"class", std::string(css)},
                 {"x", pixels(corner.x)},
                 {"y", pixels(corner.y)},
                 {"width", pixels(std::max(0.0, width))},
                 {"height", pixels(std::max(0.0, height))},
                 {"rx", radius > 0 ? pixels(radius) : ""}},
                tip);
}

Html svg_circle(std::string_view css, Pixel centre, double radius, std::string_view tip) {
  return tipped("circle",
                {{"class", std::string(css)},
                 {"cx", pixels(centre.x)},
                 {"cy", pixels(centre.y)},
                 {"r", pixels(radius)}},
                tip);
}

Html svg_label(std::string_view css, Pixel at, std::string_view text, Anchor anchor) {
  return element("text",
                 {{"class", std::string(css)},
                  {"x", pixels(at.x)},
                  {"y", pixels(at.y)},
                  {"text-anchor", anchor == Anchor::kStart    ? ""
                                  : anchor == Anchor::kMiddle ? "middle"
                                                              : "end"}},
                 text);
}

Html svg_path(std::string_view css, const std::vector<Pixel>& points) {
  if (points.empty()) return {};
  return element("path", {{"class", std::string(css)}, {"d", path_data(points)}});
}

Html svg_area(std::string_view css, const std::vector<Pixel>& points, double base) {
  if (points.empty()) return {};
  return element(
      "path", {{"class", std::string(css)},
               {"d", path_data(points) + "L" + pixels(points.back().x) + " " + pixels(base) + "L" +
                         pixels(points.front().x) + " " + pixels(base) + "Z"}});
}

Html svg_band(std::string_view css, const std::vector<Pixel>& above, std::vector<Pixel> below,
              std::string_view tip) {
  if (above.empty() || below.empty()) return {};
  std::ranges::reverse(below);
  std::string back = path_data(below);
  back.front() = 'L';
  return tipped("path", {{"class", std::string(css)}, {"d", path_data(above) + back + "Z"}}, tip);
}

std::vector<double> apart(std::vector<double> wanted, double limit) {
  for (auto height = wanted.rbegin(); height != wanted.rend(); ++height) {
    *height = std::min(*height, limit);
    limit = *height - kTextHeight;
  }
  return wanted;
}

Canvas Canvas::of_file(double width) {
  Canvas canvas(width);
  canvas.is_file = true;
  return canvas;
}

Html svg(std::string_view css, const Canvas& canvas, double height, std::string_view title,
         std::string_view description, const Html& shapes) {
  if (canvas.is_file) return svg_file(canvas.width, height, title, description, shapes);
  return element("svg",
                 {{"class", std::string(css)},
                  {"viewBox", fmt::format("0 0 {} {}", pixels(canvas.width), pixels(height))},
                  {"width", pixels(canvas.width)},
                  {"height", pixels(height)},
                  {"role", "img"}},
                 element("title", {}, title) +
                     (description.empty() ? Html() : element("desc", {}, description)) + shapes);
}

}  // namespace waymark::report
