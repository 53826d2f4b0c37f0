#include "journal/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "journal/change.h"
#include "journal/documents.h"
#include "journal/recent_ids.h"
#include "journal/store.h"
#include "journal/verify.h"

namespace waymark::journal {

struct Journal::State {
  State(const std::filesystem::path& journal_folder, const Options& options);
  ~State();

  std::filesystem::path folder;
  Store store;
  std::mutex writing;               // held from looking what is stored to the end of writing
  std::optional<RecentIds> recent;  // where it may be written to
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

std::optional<FoundEvent> find_in(const EventBatch& batch, std::uint64_t sequence,
                                  const EventId& id) {
  const auto at = std::ranges::find(batch.id, id);
  if (at == batch.id.end()) return std::nullopt;
  const auto row = static_cast<std::size_t>(at - batch.id.begin());
  return FoundEvent{.sequence = sequence, .row = row, .event = batch.event(row)};
}

// An id takes about 64 bytes there; a quarter of the memory is for them.
std::size_t recent_limit(std::size_t memory_mb) { return (memory_mb << 20) / 4 / 64; }

}  // namespace

Journal::State::State(const std::filesystem::path& journal_folder, const Options& options)
    : folder(journal_folder), store(journal_folder, options) {
  begin(store, options.read_only);
  if (!options.read_only) recent.emplace(Store::View(store), recent_limit(options.memory_mb));
}

Journal::State::~State() {
  if (!recent) return;
  try {
    recent->move_to(store);
  } catch (const Error&) {
    // Then the next opening reads them from the batches.
  }
}

Journal Journal::open(const std::filesystem::path& folder, const Options& options) {
  return Journal(std::make_unique<State>(folder, options));
}

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::~Journal() = default;
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;

CommitResult Journal::commit(const Commit& commit) {
  WAYMARK_CHECK(commit.events.size() <= kMaximumEvents);
  WAYMARK_CHECK(state_->recent.has_value());
  const std::lock_guard lock(state_->writing);
  if (state_->recent->full()) state_->recent->move_to(state_->store);
  const Store::View view(state_->store);
  Change change(state_->store, view, *state_->recent, commit);
  state_->store.write(change.batch());
  state_->recent->add(change.source(), change.fresh_ids(), change.result().sequence);
  return change.result();
}

void Journal::erase_source(std::string_view source) {
  WAYMARK_CHECK(state_->recent.has_value());
  const std::lock_guard lock(state_->writing);
  Store& store = state_->store;
  state_->recent->move_to(store);
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

std::uint64_t Journal::mark(std::uint64_t sequence) const {
  const auto bytes = Store::View(state_->store).get(Family::kEvents, sequence_key(sequence));
  return bytes ? hash64(*bytes) : 0;
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
    const auto bytes = view.get(Family::kIds, id_key(number, id));
    if (!bytes) continue;
    const std::uint64_t sequence = decode_number(*bytes);
    auto found = find_in(batch_of(view, sequence), sequence, id);
    if (!found) throw_corrupt(fmt::format("batch {} lacks an event", sequence));
    return found;
  }
  std::optional<FoundEvent> found;
  const auto look_into = [&](std::string_view key, std::string_view bytes) {
    found = find_in(decompress(bytes), read_big_endian<std::uint64_t>(key), id);
    return !found;
  };
  view.each(Family::kEvents, "", look_into, sequence_key(head_of(view).indexed + 1));
  return found;
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
                         const std::function<void(std::string_view, Reject&&)>& visit,
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
