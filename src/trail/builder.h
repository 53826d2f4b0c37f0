#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "event/batch.h"
#include "trail/state.h"

namespace waymark::trail {

struct Options {
  std::size_t buckets = 64;
  // Bounds the events and columns held at once; dictionaries of texts come on top.
  std::size_t memory_mb = 256;
  std::size_t threads = 1;
  // Open properties that shall be columns of their own.
  std::vector<std::string> properties;
  // A bucket of fewer events is always written as a whole.
  std::size_t small_bucket = 20'000;
  // Starts from nothing, whatever the folder holds; that stays readable until finish().
  bool afresh = false;
};

// Whether trails of that state can be built upon, or must be built afresh under these options. (And
// they must if their journal_epoch is past.)
bool fits(const TrailState& state, const Options& options);

struct BuildResult {
  TrailState state;
  std::uint64_t events_added = 0;
  std::uint64_t events_written =
      0;  // those of learners who have new ones, and of buckets as a whole
  std::size_t buckets_written = 0;  // the others were carried over as they were
  std::size_t runs = 0;             // how often memory was full, and once at the end
  double core_bytes_per_event = 0;  // of the whole generation
};

// Makes the next generation of the trails in a folder: those of the present one and the events
// added. What does not fit into memory waits on disk as sorted runs. finish() writes, of each
// bucket that has new events, a further file with all events of the learners who have some; or the
// bucket as a whole where it is small, in too many files, or much of them is past. It carries the
// other buckets over, and swaps atomically. Until then, and after a crash at any moment, the folder
// holds the present generation. Readers keep the generation that they opened.
//
// One builder at a time may work on a folder; the caller sees to that. It removes what an earlier,
// unfinished one left. Not thread-safe; add() and finish() use `threads` themselves.
class TrailBuilder {
 public:
  // Throws Error{kConflict, "trail.rebuild_needed"} where the folder's trails have other buckets or
  // property columns than asked for, and what read_state throws, unless `afresh`.
  TrailBuilder(std::filesystem::path folder, Options options);
  ~TrailBuilder();
  TrailBuilder(const TrailBuilder&) = delete;
  TrailBuilder& operator=(const TrailBuilder&) = delete;

  // Events in any order. None may be in the trails already: the journal has told duplicates apart.
  void add(const EventBatch& batch);

  // Once, at the end. Throws Error{kConflict, "trail.rebuild_needed"} where the present generation
  // is of another epoch.
  BuildResult finish(std::uint64_t journal_epoch, std::uint64_t journal_sequence,
                     std::uint64_t journal_mark = 0);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waymark::trail
