#include "source/byte_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace waymark::source {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{256} << 10;

class FileBytes : public ByteStream {
 public:
  explicit FileBytes(const std::filesystem::path& path)
      : name_(path.string()), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (file_ >= 0) return;
    if (errno == ENOENT) {
      throw Error(ErrorCode::kNotFound, "source.file_missing",
                  fmt::format("there is no file '{}'", name_));
    }
    throw_errno("source.file_unreadable", fmt::format("opening {}", name_));
  }
  ~FileBytes() override { ::close(file_); }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  std::size_t read(char* out, std::size_t size) override {
    for (;;) {
      const ssize_t got = ::read(file_, out, size);
      if (got >= 0) {
        position_ += static_cast<std::uint64_t>(got);
        return static_cast<std::size_t>(got);
      }
      if (errno != EINTR) throw_errno("source.file_unreadable", fmt::format("reading {}", name_));
    }
  }
  std::uint64_t position() const override { return position_; }

 private:
  std::string name_;
  int file_;
  std::uint64_t position_ = 0;
};

class MemoryBytes : public ByteStream {
 public:
  explicit MemoryBytes(std::string bytes) : bytes_(std::move(bytes)) {}
  std::size_t read(char* out, std::size_t size) override {
    const std::size_t n = std::min(size, bytes_.size() - position_);
    std::memcpy(out, bytes_.data() + position_, n);
    position_ += n;
    return n;
  }
  std::uint64_t position() const override { return position_; }

 private:
  std::string bytes_;
  std::size_t position_ = 0;
};

// What the decompressors share: a block of input, refilled from the stream below. Begins with the
// bytes by which the format was known.
class Input {
 public:
  Input(std::unique_ptr<ByteStream> below, std::string_view head)
      : below_(std::move(below)), block_(kBlockBytes), end_(head.size()) {
    std::ranges::copy(head, block_.begin());
  }
  std::string_view rest() const { return {block_.data() + begin_, end_ - begin_}; }
  void use(std::size_t n) { begin_ += n; }
  // False at the end of the stream below.
  bool refill() {
    if (begin_ < end_) return true;
    begin_ = 0;
    end_ = below_->read(block_.data(), block_.size());
    return end_ > 0;
  }
  std::uint64_t position() const { return below_->position() - (end_ - begin_); }

  [[noreturn]] void truncated() const {
    throw Error(ErrorCode::kCorrupt, "file.truncated",
                fmt::format("the compressed file ends early, at byte {}", position()));
  }
  [[noreturn]] void corrupt(std::string_view why) const {
    throw Error(ErrorCode::kCorrupt, "file.corrupt",
                fmt::format("the compressed file is damaged near byte {}: {}", position(), why));
  }

 private:
  std::unique_ptr<ByteStream> below_;
  std::vector<char> block_;
  std::size_t begin_ = 0;
  std::size_t end_;
};

class PlainBytes : public ByteStream {
 public:
  explicit PlainBytes(Input input) : input_(std::move(input)) {}
  std::size_t read(char* out, std::size_t size) override {
    if (!input_.refill()) return 0;
    const std::size_t n = input_.rest().copy(out, size);
    input_.use(n);
    return n;
  }
  std::uint64_t position() const override { return input_.position(); }

 private:
  Input input_;
};

class GzipBytes : public ByteStream {
 public:
  explicit GzipBytes(Input input) : input_(std::move(input)) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    WAYMARK_CHECK(inflateInit2(&state_, kGzipOnly) == Z_OK);
  }
  ~GzipBytes() override { inflateEnd(&state_); }
  GzipBytes(const GzipBytes&) = delete;
  GzipBytes& operator=(const GzipBytes&) = delete;

  std::size_t read(char* out, std::size_t size) override {
    const auto wanted = static_cast<uInt>(std::min(size, kBlockBytes));
    state_.next_out = reinterpret_cast<Bytef*>(out);
    state_.avail_out = wanted;
    while (state_.avail_out == wanted) {
      if (damaged_) input_.corrupt(state_.msg != nullptr ? state_.msg : "not gzip");
      if (!input_.refill()) {
        if (in_member_) input_.truncated();
        return 0;
      }
      step();
    }
    return wanted - state_.avail_out;
  }
  std::uint64_t position() const override { return input_.position(); }

 private:
  void step() {
    const std::string_view rest = input_.rest();
    state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
    state_.avail_in = static_cast<uInt>(rest.size());
    const int result = inflate(&state_, Z_NO_FLUSH);
    input_.use(rest.size() - state_.avail_in);
    in_member_ = result != Z_STREAM_END;
    if (!in_member_) inflateReset(&state_);
    damaged_ = in_member_ && result != Z_OK && result != Z_BUF_ERROR;
  }

  Input input_;
  z_stream state_{};
  bool in_member_ = false;
  bool damaged_ = false;  // what came out before is delivered first
};

class ZstdBytes : public ByteStream {
 public:
  explicit ZstdBytes(Input input) : input_(std::move(input)), state_(ZSTD_createDStream()) {
    WAYMARK_CHECK(state_ != nullptr);
  }
  ~ZstdBytes() override { ZSTD_freeDStream(state_); }
  ZstdBytes(const ZstdBytes&) = delete;
  ZstdBytes& operator=(const ZstdBytes&) = delete;

  std::size_t read(char* out, std::size_t size) override {
    ZSTD_outBuffer to{out, size, 0};
    while (to.pos == 0) {
      // The decoder may hold back output of input that it has taken already.
      if (!input_.refill() && !holds_back_) {
        if (in_frame_) input_.truncated();
        return 0;
      }
      const std::string_view rest = input_.rest();
      ZSTD_inBuffer from{rest.data(), rest.size(), 0};
      const std::size_t result = ZSTD_decompressStream(state_, &to, &from);
      input_.use(from.pos);
      if (ZSTD_isError(result) != 0) input_.corrupt(ZSTD_getErrorName(result));
      in_frame_ = result != 0;
      holds_back_ = in_frame_ && to.pos == to.size;
    }
    return to.pos;
  }
  std::uint64_t position() const override { return input_.position(); }

 private:
  Input input_;
  ZSTD_DStream* state_;
  bool in_frame_ = false;
  bool holds_back_ = false;
};

// 0x80 to 0x9F of Windows-1252. The five bytes that it leaves undefined mean control characters, as
// browsers take them, so that nothing is lost.
constexpr std::array<std::uint16_t, 32> kWindows1252{
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

class Windows1252Bytes : public ByteStream {
 public:
  explicit Windows1252Bytes(std::unique_ptr<ByteStream> below)
      : below_(std::move(below)), block_(kBlockBytes) {}

  std::size_t read(char* out, std::size_t size) override {
    constexpr std::size_t kLongest = 3;  // bytes of UTF-8 that one byte becomes
    WAYMARK_CHECK(size >= kMinRead);
    const std::size_t n = below_->read(block_.data(), std::min(block_.size(), size / kLongest));
    char* end = out;
    for (std::size_t i = 0; i < n; ++i) {
      const auto byte = static_cast<unsigned char>(block_[i]);
      end = byte < 0x80 ? (*end = static_cast<char>(byte), end + 1) : write(end, byte);
    }
    return static_cast<std::size_t>(end - out);
  }
  std::uint64_t position() const override { return below_->position(); }

 private:
  static char* write(char* end, unsigned char byte) {
    const unsigned code = byte < 0xA0 ? kWindows1252[byte - 0x80u] : byte;
    if (code >= 0x800) {
      *end++ = static_cast<char>(0xE0 | code >> 12);
      *end++ = static_cast<char>(0x80 | (code >> 6 & 0x3F));
    } else {
      *end++ = static_cast<char>(0xC0 | code >> 6);
    }
    *end++ = static_cast<char>(0x80 | (code & 0x3F));
    return end;
  }

  std::unique_ptr<ByteStream> below_;
  std::vector<char> block_;
};

std::unique_ptr<ByteStream> open(std::unique_ptr<ByteStream> bytes, Encoding encoding) {
  constexpr std::string_view kGzip = "\x1F\x8B";
  constexpr std::string_view kZstd = "\x28\xB5\x2F\xFD";
  std::string head(kMinRead, '\0');
  head.resize(bytes->read(head.data(), head.size()));
  if (head.starts_with(kGzip)) {
    bytes = std::make_unique<GzipBytes>(Input(std::move(bytes), head));
  } else if (head.starts_with(kZstd)) {
    bytes = std::make_unique<ZstdBytes>(Input(std::move(bytes), head));
  } else {
    bytes = std::make_unique<PlainBytes>(Input(std::move(bytes), head));
  }
  if (encoding == Encoding::kUtf8) return bytes;
  return std::make_unique<Windows1252Bytes>(std::move(bytes));
}

}  // namespace

std::unique_ptr<ByteStream> open_file(const std::filesystem::path& path, Encoding encoding) {
  return open(std::make_unique<FileBytes>(path), encoding);
}

std::unique_ptr<ByteStream> open_memory(std::string bytes, Encoding encoding) {
  return open(std::make_unique<MemoryBytes>(std::move(bytes)), encoding);
}

}  // namespace waymark::source
