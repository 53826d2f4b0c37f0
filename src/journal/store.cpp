#include "journal/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "journal/codec.h"

namespace waymark::journal {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMinimumMemoryMb = 8;
constexpr int kMaximumOpenFiles = 256;

// Half of the memory is for the store, write buffers among it; RecentIds has the rest, and needs
// most of it while they are sorted.
struct Budget {
  explicit Budget(std::size_t memory_mb)
      : total(std::max(memory_mb, kMinimumMemoryMb) << 20),
        cache(rocksdb::NewLRUCache(total / 2)),
        buffers(std::make_shared<rocksdb::WriteBufferManager>(total / 4, cache)) {}
  std::size_t total;
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> buffers;  // their memory is charged to the cache
};

// RocksDB's own log would be written on after the disk is full, which ends the process.
class NoLog : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::DBOptions database_options(const Budget& budget, const Options& options) {
  rocksdb::DBOptions result;
  result.create_if_missing = !options.read_only;
  result.create_missing_column_families = !options.read_only;
  result.write_buffer_manager = budget.buffers;
  result.max_total_wal_size = budget.total / 4;
  result.track_and_verify_wals_in_manifest = true;
  result.max_background_jobs = 2;
  result.max_open_files = kMaximumOpenFiles;
  result.info_log = std::make_shared<NoLog>();
  result.stats_dump_period_sec = 0;
  result.stats_persist_period_sec = 0;
  return result;
}

rocksdb::BlockBasedTableOptions table_options(const Budget& budget) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = budget.cache;
  table.format_version = 5;
  // Indexes and filters in parts that come and go like other blocks: bounded by the cache, not by
  // the data.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.cache_index_and_filter_blocks = true;
  table.pin_top_level_index_and_filter = true;
  return table;
}

rocksdb::ColumnFamilyOptions family_options(Family family, const Budget& budget) {
  rocksdb::ColumnFamilyOptions result;
  rocksdb::BlockBasedTableOptions table = table_options(budget);
  result.level_compaction_dynamic_level_bytes = true;
  result.compression = rocksdb::kNoCompression;
  switch (family) {
    case Family::kDocuments:
      result.write_buffer_size = budget.total / 16;
      result.compression = rocksdb::kZSTD;
      break;
    case Family::kEvents:
      // Batches come in the order of their keys and are compressed already: files move down the
      // levels as they are.
      result.write_buffer_size = budget.total / 8;
      break;
    case Family::kIds:
      // Nearly every look-up asks for an id that is not there: filters answer those. Written in
      // sorted files only.
      table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
      break;
  }
  result.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return result;
}

// RocksDB takes a manifest (its list of the files that belong to it) that was cut short, or in
// which the length of a record has changed, for that of an earlier time, and deletes what came
// later. So the seal notes the manifest's name, its length and the hash of that many bytes; within
// one name, a manifest only grows.
constexpr const char* kSeal = "SEAL";

void expect_manifest_whole(const fs::path& folder) {
  if (!fs::exists(folder / kSeal)) return;
  std::istringstream seal(read_file(folder / kSeal));
  std::string name;
  std::uintmax_t length = 0;
  std::uint64_t hash = 0;
  seal >> name >> length >> hash;
  if (trimmed(read_file(folder / "CURRENT")) != name) return;
  const fs::path manifest = folder / name;
  if (!fs::exists(manifest) || fs::file_size(manifest) < length) {
    throw_corrupt(fmt::format("{} was cut short", manifest.string()));
  }
  if (seal && hash64(read_file(manifest).substr(0, length)) != hash) {
    throw_corrupt(fmt::format("{} is damaged", manifest.string()));
  }
}

// Makes the folder where it may, and sees that the store in it is whole or new: RocksDB would begin
// anew over the data of one that lost the file which says what belongs to it.
void prepare(const fs::path& folder, bool read_only) try {
  if (!read_only) fs::create_directories(folder);
  if (fs::exists(folder / "CURRENT")) return expect_manifest_whole(folder);
  if (fs::exists(folder)) {
    for (const auto& file : fs::directory_iterator(folder)) {
      const std::string ending = file.path().extension().string();
      if (ending != ".sst" && (ending != ".log" || file.file_size() == 0)) continue;
      throw_corrupt(fmt::format("{} holds data, but its file CURRENT is missing", folder.string()));
    }
  }
  if (read_only) {
    throw Error(ErrorCode::kNotFound, "journal.missing",
                fmt::format("there is no journal in {}; ingest something first", folder.string()));
  }
} catch (const fs::filesystem_error& error) {
  throw Error(ErrorCode::kEnvironment, "journal.io",
              fmt::format("the journal's folder {} cannot be used: {}", folder.string(),
                          error.code().message()));
}

std::string lock_holder(const fs::path& folder) {
  const int fd = ::open((folder / "LOCK").c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return "another process";
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool held = ::fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(fd);
  return held ? fmt::format("process {}", lock.l_pid) : "another process";
}

[[noreturn]] void throw_locked(const fs::path& folder, const std::string& status) {
  // Closing any descriptor of a file gives up all locks that this process has on it: so look for
  // the holder only where it is another.
  const bool here = status.find("current process") != std::string::npos;
  throw Error(ErrorCode::kConflict, "journal.locked",
              fmt::format("the journal {} is being written by {}; wait until it has finished, or "
                          "end it",
                          folder.string(), here ? "this process" : lock_holder(folder)));
}

}  // namespace

Store::Store(const fs::path& folder, const Options& options) : folder_(folder), options_(options) {
  prepare(folder, options.read_only);
  const Budget budget(options.memory_mb);
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, family_options(Family::kDocuments, budget)},
      {"events", family_options(Family::kEvents, budget)},
      {"ids", family_options(Family::kIds, budget)}};
  const rocksdb::DBOptions database = database_options(budget, options);

  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      options.read_only
          ? rocksdb::DB::OpenForReadOnly(database, folder.string(), families, &handles, &db)
          : rocksdb::DB::Open(database, folder.string(), families, &handles, &db);
  db_.reset(db);
  for (rocksdb::ColumnFamilyHandle* handle : handles) handles_.emplace_back(handle);
  if (status.IsIOError() && status.ToString().find("lock") != std::string::npos) {
    throw_locked(folder, status.ToString());
  }
  check(status);
}

Store::~Store() {
  if (options_.read_only) return;
  try {
    if (written_) {
      std::vector<rocksdb::ColumnFamilyHandle*> all;
      for (const auto& family : handles_) all.push_back(family.get());
      check(db_->Flush(rocksdb::FlushOptions(), all));
    }
    seal();  // every opening for writing begins a manifest of its own
  } catch (const Error&) {
    // Then the log still holds everything.
  }
}

rocksdb::ColumnFamilyHandle* Store::handle(Family family) const {
  return handles_[static_cast<std::size_t>(family)].get();
}

void Store::write(rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions how;
  how.sync = options_.sync;
  written_ = true;
  check(db_->Write(how, &batch));
}

void Store::add_sorted(Family family, const std::function<void(const Put&)>& fill) {
  const std::string file = (folder_ / "sorted.tmp").string();
  // A process killed right after taking the file in left this name for the very bytes that the
  // store now holds; writing through it would overwrite them.
  fs::remove(file);
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), db_->GetOptions(handle(family)),
                                handle(family));
  check(writer.Open(file));
  fill([&](std::string_view key, std::string_view value) {
    check(writer.Put(to_slice(key), to_slice(value)));
  });
  check(writer.Finish());
  rocksdb::IngestExternalFileOptions how;
  how.move_files = true;
  how.write_global_seqno = false;
  check(db_->IngestExternalFile(handle(family), {file}, how));
}

void Store::seal() {
  std::vector<std::string> files;
  std::uint64_t length = 0;
  check(db_->GetLiveFiles(files, &length, false));
  const std::string current = read_file(folder_ / "CURRENT");
  const std::string_view manifest = trimmed(current);
  const std::string bytes = read_file(folder_ / manifest).substr(0, length);
  write_file_atomically(folder_ / kSeal,
                        fmt::format("{} {} {}\n", manifest, length, hash64(bytes)));
}

void Store::compact(Family family, std::string_view first, std::string_view last) {
  const rocksdb::Slice begin = to_slice(first);
  const rocksdb::Slice end = to_slice(last);
  check(db_->CompactRange(rocksdb::CompactRangeOptions(), handle(family), &begin, &end));
}

void Store::verify_checksums() const { check(db_->VerifyChecksum()); }

void Store::check(const rocksdb::Status& status) const {
  if (status.ok()) return;
  const std::string text = status.ToString();
  if (status.IsCorruption() || status.IsPathNotFound())
    throw_corrupt(fmt::format("{} ({})", folder_.string(), text));
  if (status.IsInvalidArgument()) {
    throw Error(ErrorCode::kCorrupt, "journal.format",
                fmt::format("{} is not a journal that this version of Waymark reads ({})",
                            folder_.string(), text));
  }
  throw Error(ErrorCode::kEnvironment, status.IsNoSpace() ? "journal.disk_full" : "journal.io",
              fmt::format("the journal {} cannot be read or written: {}", folder_.string(), text));
}

Store::View::View(const Store& store) : store_(store) {
  options_.snapshot = store.db_->GetSnapshot();
}

Store::View::~View() { store_.db_->ReleaseSnapshot(options_.snapshot); }

std::optional<std::string> Store::View::get(Family family, std::string_view key) const {
  std::string value;
  const rocksdb::Status status =
      store_.db_->Get(options_, store_.handle(family), to_slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  store_.check(status);
  return value;
}

std::vector<std::optional<std::string>> Store::View::get_sorted(
    Family family, const std::vector<std::string_view>& keys) const {
  constexpr std::size_t kAtOnce = 256;
  std::array<rocksdb::Slice, kAtOnce> slices;
  std::array<rocksdb::PinnableSlice, kAtOnce> values;
  std::array<rocksdb::Status, kAtOnce> statuses;
  std::vector<std::optional<std::string>> result(keys.size());
  for (std::size_t begin = 0; begin < keys.size(); begin += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, keys.size() - begin);
    for (std::size_t i = 0; i < count; ++i) slices[i] = to_slice(keys[begin + i]);
    store_.db_->MultiGet(options_, store_.handle(family), count, slices.data(), values.data(),
                         statuses.data(), true);
    for (std::size_t i = 0; i < count; ++i) {
      if (statuses[i].IsNotFound()) continue;
      store_.check(statuses[i]);
      result[begin + i] = values[i].ToString();
      values[i].Reset();
    }
  }
  return result;
}

void Store::View::each(Family family, std::string_view prefix,
                       const std::function<bool(std::string_view, std::string_view)>& visit,
                       std::string_view from) const {
  rocksdb::ReadOptions options = options_;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> at(
      store_.db_->NewIterator(options, store_.handle(family)));
  for (at->Seek(to_slice(std::max(prefix, from))); at->Valid(); at->Next()) {
    std::string_view key = to_view(at->key());
    if (!key.starts_with(prefix)) break;
    key.remove_prefix(prefix.size());
    if (!visit(key, to_view(at->value()))) break;
  }
  store_.check(at->status());
}

}  // namespace waymark::journal
