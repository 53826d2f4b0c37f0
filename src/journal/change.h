#pragma once

// Private to the room: what one commit writes, worked out against what is stored.

#include <rocksdb/write_batch.h>

#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "journal/documents.h"
#include "journal/recent_ids.h"

namespace waymark::journal {

// Collects the parts of one commit. The caller holds off other writers from the making of the view
// to the writing of batch().
class Change {
 public:
  Change(const Store& store, const Store::View& view, const RecentIds& recent,
         const Commit& commit);

  // What to write, and what it amounts to.
  rocksdb::WriteBatch& batch() { return batch_; }
  const CommitResult& result() const { return result_; }
  // What to remember, once it is written.
  SourceNumber source() const { return source_; }
  const std::vector<EventId>& fresh_ids() const { return fresh_ids_; }

 private:
  void release();
  void lay_aside();
  std::vector<std::size_t> fresh_rows() const;
  void store_events();
  void tell_courses();
  void note_files();
  FileEntry& file(const std::string& path);
  void put(Family family, std::string_view key, std::string_view value);

  const Store& store_;
  const Store::View& view_;
  const RecentIds& recent_;
  const Commit& commit_;
  Head head_;
  SourceNumber source_ = 0;
  std::vector<EventId> fresh_ids_;
  std::unordered_set<EventId> released_;
  std::map<std::string, FileEntry> files_;
  rocksdb::WriteBatch batch_;
  CommitResult result_;
};

}  // namespace waymark::journal
