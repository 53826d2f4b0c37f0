#pragma once

// What the crash test's writer does, step by step, so that the test knows what must be there after
// any number of steps. Each step is one acknowledged call; which comes next is read from the
// journal alone, as an ingest that goes on after a crash would do.

#include <algorithm>
#include <set>
#include <string>

#include "journal/testing.h"

namespace waymark::journal::crash_plan {

inline constexpr std::size_t kCommits = 24;  // for each reading of a file
inline constexpr std::uint64_t kEventsEach = 40;

// Steps: source "a" is read, erased because its definition changed, read again; then "b".
inline constexpr std::size_t kErasure = kCommits;
inline constexpr std::size_t kSteps = 3 * kCommits + 1;

inline std::size_t next_step(const Journal& journal) {
  const auto done = [&](const std::string& source) {
    const auto entry = journal.file(source, "file");
    return entry ? entry->progress.records : 0;
  };
  if (journal.epoch() == 1) return done("a");
  return kErasure + 1 + done("a") + done("b");
}

struct Reading {
  std::string source;
  std::string name;  // of its events
  std::uint64_t commit = 0;
};

inline Reading reading_of(std::size_t step) {
  if (step < kErasure) return {"a", "a-v1", step};
  const std::size_t after = step - kErasure - 1;
  if (after < kCommits) return {"a", "a-v2", after};
  return {"b", "b", after - kCommits};
}

inline void take(Journal& journal, std::size_t step) {
  if (step == kErasure) return journal.erase_source("a");
  const auto [source, name, commit] = reading_of(step);
  const std::uint64_t first = commit * kEventsEach;
  journal.commit(
      {.source = source,
       .path = "file",
       .progress = FileProgress{"finger", name, commit + 1, commit + 1 == kCommits},
       // A few events of the commit before come again.
       .events = events_of(name, first - std::min<std::uint64_t>(first, 5), first + kEventsEach),
       .quarantined = {bad_record(name + std::to_string(commit), "file")},
       .refused = {{"when.not_met", 2}}});
}

// The ids that are stored when the first `steps` steps are taken.
inline std::set<EventId> ids_after(std::size_t steps) {
  std::set<EventId> ids;
  for (std::size_t step = 0; step < steps; ++step) {
    if (step == kErasure) {
      ids.clear();
      continue;
    }
    const auto [source, name, commit] = reading_of(step);
    const EventBatch events = events_of(name, commit * kEventsEach, (commit + 1) * kEventsEach);
    ids.insert(events.id.begin(), events.id.end());
  }
  return ids;
}

}  // namespace waymark::journal::crash_plan
