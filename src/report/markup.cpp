#include "report/markup.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/text.h"

namespace waymark::report {
namespace {

class Reader {
 public:
  Reader(std::string_view markup, Markup& into) : rest_(markup), into_(into) {}

  void read() {
    if (rest_.starts_with("<!DOCTYPE html>\n")) rest_.remove_prefix(16);
    while (!rest_.empty()) {
      if (rest_.starts_with("</")) {
        close();
      } else if (rest_.starts_with("<")) {
        open();
      } else {
        add_text(decoded(take_until('<')));
      }
    }
    if (!open_.empty()) fail("<" + into_.elements[open_.back()].tag + "> is never closed");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(fmt::format("{}, before “{}”", what, rest_.substr(0, 60)));
  }

  std::string_view take_until(char end) {
    const std::string_view taken = rest_.substr(0, rest_.find(end));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  void expect(std::string_view text) {
    if (!rest_.starts_with(text)) fail(fmt::format("“{}” is missing", text));
    rest_.remove_prefix(text.size());
  }

  std::string name() {
    std::size_t length = 0;
    const auto in_name = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; };
    while (length < rest_.size() && in_name(static_cast<unsigned char>(rest_[length]))) ++length;
    if (length == 0) fail("a name is missing");
    std::string taken(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return taken;
  }

  std::string decoded(std::string_view text) const {
    static const std::map<std::string, char, std::less<>> kEntities{
        {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"#39", '\''}};
    std::string out;
    while (!text.empty()) {
      if (text[0] == '<' || text[0] == '>') fail("a bare angle bracket");
      if (text[0] != '&') {
        out += text[0];
        text.remove_prefix(1);
        continue;
      }
      const auto end = std::min(text.find(';'), text.size());
      const auto entity = kEntities.find(text.substr(1, end - 1));
      if (end == text.size() || entity == kEntities.end()) fail("a bare ampersand");
      out += entity->second;
      text.remove_prefix(end + 1);
    }
    return out;
  }

  void add_text(const std::string& text) {
    if (open_.empty() && !trimmed(text).empty()) fail("text outside of all elements");
    into_.text += text;
    for (const std::size_t element : open_) into_.elements[element].text += text;
  }

  void open() {
    expect("<");
    if (open_.empty() && !into_.elements.empty()) fail("a second root");
    Element element{name(), {}, {}, {}};
    for (const std::size_t around : open_) element.inside.push_back(into_.elements[around].tag);
    while (rest_.starts_with(" ")) {
      rest_.remove_prefix(1);
      const std::string attribute = name();
      expect("=\"");
      if (!element.attributes.emplace(attribute, decoded(take_until('"'))).second)
        fail("a second " + attribute);
      expect("\"");
    }
    const bool closed = rest_.starts_with("/");
    if (closed) rest_.remove_prefix(1);
    expect(">");
    if (!closed) open_.push_back(into_.elements.size());
    into_.elements.push_back(std::move(element));
  }

  void close() {
    expect("</");
    const std::string tag = name();
    if (open_.empty() || into_.elements[open_.back()].tag != tag) fail("</" + tag + "> too many");
    expect(">");
    open_.pop_back();
  }

  std::string_view rest_;
  Markup& into_;
  std::vector<std::size_t> open_;
};

}  // namespace

bool Element::is_inside(std::string_view around) const {
  return std::ranges::find(inside, around) != inside.end();
}

bool Markup::shows(std::string_view what) const {
  if (text.find(what) != std::string::npos) return true;
  return std::ranges::any_of(elements, [&](const Element& element) {
    return std::ranges::any_of(element.attributes, [&](const auto& attribute) {
      return attribute.second.find(what) != std::string::npos;
    });
  });
}

Markup take_apart(std::string_view markup) {
  Markup parts;
  if (valid_utf8(markup) != markup) parts.fault = "not UTF-8";
  try {
    Reader(markup, parts).read();
  } catch (const std::runtime_error& fault) {
    parts.fault = fault.what();
  }
  return parts;
}

}  // namespace waymark::report
