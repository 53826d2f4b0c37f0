#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace waymark {

// An event's identity: 128 bits, ordered as one big number. Two events with one id are the same
// event.
struct EventId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const EventId&, const EventId&) = default;
};

std::string to_hex(const EventId& id);

// A learner's real identity as the source gave it. It has no formatter, no stream operator and no
// implicit conversion, so that it cannot reach a log or a page by accident; whoever must write it
// says reveal().
class LearnerKey {
 public:
  explicit LearnerKey(std::string key) : key_(std::move(key)) {}
  const std::string& reveal() const { return key_; }
  friend auto operator<=>(const LearnerKey&, const LearnerKey&) = default;

 private:
  std::string key_;
};

}  // namespace waymark

template <>
struct std::hash<waymark::EventId> {
  // An id is a hash already.
  std::size_t operator()(const waymark::EventId& id) const noexcept { return id.low; }
};
