#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "source/byte_stream.h"

namespace waymark::source {

// A stream of text seen through a window that slides and grows as a reader asks, up to a limit. A
// leading byte order mark is left out.
class TextWindow {
 public:
  // Readable bytes behind the window's end, for parsers that read in strides.
  static constexpr std::size_t kPadding = 64;
  static constexpr std::size_t npos = std::string_view::npos;

  // The window never holds more than `limit` bytes (at least kMinRead).
  TextWindow(std::unique_ptr<ByteStream> bytes, std::size_t limit);

  // What is in the window. Valid until more().
  std::string_view text() const { return {buffer_.data() + begin_, end_ - begin_}; }
  // Takes more in behind. False where the stream has ended or the window is full.
  bool more();
  // Whether more() fails because of the limit.
  bool full() const { return end_ - begin_ + kMinRead > limit_; }
  void drop(std::size_t n) { begin_ += n; }
  // Drops everything up to the next line's beginning, however far that is; how many bytes that was.
  std::uint64_t drop_line();

  // Where `c` stands at or behind `from`, taking in what it needs; npos where there is none before
  // the end or the limit.
  std::size_t find(char c, std::size_t from);

  // Of the file itself.
  std::uint64_t position() const { return bytes_->position(); }

 private:
  std::unique_ptr<ByteStream> bytes_;
  std::size_t limit_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
};

}  // namespace waymark::source
