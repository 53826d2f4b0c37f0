#pragma once

// Private to the room: values that wait to be encoded, in memory as long as they are few.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <type_traits>
#include <vector>

namespace waymark::trail {

// A file that is gone when its owner is; comes into being with the first append.
class ScratchFile {
 public:
  explicit ScratchFile(std::filesystem::path path) : path_(std::move(path)) {}
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  // Where in the file the bytes begin.
  std::uint64_t append(const void* bytes, std::size_t size);
  void read(std::uint64_t offset, void* bytes, std::size_t size) const;

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

// Values appended one run after another and then read in the same order, as often as wanted. Holds
// at most `limit` of them; what came before is in the scratch file.
template <typename T>
class Spool {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  using value_type = T;
  Spool(ScratchFile& scratch, std::size_t limit) : scratch_(scratch), limit_(limit) {}

  std::uint64_t size() const { return spilled_.size() * limit_ + held_.size(); }

  void append(const T* values, std::size_t n) {
    while (n != 0) {
      const std::size_t taken = std::min(n, limit_ - held_.size());
      held_.insert(held_.end(), values, values + taken);
      values += taken;
      n -= taken;
      if (held_.size() == limit_) spill();
    }
  }
  void append_copies(T value, std::uint64_t n) {
    while (n != 0) {
      const std::size_t taken = std::min<std::uint64_t>(n, limit_ - held_.size());
      held_.insert(held_.end(), taken, value);
      n -= taken;
      if (held_.size() == limit_) spill();
    }
  }

  // Calls visit(std::span<const T>) for all values, in order.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    if (!spilled_.empty()) {
      std::vector<T> chunk(limit_);
      for (const std::uint64_t offset : spilled_) {
        scratch_.read(offset, chunk.data(), limit_ * sizeof(T));
        visit(std::span<const T>(chunk));
      }
    }
    if (!held_.empty()) visit(std::span<const T>(held_));
  }

 private:
  void spill() {
    spilled_.push_back(scratch_.append(held_.data(), held_.size() * sizeof(T)));
    held_.clear();
  }

  ScratchFile& scratch_;
  std::size_t limit_;
  std::vector<T> held_;
  std::vector<std::uint64_t> spilled_;  // where each chunk of `limit` values is
};

}  // namespace waymark::trail
