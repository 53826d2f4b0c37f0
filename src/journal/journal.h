#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/records.h"

namespace waymark::journal {

struct Options {
  // Bounds what the journal holds in memory (write buffers, caches), not what a commit brings.
  std::size_t memory_mb = 256;
  // Each commit reaches the disk before it returns. Without it a commit survives the end of the
  // process, but not a power cut.
  bool sync = true;
  // Sees what was there at opening and takes no lock, so it works beside a process that writes.
  bool read_only = false;
};

// The only truth: every stored event, in the order of arrival, with what keeps ingestion exact. All
// else that Waymark stores is derived from it and can be rebuilt.
//
// Events rest in batches as they were committed, under sequence numbers that grow and are never
// used again. An id is stored once for each source: the first to come wins, later ones are
// duplicates. (An id is a hash that covers its source's name, so sources cannot collide.)
//
// One process at a time may write. All functions may be called from any thread; those that write
// wait for one another, and reading goes on beside them. They throw Error: kCorrupt where stored
// data is damaged ("journal.corrupt"), kEnvironment where the system refuses ("journal.io").
class Journal {
 public:
  // The most events that one commit may bring.
  static constexpr std::size_t kMaximumEvents = 1'000'000;

  // Opens the journal in `folder`, or begins one there unless read_only. Throws Error{kConflict,
  // "journal.locked"} while another has it open for writing, Error{kNotFound, "journal.missing"},
  // Error{kCorrupt, "journal.format"} where another version of Waymark wrote it.
  //
  // After a power cut, a last commit that had not been acknowledged is cut off.
  static Journal open(const std::filesystem::path& folder, const Options& options = {});
  ~Journal();
  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;

  // Stores one atomic, durable batch: what `commit` holds, less what is there already.
  CommitResult commit(const Commit& commit);

  // Removes all that came from a source (events, quarantine, courses, ledger) in one atomic step,
  // so that it can be ingested afresh under a changed mapping, and begins a new epoch. Then gives
  // the disk space back, which takes about as long as reading what remains.
  void erase_source(std::string_view source);

  // What is derived from the journal holds good for one epoch: after an erasure it must be rebuilt;
  // otherwise it lacks only the batches after the last that it has seen.
  std::uint64_t epoch() const;
  // Of the last batch stored; 0 before the first.
  std::uint64_t last_sequence() const;
  std::uint64_t event_count() const;
  // A hash of the batch under that number; 0 where there is none. By it a journal that was begun
  // anew, or restored from a copy and carried on, is told from the one that was there before.
  std::uint64_t mark(std::uint64_t sequence) const;

  // Calls `visit` with each batch from that sequence number on, in order. Sees one state of the
  // journal, whatever is committed meanwhile; holds one batch in memory.
  void scan(std::uint64_t from_sequence,
            const std::function<void(std::uint64_t sequence, EventBatch&&)>& visit) const;
  std::optional<FoundEvent> find(const EventId& id) const;

  // The ledger, by source and path.
  std::vector<FileEntry> files() const;
  std::optional<FileEntry> file(std::string_view source, std::string_view path) const;

  // Each course once, by name; where several sources or readings tell of it, as told last.
  std::vector<CourseEntry> courses() const;

  // Calls `visit` with the records in quarantine, at most `limit`, those of one source or, where it
  // is empty, of all. Sees one state, as scan does, so that `visit` may commit.
  void quarantine(std::string_view source,
                  const std::function<void(std::string_view source, Reject&&)>& visit,
                  std::size_t limit = std::numeric_limits<std::size_t>::max()) const;

  // Reads everything and compares what is told twice. Damage is reported, not thrown.
  Verification verify() const;
  // Bytes of the journal's files.
  std::uint64_t size_on_disk() const;

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace waymark::journal
