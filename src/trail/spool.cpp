#include "trail/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace waymark::trail {

ScratchFile::~ScratchFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::uint64_t ScratchFile::append(const void* bytes, std::size_t size) {
  if (fd_ < 0) {
    fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd_ < 0) throw_errno("trail.write_failed", fmt::format("creating {}", path_.string()));
    // Nobody else needs its name, and so nothing is left behind.
    ::unlink(path_.c_str());
  }
  const std::uint64_t begin = size_;
  const auto* rest = static_cast<const char*>(bytes);
  while (size != 0) {
    const ssize_t written = ::pwrite(fd_, rest, size, static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("trail.write_failed", fmt::format("writing {}", path_.string()));
    rest += written;
    size -= static_cast<std::size_t>(written);
    size_ += static_cast<std::uint64_t>(written);
  }
  return begin;
}

void ScratchFile::read(std::uint64_t offset, void* bytes, std::size_t size) const {
  auto* rest = static_cast<char*>(bytes);
  while (size != 0) {
    const ssize_t got = ::pread(fd_, rest, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw_errno("trail.read_failed", fmt::format("reading {}", path_.string()));
    rest += got;
    size -= static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
  }
}

}  // namespace waymark::trail
