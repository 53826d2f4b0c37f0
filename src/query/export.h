#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "query/session.h"
#include "sql/database.h"
#include "trail/reader.h"

namespace waymark::query {

// The Parquet files below an export's folder, as a pattern.
inline constexpr std::string_view kExportedFiles = "bucket=*/month=*/*.parquet";

struct ExportResult {
  std::uint64_t events = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

// Writes all events as Parquet (zstd) to folder/bucket=N/month=YYYY-MM/, with the columns of
// events(); in a file they are in trail order. Memory is bounded by the options: one bucket at a
// time per thread, spilled where it does not fit.
//
// An earlier export there is replaced in one step; another process sees the old one or the new.
// Throws Error{kConflict, "export.folder_taken"} where the folder holds anything else.
// `progress(done, buckets)` is called after each bucket, by one thread at a time.
ExportResult export_events(const trail::TrailReader& trails, const std::filesystem::path& folder,
                           const sql::Options& options,
                           const std::function<void(std::size_t, std::size_t)>& progress = {});

enum class FileFormat { kParquet, kCsv, kNdjson };

// By the ending: .parquet, .csv, .ndjson, .jsonl. Throws Error{kUsage, "export.format_unknown"}.
FileFormat format_of(const std::filesystem::path& file);

// Writes what one SELECT gives to sources.output, replacing it in one step. Gives the number of
// rows. The SELECT runs in a Session. A note, how it is all to be read, goes into a Parquet file's
// metadata as `note`; the other formats have no place for one.
std::uint64_t export_query(Sources sources, const sql::Options& options, std::string_view select,
                           FileFormat format, std::string_view note = "");

}  // namespace waymark::query
