#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace waymark {

// A regular expression in RE2's syntax: linear in the text whatever the pattern, so users may write
// their own. Copies share the compiled form; safe to use from many threads.
class Pattern {
 public:
  // Throws Error{kInvalid, "pattern.malformed"} that says where the pattern goes wrong.
  explicit Pattern(std::string_view expression);

  bool matches_all(std::string_view text) const;
  // What the first group caught, or the whole match where the pattern has no group; null where
  // nothing matches. The view points into `text`.
  std::optional<std::string_view> find(std::string_view text) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace waymark
