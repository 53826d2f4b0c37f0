#pragma once

// Private to the room: stored values as bytes. Each decode_… throws Error{kCorrupt} on bytes that
// no encode gives.

#include <cstdint>
#include <string>
#include <string_view>

#include "journal/records.h"

namespace waymark::journal {

inline constexpr std::uint32_t kFormat = 1;

[[noreturn]] void throw_corrupt(std::string_view what);

// What holds for the journal as a whole.
struct Head {
  std::uint64_t epoch = 1;
  std::uint64_t last_sequence = 0;
  std::uint64_t indexed = 0;  // the ids of batches up to this one are in the store: see RecentIds
  std::uint64_t event_count = 0;
  std::uint64_t courses_told = 0;
  std::uint32_t last_source = 0;
};
std::string encode(const Head& head);
// Throws Error{kCorrupt, "journal.format"} where another version wrote it.
Head decode_head(std::string_view bytes);

// A number without its leading zero bytes: most values beside an id are one byte or two.
std::string encode_number(std::uint64_t number);
std::uint64_t decode_number(std::string_view bytes);

// Progress and counts; source and path are the key's.
std::string encode(const FileEntry& entry);
FileEntry decode_file(std::string source, std::string path, std::string_view bytes);

// All but the identity, which is the key's.
std::string encode(const Reject& reject);
Reject decode_quarantined(const EventId& id, std::string_view bytes);

// All but the name, which is the key's, and the time in the order of telling.
struct ToldCourse {
  std::uint64_t told = 0;
  CourseEntry entry;
};
std::string encode(const ToldCourse& course);
ToldCourse decode_course(std::string name, std::string_view bytes);

// A batch, compressed. Throws Error{kUnavailable, "journal.commit_too_large"} past 256 MiB of plain
// bytes.
std::string compress(const EventBatch& batch);
EventBatch decompress(std::string_view bytes);

}  // namespace waymark::journal
