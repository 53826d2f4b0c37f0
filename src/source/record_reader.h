#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/batch.h"
#include "source/byte_stream.h"

namespace waymark::source {

// A longer record is a reject; also what one reader may keep in memory.
inline constexpr std::size_t kMaxRecordBytes = std::size_t{16} << 20;
// A wider record is a reject; a wider header an Error.
inline constexpr std::size_t kMaxColumns = 4096;
// How much of an unreadable record is kept.
inline constexpr std::size_t kMaxRejectBytes = std::size_t{64} << 10;

enum class FileKind { kByEnding, kCsv, kTsv, kNdjson, kParquet };

// How a file is to be read.
struct FileFormat {
  FileKind kind = FileKind::kByEnding;
  Encoding encoding = Encoding::kUtf8;
  char delimiter = '\0';            // '\0': comma for CSV, tab for TSV
  std::vector<std::string> header;  // the columns, where the file has no header line
};

// The format by the name's ending (.csv .tsv .ndjson .jsonl .parquet, each also with .gz or .zst);
// kByEnding where it says nothing.
FileKind kind_by_ending(std::string_view path);

// One record of a file. Views are valid until the reader's next step.
struct Record {
  std::uint64_t line = 0;  // where it begins, from 1; Parquet: the row
  // By column; empty = absent. Shorter than columns() never.
  std::span<const std::string_view> fields;
  // What the fields are where the format knows; empty where all are text.
  std::span<const PropertyType> types;
  std::size_t bytes = 0;  // how much of the (decompressed) file it takes

  // Set where the record could not be taken apart: a reason of Reject, what is wrong, and the
  // text. There are no fields then.
  std::string_view reason;
  std::string message;
  std::string_view raw;
  bool readable() const { return reason.empty(); }
};

// Takes a file apart into records, whatever its format. All text that comes out is valid UTF-8
// without NUL.
class RecordReader {
 public:
  virtual ~RecordReader() = default;

  // The columns seen so far. Fixed for delimited files and Parquet; for NDJSON more may be added
  // behind with each record. Each name once.
  virtual const std::vector<std::string>& columns() const = 0;
  virtual bool columns_are_fixed() const = 0;

  // False at the end. Errors of the stream pass through.
  virtual bool next(Record& record) = 0;

  // How far into the file reading has come, in bytes of the file.
  virtual std::uint64_t position() const = 0;
};

// Opens a file. Throws Error{kNotFound}, and Error{kInvalid, "source.header"} where the header
// cannot be used (a name twice, too many, UTF-16).
std::unique_ptr<RecordReader> open_records(const std::filesystem::path& path,
                                           const FileFormat& format,
                                           std::size_t max_record_bytes = kMaxRecordBytes);

inline constexpr std::size_t kNoColumn = static_cast<std::size_t>(-1);
// Where the column stands, or kNoColumn.
std::size_t find_column(const std::vector<std::string>& columns, std::string_view name);

// Throws Error{kInvalid, "source.column_missing"}, with the nearest name that is there, where a
// file whose columns are fixed lacks one of those named. A file without any content lacks nothing.
void expect_columns(const RecordReader& reader, std::span<const std::string> names,
                    std::string_view file);

// Delimited text (RFC 4180): quoted fields with doubled quotes, delimiters and line ends in them;
// LF or CRLF; blank lines mean nothing. A quote in the middle of an unquoted field is an ordinary
// character. Behind a record whose quote never closes, reading goes on with the next line.
std::unique_ptr<RecordReader> read_delimited(std::unique_ptr<ByteStream> bytes, char delimiter,
                                             std::vector<std::string> header,
                                             std::size_t max_record_bytes = kMaxRecordBytes);

// One JSON object a line. Members of nested objects have dotted paths as columns ("actor.name"),
// null is absent, arrays are their JSON text.
std::unique_ptr<RecordReader> read_ndjson(std::unique_ptr<ByteStream> bytes,
                                          std::size_t max_record_bytes = kMaxRecordBytes);

// Rows of a Parquet file, each value as text: times as ISO 8601, lists and structs as JSON. Damage
// that shows while reading is Error{kCorrupt, "file.corrupt"}.
std::unique_ptr<RecordReader> read_parquet(const std::filesystem::path& path);

}  // namespace waymark::source
