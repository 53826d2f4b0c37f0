#include "report/html.h"

#include "base/text.h"
#include "report/number.h"

namespace waymark::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// The code point's length in bytes if it must not be shown, else 0: C0 and C1 controls, the marks,
// embeddings and isolates of bidirectional text, and what XML forbids.
std::size_t unwanted(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (at(0) < 0x20 || at(0) == 0x7F) return 1;
  if (at(0) == 0xC2 && at(1) < 0xA0) return 2;
  if (at(0) == 0xD8 && at(1) == 0x9C) return 2;
  if (at(0) == 0xE2 && at(1) == 0x80 && (at(2) == 0x8E || at(2) == 0x8F)) return 3;
  if (at(0) == 0xE2 && at(1) == 0x80 && at(2) >= 0xA8 && at(2) <= 0xAE) return 3;
  if (at(0) == 0xE2 && at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9) return 3;
  if (at(0) == 0xEF && at(1) == 0xBF && at(2) >= 0xBE) return 3;
  return 0;
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : cleaned(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

std::string opening(std::string_view tag, Attributes attributes) {
  std::string out = "<";
  out += tag;
  for (const auto& [name, value] : attributes) {
    if (value.empty()) continue;
    out += ' ';
    out += name;
    out += "=\"";
    append_escaped(out, value);
    out += '"';
  }
  return out;
}

}  // namespace

std::string cleaned(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string out;
  out.reserve(valid.size());
  for (std::size_t i = 0; i < valid.size();) {
    if (const std::size_t length = unwanted(std::string_view(valid).substr(i)); length != 0) {
      const bool blank = valid[i] == '\n' || valid[i] == '\t' || valid[i] == '\r';
      out += blank ? " " : kReplacement;
      i += length;
    } else {
      out += valid[i++];
    }
  }
  return out;
}

Html::Html(std::string_view text) {
  append_escaped(markup_, shortened(cleaned(text), kLongestText));
}

Html Html::trusted(std::string_view markup) {
  Html html;
  html.markup_ = markup;
  return html;
}

Html element(std::string_view tag, Attributes attributes, const Html& content) {
  std::string out = opening(tag, attributes);
  out += '>';
  out += content.markup();
  out += "</";
  out += tag;
  out += '>';
  return Html::trusted(out);
}

Html element(std::string_view tag, Attributes attributes) {
  return Html::trusted(opening(tag, attributes) + "/>");
}

}  // namespace waymark::report
