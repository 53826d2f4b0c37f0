#include "journal/verify.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "journal/documents.h"

namespace waymark::journal {
namespace {

constexpr std::size_t kMaximumProblems = 100;

// Stands for a set of (id, sequence), in whatever order they were added: two sets with equal sums
// are equal but for a chance of 2^-64. So ids and batches are compared in one pass over each, where
// looking up every id would read the index once for each batch.
struct IdSum {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;
  void add(const EventId& id, std::uint64_t sequence) {
    std::string bytes = id_key(0, id);
    append_big_endian(bytes, sequence);
    ++count;
    sum += hash64(bytes);
  }
  friend bool operator==(const IdSum&, const IdSum&) = default;
};

class Verifier {
 public:
  explicit Verifier(const Store& store) : store_(store), view_(store) {}

  Verification run() {
    attempt("journal.file_damaged", [&] { store_.verify_checksums(); });
    attempt("journal.document_damaged", [&] {
      indexed_ = head_of(view_).indexed;
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

  void check_source(const std::string& name, SourceNumber source) {
    IdSum in_batches;
    for (const auto& [sequence, events] : batches_of(view_, source)) {
      attempt("journal.batch_damaged", [&] { check_batch(sequence, events, in_batches); });
    }
    IdSum in_index;
    view_.each(Family::kIds, source_prefix(source), [&](std::string_view id, std::string_view at) {
      if (decode_number(at) <= indexed_) in_index.add(read_id(id), decode_number(at));
      return true;
    });
    expect(in_index == in_batches, "journal.ids_damaged",
           fmt::format("source {} has {} events, but {} ids, or others than its events have", name,
                       in_batches.count, in_index.count));
    view_.each(Family::kDocuments, document_key(Table::kQuarantine, source),
               [&](std::string_view key, std::string_view bytes) {
                 decode_quarantined(read_id(key), bytes);
                 ++result_.quarantined;
                 return true;
               });
  }

  void check_batch(std::uint64_t sequence, std::uint64_t events, IdSum& ids) {
    ++result_.batches;
    const EventBatch batch = batch_of(view_, sequence);
    result_.events += batch.size();
    expect(batch.size() == events, "journal.batch_damaged",
           fmt::format("batch {} holds {} events instead of {}", sequence, batch.size(), events));
    if (sequence > indexed_) return;
    for (const EventId& id : batch.id) ids.add(id, sequence);
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
  std::uint64_t indexed_ = 0;
  Verification result_;
};

}  // namespace

Verification verify_store(const Store& store) { return Verifier(store).run(); }

}  // namespace waymark::journal
