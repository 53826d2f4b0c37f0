#include "engine/ingest.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "source/source_reader.h"

namespace waymark::engine {
namespace {

namespace fs = std::filesystem;

// Large enough that a commit's fsync is lost among its work, small enough to bound memory.
constexpr std::size_t kEventsPerCommit = 50'000;
// What a replay holds of the quarantine at a time, as records may be long.
constexpr std::size_t kReplayedBytes = std::size_t{4} << 20;

// A bar has this many steps where only a share is known.
constexpr std::uint64_t kPerMille = 1000;

journal::Commit commit_of(const std::string& source, const std::string& path, source::Chunk chunk) {
  journal::Commit commit{.source = source,
                         .path = path,
                         .events = std::move(chunk.events),
                         .quarantined = std::move(chunk.rejects),
                         .courses = std::move(chunk.courses)};
  if (chunk.counts.refused > 0)
    commit.refused[std::string(source::kRefusedByRule)] = chunk.counts.refused;
  return commit;
}

std::vector<const source::SourceDefinition*> wanted_sources(const Catalog& catalog,
                                                            const std::vector<std::string>& names) {
  std::vector<const source::SourceDefinition*> wanted;
  if (names.empty()) {
    for (const auto& definition : catalog.sources) wanted.push_back(&definition);
  }
  for (const std::string& name : names) wanted.push_back(&catalog.source(name));
  return wanted;
}

class SourceIngest {
 public:
  SourceIngest(const Catalog& catalog, const source::SourceDefinition& definition,
               journal::Journal& journal, const IngestOptions& options, Progress& progress)
      : folder_(catalog.workspace.folder()),
        definition_(definition),
        journal_(journal),
        options_(options),
        progress_(progress),
        version_(source::mapping_version(definition, folder_)) {}

  void run(IngestOutcome& outcome) {
    const std::vector<journal::FileEntry> before = files_before();
    const bool changed = std::ranges::any_of(
        before, [&](const auto& file) { return file.progress.definition != version_; });
    const bool begins_anew = changed || options_.replace;
    // What files that have been taken away gave, stays.
    const bool may_be_gone = !before.empty() && !begins_anew;
    const std::vector<std::string> paths = source::find_files(definition_, folder_, may_be_gone);
    if (begins_anew) forget(before, paths);
    if (paths.empty()) {
      outcome.warnings.push_back(fmt::format(
          "{}: none of its files is there any more; what they gave stays", definition_.name));
    }
    for (const std::string& path : paths) {
      const std::string fingerprint = source::fingerprint(folder_ / path);
      const auto known = journal_.file(definition_.name, path);
      const bool same = known && known->progress.fingerprint == fingerprint &&
                        known->progress.definition == version_;
      if (same && known->progress.finished) {
        outcome.files.push_back({definition_.name, path, true, {}});
        continue;
      }
      if (!lookups_) load_lookups(outcome);
      journal::FileProgress file{.fingerprint = fingerprint, .definition = version_};
      if (same) file.records = known->progress.records;
      outcome.files.push_back({definition_.name, path, false, read(path, file)});
    }
  }

 private:
  std::vector<journal::FileEntry> files_before() const {
    std::vector<journal::FileEntry> files = journal_.files();
    std::erase_if(files, [&](const auto& file) { return file.source != definition_.name; });
    return files;
  }

  void forget(const std::vector<journal::FileEntry>& before,
              const std::vector<std::string>& paths) {
    const bool is_gone = std::ranges::any_of(before, [&](const auto& file) {
      return std::ranges::find(paths, file.path) == paths.end();
    });
    if (is_gone && !options_.replace) {
      throw Error(
          ErrorCode::kConflict, "source.changed",
          fmt::format(
              "the mapping of source '{0}' has changed, and files that it was read from are gone; "
              "`waymark ingest --replace {0}` forgets what they gave",
              definition_.name));
    }
    journal_.erase_source(definition_.name);
  }

  void load_lookups(IngestOutcome& outcome) {
    lookups_ = source::load_lookups(definition_, folder_);
    for (const std::string& warning : source::lookup_warnings(definition_, *lookups_)) {
      outcome.warnings.push_back(fmt::format("{}: {}", definition_.name, warning));
    }
  }

  journal::Counts read(const std::string& path, journal::FileProgress file) {
    source::SourceReader reader(definition_, *lookups_, folder_, path,
                                {.now = options_.now, .resume_at = file.records});

    progress_.begin(fmt::format("reading {}", fs::path(path).filename().string()), kPerMille);
    journal::Counts counts;
    // The next chunk is mapped while this one is made durable.
    const auto next = [&reader]() -> std::optional<source::Chunk> {
      source::Chunk chunk;
      if (!reader.next_chunk(chunk, kEventsPerCommit)) return std::nullopt;
      return chunk;
    };
    auto pending = std::async(std::launch::async, next);
    while (std::optional<source::Chunk> chunk = pending.get()) {
      pending = std::async(std::launch::async, next);
      file.records = chunk->position;
      const auto share = static_cast<std::uint64_t>(chunk->progress * kPerMille);
      counts += commit(path, file, std::move(*chunk));
      progress_.advance(share);
    }
    file.finished = true;
    counts += commit(path, file, {});
    progress_.end(fmt::format("{} events", with_thousands(counts.stored)));
    return counts;
  }

  journal::Counts commit(const std::string& path, const journal::FileProgress& file,
                         source::Chunk chunk) {
    journal::Commit commit = commit_of(definition_.name, path, std::move(chunk));
    commit.progress = file;
    return journal_.commit(commit).counts;
  }

  fs::path folder_;
  const source::SourceDefinition& definition_;
  journal::Journal& journal_;
  const IngestOptions& options_;
  Progress& progress_;
  std::string version_;
  std::optional<std::vector<source::LookupTable>> lookups_;
};

// The quarantined records of one source, mapped again some at a time; by file, since a commit is
// about one.
class Replay {
 public:
  Replay(const source::SourceDefinition& definition, const fs::path& folder,
         journal::Journal& journal, Micros now)
      : definition_(definition),
        lookups_(source::load_lookups(definition, folder)),
        journal_(journal),
        now_(now),
        most_records_(std::max<std::size_t>(1, kEventsPerCommit / (definition.events.size() + 1))) {
  }

  journal::Counts run() {
    journal_.quarantine(definition_.name, [&](std::string_view, Reject&& reject) {
      records_ += 1;
      bytes_ += reject.raw.size();
      by_file_[reject.path].push_back(std::move(reject));
      if (records_ >= most_records_ || bytes_ >= kReplayedBytes) commit();
    });
    commit();
    return counts_;
  }

 private:
  void commit() {
    for (const auto& [path, rejects] : by_file_) {
      journal::Commit commit = commit_of(definition_.name, path,
                                         source::map_again(definition_, lookups_, rejects, now_));
      for (const Reject& reject : rejects) commit.released.push_back(reject.id);
      counts_ += journal_.commit(commit).counts;
    }
    by_file_.clear();
    records_ = bytes_ = 0;
  }

  const source::SourceDefinition& definition_;
  std::vector<source::LookupTable> lookups_;
  journal::Journal& journal_;
  Micros now_;
  std::size_t most_records_;  // each may give as many events as the definition has entries
  std::map<std::string, std::vector<Reject>> by_file_;
  std::size_t records_ = 0;
  std::size_t bytes_ = 0;
  journal::Counts counts_;
};

}  // namespace

journal::Counts IngestOutcome::counts() const {
  journal::Counts sum;
  for (const FileOutcome& file : files) sum += file.counts;
  return sum;
}

IngestOutcome ingest(const Catalog& catalog, journal::Journal& journal,
                     const IngestOptions& options, Progress& progress) {
  IngestOutcome outcome;
  for (const source::SourceDefinition* definition : wanted_sources(catalog, options.sources)) {
    SourceIngest(catalog, *definition, journal, options, progress).run(outcome);
  }
  return outcome;
}

journal::Counts replay(const Catalog& catalog, journal::Journal& journal,
                       const std::vector<std::string>& sources, Micros now, Progress& progress) {
  journal::Counts counts;
  for (const source::SourceDefinition* definition : wanted_sources(catalog, sources)) {
    progress.begin("replaying " + definition->name, 0);
    const journal::Counts replayed =
        Replay(*definition, catalog.workspace.folder(), journal, now).run();
    progress.end(fmt::format("{} records, {} events stored", with_thousands(replayed.received),
                             with_thousands(replayed.stored)));
    counts += replayed;
  }
  return counts;
}

}  // namespace waymark::engine
