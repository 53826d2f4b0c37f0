#pragma once

// Private to the room: the file that says what a generation is made of; see format.h.

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trail/section_file.h"
#include "trail/state.h"

namespace waymark::trail {

struct SymbolsEntry {
  std::string file;
  FileSeal seal;
};

struct BucketEntry {
  std::size_t bucket = 0;
  std::string file;
  FileSeal seal;
  // Of those that are not past, because a later file of the bucket has them.
  std::uint64_t events = 0;
  std::uint64_t learners = 0;
  Micros first_time = 0;
  Micros last_time = 0;
  std::uint64_t core_bytes = 0;
};

struct PropertyEntry {
  std::string name;
  bool has_numbers = false;
  bool has_texts = false;
};

struct Manifest {
  std::uint64_t generation = 0;
  std::uint64_t journal_epoch = 0;
  std::uint64_t journal_sequence = 0;
  std::uint64_t journal_mark = 0;
  std::size_t bucket_count = 0;
  std::vector<PropertyEntry> properties;
  std::vector<Build> builds;
  SymbolsEntry symbols;
  std::vector<BucketEntry> buckets;  // those that have events, by number; files oldest first

  TrailState state() const;
  std::span<const BucketEntry> files_of(std::size_t bucket) const;
};

// Null where there is none; throws as read_state does.
std::optional<Manifest> read_manifest(const std::filesystem::path& folder);
// The swap: from here on the folder holds this generation.
void write_manifest(const std::filesystem::path& folder, const Manifest& manifest);

}  // namespace waymark::trail
