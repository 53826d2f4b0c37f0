#pragma once

// Private to the room: RocksDB behind a few verbs.

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/journal.h"

namespace waymark::journal {

// The three sets of keys, each tuned for what it holds.
enum class Family { kDocuments, kEvents, kIds };

inline rocksdb::Slice to_slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view to_view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

// One RocksDB with its families. Every status that is not success becomes an Error.
class Store {
 public:
  Store(const std::filesystem::path& folder, const Options& options);
  // Writes out what memory holds, so that the next opening has no log to replay.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // One state of the store, whatever is written meanwhile.
  class View {
   public:
    explicit View(const Store& store);
    ~View();
    View(const View&) = delete;
    View& operator=(const View&) = delete;

    std::optional<std::string> get(Family family, std::string_view key) const;
    // For each of the sorted keys, what is stored there.
    std::vector<std::optional<std::string>> get_sorted(
        Family family, const std::vector<std::string_view>& keys) const;
    // Calls visit(key without the prefix, value) in the order of keys, from `from` (a whole key) or
    // the first on, until it returns false.
    void each(Family family, std::string_view prefix,
              const std::function<bool(std::string_view, std::string_view)>& visit,
              std::string_view from = {}) const;

   private:
    const Store& store_;
    rocksdb::ReadOptions options_;
  };

  rocksdb::ColumnFamilyHandle* handle(Family family) const;
  void write(rocksdb::WriteBatch& batch);
  // Adds a whole file of keys at once. `fill` puts them in ascending order, each once, at least
  // one.
  using Put = std::function<void(std::string_view key, std::string_view value)>;
  void add_sorted(Family family, const std::function<void(const Put&)>& fill);
  // Gives back the space of what was deleted among these keys, both included.
  void compact(Family family, std::string_view first, std::string_view last);
  void verify_checksums() const;

 private:
  void check(const rocksdb::Status& status) const;
  void seal();

  std::filesystem::path folder_;
  Options options_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<std::unique_ptr<rocksdb::ColumnFamilyHandle>> handles_;  // let go before db_
  bool written_ = false;
};

}  // namespace waymark::journal
