#include "report/sound_page.h"

#include <gtest/gtest.h>

#include <set>

#include "base/pattern.h"
#include "report/report.h"

namespace waymark::report {
namespace {

// What a report may consist of: nothing that runs, loads, sends or frames.
void expect_harmless(const Element& element) {
  static const std::set<std::string> kTags{
      "html", "head",   "meta",   "title",      "link",    "style",   "body",   "div",   "a",
      "p",    "header", "svg",    "ellipse",    "time",    "h1",      "dl",     "dt",    "dd",
      "nav",  "ul",     "li",     "main",       "section", "h2",      "h3",     "ol",    "strong",
      "b",    "small",  "span",   "code",       "pre",     "table",   "thead",  "tbody", "tr",
      "th",   "td",     "figure", "figcaption", "details", "summary", "footer", "desc",  "line",
      "rect", "circle", "text",   "path"};
  static const std::set<std::string> kAttributes{"lang",
                                                 "charset",
                                                 "http-equiv",
                                                 "content",
                                                 "name",
                                                 "rel",
                                                 "href",
                                                 "class",
                                                 "id",
                                                 "role",
                                                 "scope",
                                                 "data-label",
                                                 "datetime",
                                                 "viewBox",
                                                 "width",
                                                 "height",
                                                 "x",
                                                 "y",
                                                 "x1",
                                                 "x2",
                                                 "y1",
                                                 "y2",
                                                 "cx",
                                                 "cy",
                                                 "r",
                                                 "rx",
                                                 "ry",
                                                 "d",
                                                 "text-anchor",
                                                 "aria-label",
                                                 "aria-labelledby",
                                                 "aria-hidden",
                                                 "tabindex"};
  EXPECT_TRUE(kTags.contains(element.tag)) << element.tag;
  for (const auto& [name, value] : element.attributes)
    EXPECT_TRUE(kAttributes.contains(name)) << element.tag << " " << name << "=" << value;
}

void expect_links_stay_inside(const Markup& page) {
  std::set<std::string> ids;
  for (const Element& element : page.elements) {
    const auto id = element.attributes.find("id");
    if (id != element.attributes.end()) {
      EXPECT_TRUE(ids.insert(id->second).second) << "twice: " << id->second;
    }
  }
  for (const Element& element : page.elements) {
    const auto link = element.attributes.find("href");
    if (link == element.attributes.end()) continue;
    const std::string& to = link->second;
    if (to.starts_with("#")) {
      EXPECT_TRUE(ids.contains(to.substr(1))) << "leads nowhere: " << to;
    } else if (element.tag == "a") {  // a link to click on, only below, where the data came from
      EXPECT_TRUE(element.is_inside("footer")) << to;
      EXPECT_TRUE(to.starts_with("https://") || to.starts_with("http://")) << to;
    } else {
      EXPECT_EQ(to, "data:,");
    }
  }
}

}  // namespace

Markup sound_page(const Content& content) {
  Markup page = take_apart(render(content));
  EXPECT_EQ(page.fault, "");
  for (const Element& element : page.elements) {
    expect_harmless(element);
    if (element.tag != "style") continue;
    for (const std::string_view load : {"url(", "@import", "http", "expression("})
      EXPECT_EQ(element.text.find(load), std::string::npos) << load;
  }
  expect_links_stay_inside(page);
  static const Pattern kNoNumber("(?i)(^|[^a-z])-?(nan|inf|infinity)([^a-z]|$)");
  for (const Element& element : page.elements) {
    EXPECT_FALSE(kNoNumber.find(element.text) && element.tag != "style")
        << element.tag << ": " << element.text.substr(0, 200);
    for (const auto& [name, value] : element.attributes)
      EXPECT_FALSE(kNoNumber.find(value)) << name << "=" << value;
  }
  return page;
}

}  // namespace waymark::report
