#include "journal/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "journal/documents.h"

namespace waymark::journal {
namespace {

constexpr std::size_t kMaximumProblems = 100;

class Verifier {
 public:
  explicit Verifier(const Store& store) : store_(store), view_(store) {}

  Verification run() {
    attempt("journal.file_damaged", [&] { store_.verify_checksums(); });
    attempt("journal.document_damaged", [&] {
      for (const auto& [name, number] : sources_of(view_)) check_source(name, number);
      check_ledger();
      check_head();
    });
    attempt("journal.batch_damaged", [&] { check_orphans(); });
    return std::move(result_);
  }

 private:
  void problem(std::string reason, std::string message) {
    if (result_.problems.size() == kMaximumProblems) return;
    result_.problems.push_back({std::move(reason), std::move(message)});
  }
  void expect(bool holds, std::string reason, std::string message) {
    if (!holds) problem(std::move(reason), std::move(message));
  }
  // Runs a check; where it meets damage that ends it, that is a problem too.
  template <typename Check>
  void attempt(std::string reason, Check&& check) try {
    check();
  } catch (const Error& error) {
    problem(std::move(reason), error.what());
  }

  void check_source(const std::string& name, SourceNumber number) {
    const auto batches = batches_of(view_, number);
    for (const auto& [sequence, events] : batches) {
      attempt("journal.batch_damaged", [&] { check_batch(number, sequence, events); });
    }
    attempt("journal.ids_damaged", [&] { check_id_count(name, number); });
    view_.each(Family::kDocuments, document_key(Table::kQuarantine, number),
               [&](std::string_view key, std::string_view bytes) {
                 decode_quarantined(read_id(key), bytes);
                 ++result_.quarantined;
                 return true;
               });
  }

  void check_batch(SourceNumber source, std::uint64_t sequence, std::uint64_t events) {
    ++result_.batches;
    const auto bytes = view_.get(Family::kEvents, sequence_key(sequence));
    if (!bytes) {
      problem("journal.batch_missing", fmt::format("batch {} is missing", sequence));
      return;
    }
    const EventBatch batch = decompress(*bytes);
    result_.events += batch.size();
    expect(batch.size() == events, "journal.batch_damaged",
           fmt::format("batch {} holds {} events instead of {}", sequence, batch.size(), events));

    std::vector<std::string> keys;
    for (const EventId& id : batch.id) keys.push_back(id_key(source, id));
    std::ranges::sort(keys);
    const auto stored = view_.get_sorted(Family::kIds, {keys.begin(), keys.end()});
    const auto wrong = std::ranges::count_if(
        stored, [&](const auto& at) { return !at || decode_number(*at) != sequence; });
    expect(wrong == 0, "journal.ids_damaged",
           fmt::format("{} ids of batch {} are missing or lead elsewhere", wrong, sequence));
  }

  // Each event's id was looked up; as many ids as events then means that none is left over.
  void check_id_count(const std::string& name, SourceNumber number) {
    std::uint64_t expected = 0;
    for (const auto& [sequence, events] : batches_of(view_, number)) expected += events;
    std::uint64_t found = 0;
    view_.each(Family::kIds, source_prefix(number), [&](std::string_view, std::string_view) {
      ++found;
      return true;
    });
    expect(found == expected, "journal.ids_damaged",
           fmt::format("source {} has {} ids for {} events", name, found, expected));
  }

  void check_ledger() {
    std::uint64_t stored = 0;
    std::uint64_t quarantined = 0;
    for (const FileEntry& entry : files_of(view_)) {
      stored += entry.counts.stored;
      quarantined += entry.counts.quarantined;
      expect(entry.counts.balanced(), "journal.counts_unbalanced",
             fmt::format("the counts of {} do not add up", entry.path));
    }
    expect(stored == result_.events, "journal.counts_unbalanced",
           fmt::format("the ledger counts {} stored events, the batches hold {}", stored,
                       result_.events));
    expect(quarantined == result_.quarantined, "journal.counts_unbalanced",
           fmt::format("the ledger counts {} records in quarantine, there are {}", quarantined,
                       result_.quarantined));
  }

  void check_head() {
    const Head head = head_of(view_);
    expect(head.event_count == result_.events, "journal.counts_unbalanced",
           fmt::format("the journal counts {} events, the batches hold {}", head.event_count,
                       result_.events));
  }

  void check_orphans() {
    std::uint64_t found = 0;
    view_.each(Family::kEvents, "", [&](std::string_view, std::string_view) {
      ++found;
      return true;
    });
    expect(found == result_.batches, "journal.batch_missing",
           fmt::format("{} batches are stored, {} are known", found, result_.batches));
  }

  const Store& store_;
  Store::View view_;
  Verification result_;
};

}  // namespace

Verification verify_store(const Store& store) { return Verifier(store).run(); }

}  // namespace waymark::journal
