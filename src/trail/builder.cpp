#include "trail/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <set>
#include <span>

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
#include "trail/bucket.h"
#include "trail/event_buffer.h"
#include "trail/manifest.h"
#include "trail/merge.h"
#include "trail/symbols.h"

namespace waymark::trail {
namespace {

constexpr const char* kRuns = "runs";
constexpr std::size_t kAddedAtOnce = 4096;       // events between looks at the memory they take
constexpr std::size_t kBytesPerCursorRow = 200;  // about, with a few open properties
constexpr std::size_t kMostFiles = 8;            // of a bucket: a reader pays for each
constexpr double kMostPast = 0.5;                // events in its files, per one that is not past

bool is_ours(const std::string& name) {
  return name.starts_with("bucket-") || name.starts_with("symbols-") ||
         name.starts_with("MANIFEST.json.");
}

// The generation in "bucket-<B>-<G>.trail", or 0.
std::uint64_t generation_in(const std::string& name) {
  const std::size_t dash = name.rfind('-');
  std::uint64_t generation = 0;
  if (is_ours(name) && dash != std::string::npos) {
    std::from_chars(name.data() + dash + 1, name.data() + name.size(), generation);
  }
  return generation;
}

// Above all that are or were here, so that no file is written to that somebody reads.
std::uint64_t next_generation(const std::filesystem::path& folder, const Manifest& standing) {
  std::uint64_t highest = standing.generation;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    highest = std::max(highest, generation_in(file.path().filename()));
  }
  return highest + 1;
}

void remove_all_but(const std::filesystem::path& folder, const Manifest& manifest) {
  std::set<std::string> named{manifest.symbols.file};
  for (const BucketEntry& entry : manifest.buckets) named.insert(entry.file);
  std::vector<std::filesystem::path> leftovers{folder / kRuns};
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const std::string name = file.path().filename();
    if (is_ours(name) && !named.contains(name)) leftovers.push_back(file.path());
  }
  for (const std::filesystem::path& leftover : leftovers) std::filesystem::remove_all(leftover);
}

// What the folder holds; where it cannot be read and is not needed, nothing.
Manifest standing_manifest(const std::filesystem::path& folder, bool is_needed) {
  try {
    return read_manifest(folder).value_or(Manifest());
  } catch (const Error& error) {
    if (is_needed || error.code() != ErrorCode::kCorrupt) throw;
    return {};
  }
}

AllSymbols standing_symbols(const std::filesystem::path& folder, const Manifest& manifest) {
  if (manifest.generation == 0) return {};
  return read_symbols(SectionFile(folder / manifest.symbols.file, manifest.symbols.seal));
}

std::array<std::size_t, kDictionaries> sizes(const AllSymbols& symbols) {
  std::array<std::size_t, kDictionaries> sizes;
  std::ranges::transform(symbols.parts(), sizes.begin(), &Dictionary::size);
  return sizes;
}

std::vector<std::string> sorted_and_unique(std::vector<std::string> names) {
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
}

[[noreturn]] void throw_rebuild_needed() {
  throw Error(ErrorCode::kConflict, "trail.rebuild_needed",
              "the trails were built with other buckets or property columns, or from another epoch "
              "of the journal; they must be built afresh");
}

}  // namespace

bool fits(const TrailState& state, const Options& options) {
  return state.buckets == options.buckets &&
         state.properties == sorted_and_unique(options.properties);
}

struct TrailBuilder::State {
  State(std::filesystem::path in, Options with);

  void add(const EventBatch& batch);
  void write_run();
  void merge_buckets();
  struct Merging {                   // of a bucket that has new events
    std::vector<MergeInput> inputs;  // what is written
    std::vector<BucketEntry> kept;   // files that stand, with what is not past of them
    std::uint64_t events = 0;        // that are written
  };
  Merging plan_merge(std::size_t bucket) const;
  std::vector<BucketEntry> merge_bucket(std::size_t bucket);
  void write_symbols_if_grown();
  BuildResult finish(std::uint64_t journal_epoch, std::uint64_t journal_sequence,
                     std::uint64_t journal_mark);

  std::filesystem::path folder;
  Options options;
  std::size_t memory;  // bytes
  Manifest present;    // what is built upon; generation 0 where nothing is
  Manifest next;
  AllSymbols symbols;
  std::array<std::size_t, kDictionaries> present_symbols;
  EventBuffer buffer;
  std::vector<std::vector<std::filesystem::path>> runs;  // by bucket: the files to merge
  Micros first_added = kLatest;
  std::mutex mutex;  // of what buckets that are merged at once share: next.properties, result
  BuildResult result;
};

TrailBuilder::State::State(std::filesystem::path in, Options with)
    : folder(std::move(in)),
      options(std::move(with)),
      memory(std::max<std::size_t>(options.memory_mb, 1) << 20),
      present((std::filesystem::create_directories(folder),
               standing_manifest(folder, !options.afresh))),
      symbols(options.afresh ? AllSymbols() : standing_symbols(folder, present)),
      present_symbols(sizes(symbols)),
      buffer(symbols, options.properties, memory / 2),
      runs(options.buckets) {
  if (!options.afresh && present.generation != 0 && !fits(present.state(), options)) {
    throw_rebuild_needed();
  }
  next.generation = next_generation(folder, present);
  next.bucket_count = options.buckets;
  remove_all_but(folder, present);
  if (options.afresh) present = Manifest();
  next.symbols = present.symbols;
  next.properties = present.properties;
  next.builds = present.builds;
  if (present.generation == 0) {
    for (const std::string& name : options.properties) next.properties.push_back({name});
  }
}

void TrailBuilder::State::add(const EventBatch& batch) {
  EventBuffer::Translations codes = buffer.translations(batch);
  for (std::size_t row = 0; row < batch.size(); row += kAddedAtOnce) {
    buffer.add(batch, codes, row, std::min(kAddedAtOnce, batch.size() - row));
    if (buffer.bytes() < memory / 2) continue;
    write_run();
    codes = buffer.translations(batch);
  }
  result.events_added += batch.size();
  for (const Micros time : batch.time) first_added = std::min(first_added, time);
}

void TrailBuilder::State::write_run() {
  if (buffer.size() == 0) return;
  const std::filesystem::path run_folder = folder / kRuns;
  std::filesystem::create_directories(run_folder);
  EventBuffer::Sorted sorted = buffer.sorted(options.buckets);
  parallel_for(options.buckets, options.threads, [&](std::size_t bucket) {
    const std::size_t first = bucket == 0 ? 0 : sorted.bucket_end[bucket - 1];
    const std::size_t end = sorted.bucket_end[bucket];
    if (first == end) return;
    const auto path = run_folder / fmt::format("{}-{}.trail", bucket, result.runs);
    BucketWriter writer(path, options.properties.size(), memory / 4 / options.threads);
    buffer.write(sorted, first, end, writer);
    writer.finish(false);
    runs[bucket].push_back(path);
  });
  buffer.clear();
  ++result.runs;
}

// Whoever has new events is written again, or everybody.
TrailBuilder::State::Merging TrailBuilder::State::plan_merge(std::size_t bucket) const {
  const auto stands = std::make_shared<const Bucket>(folder, present.files_of(bucket));
  const auto has_new = std::make_shared<std::vector<bool>>(stands->learners());
  Merging merging{.inputs = {{stands, has_new}}};
  std::vector<BucketEntry>& kept = merging.kept;
  kept.assign(present.files_of(bucket).begin(), present.files_of(bucket).end());
  std::uint64_t added = 0, again = 0;  // events
  for (const std::filesystem::path& path : runs[bucket]) {
    const auto run = std::make_shared<const BucketFile>(SectionFile(path));
    merging.inputs.push_back({std::make_shared<const Bucket>(Bucket::Files{run})});
    added += run->events();
    for (std::size_t learner = 0; learner < run->learners(); ++learner) {
      const std::optional<std::size_t> known = stands->find(run->key(learner));
      if (!known || (*has_new)[*known]) continue;
      (*has_new)[*known] = true;
      BucketEntry& file = kept[stands->place(*known).file];
      --file.learners;
      file.events -= stands->events_of(*known);
      again += stands->events_of(*known);
    }
  }
  std::uint64_t past = 0;  // in the files that are kept
  for (std::size_t file = 0; file < kept.size(); ++file) {
    if (kept[file].learners != 0) past += stands->files()[file]->events() - kept[file].events;
  }
  std::erase_if(kept, [](const BucketEntry& file) { return file.learners == 0; });
  const std::uint64_t events = stands->events() + added;
  if (events < options.small_bucket || kept.size() == kMostFiles ||
      static_cast<double>(past) > kMostPast * static_cast<double>(events)) {
    merging.inputs.front().learners = nullptr;
    kept.clear();
    again = stands->events();
  }
  merging.events = added + again;
  return merging;
}

// The files of a bucket when its new events are in.
std::vector<BucketEntry> TrailBuilder::State::merge_bucket(std::size_t bucket) {
  Merging merging = plan_merge(bucket);
  const std::size_t share = memory / 2 / options.threads;
  const std::size_t open_files = merging.inputs.size() + merging.kept.size();
  const std::size_t rows = share / (open_files * kBytesPerCursorRow);
  BucketWriter writer(folder / fmt::format("bucket-{}-{}.trail", bucket, next.generation),
                      options.properties.size(), share);
  merge(merging.inputs, options.properties.size(), std::clamp<std::size_t>(rows, 16, 2048), writer);
  std::vector<BucketEntry> files = std::move(merging.kept);
  files.push_back(writer.finish(true));
  files.back().bucket = bucket;
  for (const std::filesystem::path& path : runs[bucket]) std::filesystem::remove(path);

  const std::lock_guard lock(mutex);
  result.events_written += merging.events;
  for (std::size_t column = 0; column < next.properties.size(); ++column) {
    next.properties[column].has_numbers |= writer.has_numbers(column);
    next.properties[column].has_texts |= writer.has_texts(column);
  }
  return files;
}

void TrailBuilder::State::merge_buckets() {
  std::vector<std::vector<BucketEntry>> files(runs.size());
  parallel_for(runs.size(), options.threads, [&](std::size_t bucket) {
    const std::span<const BucketEntry> standing = present.files_of(bucket);
    files[bucket] =
        runs[bucket].empty() ? std::vector(standing.begin(), standing.end()) : merge_bucket(bucket);
  });
  for (const std::vector<BucketEntry>& of : files) {
    next.buckets.insert(next.buckets.end(), of.begin(), of.end());
  }
  result.buckets_written = static_cast<std::size_t>(
      std::ranges::count_if(runs, [](const auto& of) { return !of.empty(); }));
}

void TrailBuilder::State::write_symbols_if_grown() {
  if (present.generation != 0 && sizes(symbols) == present_symbols) return;
  next.symbols.file = fmt::format("symbols-{}.trail", next.generation);
  next.symbols.seal = write_symbols(folder / next.symbols.file, symbols);
}

BuildResult TrailBuilder::State::finish(std::uint64_t journal_epoch, std::uint64_t journal_sequence,
                                        std::uint64_t journal_mark) {
  if (present.generation != 0 && present.journal_epoch != journal_epoch) throw_rebuild_needed();
  next.journal_epoch = journal_epoch;
  next.journal_sequence = journal_sequence;
  next.journal_mark = journal_mark;
  write_run();
  buffer.release();
  merge_buckets();
  write_symbols_if_grown();
  next.builds.push_back({journal_sequence, journal_mark, next.state().last_time, first_added});
  if (next.builds.size() > kBuildsKept) next.builds.erase(next.builds.begin());
  sync_path(folder);
  write_manifest(folder, next);
  remove_all_but(folder, next);

  result.state = next.state();
  if (result.state.events != 0) {
    result.core_bytes_per_event =
        static_cast<double>(result.state.core_bytes) / static_cast<double>(result.state.events);
  }
  return result;
}

TrailBuilder::TrailBuilder(std::filesystem::path folder, Options options) {
  WAYMARK_CHECK(options.buckets != 0 && options.threads != 0);
  options.properties = sorted_and_unique(std::move(options.properties));
  state_ = std::make_unique<State>(std::move(folder), std::move(options));
}
TrailBuilder::~TrailBuilder() = default;

void TrailBuilder::add(const EventBatch& batch) { state_->add(batch); }

BuildResult TrailBuilder::finish(std::uint64_t journal_epoch, std::uint64_t journal_sequence,
                                 std::uint64_t journal_mark) {
  return state_->finish(journal_epoch, journal_sequence, journal_mark);
}

}  // namespace waymark::trail
