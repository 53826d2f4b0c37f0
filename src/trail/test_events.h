#pragma once

// For the room's tests: made-up events, and what a trail must give back of them.

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "base/hash.h"
#include "event/batch.h"
#include "trail/bucket_writer.h"
#include "trail/builder.h"
#include "trail/reader.h"

namespace waymark::trail {

inline constexpr Micros kTerm = 1'380'000'000 * kMicrosPerSecond;

inline Event make_event(std::string learner, Micros time, std::uint64_t id) {
  Event event;
  event.id = {hash64(std::to_string(id)), id};
  event.learner = LearnerKey(std::move(learner));
  event.time = event.received = time;
  event.kind = "click";
  return event;
}

// Every field in use; many ties in time.
inline std::vector<Event> random_events(std::uint64_t seed, std::size_t n, std::size_t learners) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  std::vector<Event> events;
  for (std::size_t i = 0; i < n; ++i) {
    Event event =
        make_event(fmt::format("learner {}", below(learners)),
                   kTerm + static_cast<Micros>(below(500)) * kMicrosPerHour, seed << 32 | i);
    event.received = event.time + static_cast<Micros>(below(5'000'000));
    event.source = below(2) == 0 ? "clicks" : "marks";
    event.sequence = i;
    event.kind = fmt::format("kind {}", below(7));
    event.object = fmt::format("object {}", below(1000));
    event.course = fmt::format("course {}", below(3));
    event.context = below(3) == 0 ? "" : fmt::format("context {}", below(9));
    if (below(10) == 0) event.outcome = "pass";
    if (below(2) == 0) event.duration_ms = static_cast<std::int64_t>(below(600)) * 1000;
    if (below(3) == 0) event.score = static_cast<double>(below(1000)) / 10;
    event.weight = static_cast<double>(1 + below(20));
    if (below(3) == 0) event.properties.emplace_back("device", fmt::format("d{}", below(4)));
    if (below(4) == 0) event.properties.emplace_back("credits", static_cast<double>(below(9)) / 2);
    if (below(9) == 0) event.properties.emplace_back("tags", JsonText{"[1,\"two\"]"});
    if (below(9) == 0) event.properties.emplace_back("new", below(2) == 0);
    events.push_back(std::move(event));
  }
  return events;
}

inline std::string text_of(double value) {
  return std::isnan(value) ? "nan" : fmt::format("{:x}", std::bit_cast<std::uint64_t>(value));
}

inline std::string text_of(const Event& event) {
  std::string text =
      fmt::format("{} {} {} {} {}#{} {}/{}/{}/{}/{} {} {} {}", event.learner.reveal(), event.time,
                  to_hex(event.id), event.received, event.source, event.sequence, event.kind,
                  event.object, event.course, event.context, event.outcome, event.duration_ms,
                  text_of(event.score), text_of(event.weight));
  EventBatch batch;
  batch.append(event);
  for (std::size_t p = 0; p < batch.property_name.size(); ++p) {
    const bool is_text = batch.property_type[p] == PropertyType::kText ||
                         batch.property_type[p] == PropertyType::kJson;
    text +=
        fmt::format(" {}:{}={}", batch.property_names.text(batch.property_name[p]),
                    static_cast<int>(batch.property_type[p]),
                    is_text ? batch.property_texts.text(static_cast<Code>(batch.property_bits[p]))
                            : fmt::format("{:x}", batch.property_bits[p]));
  }
  return text;
}

// What a trail must give, by plain sorting.
inline std::vector<std::string> expected_texts(std::vector<Event> events, std::size_t buckets) {
  std::ranges::sort(events, {}, [&](const Event& event) {
    const std::string& key = event.learner.reveal();
    return std::tuple(hash64(key) % buckets, key, event.time, event.id);
  });
  std::vector<std::string> texts;
  for (const Event& event : events) texts.push_back(text_of(event));
  return texts;
}

inline Event event_at(const TrailReader& reader, Code learner, const Slice& slice, std::size_t row,
                      std::span<const OpenProperty> properties) {
  const Symbols& symbols = reader.symbols();
  Event event;
  event.id = slice.id[row];
  event.learner = reader.learner(learner);
  event.time = slice.time[row];
  event.received = slice.received[row];
  event.source = symbols.sources.text(slice.source[row]);
  event.sequence = slice.sequence[row];
  event.kind = symbols.kinds.text(slice.kind[row]);
  event.object = symbols.objects.text(slice.object[row]);
  event.course = symbols.courses.text(slice.course[row]);
  event.context = symbols.contexts.text(slice.context[row]);
  event.outcome = symbols.outcomes.text(slice.outcome[row]);
  event.duration_ms = slice.duration_ms[row];
  event.score = slice.score[row];
  event.weight = slice.weight[row];
  for (const OpenProperty& property : properties) {
    PropertyValue value = property.bits != 0;
    if (property.type == PropertyType::kText) value = std::string(property.text);
    if (property.type == PropertyType::kJson) value = JsonText{std::string(property.text)};
    if (property.type == PropertyType::kNumber) value = std::bit_cast<double>(property.bits);
    event.properties.emplace_back(reader.property_names().text(property.name), std::move(value));
  }
  return event;
}

// What the trail gives, learner by learner. `request` gets all columns.
inline std::vector<std::string> texts_in(const TrailReader& reader, Request request = {}) {
  request.columns = kAllColumns;
  request.open_properties = true;
  std::vector<std::string> texts;
  for (std::size_t bucket = 0; bucket < reader.bucket_count(); ++bucket) {
    BucketCursor cursor = reader.cursor(bucket, request);
    Code learner;
    Slice slice;
    while (cursor.next(learner, slice)) {
      for (std::size_t row = 0; row < slice.size; ++row) {
        texts.push_back(
            text_of(event_at(reader, learner, slice, row, cursor.open_properties(row))));
      }
    }
  }
  return texts;
}

inline EventBatch batch_of(std::span<const Event> events) {
  EventBatch batch;
  for (const Event& event : events) batch.append(event);
  return batch;
}

inline BuildResult build(const std::filesystem::path& folder, std::span<const Event> events,
                         const Options& options = {.buckets = 4}, std::uint64_t sequence = 1) {
  TrailBuilder builder(folder, options);
  constexpr std::size_t kBatch = 3000;
  for (std::size_t row = 0; row < events.size(); row += kBatch) {
    builder.add(batch_of(events.subspan(row, std::min(kBatch, events.size() - row))));
  }
  return builder.finish(1, sequence);
}

// Most of the events, then the others a few at a time: so that buckets are in several files.
inline void build_in_steps(const std::filesystem::path& folder, std::span<const Event> events,
                           Options options) {
  options.small_bucket = 0;
  const std::size_t first = events.size() * 9 / 10;
  build(folder, events.first(first), options);
  constexpr std::size_t kStep = 7;
  std::uint64_t sequence = 1;
  for (std::size_t row = first; row < events.size(); row += kStep) {
    build(folder, events.subspan(row, std::min(kStep, events.size() - row)), options, ++sequence);
  }
}

}  // namespace waymark::trail
