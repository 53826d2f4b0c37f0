#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace waymark::report {

// Text that is safe on a page and on a terminal: valid UTF-8, without control characters and
// without those that turn the direction of the text around it.
std::string cleaned(std::string_view text);

// Columns of one piece of text: more is no name or sentence, and would bury the page under it.
inline constexpr std::size_t kLongestText = 300;

// A piece of finished markup. Plain text becomes one only by being escaped (and cut, beyond
// kLongestText), and tags only by element(), so that whatever is built is balanced, and no text can
// break out of its place. It is well-formed as HTML and as XML.
class Html {
 public:
  Html() = default;
  Html(std::string_view text);  // NOLINT: that text is escaped wherever it is meant to be seen
  Html(const std::string& text) : Html(std::string_view(text)) {}  // NOLINT
  Html(const char* text) : Html(std::string_view(text)) {}         // NOLINT

  // Markup that the program itself wrote, such as the style sheet.
  static Html trusted(std::string_view markup);

  Html& operator+=(const Html& next) {
    markup_ += next.markup_;
    return *this;
  }
  friend Html operator+(Html a, const Html& b) { return std::move(a += b); }

  bool empty() const { return markup_.empty(); }
  const std::string& markup() const { return markup_; }

 private:
  std::string markup_;
};

using Attributes = std::initializer_list<std::pair<std::string_view, std::string>>;

// <tag name="value">content</tag>; values are escaped, an attribute whose value is empty is left
// out.
Html element(std::string_view tag, Attributes attributes, const Html& content);

// <tag name="value"/>: of HTML's void elements and of SVG's shapes.
Html element(std::string_view tag, Attributes attributes);

}  // namespace waymark::report
