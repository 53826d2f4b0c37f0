#include "source/test_workspace.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cmath>

#include "source/schemas.h"

namespace waymark::source {
namespace {

struct Parsed {
  SourceDefinition definition;
  workspace::Diagnostics diagnostics;
};

Parsed parse(std::string_view yaml) {
  Parsed parsed;
  workspace::Definition file{"test", "source", {}, ""};
  file.node = workspace::parse_yaml(yaml, "test.yaml", parsed.diagnostics);
  file.version = file.node.content_hash();
  workspace::validate(file.node, kSourceSchema, parsed.diagnostics);
  parsed.definition = parse_source(file, {.time_zone = "Etc/UTC"}, parsed.diagnostics);
  return parsed;
}

std::string joined(const workspace::Diagnostics& diagnostics) {
  std::string all;
  for (const auto& diagnostic : diagnostics.sorted()) all += to_text(diagnostic) + "\n";
  return all;
}

std::string to_text(const PropertyValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* json = std::get_if<JsonText>(&value)) return "json:" + json->text;
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("#{}", *number);
  return std::get<bool>(value) ? "true" : "false";
}

}  // namespace

std::vector<std::string> Reading::ids() const {
  std::vector<std::string> all;
  for (const Event& event : events) all.push_back(to_hex(event.id));
  std::ranges::sort(all);
  return all;
}

std::string Reading::rejected() const {
  std::string all;
  for (const Reject& reject : rejects) all += fmt::format("{} {}\n", reject.line, reject.reason);
  return all;
}

std::string gzipped(std::string_view text) {
  z_stream state{};
  deflateInit2(&state, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&state, text.size()) + 64, '\0');
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  state.avail_in = static_cast<uInt>(text.size());
  state.next_out = reinterpret_cast<Bytef*>(out.data());
  state.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&state, Z_FINISH), Z_STREAM_END);
  out.resize(state.total_out);
  deflateEnd(&state);
  return out;
}

std::string zstandard(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx* state = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(state, ZSTD_c_checksumFlag, 1);
  out.resize(ZSTD_compress2(state, out.data(), out.size(), text.data(), text.size()));
  ZSTD_freeCCtx(state);
  return out;
}

void TestWorkspace::write(const std::string& file, std::string_view content) const {
  write_file_atomically(folder() / file, content);
}

std::string TestWorkspace::mistakes(std::string_view yaml) {
  return joined(parse(yaml).diagnostics);
}

SourceDefinition TestWorkspace::definition(std::string_view yaml) {
  Parsed parsed = parse(yaml);
  EXPECT_EQ(joined(parsed.diagnostics), "");
  return std::move(parsed.definition);
}

Reading TestWorkspace::read(const SourceDefinition& definition, const std::string& file,
                            ReadOptions options, std::size_t max_events) const {
  return read_all(definition, folder(), file, options, max_events);
}

Reading read_all(const SourceDefinition& definition, const std::filesystem::path& folder,
                 const std::string& file, const ReadOptions& options, std::size_t max_events) {
  const std::vector<LookupTable> lookups = load_lookups(definition, folder);
  SourceReader reader(definition, lookups, folder, file, options);
  Reading reading;
  for (Chunk chunk; reader.next_chunk(chunk, max_events);) {
    EXPECT_EQ(chunk.counts.events, chunk.events.size());
    EXPECT_EQ(chunk.counts.rejected, chunk.rejects.size());
    for (std::size_t i = 0; i < chunk.events.size(); ++i)
      reading.events.push_back(chunk.events.event(i));
    std::ranges::move(chunk.courses, std::back_inserter(reading.courses));
    std::ranges::move(chunk.rejects, std::back_inserter(reading.rejects));
    reading.counts += chunk.counts;
    reading.positions.push_back(chunk.position);
    EXPECT_EQ(decode_batch(encode(chunk.events)).size(), chunk.events.size());
  }
  return reading;
}

std::string to_line(const Event& event) {
  const std::string score = std::isnan(event.score) ? "" : fmt::format("{}", event.score);
  std::string line = fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|", event.learner.reveal(),
                                 to_iso(event.time), event.kind, event.object, event.course,
                                 event.context, score, event.outcome, event.weight);
  for (const auto& [name, value] : event.properties)
    line += fmt::format("{}={} ", name, to_text(value));
  if (!event.properties.empty()) line.pop_back();
  return line;
}

std::string to_lines(const Reading& reading) {
  std::string all;
  for (const Event& event : reading.events) all += to_line(event) + "\n";
  return all;
}

}  // namespace waymark::source
