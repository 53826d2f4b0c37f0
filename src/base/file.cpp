#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error.h"

namespace waymark {
namespace {

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {
    if (fd_ >= 0) return;
    if (errno == ENOENT) {
      throw Error(ErrorCode::kNotFound, "file.missing",
                  fmt::format("{} does not exist", path.string()));
    }
    throw_errno("file.open_failed", fmt::format("opening {}", path.string()));
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

void write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("file.write_failed", fmt::format("writing {}", path.string()));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const Descriptor file(path, O_RDONLY);
  std::string text;
  std::string buffer(1 << 16, '\0');
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("file.read_failed", fmt::format("reading {}", path.string()));
    if (got == 0) return text;
    text.append(buffer, 0, static_cast<std::size_t>(got));
  }
}

void sync_path(const std::filesystem::path& path) {
  const Descriptor file(path, O_RDONLY);
  if (::fsync(file.get()) != 0)
    throw_errno("file.sync_failed", fmt::format("syncing {}", path.string()));
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  if (path.has_parent_path() && !std::filesystem::exists(path.parent_path())) {
    throw Error(ErrorCode::kNotFound, "file.folder_missing",
                fmt::format("the folder {} does not exist", path.parent_path().string()));
  }
  std::filesystem::path scratch = path;
  scratch += fmt::format(".{}.tmp", ::getpid());
  {
    const Descriptor file(scratch, O_WRONLY | O_CREAT | O_TRUNC);
    write_all(file.get(), bytes, scratch);
    if (::fsync(file.get()) != 0)
      throw_errno("file.sync_failed", fmt::format("syncing {}", scratch.string()));
  }
  std::filesystem::rename(scratch, path);
  sync_path(path.has_parent_path() ? path.parent_path() : std::filesystem::path("."));
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  const Descriptor file(path, O_RDONLY);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0)
    throw_errno("file.stat_failed", fmt::format("reading {}", path.string()));
  if (S_ISDIR(status.st_mode)) {
    throw Error(ErrorCode::kInvalid, "file.folder",
                fmt::format("{} is a folder, not a file", path.string()));
  }
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ == 0) return;
  data_ = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file.get(), 0);
  if (data_ == MAP_FAILED) {
    data_ = nullptr;
    throw_errno("file.map_failed", fmt::format("mapping {}", path.string()));
  }
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "waymark-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw_errno("file.temporary_failed", "making a temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace waymark
