#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.h"

namespace waymark {

// Appends fixed-width little-endian values and length-prefixed runs to a string: what states,
// batches and file headers are written with. Only for machines of that byte order.
class ByteWriter {
 public:
  template <typename T>
  void value(T v) {
    static_assert(std::is_trivially_copyable_v<T>);
    out_.append(reinterpret_cast<const char*>(&v), sizeof v);
  }
  void text(std::string_view s) {
    value<std::uint64_t>(s.size());
    out_.append(s);
  }
  template <typename T>
  void values(const std::vector<T>& v) {
    static_assert(std::is_trivially_copyable_v<T>);
    value<std::uint64_t>(v.size());
    out_.append(reinterpret_cast<const char*>(v.data()), v.size() * sizeof(T));
  }
  std::string take() { return std::move(out_); }
  const std::string& bytes() const { return out_; }

 private:
  std::string out_;
};

// Reads what ByteWriter wrote; anything short or left over is Error{kCorrupt, "bytes.truncated"}.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
  T value() {
    static_assert(std::is_trivially_copyable_v<T>);
    T v;
    std::memcpy(&v, take(sizeof v).data(), sizeof v);
    return v;
  }
  std::string_view text() { return take(value<std::uint64_t>()); }
  template <typename T>
  std::vector<T> values() {
    const auto n = value<std::uint64_t>();
    if (n > rest_.size() / sizeof(T)) fail();
    std::vector<T> v(n);
    const std::string_view run = take(n * sizeof(T));
    if (n != 0) std::memcpy(v.data(), run.data(), run.size());
    return v;
  }
  bool done() const { return rest_.empty(); }
  void expect_done() const {
    if (!done()) fail();
  }

 private:
  std::string_view take(std::uint64_t n) {
    if (n > rest_.size()) fail();
    const std::string_view run = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return run;
  }
  [[noreturn]] static void fail() {
    throw Error(ErrorCode::kCorrupt, "bytes.truncated",
                "stored bytes are shorter or longer than what they describe");
  }
  std::string_view rest_;
};

}  // namespace waymark
