#include "query/export.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/parallel.h"
#include "query/events.h"

namespace waymark::query {
namespace {

namespace fs = std::filesystem;

// Marks a folder as an export's, so that nothing else is ever replaced. Parquet readers skip names
// that begin so.
constexpr const char* kMarker = "_waymark_export.json";

fs::path scratch_beside(const fs::path& path) {
  const fs::path whole = fs::absolute(path).lexically_normal();
  return whole.parent_path() / fmt::format(".{}.{}.tmp", whole.filename().string(), ::getpid());
}

void check_replaceable(const fs::path& folder) {
  if (!fs::exists(folder) || fs::exists(folder / kMarker)) return;
  if (fs::is_directory(folder) && fs::is_empty(folder)) return;
  throw Error(ErrorCode::kConflict, "export.folder_taken",
              fmt::format("{} holds something that is not an export; give a new or an empty folder",
                          folder.string()));
}

// Removes a folder when its owner is done with it, one way or the other.
class ScratchFolder {
 public:
  explicit ScratchFolder(fs::path path) : path_(std::move(path)) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// The two folders swap names in one step; the scratch folder then holds what is to be removed.
void swap_in(const fs::path& scratch, const fs::path& folder) {
  fs::create_directories(folder);
  if (::renameat2(AT_FDCWD, scratch.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) != 0)
    throw_errno("export.swap_failed", fmt::format("putting the export to {}", folder.string()));
  sync_path(folder.parent_path());
}

void write_marker(const trail::TrailState& state, const ExportResult& result,
                  const fs::path& folder) {
  JsonWriter json(JsonWriter::Style::kPretty);
  json.begin_object();
  json.key("trail_generation").integer(static_cast<std::int64_t>(state.generation));
  json.key("events").integer(static_cast<std::int64_t>(result.events));
  json.key("files").integer(static_cast<std::int64_t>(result.files));
  json.end_object();
  write_file_atomically(folder / kMarker, json.take() + "\n");
}

void export_bucket(const sql::Database& database, std::size_t bucket, const fs::path& folder) {
  database.connect().execute(fmt::format(
      "COPY (SELECT *, strftime(time, '%Y-%m') AS month FROM events(bucket := {})) TO {}"
      " (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (month))",
      bucket, sql::quoted_text((folder / fmt::format("bucket={}", bucket)).string())));
}

std::string copy_options(FileFormat format, std::string_view note) {
  switch (format) {
    case FileFormat::kParquet:
      return "FORMAT parquet, COMPRESSION zstd" +
             (note.empty() ? ""
                           : fmt::format(", KV_METADATA {{note: {}}}", sql::quoted_text(note)));
    case FileFormat::kCsv:
      return "FORMAT csv, HEADER";
    case FileFormat::kNdjson:
      break;
  }
  return "FORMAT json";
}

}  // namespace

ExportResult export_events(const trail::TrailReader& trails, const fs::path& folder,
                           const sql::Options& options,
                           const std::function<void(std::size_t, std::size_t)>& progress) {
  fs::path target = fs::absolute(folder).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();  // "events/"
  check_replaceable(target);
  fs::create_directories(target.parent_path());
  const ScratchFolder scratch(scratch_beside(target));
  sql::Database database = sql::Database::in_memory(options);
  database.add(events_function(trails));

  std::mutex mutex;
  std::size_t done = 0;
  parallel_for(trails.bucket_count(), options.threads, [&](std::size_t bucket) {
    if (trails.events(bucket) != 0) export_bucket(database, bucket, scratch.path());
    const std::lock_guard lock(mutex);
    ++done;
    if (progress) progress(done, trails.bucket_count());
  });

  ExportResult result{.events = trails.state().events};
  for (const auto& entry : fs::recursive_directory_iterator(scratch.path())) {
    if (!entry.is_regular_file()) continue;
    result.files += 1;
    result.bytes += entry.file_size();
  }
  write_marker(trails.state(), result, scratch.path());
  swap_in(scratch.path(), target);
  return result;
}

FileFormat format_of(const fs::path& file) {
  const std::string ending = file.extension().string();
  if (ending == ".parquet") return FileFormat::kParquet;
  if (ending == ".csv") return FileFormat::kCsv;
  if (ending == ".ndjson" || ending == ".jsonl") return FileFormat::kNdjson;
  throw Error(ErrorCode::kUsage, "export.format_unknown",
              fmt::format("{}: the ending says the format, and is one of .parquet, .csv, .ndjson",
                          file.string()));
}

std::uint64_t export_query(Sources sources, const sql::Options& options, std::string_view select,
                           FileFormat format, std::string_view note) {
  const fs::path target = fs::absolute(sources.output).lexically_normal();
  if (!fs::is_directory(target.parent_path())) {
    throw Error(ErrorCode::kNotFound, "export.folder_missing",
                fmt::format("{}: there is no folder {}", sources.output.string(),
                            target.parent_path().string()));
  }
  const fs::path scratch = scratch_beside(target);
  sources.output = scratch;
  Session session(sources, options);
  // query() takes the SELECT as a text, so that it cannot reach beyond its place in the COPY.
  sql::Result copied =
      session.query(fmt::format("COPY (FROM query({})) TO {} ({})", sql::quoted_text(select),
                                sql::quoted_text(scratch.string()), copy_options(format, note)));
  const std::uint64_t rows = copied.changed_rows();
  fs::rename(scratch, target);
  return rows;
}

}  // namespace waymark::query
