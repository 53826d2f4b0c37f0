#include "fold/reading.h"

#include <fmt/format.h>

#include "base/text.h"

namespace waymark::fold {

Micros read_duration(const workspace::Node& node, Micros fallback,
                     workspace::Diagnostics& diagnostics) {
  if (!node.exists()) return fallback;
  const auto duration = parse_duration(node.text());
  if (duration && *duration >= 0 && *duration <= kLongestDuration) return *duration;
  diagnostics.add(node.place(), "duration.invalid",
                  fmt::format("'{}' is no duration of at most 100 years", node.text()),
                  "write a number and a unit, such as 30m, 2h, 7d or 4w");
  return fallback;
}

std::string read_property(std::string_view word, const workspace::Place& place,
                          std::span<const std::string> columns,
                          workspace::Diagnostics& diagnostics) {
  constexpr std::string_view kPrefix = "property.";
  if (word.starts_with(kPrefix)) return std::string(word.substr(kPrefix.size()));
  if (const std::string_view nearest = nearest_word(word, columns); !nearest.empty()) {
    diagnostics.add(place, "column.misspelt", fmt::format("no column is called '{}'", word),
                    fmt::format("did you mean '{}'? A property of that name is written "
                                "'property.{}'",
                                nearest, word));
  }
  return std::string(word);
}

}  // namespace waymark::fold
