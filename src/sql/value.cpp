#include "sql/value.h"

namespace waymark::sql {
namespace {

std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  out += quote;
  return out;
}

}  // namespace

std::string quoted_text(std::string_view text) { return quoted(text, '\''); }
std::string quoted_name(std::string_view name) { return quoted(name, '"'); }

}  // namespace waymark::sql
