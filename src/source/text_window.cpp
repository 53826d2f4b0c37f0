#include "source/text_window.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace waymark::source {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{256} << 10;

}  // namespace

TextWindow::TextWindow(std::unique_ptr<ByteStream> bytes, std::size_t limit)
    : bytes_(std::move(bytes)), limit_(limit), buffer_(std::min(kBlockBytes, limit) + kPadding) {
  WAYMARK_CHECK(limit >= kMinRead);
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  more();
  if (text().starts_with(kMark)) drop(kMark.size());
}

bool TextWindow::more() {
  if (ended_ || full()) return false;
  const std::size_t held = end_ - begin_;
  if (buffer_.size() - kPadding - end_ < kMinRead || begin_ > buffer_.size() / 2) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, held);
    begin_ = 0;
    end_ = held;
  }
  if (buffer_.size() - kPadding - end_ < kMinRead) {
    buffer_.resize(std::min(limit_, 2 * buffer_.size()) + kPadding);
  }
  const std::size_t got = bytes_->read(buffer_.data() + end_, buffer_.size() - kPadding - end_);
  end_ += got;
  ended_ = got == 0;
  return !ended_;
}

std::size_t TextWindow::find(char c, std::size_t from) {
  for (;;) {
    const std::size_t found = text().find(c, from);
    if (found != npos) return found;
    from = std::max(from, text().size());
    if (!more()) return npos;
  }
}

std::uint64_t TextWindow::drop_line() {
  std::uint64_t dropped = 0;
  for (;;) {
    const std::size_t newline = text().find('\n');
    const std::size_t n = newline == npos ? text().size() : newline + 1;
    drop(n);
    dropped += n;
    if (newline != npos || !more()) return dropped;
  }
}

}  // namespace waymark::source
