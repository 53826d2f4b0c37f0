// Files of strangers: delimited text and NDJSON, plain or compressed, in both encodings.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "source/record_reader.h"

namespace waymark::source {
namespace {

constexpr std::size_t kMaxBytes = 4096;  // of a record, so that the limit is met

std::unique_ptr<RecordReader> reader_of(std::uint8_t kind, std::string bytes) {
  const Encoding encoding = (kind & 1) == 0 ? Encoding::kUtf8 : Encoding::kWindows1252;
  std::unique_ptr<ByteStream> stream = open_memory(std::move(bytes), encoding);
  switch (kind / 2 % 4) {
    case 0:
      return read_ndjson(std::move(stream), kMaxBytes);
    case 1:
      return read_delimited(std::move(stream), '\t', {}, kMaxBytes);
    case 2:
      return read_delimited(std::move(stream), ',', {"a", "b"}, kMaxBytes);
    default:
      return read_delimited(std::move(stream), ',', {}, kMaxBytes);
  }
}

void read_all(std::uint8_t kind, std::string bytes) try {
  const auto reader = reader_of(kind, std::move(bytes));
  std::uint64_t line = 0;
  for (Record record; reader->next(record);) {
    WAYMARK_CHECK(record.line > line);
    line = record.line;
    WAYMARK_CHECK(record.raw.size() <= kMaxRejectBytes);
    if (!record.readable()) continue;
    WAYMARK_CHECK(record.fields.size() >= reader->columns().size());
    for (const std::string_view field : record.fields) WAYMARK_CHECK(valid_utf8(field) == field);
  }
} catch (const Error&) {
}

}  // namespace
}  // namespace waymark::source

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  waymark::source::read_all(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
