#pragma once

// Private to the room: the ids of the newest batches, in memory.

#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "journal/keys.h"
#include "journal/store.h"

namespace waymark::journal {

// Ids come in no order, and a store that takes them up one by one spends most of an ingest on it.
// So the ids of the newest batches are held here, and go into the store many at once, as one sorted
// file. Nothing is lost with the memory: Head::indexed names the last batch whose ids are in the
// store; those of later batches are read from the batches again.
//
// Used by one thread at a time, the one that writes.
class RecentIds {
 public:
  // Holds the ids of the batches that are not indexed yet; `limit` bounds how many it gathers.
  RecentIds(const Store::View& view, std::size_t limit);

  bool contains(SourceNumber source, const EventId& id) const {
    return sequences_.contains({source, id});
  }
  void add(SourceNumber source, const std::vector<EventId>& ids, std::uint64_t sequence);

  bool full() const { return sequences_.size() >= limit_; }
  // Moves all into the store. A crash on the way leaves ids in the store that are found in batches
  // again: then they are moved once more, to the same effect.
  void move_to(Store& store);

 private:
  struct Key {
    SourceNumber source;
    EventId id;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept { return key.id.low; }
  };
  std::unordered_map<Key, std::uint64_t, KeyHash> sequences_;
  std::size_t limit_;
};

}  // namespace waymark::journal
