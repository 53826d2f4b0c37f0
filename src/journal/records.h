#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "event/batch.h"
#include "event/course.h"
#include "event/reject.h"

namespace waymark::journal {

// What became of what was received. A record counts as the events that it gave, or as one where it
// gave none; so received = stored + duplicate + quarantined + refused, always.
struct Counts {
  std::uint64_t received = 0;
  std::uint64_t stored = 0;
  std::uint64_t duplicate = 0;    // events stored before, and records in quarantine already
  std::uint64_t quarantined = 0;  // records laid aside as wrong
  std::map<std::string, std::uint64_t> refused;  // records left out by a rule, by reason

  std::uint64_t refused_in_all() const;
  bool balanced() const;
  Counts& operator+=(const Counts& other);
  friend bool operator==(const Counts&, const Counts&) = default;
};

// How far the reading of a file has come. Reading goes on after `records` only where fingerprint
// and definition are still those noted here.
struct FileProgress {
  std::string fingerprint;  // of content and size, as the source computes it
  std::string definition;   // the version of the source definition it was read with
  std::uint64_t records = 0;
  bool finished = false;
  friend bool operator==(const FileProgress&, const FileProgress&) = default;
};

// A line of the ledger. The counts are cumulative: over every reading of this path, whatever its
// content was, since its source was last erased.
struct FileEntry {
  std::string source;
  std::string path;
  FileProgress progress;
  Counts counts;
  friend bool operator==(const FileEntry&, const FileEntry&) = default;
};

// What commit() takes in as one: all of it is kept, or none.
//
// A replay is a commit too: it names in `released` the records that it takes out of quarantine, and
// holds what each became this time like anything received; one that is still wrong stands in
// `quarantined` again, with its reason of today. It has no progress.
struct Commit {
  std::string source;                    // the source definition's name
  std::string path;                      // the file in which everything here was read
  std::optional<FileProgress> progress;  // how far its reading has come with this commit

  EventBatch events;
  std::vector<Reject> quarantined;
  std::map<std::string, std::uint64_t> refused;  // records left out by a rule, by reason
  std::vector<EventId> released;
  std::vector<CourseEntry> courses;
};

struct CommitResult {
  std::uint64_t sequence = 0;  // of the stored batch; 0 where nothing was new
  Counts counts;               // of this commit alone
};

// Where an event rests.
struct FoundEvent {
  std::uint64_t sequence = 0;
  std::size_t row = 0;
  Event event;
};

// What verify() saw, and everything wrong with it.
struct Verification {
  struct Problem {
    std::string reason;   // stable, such as "journal.batch_damaged"
    std::string message;  // for people; carries no learner's data
  };
  std::uint64_t batches = 0;
  std::uint64_t events = 0;
  std::uint64_t quarantined = 0;
  std::vector<Problem> problems;
};

}  // namespace waymark::journal
