#pragma once

// Private to the room: what one commit writes, worked out against what is stored.

#include <rocksdb/write_batch.h>

#include <map>
#include <string>
#include <unordered_set>

#include "journal/documents.h"

namespace waymark::journal {

// Collects the parts of one commit. The caller holds off other writers from the making of the view
// to the writing of batch().
class Change {
 public:
  Change(const Store& store, const Store::View& view, const Commit& commit);

  // What to write, and what it amounts to.
  rocksdb::WriteBatch& batch() { return batch_; }
  const CommitResult& result() const { return result_; }

 private:
  void release();
  void lay_aside();
  void store_events();
  void tell_courses();
  void note_files();
  FileEntry& file(const std::string& path);
  void put(Family family, std::string_view key, std::string_view value);

  const Store& store_;
  const Store::View& view_;
  const Commit& commit_;
  Head head_;
  SourceNumber source_ = 0;
  std::unordered_set<EventId> released_;
  std::map<std::string, FileEntry> files_;
  rocksdb::WriteBatch batch_;
  CommitResult result_;
};

}  // namespace waymark::journal
