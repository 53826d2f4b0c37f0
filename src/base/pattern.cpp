#include "base/pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/error.h"

namespace waymark {

struct Pattern::Compiled {
  explicit Compiled(std::string_view expression)
      : re(re2::StringPiece(expression.data(), expression.size()), RE2::Quiet) {}
  RE2 re;
};

Pattern::Pattern(std::string_view expression) : compiled_(std::make_shared<Compiled>(expression)) {
  if (compiled_->re.ok()) return;
  throw Error(
      ErrorCode::kInvalid, "pattern.malformed",
      fmt::format("'{}' is not a regular expression: {}", expression, compiled_->re.error()));
}

bool Pattern::matches_all(std::string_view text) const {
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), compiled_->re);
}

std::optional<std::string_view> Pattern::find(std::string_view text) const {
  re2::StringPiece groups[2];
  const int wanted = compiled_->re.NumberOfCapturingGroups() > 0 ? 2 : 1;
  const re2::StringPiece subject(text.data(), text.size());
  if (!compiled_->re.Match(subject, 0, subject.size(), RE2::UNANCHORED, groups, wanted))
    return std::nullopt;
  const re2::StringPiece& caught = groups[wanted - 1];
  return std::string_view(caught.data(), caught.size());
}

}  // namespace waymark
