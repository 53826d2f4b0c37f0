#pragma once

// For the tests of this room.

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>

#include "base/hash.h"
#include "journal/journal.h"

namespace waymark::journal {

inline EventId id_of(std::string_view name) { return hash128(name); }

// One event for each number in [first, last), its id a hash of name and number.
inline EventBatch events_of(const std::string& name, std::uint64_t first, std::uint64_t last) {
  EventBatch batch;
  for (std::uint64_t n = first; n < last; ++n) {
    Event event;
    event.id = id_of(name + std::to_string(n));
    event.learner = LearnerKey("learner " + std::to_string(n % 7));
    event.time = static_cast<Micros>(n) * kMicrosPerSecond;
    event.source = name;
    event.sequence = n;
    event.kind = "click";
    event.properties = {{"page", std::to_string(n % 3)}};
    batch.append(event);
  }
  return batch;
}

inline Reject bad_record(const std::string& name, const std::string& path) {
  return {.id = id_of(name),
          .path = path,
          .line = 7,
          .reason = "event.time_missing",
          .detail = "the field 'time' is empty",
          .raw = "raw " + name};
}

// The ids of all stored events; reports one that is stored twice.
inline std::set<EventId> stored_ids(const Journal& journal) {
  std::set<EventId> ids;
  journal.scan(0, [&](std::uint64_t sequence, EventBatch&& batch) {
    for (const EventId& id : batch.id) {
      EXPECT_TRUE(ids.insert(id).second) << "twice, the second time in batch " << sequence;
    }
  });
  return ids;
}

inline void expect_sound(const Journal& journal) {
  for (const auto& problem : journal.verify().problems) {
    ADD_FAILURE() << problem.reason << ": " << problem.message;
  }
}

}  // namespace waymark::journal
