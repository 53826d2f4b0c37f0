#pragma once

#include <filesystem>
#include <string>

namespace waymark {

// A file that one process at a time holds, for as long as the object lives; it stays where it is,
// with the holder's process number in it. A process that ends, however, holds nothing.
class FileLock {
 public:
  // Throws Error{kConflict, reason}, "`what` by process 17; wait until it has finished, or end it",
  // where another holds it. The folder must be there.
  FileLock(const std::filesystem::path& path, const std::string& reason, const std::string& what);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

}  // namespace waymark
