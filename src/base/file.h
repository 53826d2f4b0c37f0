#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace waymark {

// Reads a whole file; throws Error{kNotFound} or Error{kEnvironment}.
std::string read_file(const std::filesystem::path& path);

// Writes so that a reader, or a crash at any moment, sees the old content or the new and nothing
// between: temporary file, fsync, rename, fsync of the folder.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

// fsync of a file or a folder that exists.
void sync_path(const std::filesystem::path& path);

// A read-only memory map of a whole file, valid also after the file is removed.
class MappedFile {
 public:
  MappedFile() = default;
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  const std::byte* data() const { return static_cast<const std::byte*>(data_); }
  std::size_t size() const { return size_; }
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

// A folder of its own under the system's temporary folder, removed with all it holds at the end of
// its life.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace waymark
