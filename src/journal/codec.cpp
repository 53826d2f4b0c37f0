#include "journal/codec.h"

#include <zstd.h>

#include <bit>
#include <cstring>

#include "base/bytes.h"

namespace waymark::journal {
namespace {

constexpr std::size_t kMaximumBatchBytes = std::size_t{256} << 20;
// Columns of codes shrink well at once; higher levels cost more time than they save space.
constexpr int kCompressionLevel = 1;

void write_counts(ByteWriter& out, const Counts& counts) {
  out.value(counts.received);
  out.value(counts.stored);
  out.value(counts.duplicate);
  out.value(counts.quarantined);
  out.value<std::uint64_t>(counts.refused.size());
  for (const auto& [reason, count] : counts.refused) {
    out.text(reason);
    out.value(count);
  }
}

Counts read_counts(ByteReader& in) {
  Counts counts;
  counts.received = in.value<std::uint64_t>();
  counts.stored = in.value<std::uint64_t>();
  counts.duplicate = in.value<std::uint64_t>();
  counts.quarantined = in.value<std::uint64_t>();
  const auto reasons = in.value<std::uint64_t>();
  for (std::uint64_t i = 0; i < reasons; ++i) {
    std::string reason(in.text());
    counts.refused[std::move(reason)] = in.value<std::uint64_t>();
  }
  return counts;
}

void write_property(ByteWriter& out, const PropertyValue& value) {
  out.value(static_cast<std::uint8_t>(value.index()));
  if (const auto* text = std::get_if<std::string>(&value)) {
    out.text(*text);
  } else if (const auto* number = std::get_if<double>(&value)) {
    out.value(*number);
  } else if (const auto* truth = std::get_if<bool>(&value)) {
    out.value<std::uint8_t>(*truth ? 1 : 0);
  } else {
    out.text(std::get<JsonText>(value).text);
  }
}

PropertyValue read_property(ByteReader& in) {
  switch (in.value<std::uint8_t>()) {
    case 0:
      return std::string(in.text());
    case 1:
      return in.value<double>();
    case 2:
      return in.value<std::uint8_t>() != 0;
    case 3:
      return JsonText{std::string(in.text())};
    default:
      throw_corrupt("a course's property has an unknown type");
  }
}

}  // namespace

void throw_corrupt(std::string_view what) {
  throw Error(ErrorCode::kCorrupt, "journal.corrupt",
              "the journal is damaged: " + std::string(what) +
                  "; restore it from a backup, or remove its folder and ingest the sources again");
}

std::string encode(const Head& head) {
  ByteWriter out;
  out.value(kFormat);
  out.value(head.epoch);
  out.value(head.last_sequence);
  out.value(head.indexed);
  out.value(head.event_count);
  out.value(head.courses_told);
  out.value(head.last_source);
  return out.take();
}

Head decode_head(std::string_view bytes) {
  ByteReader in(bytes);
  if (const auto format = in.value<std::uint32_t>(); format != kFormat) {
    throw Error(ErrorCode::kCorrupt, "journal.format",
                "the journal has format " + std::to_string(format) +
                    ", this version reads format " + std::to_string(kFormat) +
                    "; use the version of Waymark that wrote it");
  }
  Head head;
  head.epoch = in.value<std::uint64_t>();
  head.last_sequence = in.value<std::uint64_t>();
  head.indexed = in.value<std::uint64_t>();
  head.event_count = in.value<std::uint64_t>();
  head.courses_told = in.value<std::uint64_t>();
  head.last_source = in.value<std::uint32_t>();
  in.expect_done();
  return head;
}

std::string encode_number(std::uint64_t number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  return {bytes, (static_cast<std::size_t>(std::bit_width(number)) + 7) / 8};
}

std::uint64_t decode_number(std::string_view bytes) {
  std::uint64_t number = 0;
  if (bytes.size() > sizeof number) throw_corrupt("a stored number is too long");
  std::memcpy(&number, bytes.data(), bytes.size());
  return number;
}

std::string encode(const FileEntry& entry) {
  ByteWriter out;
  out.text(entry.progress.fingerprint);
  out.text(entry.progress.definition);
  out.value(entry.progress.records);
  out.value<std::uint8_t>(entry.progress.finished ? 1 : 0);
  write_counts(out, entry.counts);
  return out.take();
}

FileEntry decode_file(std::string source, std::string path, std::string_view bytes) {
  ByteReader in(bytes);
  FileEntry entry{.source = std::move(source), .path = std::move(path)};
  entry.progress.fingerprint = in.text();
  entry.progress.definition = in.text();
  entry.progress.records = in.value<std::uint64_t>();
  entry.progress.finished = in.value<std::uint8_t>() != 0;
  entry.counts = read_counts(in);
  in.expect_done();
  return entry;
}

std::string encode(const Reject& reject) {
  ByteWriter out;
  out.text(reject.path);
  out.value(reject.line);
  out.text(reject.reason);
  out.text(reject.detail);
  out.text(reject.raw);
  return out.take();
}

Reject decode_quarantined(const EventId& id, std::string_view bytes) {
  ByteReader in(bytes);
  Reject reject{.id = id};
  reject.path = in.text();
  reject.line = in.value<std::uint64_t>();
  reject.reason = in.text();
  reject.detail = in.text();
  reject.raw = in.text();
  in.expect_done();
  return reject;
}

std::string encode(const ToldCourse& course) {
  ByteWriter out;
  out.value(course.told);
  out.value(course.entry.start);
  out.value(course.entry.end);
  out.value<std::uint64_t>(course.entry.properties.size());
  for (const auto& [name, value] : course.entry.properties) {
    out.text(name);
    write_property(out, value);
  }
  return out.take();
}

ToldCourse decode_course(std::string name, std::string_view bytes) {
  ByteReader in(bytes);
  ToldCourse course;
  course.told = in.value<std::uint64_t>();
  course.entry.course = std::move(name);
  course.entry.start = in.value<Micros>();
  course.entry.end = in.value<Micros>();
  const auto properties = in.value<std::uint64_t>();
  for (std::uint64_t i = 0; i < properties; ++i) {
    std::string property(in.text());
    course.entry.properties.emplace_back(std::move(property), read_property(in));
  }
  in.expect_done();
  return course;
}

std::string compress(const EventBatch& batch) {
  const std::string plain = waymark::encode(batch);
  if (plain.size() > kMaximumBatchBytes) {
    throw Error(ErrorCode::kUnavailable, "journal.commit_too_large",
                "one commit brought more than 256 MiB of events");
  }
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  const std::size_t size =
      ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), kCompressionLevel);
  WAYMARK_CHECK(ZSTD_isError(size) == 0);
  packed.resize(size);
  return packed;
}

EventBatch decompress(std::string_view bytes) {
  const unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  // The two error values of zstd are the largest numbers there are.
  if (size > kMaximumBatchBytes) throw_corrupt("a batch of events cannot be decompressed");
  std::string plain(size, '\0');
  if (ZSTD_decompress(plain.data(), size, bytes.data(), bytes.size()) != size) {
    throw_corrupt("a batch of events cannot be decompressed");
  }
  return decode_batch(plain);
}

}  // namespace waymark::journal
