#include "source/record_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace waymark::source {
namespace {

// "; it has: user, n", or what a file of one wide column is in want of.
std::string what_there_is(const std::vector<std::string>& columns) {
  if (columns.size() == 1) {
    for (const auto& [delimiter, written] : {std::pair(';', "';'"), {'\t', R"("\t")"}}) {
      if (columns.front().find(delimiter) == std::string::npos) continue;
      return fmt::format("; its one column is '{}': with `delimiter: {}` it has several",
                         columns.front(), written);
    }
  }
  constexpr std::size_t kShown = 20;
  const std::span<const std::string> shown(columns.data(), std::min(columns.size(), kShown));
  return fmt::format(
      "; it has: {}{}", fmt::join(shown, ", "),
      columns.size() > kShown ? fmt::format(" and {} more", columns.size() - kShown) : "");
}

}  // namespace

FileKind kind_by_ending(std::string_view path) {
  constexpr std::array<std::pair<std::string_view, FileKind>, 5> kEndings{{
      {".csv", FileKind::kCsv},
      {".tsv", FileKind::kTsv},
      {".ndjson", FileKind::kNdjson},
      {".jsonl", FileKind::kNdjson},
      {".parquet", FileKind::kParquet},
  }};
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (path.ends_with(packed)) path.remove_suffix(packed.size());
  }
  for (const auto& [ending, kind] : kEndings) {
    if (path.ends_with(ending)) return kind;
  }
  return FileKind::kByEnding;
}

std::unique_ptr<RecordReader> open_records(const std::filesystem::path& path,
                                           const FileFormat& format,
                                           std::size_t max_record_bytes) try {
  const FileKind kind =
      format.kind == FileKind::kByEnding ? kind_by_ending(path.string()) : format.kind;
  const auto delimited = [&](char usual) {
    return read_delimited(open_file(path, format.encoding),
                          format.delimiter == '\0' ? usual : format.delimiter, format.header,
                          max_record_bytes);
  };
  switch (kind) {
    case FileKind::kCsv:
      return delimited(',');
    case FileKind::kTsv:
      return delimited('\t');
    case FileKind::kNdjson:
      return read_ndjson(open_file(path, format.encoding), max_record_bytes);
    case FileKind::kParquet:
      return read_parquet(path);
    case FileKind::kByEnding:
      break;
  }
  throw Error(ErrorCode::kInvalid, "source.format_unknown",
              fmt::format("'{}' has no ending that tells its format; say `format:`",
                          path.filename().string()));
} catch (const Error& error) {
  if (error.reason() != "source.header") throw;
  throw Error(error.code(), error.reason(), fmt::format("{}: {}", path.string(), error.what()));
}

std::size_t find_column(const std::vector<std::string>& columns, std::string_view name) {
  const auto found = std::ranges::find(columns, name);
  return found == columns.end() ? kNoColumn : static_cast<std::size_t>(found - columns.begin());
}

void expect_columns(const RecordReader& reader, std::span<const std::string> names,
                    std::string_view file) {
  const std::vector<std::string>& columns = reader.columns();
  if (!reader.columns_are_fixed() || columns.empty()) return;
  for (const std::string& name : names) {
    if (find_column(columns, name) != kNoColumn) continue;
    throw Error(ErrorCode::kInvalid, "source.column_missing",
                fmt::format("{} has no column '{}'{}{}", file, name,
                            in_brackets(did_you_mean(name, columns)), what_there_is(columns)));
  }
}

}  // namespace waymark::source
