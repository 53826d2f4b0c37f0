#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace waymark {

// The text with every byte that is not part of valid UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

std::string_view trimmed(std::string_view text);
std::string lower_ascii(std::string_view text);

// The whole text as a finite decimal number, or null.
std::optional<double> parse_number(std::string_view text);

// The known word that was most likely meant (Damerau-Levenshtein distance at most a third of the
// length), or an empty view.
std::string_view nearest_word(std::string_view word, std::span<const std::string> known);

// "did you mean 'kinds'?" of the nearest word; "" where there is none.
std::string did_you_mean(std::string_view word, std::span<const std::string> known);
// " (did you mean 'kinds'?)": an aside within a sentence; "" stays as it is.
std::string in_brackets(std::string_view aside);

// 7035828 -> "7,035,828"
std::string with_thousands(std::int64_t number);
std::string with_thousands(std::unsigned_integral auto number) {
  return with_thousands(static_cast<std::int64_t>(number));
}

}  // namespace waymark
