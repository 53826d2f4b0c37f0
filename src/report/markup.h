#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace waymark::report {

// For tests: takes markup apart as strictly as XML wants it, which is stricter than any browser. It
// knows nothing of how html.cpp writes it.
struct Element {
  std::string tag;
  std::map<std::string, std::string> attributes;  // decoded
  std::string text;                               // decoded, of this element and those inside of it
  std::vector<std::string> inside;                // the tags around it, the outermost first

  bool is_inside(std::string_view around) const;
};

struct Markup {
  std::vector<Element> elements;  // in the order in which they begin
  std::string text;               // decoded, of all elements
  std::string fault;              // what is not well-formed, and where; empty if all is well

  // Whether some element's text, or some attribute, holds it.
  bool shows(std::string_view what) const;
};

Markup take_apart(std::string_view markup);

}  // namespace waymark::report
