#include "trail/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json.h"

namespace waymark::trail {
namespace {

constexpr std::string_view kFile = "MANIFEST.json";
constexpr std::string_view kChecksumLine = "\n  \"checksum\": ";

std::string hex(std::uint64_t number) { return fmt::format("{:016x}", number); }

std::uint64_t from_hex(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorCode::kInvalid, "json.type", "a checksum is not hexadecimal");
  }
  return number;
}

void write_seal(JsonWriter& out, const std::string& file, const FileSeal& seal) {
  out.key("file").string(file);
  out.key("size").integer(static_cast<std::int64_t>(seal.size));
  out.key("header_checksum").string(hex(seal.header_checksum));
}

std::uint64_t natural(const Json& json, std::string_view key) {
  const std::int64_t number = json.at(key).integer();
  if (number < 0) throw Error(ErrorCode::kInvalid, "json.type", "a count is negative");
  return static_cast<std::uint64_t>(number);
}

FileSeal read_seal(const Json& json) {
  return {natural(json, "size"), from_hex(json.at("header_checksum").string())};
}

std::string to_json(const Manifest& manifest) {
  JsonWriter out(JsonWriter::Style::kPretty);
  out.begin_object();
  out.key("format").integer(kFormat);
  out.key("generation").integer(static_cast<std::int64_t>(manifest.generation));
  out.key("journal_epoch").string(hex(manifest.journal_epoch));
  out.key("journal_sequence").string(hex(manifest.journal_sequence));
  out.key("journal_mark").string(hex(manifest.journal_mark));
  out.key("buckets").integer(static_cast<std::int64_t>(manifest.bucket_count));
  out.key("properties").begin_array();
  for (const PropertyEntry& property : manifest.properties) {
    out.begin_object().key("name").string(property.name);
    out.key("has_numbers").boolean(property.has_numbers);
    out.key("has_texts").boolean(property.has_texts).end_object();
  }
  out.end_array();
  out.key("builds").begin_array();
  for (const Build& build : manifest.builds) {
    out.begin_object().key("journal_sequence").string(hex(build.journal_sequence));
    out.key("journal_mark").string(hex(build.journal_mark));
    out.key("last_time").integer(build.last_time);
    out.key("first_added").integer(build.first_added).end_object();
  }
  out.end_array();
  out.key("symbols").begin_object();
  write_seal(out, manifest.symbols.file, manifest.symbols.seal);
  out.end_object();
  out.key("files").begin_array();
  for (const BucketEntry& entry : manifest.buckets) {
    out.begin_object().key("bucket").integer(static_cast<std::int64_t>(entry.bucket));
    write_seal(out, entry.file, entry.seal);
    out.key("events").integer(static_cast<std::int64_t>(entry.events));
    out.key("learners").integer(static_cast<std::int64_t>(entry.learners));
    out.key("first_time").integer(entry.first_time);
    out.key("last_time").integer(entry.last_time);
    out.key("core_bytes").integer(static_cast<std::int64_t>(entry.core_bytes)).end_object();
  }
  out.end_array();
  out.key("checksum").string("").end_object();
  return out.take();
}

Manifest from_json(const Json& json) {
  Manifest manifest;
  manifest.generation = natural(json, "generation");
  manifest.journal_epoch = from_hex(json.at("journal_epoch").string());
  manifest.journal_sequence = from_hex(json.at("journal_sequence").string());
  manifest.journal_mark = from_hex(json.at("journal_mark").string());
  manifest.bucket_count = natural(json, "buckets");
  for (const Json& property : json.at("properties").array()) {
    manifest.properties.push_back({property.at("name").string(),
                                   property.at("has_numbers").boolean(),
                                   property.at("has_texts").boolean()});
  }
  for (const Json& build : json.at("builds").array()) {
    manifest.builds.push_back({from_hex(build.at("journal_sequence").string()),
                               from_hex(build.at("journal_mark").string()),
                               build.at("last_time").integer(), build.at("first_added").integer()});
  }
  const Json& symbols = json.at("symbols");
  manifest.symbols = {symbols.at("file").string(), read_seal(symbols)};
  for (const Json& file : json.at("files").array()) {
    manifest.buckets.push_back({natural(file, "bucket"), file.at("file").string(), read_seal(file),
                                natural(file, "events"), natural(file, "learners"),
                                file.at("first_time").integer(), file.at("last_time").integer(),
                                natural(file, "core_bytes")});
    const std::size_t bucket = manifest.buckets.back().bucket;
    if (bucket >= manifest.bucket_count ||
        (manifest.buckets.size() > 1 && bucket < std::prev(manifest.buckets.end(), 2)->bucket)) {
      throw Error(ErrorCode::kInvalid, "json.type", "files are not in the order of buckets");
    }
  }
  return manifest;
}

}  // namespace

TrailState Manifest::state() const {
  TrailState state{generation, journal_epoch, journal_sequence, journal_mark, bucket_count};
  state.builds = builds;
  for (const PropertyEntry& property : properties) state.properties.push_back(property.name);
  state.bytes = symbols.seal.size;
  for (const BucketEntry& entry : buckets) {
    state.first_time =
        state.events == 0 ? entry.first_time : std::min(state.first_time, entry.first_time);
    state.last_time =
        state.events == 0 ? entry.last_time : std::max(state.last_time, entry.last_time);
    state.events += entry.events;
    state.learners += entry.learners;
    state.bytes += entry.seal.size;
    state.core_bytes += entry.core_bytes;
  }
  return state;
}

std::span<const BucketEntry> Manifest::files_of(std::size_t bucket) const {
  return std::ranges::equal_range(buckets, bucket, {}, &BucketEntry::bucket);
}

std::optional<Manifest> read_manifest(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kFile;
  if (!std::filesystem::exists(path)) return std::nullopt;
  const std::string text = read_file(path);
  try {
    const Json json = Json::parse(text);
    if (const std::int64_t format = json.at("format").integer(); format != kFormat) {
      throw Error(ErrorCode::kCorrupt, "trail.format",
                  fmt::format("{} has format {}, this version reads {}; rebuild the trails",
                              path.string(), format, kFormat));
    }
    const std::size_t signed_bytes = text.rfind(kChecksumLine);
    if (signed_bytes == std::string::npos ||
        json.at("checksum").string() != hex(hash64(text.substr(0, signed_bytes)))) {
      throw_damaged(path, "content and checksum disagree");
    }
    return from_json(json);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalid) throw;
    throw_damaged(path, error.what());
  }
}

void write_manifest(const std::filesystem::path& folder, const Manifest& manifest) {
  std::string text = to_json(manifest);
  const std::size_t signed_bytes = text.rfind(kChecksumLine);
  text.insert(signed_bytes + kChecksumLine.size() + 1, hex(hash64(text.substr(0, signed_bytes))));
  write_file_atomically(folder / kFile, text);
}

std::optional<TrailState> read_state(const std::filesystem::path& folder) {
  const std::optional<Manifest> manifest = read_manifest(folder);
  if (!manifest) return std::nullopt;
  return manifest->state();
}

}  // namespace waymark::trail
