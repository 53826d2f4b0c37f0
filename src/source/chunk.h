#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/batch.h"
#include "event/course.h"
#include "event/reject.h"

namespace waymark::source {

// Why a record is refused: no entry of the definition wants it (`when`).
inline constexpr std::string_view kRefusedByRule = "rule.when";

struct Counts {
  std::uint64_t records = 0;   // records read
  std::uint64_t events = 0;    // events that they gave
  std::uint64_t rejected = 0;  // records that went to the rejects
  std::uint64_t refused = 0;   // records left out by kRefusedByRule

  // An event each, or 1 for a record that should have given one and gave none.
  std::uint64_t received() const { return events + rejected + refused; }
  Counts& operator+=(const Counts& other);
};

// Some consecutive records of a file, mapped.
struct Chunk {
  EventBatch events;
  std::vector<CourseEntry> courses;  // each distinct one once
  std::vector<Reject> rejects;
  Counts counts;
  // Records read so far, those of every pass over the file: where a reader of the same file, with
  // the same definition, lookups and limits, can resume.
  std::uint64_t position = 0;
  double progress = 0;  // how much of the file this pass has read, 0 to 1
};

}  // namespace waymark::source
