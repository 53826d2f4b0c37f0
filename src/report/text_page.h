#pragma once

#include <cstddef>
#include <string>

#include "report/report.h"

namespace waymark::report {

// A page of text, none of whose lines is wider than kWidth as long as no line() is.
class TextPage {
 public:
  static constexpr std::size_t kWidth = 80;

  explicit TextPage(Colour colour) : colour_(colour == Colour::kTerminal) {}

  // Of a part; cut where it is too long.
  void heading(const std::string& text);
  void line(const std::string& text) { page_ += text + "\n"; }
  // Words broken into lines, the first after `first`, the others under it.
  void paragraph(const std::string& first, const std::string& text);

  std::string take() { return std::move(page_); }

 private:
  bool colour_;
  std::string page_;
};

// A text in exactly so many columns.
std::string padded(const std::string& text, std::size_t width);
// A bar of up to `width` columns.
std::string text_bar(double share, std::size_t width);

}  // namespace waymark::report
