#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/html.h"

namespace waymark::report {

// Shapes in pixels, y downwards. Colours and strokes come from the classes (style.cpp), so that
// they follow light, dark and print.

struct Pixel {
  double x = 0;
  double y = 0;
};

enum class Anchor { kStart, kMiddle, kEnd };

inline constexpr double kTextSize = 13;    // of labels, as the style sheet sets it
inline constexpr double kTextHeight = 16;  // a line of them

// How wide a label comes out, guessed on the wide side: fonts differ between machines.
double label_width(std::string_view text);
// Cut with "…" to what surely fits.
std::string label_within(std::string_view text, double width);

// "12.5", with as many digits as a pixel needs; 0 for what is not finite.
std::string pixels(double value);

Html svg_line(std::string_view css, Pixel from, Pixel to);
Html svg_rect(std::string_view css, Pixel corner, double width, double height, double radius = 0,
              std::string_view tip = {});
Html svg_circle(std::string_view css, Pixel centre, double radius, std::string_view tip = {});
Html svg_label(std::string_view css, Pixel at, std::string_view text,
               Anchor anchor = Anchor::kStart);
// Lines through the points, without those that a reader could not tell from their neighbours; with
// `base`, the area between them and that height.
Html svg_path(std::string_view css, const std::vector<Pixel>& points);
Html svg_area(std::string_view css, const std::vector<Pixel>& points, double base);
// What one line above and another below enclose.
Html svg_band(std::string_view css, const std::vector<Pixel>& above, std::vector<Pixel> below,
              std::string_view tip = {});

// Heights of labels moved apart, up from `limit`, so that each has its line; `wanted` ascends.
std::vector<double> apart(std::vector<double> wanted, double limit);

// Where a picture is drawn: so many pixels wide within a page, which has the style sheet and says
// above the picture what it shows; or as a file of its own, which brings both along.
struct Canvas {
  Canvas(double across) : width(across) {}  // NOLINT: most are within a page
  static Canvas of_file(double width);

  double width;
  bool is_file = false;
};

// The whole picture, which screen readers call by its title.
Html svg(std::string_view css, const Canvas& canvas, double height, std::string_view title,
         std::string_view description, const Html& shapes);

}  // namespace waymark::report
