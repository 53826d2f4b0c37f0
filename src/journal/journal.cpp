#include "journal/journal.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "journal/change.h"
#include "journal/documents.h"
#include "journal/store.h"
#include "journal/verify.h"

namespace waymark::journal {

struct Journal::State {
  State(const std::filesystem::path& journal_folder, const Options& options)
      : folder(journal_folder), store(journal_folder, options) {}

  std::filesystem::path folder;
  Store store;
  std::mutex writing;  // held from looking what is stored to the end of writing
};

namespace {

// Begins a journal that has no head yet, and sees that one that has can be read.
void begin(Store& store, bool read_only) {
  const Store::View view(store);
  if (view.get(Family::kDocuments, document_key(Table::kHead))) {
    head_of(view);
    return;
  }
  view.each(Family::kEvents, "", [](std::string_view, std::string_view) -> bool {
    throw_corrupt("it holds events, but its head is missing");
  });
  if (read_only) {
    throw Error(ErrorCode::kNotFound, "journal.missing",
                "the journal was never written to; ingest something first");
  }
  rocksdb::WriteBatch batch;
  batch.Put(store.handle(Family::kDocuments), document_key(Table::kHead), encode(Head{}));
  store.write(batch);
}

}  // namespace

Journal Journal::open(const std::filesystem::path& folder, const Options& options) {
  auto state = std::make_unique<State>(folder, options);
  begin(state->store, options.read_only);
  return Journal(std::move(state));
}

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::~Journal() = default;
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;

CommitResult Journal::commit(const Commit& commit) {
  WAYMARK_CHECK(commit.events.size() <= kMaximumEvents);
  const std::lock_guard lock(state_->writing);
  const Store::View view(state_->store);
  Change change(state_->store, view, commit);
  state_->store.write(change.batch());
  return change.result();
}

void Journal::erase_source(std::string_view source) {
  const std::lock_guard lock(state_->writing);
  Store& store = state_->store;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> batches;
  std::string first_key, last_key;
  {
    const Store::View view(store);
    const auto number = number_of(view, source);
    if (!number) return;
    Head head = head_of(view);
    ++head.epoch;

    rocksdb::WriteBatch change;
    batches = batches_of(view, *number);
    for (const auto& [sequence, events] : batches) {
      change.Delete(store.handle(Family::kEvents), sequence_key(sequence));
      head.event_count -= events;
    }
    first_key = source_prefix(*number);
    last_key = source_prefix(*number + 1);
    change.DeleteRange(store.handle(Family::kIds), first_key, last_key);
    for (const Table table : kTablesBySource) {
      change.DeleteRange(store.handle(Family::kDocuments), document_key(table, first_key),
                         document_key(table, last_key));
    }
    change.Delete(store.handle(Family::kDocuments), document_key(Table::kSources, source));
    change.Put(store.handle(Family::kDocuments), document_key(Table::kHead), encode(head));
    store.write(change);
  }
  store.compact(Family::kIds, first_key, last_key);
  for (const Table table : kTablesBySource) {
    store.compact(Family::kDocuments, document_key(table, first_key),
                  document_key(table, last_key));
  }
  if (!batches.empty()) {
    store.compact(Family::kEvents, sequence_key(batches.front().first),
                  sequence_key(batches.back().first));
  }
}

std::uint64_t Journal::epoch() const { return head_of(Store::View(state_->store)).epoch; }

std::uint64_t Journal::last_sequence() const {
  return head_of(Store::View(state_->store)).last_sequence;
}

std::uint64_t Journal::event_count() const {
  return head_of(Store::View(state_->store)).event_count;
}

void Journal::scan(std::uint64_t from_sequence,
                   const std::function<void(std::uint64_t, EventBatch&&)>& visit) const {
  const Store::View view(state_->store);
  const auto visit_batch = [&](std::string_view key, std::string_view bytes) {
    visit(read_big_endian<std::uint64_t>(key), decompress(bytes));
    return true;
  };
  view.each(Family::kEvents, "", visit_batch, sequence_key(from_sequence));
}

std::optional<FoundEvent> Journal::find(const EventId& id) const {
  const Store::View view(state_->store);
  for (const auto& [source, number] : sources_of(view)) {
    const auto sequence = view.get(Family::kIds, id_key(number, id));
    if (!sequence) continue;
    FoundEvent found{.sequence = decode_number(*sequence)};
    const auto bytes = view.get(Family::kEvents, sequence_key(found.sequence));
    if (!bytes) throw_corrupt("an id's batch is missing");
    const EventBatch batch = decompress(*bytes);
    const auto at = std::ranges::find(batch.id, id);
    if (at == batch.id.end()) throw_corrupt("an id's batch does not hold it");
    found.row = static_cast<std::size_t>(at - batch.id.begin());
    found.event = batch.event(found.row);
    return found;
  }
  return std::nullopt;
}

std::vector<FileEntry> Journal::files() const { return files_of(Store::View(state_->store)); }

std::optional<FileEntry> Journal::file(std::string_view source, std::string_view path) const {
  const Store::View view(state_->store);
  const auto number = number_of(view, source);
  if (!number) return std::nullopt;
  const auto bytes = view.get(Family::kDocuments, document_key(Table::kFiles, *number, path));
  if (!bytes) return std::nullopt;
  return decode_file(std::string(source), std::string(path), *bytes);
}

std::vector<CourseEntry> Journal::courses() const {
  const Store::View view(state_->store);
  std::map<std::string, ToldCourse> by_name;
  for (const auto& [source, number] : sources_of(view)) {
    view.each(Family::kDocuments, document_key(Table::kCourses, number),
              [&](std::string_view name, std::string_view bytes) {
                ToldCourse course = decode_course(std::string(name), bytes);
                ToldCourse& last = by_name[course.entry.course];
                if (course.told > last.told) last = std::move(course);
                return true;
              });
  }
  std::vector<CourseEntry> result;
  for (auto& [name, course] : by_name) result.push_back(std::move(course.entry));
  return result;
}

void Journal::quarantine(std::string_view source,
                         const std::function<void(std::string_view, QuarantinedRecord&&)>& visit,
                         std::size_t limit) const {
  const Store::View view(state_->store);
  for (const auto& [name, number] : sources_of(view)) {
    if (!source.empty() && name != source) continue;
    view.each(Family::kDocuments, document_key(Table::kQuarantine, number),
              [&](std::string_view key, std::string_view bytes) {
                if (limit == 0) return false;
                --limit;
                visit(name, decode_quarantined(read_id(key), bytes));
                return true;
              });
  }
}

Verification Journal::verify() const { return verify_store(state_->store); }

std::uint64_t Journal::size_on_disk() const {
  std::uint64_t size = 0;
  std::error_code gone;  // files come and go beneath us
  for (const auto& file : std::filesystem::directory_iterator(state_->folder, gone)) {
    const std::uint64_t bytes = file.file_size(gone);
    if (!gone) size += bytes;
  }
  return size;
}

}  // namespace waymark::journal
