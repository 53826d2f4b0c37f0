#include "source/source_reader.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "source/mapper.h"
#include "source/occurrences.h"

namespace waymark::source {
namespace {

// However few events they give, a chunk holds no more text and no more records than this, so that
// its memory is bounded and whoever pulls hears of progress.
constexpr std::size_t kMaxChunkBytes = std::size_t{32} << 20;
constexpr std::uint64_t kMaxChunkRecords = 1 << 20;

std::vector<std::string> record_columns(const SourceDefinition& definition) {
  std::vector<std::string> names;
  for (const Reference& reference : definition.references) {
    if (reference.lookup == Reference::kRecord) names.push_back(reference.column);
  }
  return names;
}

// 0 for what is no file: opening it will say so.
std::uint64_t size_of(const std::filesystem::path& path) {
  std::error_code no_file;
  const std::uintmax_t size = std::filesystem::file_size(path, no_file);
  return no_file ? 0 : size;
}

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  records += other.records;
  events += other.events;
  rejected += other.rejected;
  refused += other.refused;
  return *this;
}

struct SourceReader::State {
  State(const SourceDefinition& source, const std::vector<LookupTable>& lookups,
        const std::filesystem::path& folder, const std::string& file_name,
        const ReadOptions& read_options)
      : definition(source),
        file(file_name),
        path(folder / file_name),
        size(std::max<std::uint64_t>(1, size_of(path))),
        options(read_options),
        mapper(source, lookups, file_name, read_options.now),
        occurrences(read_options.occurrence_limit) {
    open();
    expect_columns(*reader, record_columns(source), file);
  }

  void open() {
    reader = open_records(path, definition.format, options.max_record_bytes);
    bound_columns = 0;
    lines = 0;
  }

  // The next record; damage to the file is a last, unreadable record.
  bool next(Record& record) {
    if (ended) return false;
    try {
      if (!reader->next(record)) return false;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kCorrupt) throw;
      damage_reason = error.reason();
      damage = file + ": " + error.what();
      record = Record{};
      record.line = lines + 1;
      record.reason = damage_reason;
      record.message = error.what();
      record.raw = damage;
      ended = true;
    }
    lines = record.line;
    return true;
  }

  // Maps the record unless another pass or an earlier reading has.
  void take(const Record& record) {
    ++position;
    if (reader->columns().size() != bound_columns) {
      bound_columns = reader->columns().size();
      mapper.bind(reader->columns());
    }
    const EventId fingerprint = mapper.fingerprint(record);
    std::optional<std::uint32_t> occurrence = 0;
    if (definition.id.empty()) occurrence = occurrences.next(fingerprint);
    if (!occurrence || position <= options.resume_at) return;
    mapper.map(record, Mapper::identity(fingerprint, *occurrence));
    bytes += record.bytes;
  }

  bool next_pass() {
    if (!occurrences.next_pass()) return false;
    open();
    ended = false;
    return true;
  }

  const SourceDefinition& definition;
  std::string file;
  std::filesystem::path path;
  std::uint64_t size;
  ReadOptions options;
  Mapper mapper;
  Occurrences occurrences;
  std::unique_ptr<RecordReader> reader;
  std::size_t bound_columns = 0;
  std::uint64_t position = 0;
  std::uint64_t lines = 0;
  std::size_t bytes = 0;  // of the records in the chunk
  std::string damage_reason, damage;
  bool ended = false;
};

SourceReader::SourceReader(const SourceDefinition& definition,
                           const std::vector<LookupTable>& lookups,
                           const std::filesystem::path& folder, const std::string& file,
                           const ReadOptions& options)
    : state_(std::make_unique<State>(definition, lookups, folder, file, options)) {}
SourceReader::~SourceReader() = default;

bool SourceReader::next_chunk(Chunk& chunk, std::size_t max_events) {
  State& s = *state_;
  chunk = Chunk{};
  s.mapper.begin(chunk);
  s.bytes = 0;
  const auto full = [&] {
    return chunk.counts.received() + chunk.courses.size() >= max_events ||
           chunk.counts.records >= kMaxChunkRecords || s.bytes >= kMaxChunkBytes;
  };
  for (Record record; !full();) {
    if (s.next(record)) {
      s.take(record);
    } else if (!s.next_pass()) {
      break;
    }
  }
  chunk.position = s.position;
  chunk.progress =
      std::min(1.0, static_cast<double>(s.reader->position()) / static_cast<double>(s.size));
  return chunk.counts.records > 0;
}

std::string fingerprint(const std::filesystem::path& file) {
  const MappedFile content(file);
  const EventId bytes = hash128(content.bytes());
  Hasher hasher;
  hasher.number(bytes.high);
  hasher.number(bytes.low);
  // Positions of a reader with another limit mean something else.
  hasher.number(kOccurrenceLimit);
  return to_hex(hasher.digest());
}

std::string mapping_version(const SourceDefinition& definition,
                            const std::filesystem::path& folder) {
  Hasher hasher;
  hasher.field(definition.version);
  for (const LookupRule& lookup : definition.lookups) {
    hasher.field(fingerprint(folder / lookup.file));
  }
  return to_hex(hasher.digest());
}

Chunk map_again(const SourceDefinition& definition, const std::vector<LookupTable>& lookups,
                std::span<const Reject> rejects, Micros now) {
  Chunk chunk;
  std::unique_ptr<Mapper> mapper;
  const std::string* file = nullptr;
  for (const Reject& reject : rejects) {
    const auto reader = read_ndjson(open_memory(reject.raw), reject.raw.size() + 2 * kMinRead);
    Record record;
    if (!reject.readable() || !reader->next(record)) {
      chunk.rejects.push_back(reject);
      chunk.counts.records += 1;
      chunk.counts.rejected += 1;
      continue;
    }
    if (file == nullptr || *file != reject.path) {
      file = &reject.path;
      mapper = std::make_unique<Mapper>(definition, lookups, *file, now);
      mapper->begin(chunk);
    }
    record.line = reject.line;
    mapper->bind(reader->columns());
    mapper->map(record, reject.id);
  }
  return chunk;
}

}  // namespace waymark::source
