#include "journal/recent_ids.h"

#include <algorithm>
#include <utility>

#include "journal/documents.h"

namespace waymark::journal {

RecentIds::RecentIds(const Store::View& view, std::size_t limit) : limit_(limit) {
  const std::uint64_t indexed = head_of(view).indexed;
  for (const auto& [name, source] : sources_of(view)) {
    for (const auto& [sequence, events] : batches_of(view, source)) {
      if (sequence > indexed) add(source, batch_of(view, sequence).id, sequence);
    }
  }
}

void RecentIds::add(SourceNumber source, const std::vector<EventId>& ids, std::uint64_t sequence) {
  for (const EventId& id : ids) sequences_.emplace(Key{source, id}, sequence);
}

void RecentIds::move_to(Store& store) {
  if (sequences_.empty()) return;
  std::vector<std::pair<Key, std::uint64_t>> sorted(sequences_.begin(), sequences_.end());
  std::ranges::sort(sorted);
  store.add_sorted(Family::kIds, [&](const Store::Put& put) {
    for (const auto& [key, sequence] : sorted) {
      put(id_key(key.source, key.id), encode_number(sequence));
    }
  });
  Head head = head_of(Store::View(store));
  head.indexed = head.last_sequence;
  rocksdb::WriteBatch change;
  change.Put(store.handle(Family::kDocuments), document_key(Table::kHead), encode(head));
  store.write(change);
  sequences_.clear();
}

}  // namespace waymark::journal
