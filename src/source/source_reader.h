#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "source/chunk.h"
#include "source/definition.h"
#include "source/lookup.h"

namespace waymark::source {

// Distinct records whose occurrences are counted at once: 128 MiB, and as much again for the moment
// in which the table is rebuilt.
inline constexpr std::size_t kOccurrenceLimit = 6'700'000;

struct ReadOptions {
  Micros now = 0;  // when this ingest takes place: the arrival, and what "in the future" means
  // A file with more distinct records is read in several passes. Resume with the same limit.
  std::size_t occurrence_limit = kOccurrenceLimit;
  std::size_t max_record_bytes = kMaxRecordBytes;
  std::uint64_t resume_at = 0;  // Chunk::position of the last chunk that was kept
};

// Pulls one file of a source through its definition, chunk by chunk, in bounded memory. Pure but
// for reading the file: the same file, definition, lookups and options give the same chunks.
//
// A record's identity: hash of (source name, `id` fields) where the source declares them; otherwise
// of (source name, all non-empty fields by column name, k), where k counts the equal records before
// it in the file. So row order, column order, file name and overlap with other files do not matter,
// and rows that are equal on purpose stay apart.
class SourceReader {
 public:
  // `file` is relative to `folder`. The definition and the lookups must outlive the reader. Throws
  // Error{kNotFound}, Error{kInvalid, "source.header" | "source.column_missing"}.
  SourceReader(const SourceDefinition& definition, const std::vector<LookupTable>& lookups,
               const std::filesystem::path& folder, const std::string& file,
               const ReadOptions& options);
  ~SourceReader();

  // Replaces `chunk` with the next records, about max_events events of them (a record's events stay
  // together; rejects, refused records and courses count too). False at the end.
  bool next_chunk(Chunk& chunk, std::size_t max_events);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What a file holds, for telling whether it was read already: a hash of its bytes, read in bounded
// memory. Throws Error{kNotFound} and Error{kEnvironment}.
std::string fingerprint(const std::filesystem::path& file);

// What decides how a record maps, as a hash: the definition and the content of its lookups. A
// position is of use only while this is the same.
std::string mapping_version(const SourceDefinition& definition,
                            const std::filesystem::path& folder);

// Maps rejected records again, under a definition that has changed since, with the ids that they
// would have had at once. Rejects that are not readable come out as they went in. The chunk has no
// position.
Chunk map_again(const SourceDefinition& definition, const std::vector<LookupTable>& lookups,
                std::span<const Reject> rejects, Micros now);

}  // namespace waymark::source
