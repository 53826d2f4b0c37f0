#include "trail/section_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

namespace waymark::trail {
namespace {

constexpr std::size_t kWriteBuffer = std::size_t{1} << 18;
constexpr std::uint32_t kMaximumSections = 1 << 20;

std::uint64_t table_end(std::size_t sections) {
  return sizeof(FileHeader) + sections * sizeof(SectionEntry);
}

std::uint64_t header_checksum(const FileHeader& header, const SectionEntry* table) {
  Hasher hasher;
  hasher.bytes({reinterpret_cast<const char*>(&header), offsetof(FileHeader, checksum)});
  hasher.bytes({reinterpret_cast<const char*>(table), header.sections * sizeof(SectionEntry)});
  return hasher.digest().low;
}

bool has_known_form(const SectionEntry& entry) {
  if (entry.encoding > Encoding::kWide) return false;
  const bool in_planes = planes_of(entry.width).low != 0;
  if (entry.encoding == Encoding::kInteger) return in_planes;
  if (entry.encoding == Encoding::kTable) {
    return entry.unit <= 1 << 16 && (entry.width == 1 || entry.width == 2);
  }
  return entry.width == 0;
}

}  // namespace

void throw_damaged(const std::filesystem::path& file, std::string_view what) {
  throw Error(ErrorCode::kCorrupt, "trail.damaged",
              fmt::format("the trail file {} is damaged: {}; rebuild the trails from the journal",
                          file.string(), what));
}

SectionWriter::SectionWriter(std::filesystem::path path, std::size_t sections)
    : path_(std::move(path)),
      fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)),
      sections_(sections),
      offset_(table_end(sections)) {
  if (fd_ < 0) throw_errno("trail.write_failed", fmt::format("creating {}", path_.string()));
  buffer_.reserve(kWriteBuffer);
  // Room for what is known only in the end.
  buffer_.resize(offset_);
}

SectionWriter::~SectionWriter() {
  if (fd_ >= 0) ::close(fd_);
}

void SectionWriter::begin(const SectionEntry& entry) {
  end_section();
  pad();
  hasher_.reset();
  entries_.push_back(entry);
  entries_.back().offset = offset_;
}

void SectionWriter::write(const void* bytes, std::size_t size) {
  const auto* from = static_cast<const char*>(bytes);
  hasher_.bytes({from, size});
  offset_ += size;
  buffer_.insert(buffer_.end(), from, from + size);
  if (buffer_.size() >= kWriteBuffer) flush();
}

void SectionWriter::pad() {
  static constexpr char kZeros[kAlignment] = {};
  write(kZeros, aligned(offset_) - offset_);
}

void SectionWriter::end_section() {
  if (entries_.empty()) return;
  SectionEntry& entry = entries_.back();
  entry.size = offset_ - entry.offset;
  if (entry.encoding == Encoding::kBytes) entry.count = entry.size;
  entry.checksum = hasher_.digest().low;
}

void SectionWriter::flush() {
  std::string_view rest(buffer_.data(), buffer_.size());
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("trail.write_failed", fmt::format("writing {}", path_.string()));
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

FileSeal SectionWriter::finish(bool durable) {
  end_section();
  WAYMARK_CHECK(entries_.size() == sections_);
  flush();
  FileHeader header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.format = kFormat;
  header.sections = static_cast<std::uint32_t>(sections_);
  header.file_size = offset_;
  header.checksum = header_checksum(header, entries_.data());
  std::string front(reinterpret_cast<const char*>(&header), sizeof header);
  front.append(reinterpret_cast<const char*>(entries_.data()), sections_ * sizeof(SectionEntry));
  if (::pwrite(fd_, front.data(), front.size(), 0) != static_cast<ssize_t>(front.size()) ||
      (durable && ::fsync(fd_) != 0)) {
    throw_errno("trail.write_failed", fmt::format("writing {}", path_.string()));
  }
  return {header.file_size, header.checksum};
}

SectionFile::SectionFile(const std::filesystem::path& path) : path_(path), map_(path) {
  check_header(nullptr);
}

SectionFile::SectionFile(const std::filesystem::path& path, const FileSeal& seal)
    : path_(path), map_(path) {
  check_header(&seal);
}

void SectionFile::check_header(const FileSeal* seal) {
  FileHeader header;
  if (map_.size() < sizeof header) throw_damaged(path_, "it is too short for a header");
  std::memcpy(&header, map_.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) {
    throw_damaged(path_, "it does not begin as one");
  }
  if (header.format != kFormat) {
    throw Error(ErrorCode::kCorrupt, "trail.format",
                fmt::format("{} has format {}, this version reads {}; rebuild the trails",
                            path_.string(), header.format, kFormat));
  }
  if (header.file_size != map_.size()) throw_damaged(path_, "its size is not as written");
  if (header.sections > kMaximumSections || table_end(header.sections) > map_.size()) {
    throw_damaged(path_, "its table of sections does not fit into it");
  }
  entries_.resize(header.sections);
  std::memcpy(entries_.data(), map_.data() + sizeof header, header.sections * sizeof(SectionEntry));
  if (header_checksum(header, entries_.data()) != header.checksum) {
    throw_damaged(path_, "header and checksum disagree");
  }
  if (seal != nullptr && *seal != FileSeal{header.file_size, header.checksum}) {
    throw_damaged(path_, "it is not the file that the manifest names");
  }
  for (const SectionEntry& entry : entries_) {
    if (!has_known_form(entry) || entry.offset > map_.size() || entry.offset % kAlignment != 0 ||
        (entry.encoding != Encoding::kConstant && entry.count > map_.size()) ||
        entry.size > map_.size() - entry.offset || entry.size != section_size(entry)) {
      throw_damaged(path_, fmt::format("section '{}' contradicts itself", name_of(entry.kind)));
    }
  }
  is_checked_ = std::make_unique<std::atomic<bool>[]>(entries_.size());
}

const SectionEntry* SectionFile::find(SectionKind kind, std::uint16_t ordinal) const {
  const auto found = std::ranges::find_if(entries_, [&](const SectionEntry& entry) {
    return entry.kind == kind && entry.ordinal == ordinal;
  });
  return found == entries_.end() ? nullptr : &*found;
}

const SectionEntry& SectionFile::entry(SectionKind kind, std::uint16_t ordinal) const {
  if (const SectionEntry* found = find(kind, ordinal)) return *found;
  throw_damaged(path_, fmt::format("section '{}' is missing", name_of(kind)));
}

const std::byte* SectionFile::checked(const SectionEntry& entry) const {
  const std::byte* bytes = map_.data() + entry.offset;
  std::atomic<bool>& is_checked = is_checked_[static_cast<std::size_t>(&entry - entries_.data())];
  if (!is_checked.load(std::memory_order_relaxed)) {
    if (hash128({reinterpret_cast<const char*>(bytes), entry.size}).low != entry.checksum) {
      throw_damaged(path_,
                    fmt::format("section '{}' and its checksum disagree", name_of(entry.kind)));
    }
    is_checked.store(true, std::memory_order_relaxed);
  }
  return bytes;
}

bool SectionFile::has(SectionKind kind, std::uint16_t ordinal) const {
  return find(kind, ordinal) != nullptr;
}

std::uint64_t SectionFile::count(SectionKind kind, std::uint16_t ordinal) const {
  return entry(kind, ordinal).count;
}

StoredColumn SectionFile::column(SectionKind kind, std::uint16_t ordinal) const {
  const SectionEntry& section = entry(kind, ordinal);
  if (section.encoding == Encoding::kBytes) throw_damaged(path_, "a column is a run of bytes");
  return StoredColumn(section, checked(section));
}

std::string_view SectionFile::bytes(SectionKind kind, std::uint16_t ordinal) const {
  const SectionEntry& section = entry(kind, ordinal);
  if (section.encoding != Encoding::kBytes) throw_damaged(path_, "a run of bytes is a column");
  return {reinterpret_cast<const char*>(checked(section)), section.size};
}

void SectionFile::verify() const {
  for (const SectionEntry& section : entries_) checked(section);
}

}  // namespace waymark::trail
