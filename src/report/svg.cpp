#include "report/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/number.h"

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

Html svg(std::string_view css, double width, double height, std::string_view title,
         std::string_view description, const Html& shapes) {
  return element("svg",
                 {{"class", std::string(css)},
                  {"viewBox", fmt::format("0 0 {} {}", pixels(width), pixels(height))},
                  {"width", pixels(width)},
                  {"height", pixels(height)},
                  {"role", "img"}},
                 element("title", {}, title) +
                     (description.empty() ? Html() : element("desc", {}, description)) + shapes);
}

}  // namespace waymark::report
