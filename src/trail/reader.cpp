#include "trail/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/hash.h"
#include "trail/bucket.h"
#include "trail/manifest.h"
#include "trail/symbols.h"

namespace waymark::trail {

struct TrailReader::Generation {
  Generation(const std::filesystem::path& folder, Manifest of);

  Manifest manifest;
  TrailState state;
  SectionFile symbols_file;
  AllSymbols symbols;
  std::vector<std::shared_ptr<const Bucket>> buckets;
  std::vector<Code> first_learner;  // by bucket, and the end of the last
};

TrailReader::Generation::Generation(const std::filesystem::path& folder, Manifest of)
    : manifest(std::move(of)),
      state(manifest.state()),
      symbols_file(folder / manifest.symbols.file, manifest.symbols.seal),
      symbols(read_symbols(symbols_file)) {
  std::uint64_t learners = 0;
  for (std::size_t bucket = 0; bucket < manifest.bucket_count; ++bucket) {
    buckets.push_back(std::make_shared<const Bucket>(folder, manifest.files_of(bucket)));
    first_learner.push_back(static_cast<Code>(learners));
    learners += buckets.back()->learners();
  }
  if (learners >= kAbsentCode) {
    throw Error(ErrorCode::kUnavailable, "trail.too_many_learners",
                fmt::format("{} learners are more than trails can number", learners));
  }
  first_learner.push_back(static_cast<Code>(learners));
}

TrailReader::TrailReader(std::shared_ptr<const Generation> generation)
    : generation_(std::move(generation)) {}

TrailReader TrailReader::open(const std::filesystem::path& folder) {
  std::optional<std::uint64_t> tried;
  for (;;) {
    std::optional<Manifest> manifest = read_manifest(folder);
    if (!manifest) {
      throw Error(ErrorCode::kNotFound, "trail.missing",
                  fmt::format("no trails have been built in {}", folder.string()));
    }
    const std::uint64_t generation = manifest->generation;
    try {
      return TrailReader(std::make_shared<const Generation>(folder, *std::move(manifest)));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
      // A builder has removed the file after a swap, so that the manifest names others now; else it
      // is lost.
      if (tried == generation) throw_damaged(folder, error.what());
      tried = generation;
    }
  }
}

const TrailState& TrailReader::state() const { return generation_->state; }
const Symbols& TrailReader::symbols() const { return generation_->symbols.symbols; }
const Dictionary& TrailReader::property_names() const {
  return generation_->symbols.property_names;
}

std::vector<std::string> TrailReader::properties() const {
  const std::vector<PropertyEntry>& columns = generation_->manifest.properties;
  const auto is_empty = [&](std::string_view name) {
    const auto column = std::ranges::find(columns, name, &PropertyEntry::name);
    return column != columns.end() && !column->has_numbers && !column->has_texts;
  };
  std::vector<std::string> properties;
  for (Code code = kNoCode + 1; code < property_names().size(); ++code) {
    if (!is_empty(property_names().text(code)))
      properties.emplace_back(property_names().text(code));
  }
  return properties;
}

std::size_t TrailReader::bucket_count() const { return generation_->buckets.size(); }

std::pair<Code, Code> TrailReader::learners(std::size_t bucket) const {
  return {generation_->first_learner[bucket], generation_->first_learner[bucket + 1]};
}

std::uint64_t TrailReader::events(std::size_t bucket) const {
  return generation_->buckets[bucket]->events();
}

std::size_t TrailReader::bucket_of(Code learner) const {
  const std::vector<Code>& first = generation_->first_learner;
  return static_cast<std::size_t>(std::ranges::upper_bound(first, learner) - first.begin()) - 1;
}

LearnerKey TrailReader::learner(Code number) const {
  const std::size_t bucket = bucket_of(number);
  const std::size_t in_bucket = number - generation_->first_learner[bucket];
  return LearnerKey(std::string(generation_->buckets[bucket]->key(in_bucket)));
}

std::optional<Code> TrailReader::find_learner(const LearnerKey& key) const {
  const std::size_t bucket = hash64(key.reveal()) % bucket_count();
  const std::optional<std::size_t> found = generation_->buckets[bucket]->find(key.reveal());
  if (!found) return std::nullopt;
  return generation_->first_learner[bucket] + static_cast<Code>(*found);
}

BucketCursor TrailReader::cursor(std::size_t bucket, const Request& request) const {
  std::vector<BucketCursor::PropertySides> sides;
  const std::vector<PropertyEntry>& known = generation_->manifest.properties;
  for (const std::string& name : request.properties) {
    const auto found = std::ranges::find(known, name, &PropertyEntry::name);
    if (found == known.end()) {
      throw Error(
          ErrorCode::kNotFound, "trail.property_missing",
          fmt::format("the trails have no column for the property '{}'; they have those that a "
                      "definition in measures/ names, from the next `waymark build` on",
                      name));
    }
    sides.push_back(
        {static_cast<std::size_t>(found - known.begin()), found->has_numbers, found->has_texts});
  }
  return BucketCursor(generation_->buckets[bucket], generation_->first_learner[bucket], request,
                      sides);
}

void TrailReader::verify() const {
  generation_->symbols_file.verify();
  for (const auto& bucket : generation_->buckets) {
    for (const auto& file : bucket->files()) file->verify();
  }
}

}  // namespace waymark::trail
