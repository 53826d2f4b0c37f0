#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace waymark::trail {

// One making of trails: what they held afterwards, and what it added.
struct Build {
  std::uint64_t journal_sequence = 0;
  std::uint64_t journal_mark = 0;
  Micros last_time = 0;    // of the latest event there was
  Micros first_added = 0;  // the time of the earliest event that it added

  friend bool operator==(const Build&, const Build&) = default;
};

inline constexpr std::size_t kBuildsKept = 100;

// What a generation of trails says of itself.
struct TrailState {
  std::uint64_t generation = 0;  // grows by one with each build
  // How much of which journal is in it.
  std::uint64_t journal_epoch = 0;
  std::uint64_t journal_sequence = 0;
  std::uint64_t journal_mark = 0;  // what the journal's batch of that sequence is known by

  std::size_t buckets = 0;
  std::vector<std::string> properties;  // the open properties that are columns, sorted
  // Those that led here, the last kBuildsKept of them, since the trails were built afresh.
  std::vector<Build> builds;

  std::uint64_t events = 0;
  std::uint64_t learners = 0;
  Micros first_time = 0;  // of the earliest and the latest event; both 0 where there is none
  Micros last_time = 0;

  std::uint64_t bytes = 0;       // of all files that the generation is made of
  std::uint64_t core_bytes = 0;  // of the core columns and the learner directory alone

  friend bool operator==(const TrailState&, const TrailState&) = default;
};

// The state of the trails in a folder, or null where there are none. Reads the manifest only.
// Throws Error{kCorrupt}: "trail.damaged", or "trail.format" where another version of Waymark wrote
// it.
std::optional<TrailState> read_state(const std::filesystem::path& folder);

}  // namespace waymark::trail
