#include "query/text_width.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"

namespace waymark::query {
namespace {

struct CodeRange {
  char32_t first, last;
};

// Combining marks, joiners and variation selectors of the scripts in common use.
constexpr std::array kZeroWidth = {
    CodeRange{0x0300, 0x036F}, CodeRange{0x0483, 0x0489}, CodeRange{0x0591, 0x05BD},
    CodeRange{0x05BF, 0x05BF}, CodeRange{0x05C1, 0x05C2}, CodeRange{0x05C4, 0x05C5},
    CodeRange{0x0610, 0x061A}, CodeRange{0x064B, 0x065F}, CodeRange{0x0670, 0x0670},
    CodeRange{0x06D6, 0x06DC}, CodeRange{0x06DF, 0x06E4}, CodeRange{0x0900, 0x0902},
    CodeRange{0x093C, 0x093C}, CodeRange{0x0941, 0x0948}, CodeRange{0x094D, 0x094D},
    CodeRange{0x0E31, 0x0E31}, CodeRange{0x0E34, 0x0E3A}, CodeRange{0x0E47, 0x0E4E},
    CodeRange{0x1AB0, 0x1AFF}, CodeRange{0x1DC0, 0x1DFF}, CodeRange{0x200B, 0x200F},
    CodeRange{0x2060, 0x2064}, CodeRange{0x20D0, 0x20FF}, CodeRange{0xFE00, 0xFE0F},
    CodeRange{0xFE20, 0xFE2F}, CodeRange{0xFEFF, 0xFEFF}, CodeRange{0xE0100, 0xE01EF}};

// East Asian Width W and F (Unicode, UAX 11), in whole blocks where nearly all of a block is.
constexpr std::array kDoubleWidth = {
    CodeRange{0x1100, 0x115F},   CodeRange{0x231A, 0x231B},   CodeRange{0x2E80, 0x303E},
    CodeRange{0x3041, 0x33FF},   CodeRange{0x3400, 0x4DBF},   CodeRange{0x4E00, 0x9FFF},
    CodeRange{0xA000, 0xA4CF},   CodeRange{0xA960, 0xA97F},   CodeRange{0xAC00, 0xD7A3},
    CodeRange{0xF900, 0xFAFF},   CodeRange{0xFE30, 0xFE6F},   CodeRange{0xFF00, 0xFF60},
    CodeRange{0xFFE0, 0xFFE6},   CodeRange{0x1F300, 0x1F64F}, CodeRange{0x1F680, 0x1F6FF},
    CodeRange{0x1F900, 0x1F9FF}, CodeRange{0x1FA70, 0x1FAFF}, CodeRange{0x20000, 0x3FFFD}};

bool is_in(std::span<const CodeRange> ranges, char32_t code) {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), code,
                                      [](char32_t c, const CodeRange& r) { return c < r.first; });
  return after != ranges.begin() && code <= std::prev(after)->last;
}

std::size_t width_of(char32_t code) {
  if (is_in(kZeroWidth, code)) return 0;
  return is_in(kDoubleWidth, code) ? 2 : 1;
}

struct Character {
  char32_t code;
  std::string_view bytes;
};

// The first character of valid UTF-8.
Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t code = length == 1 ? lead : lead & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  return {code, text.substr(0, length)};
}

bool is_direction_override(char32_t code) {
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

std::string shown(const Character& character) {
  switch (character.code) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      break;
  }
  if (character.code < 0x20 || (character.code >= 0x7F && character.code < 0xA0))
    return fmt::format("\\x{:02x}", static_cast<std::uint32_t>(character.code));
  return is_direction_override(character.code) ? "\xEF\xBF\xBD" : std::string(character.bytes);
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    width += width_of(character.code);
    text.remove_prefix(character.bytes.size());
  }
  return width;
}

std::string one_line(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string line;
  for (std::string_view rest = valid; !rest.empty();) {
    const Character character = first_character(rest);
    line += shown(character);
    rest.remove_prefix(character.bytes.size());
  }
  return line;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string begun;
  std::size_t used = 1;  // of the ellipsis
  for (std::string_view rest = text; !rest.empty();) {
    const Character character = first_character(rest);
    used += width_of(character.code);
    if (used > width) break;
    begun += character.bytes;
    rest.remove_prefix(character.bytes.size());
  }
  return begun + "…";
}

}  // namespace waymark::query
