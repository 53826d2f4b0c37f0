#include "workspace/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace waymark::workspace {
namespace {

auto key(const Diagnostic& d) {
  return std::tie(d.place.file, d.place.line, d.place.column, d.reason, d.message, d.hint);
}

}  // namespace

void Diagnostics::add(Place place, std::string reason, std::string message, std::string hint) {
  list_.push_back({std::move(place), std::move(reason), std::move(message), std::move(hint)});
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> sorted = list_;
  std::ranges::sort(sorted, [](const auto& a, const auto& b) { return key(a) < key(b); });
  const auto repeated =
      std::ranges::unique(sorted, [](const auto& a, const auto& b) { return key(a) == key(b); });
  sorted.erase(repeated.begin(), repeated.end());
  return sorted;
}

std::string to_text(const Diagnostic& diagnostic) {
  const Place& place = diagnostic.place;
  std::string text = place.file;
  if (place.line != 0) text += fmt::format(":{}:{}", place.line, place.column);
  text += fmt::format(": {}", diagnostic.message);
  if (!diagnostic.hint.empty()) text += fmt::format(" ({})", diagnostic.hint);
  return text;
}

}  // namespace waymark::workspace
