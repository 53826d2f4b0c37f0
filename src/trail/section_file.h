#pragma once

// Private to the room: the container that symbols, buckets and runs are files of; see format.h.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "trail/format.h"
#include "trail/stored_column.h"

namespace waymark::trail {

// Error{kCorrupt, "trail.damaged"} that says what of which file is wrong.
[[noreturn]] void throw_damaged(const std::filesystem::path& file, std::string_view what);

// What a manifest says of a file, so that one cannot be taken for another.
struct FileSeal {
  std::uint64_t size = 0;
  std::uint64_t header_checksum = 0;
  friend bool operator==(const FileSeal&, const FileSeal&) = default;
};

// Writes one section after another to a new file.
class SectionWriter {
 public:
  SectionWriter(std::filesystem::path path, std::size_t sections);
  ~SectionWriter();
  SectionWriter(const SectionWriter&) = delete;
  SectionWriter& operator=(const SectionWriter&) = delete;

  // The bytes of the section follow by write(), up to the next begin() or finish(). Of `entry`,
  // offset, size and checksum are filled in here, and the count of bytes.
  void begin(const SectionEntry& entry);
  void write(const void* bytes, std::size_t size);
  // Up to a multiple of kAlignment.
  void pad();
  // Completes the file; `durable`: it is on disk when this returns.
  FileSeal finish(bool durable);
  const std::vector<SectionEntry>& entries() const { return entries_; }

 private:
  void end_section();
  void flush();

  std::filesystem::path path_;
  int fd_;
  std::size_t sections_;
  std::vector<SectionEntry> entries_;
  std::vector<char> buffer_;
  std::uint64_t offset_;  // in the file, of what comes next
  Hasher hasher_;         // of the present section
};

// A mapped file. The constructor checks size, header and table, and that every section is as large
// as its entry's encoding says; a section's bytes are checked when they are first asked for.
// Thread-safe.
class SectionFile {
 public:
  explicit SectionFile(const std::filesystem::path& path);
  // And that it is the file of that seal.
  SectionFile(const std::filesystem::path& path, const FileSeal& seal);

  const std::filesystem::path& path() const { return path_; }
  // Of the section's count; throws like the others where there is no such section.
  std::uint64_t count(SectionKind kind, std::uint16_t ordinal = 0) const;
  bool has(SectionKind kind, std::uint16_t ordinal = 0) const;
  StoredColumn column(SectionKind kind, std::uint16_t ordinal = 0) const;
  std::string_view bytes(SectionKind kind, std::uint16_t ordinal = 0) const;
  void verify() const;

 private:
  const SectionEntry* find(SectionKind kind, std::uint16_t ordinal) const;
  const SectionEntry& entry(SectionKind kind, std::uint16_t ordinal) const;
  void check_header(const FileSeal* seal);
  const std::byte* checked(const SectionEntry& entry) const;

  std::filesystem::path path_;
  MappedFile map_;
  std::vector<SectionEntry> entries_;
  std::unique_ptr<std::atomic<bool>[]> is_checked_;  // by place in entries_
};

// Texts in a file, found by number.
class TextTable {
 public:
  TextTable() = default;
  TextTable(StoredColumn ends, std::string_view bytes) : ends_(ends), bytes_(bytes) {}
  std::uint64_t size() const { return ends_.size(); }
  std::string_view text(std::size_t i) const {
    const std::uint64_t begin = i == 0 ? 0 : ends_.at(i - 1);
    return bytes_.substr(begin, ends_.at(i) - begin);
  }

 private:
  StoredColumn ends_;
  std::string_view bytes_;
};

}  // namespace waymark::trail
