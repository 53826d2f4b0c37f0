#include "base/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace waymark {

FileLock::FileLock(const std::filesystem::path& path, const std::string& reason,
                   const std::string& what)
    : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (fd_ < 0) throw_errno("file.open_failed", fmt::format("opening {}", path.string()));
  while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    const bool is_held = errno == EWOULDBLOCK;
    ::close(fd_);
    if (!is_held) throw_errno("file.lock_failed", fmt::format("locking {}", path.string()));
    const std::string holder(trimmed(read_file(path)));
    throw Error(ErrorCode::kConflict, reason,
                fmt::format("{} by {}; wait until it has finished, or end it", what,
                            holder.empty() ? "another process" : "process " + holder));
  }
  const std::string own = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, own.data(), own.size(), 0) < 0) {
    ::close(fd_);
    throw_errno("file.write_failed", fmt::format("writing {}", path.string()));
  }
}

FileLock::~FileLock() { ::close(fd_); }

}  // namespace waymark
