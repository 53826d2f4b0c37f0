#pragma once

#include <memory>
#include <string>
#include <vector>

#include "source/chunk.h"
#include "source/definition.h"
#include "source/lookup.h"
#include "source/record_reader.h"

namespace waymark::source {

// Turns records into canonical events as a definition says: a pure function of the record, the
// lookups and `now`. Keeps memos, so one per thread.
class Mapper {
 public:
  // `file` is what rejects say. The definition and the lookups must outlive the mapper.
  Mapper(const SourceDefinition& definition, const std::vector<LookupTable>& lookups,
         std::string file, Micros now);
  ~Mapper();

  // Says which columns the records have; again whenever a reader found more.
  void bind(const std::vector<std::string>& columns);
  // Chunks are filled one after another; `chunk` must live until the next call.
  void begin(Chunk& chunk);

  // The record's content (or its `id` fields) as a hash: what equal records share.
  EventId fingerprint(const Record& record);
  // The identity of a record, given how many equal ones stood before it in the file.
  static EventId identity(const EventId& fingerprint, std::uint32_t occurrence);

  // Adds to the chunk what the record gives: events, courses, a reject, and their counts.
  void map(const Record& record, const EventId& identity);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waymark::source
