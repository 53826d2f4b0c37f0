#include "journal/change.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"

namespace waymark::journal {
namespace {

std::string compress_rows(const EventBatch& events, const std::vector<std::size_t>& rows) {
  if (rows.size() == events.size()) return compress(events);
  EventBatch chosen;
  for (const std::size_t row : rows) chosen.append(events, row);
  return compress(chosen);
}

}  // namespace

Change::Change(const Store& store, const Store::View& view, const RecentIds& recent,
               const Commit& commit)
    : store_(store), view_(view), recent_(recent), commit_(commit), head_(head_of(view)) {
  if (const auto number = number_of(view, commit.source)) {
    source_ = *number;
  } else {
    source_ = ++head_.last_source;
    put(Family::kDocuments, document_key(Table::kSources, commit.source), encode_number(source_));
  }
  release();
  lay_aside();
  store_events();
  tell_courses();
  note_files();
  put(Family::kDocuments, document_key(Table::kHead), encode(head_));
}

// A record that is taken out counts as if it had never been received: it is received now.
void Change::release() {
  for (const EventId& record : commit_.released) {
    const std::string key = document_key(Table::kQuarantine, id_key(source_, record));
    const auto bytes = view_.get(Family::kDocuments, key);
    if (!bytes || !released_.insert(record).second) continue;
    batch_.Delete(store_.handle(Family::kDocuments), to_slice(key));
    Counts& counts = file(decode_quarantined(record, *bytes).path).counts;
    --counts.received;
    --counts.quarantined;
  }
}

void Change::lay_aside() {
  std::unordered_set<EventId> seen;
  for (const Reject& reject : commit_.quarantined) {
    WAYMARK_CHECK(reject.path == commit_.path);
    const std::string key = document_key(Table::kQuarantine, id_key(source_, reject.id));
    const bool held = !seen.insert(reject.id).second ||
                      (!released_.contains(reject.id) && view_.get(Family::kDocuments, key));
    ++(held ? result_.counts.duplicate : result_.counts.quarantined);
    if (!held) put(Family::kDocuments, key, encode(reject));
  }
  result_.counts.received += commit_.quarantined.size();
}

// The rows whose ids are neither stored nor those of an earlier row.
std::vector<std::size_t> Change::fresh_rows() const {
  const std::vector<EventId>& ids = commit_.events.id;
  std::vector<std::size_t> rows(ids.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::ranges::sort(rows, {}, [&](std::size_t row) { return std::pair(ids[row], row); });
  const auto repeated = std::ranges::unique(rows, {}, [&](std::size_t row) { return ids[row]; });
  rows.erase(repeated.begin(), repeated.end());
  std::erase_if(rows, [&](std::size_t row) { return recent_.contains(source_, ids[row]); });

  std::vector<std::string> keys;
  keys.reserve(rows.size());
  for (const std::size_t row : rows) keys.push_back(id_key(source_, ids[row]));
  const auto stored = view_.get_sorted(Family::kIds, {keys.begin(), keys.end()});
  std::vector<std::size_t> fresh;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!stored[i]) fresh.push_back(rows[i]);
  }
  std::ranges::sort(fresh);
  return fresh;
}

void Change::store_events() {
  const std::vector<std::size_t> rows = fresh_rows();
  result_.counts.received += commit_.events.size();
  result_.counts.stored += rows.size();
  result_.counts.duplicate += commit_.events.size() - rows.size();
  if (rows.empty()) return;

  for (const std::size_t row : rows) fresh_ids_.push_back(commit_.events.id[row]);
  head_.event_count += rows.size();
  result_.sequence = ++head_.last_sequence;
  const std::string key = sequence_key(result_.sequence);
  put(Family::kEvents, key, compress_rows(commit_.events, rows));
  put(Family::kDocuments, document_key(Table::kBatches, source_, key), encode_number(rows.size()));
}

void Change::tell_courses() {
  std::map<std::string_view, const CourseEntry*> last_told;
  for (const CourseEntry& entry : commit_.courses) last_told[entry.course] = &entry;
  for (const auto& [name, entry] : last_told) {
    const std::string key = document_key(Table::kCourses, source_, name);
    const auto stored = view_.get(Family::kDocuments, key);
    if (stored && decode_course(std::string(name), *stored).entry == *entry) continue;
    put(Family::kDocuments, key, encode(ToldCourse{++head_.courses_told, *entry}));
  }
}

void Change::note_files() {
  Counts& counts = result_.counts;
  counts.refused = commit_.refused;
  counts.received += counts.refused_in_all();
  FileEntry& read = file(commit_.path);
  read.counts += counts;
  if (commit_.progress) read.progress = *commit_.progress;
  for (const auto& [path, entry] : files_) {
    put(Family::kDocuments, document_key(Table::kFiles, source_, path), encode(entry));
  }
}

FileEntry& Change::file(const std::string& path) {
  const auto [at, is_new] = files_.try_emplace(path);
  if (is_new) {
    const auto bytes = view_.get(Family::kDocuments, document_key(Table::kFiles, source_, path));
    at->second = bytes ? decode_file(commit_.source, path, *bytes)
                       : FileEntry{.source = commit_.source, .path = path};
  }
  return at->second;
}

void Change::put(Family family, std::string_view key, std::string_view value) {
  batch_.Put(store_.handle(family), to_slice(key), to_slice(value));
}

}  // namespace waymark::journal
