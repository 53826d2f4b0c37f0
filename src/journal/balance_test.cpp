// Received = stored + duplicate + quarantined + refused, over random histories of one journal, held
// against a model in plain containers.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "base/file.h"
#include "journal/testing.h"

namespace waymark::journal {
namespace {

struct Model {
  struct Source {
    std::set<EventId> events;
    std::map<EventId, std::string> quarantine;  // record -> path
    std::map<std::string, Counts> files;
  };
  std::map<std::string, Source> sources;

  Counts commit(const Commit& commit) {
    Source& source = sources[commit.source];
    for (const EventId& record : commit.released) {
      const auto at = source.quarantine.find(record);
      if (at == source.quarantine.end()) continue;
      Counts& counts = source.files[at->second];
      --counts.received;
      --counts.quarantined;
      source.quarantine.erase(at);
    }
    Counts counts{.refused = commit.refused};
    for (const EventId& id : commit.events.id) {
      ++(source.events.insert(id).second ? counts.stored : counts.duplicate);
    }
    for (const Reject& record : commit.quarantined) {
      const bool is_new = source.quarantine.emplace(record.id, record.path).second;
      ++(is_new ? counts.quarantined : counts.duplicate);
    }
    counts.received = commit.events.size() + commit.quarantined.size() + counts.refused_in_all();
    source.files[commit.path] += counts;
    return counts;
  }
};

class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed) { reopen(); }

  void step() {
    const std::uint64_t dice = below(20);
    if (dice == 0) return reopen();
    const std::string source = pick({"clicks", "marks"});
    if (dice == 1) {
      journal_->erase_source(source);
      model_.sources.erase(source);
      return;
    }
    const Commit commit = dice < 5 ? replay(source) : reading(source);
    const Counts expected = model_.commit(commit);
    const CommitResult result = journal_->commit(commit);
    EXPECT_EQ(result.counts, expected);
    EXPECT_TRUE(result.counts.balanced());
    EXPECT_EQ(result.sequence != 0, expected.stored != 0);
  }

  void expect_equal_to_model() {
    std::set<EventId> events;
    std::map<std::pair<std::string, EventId>, std::string> quarantine;
    std::map<std::pair<std::string, std::string>, Counts> files;
    for (const auto& [name, source] : model_.sources) {
      events.insert(source.events.begin(), source.events.end());
      for (const auto& [record, path] : source.quarantine) quarantine[{name, record}] = path;
      for (const auto& [path, counts] : source.files) files[{name, path}] = counts;
    }
    EXPECT_EQ(stored_ids(*journal_), events);
    EXPECT_EQ(journal_->event_count(), events.size());
    journal_->quarantine("", [&](std::string_view source, Reject&& record) {
      const auto at = quarantine.find({std::string(source), record.id});
      ASSERT_NE(at, quarantine.end());
      EXPECT_EQ(at->second, record.path);
      quarantine.erase(at);
    });
    EXPECT_TRUE(quarantine.empty());
    const std::vector<FileEntry> entries = journal_->files();
    EXPECT_EQ(entries.size(), files.size());
    for (const FileEntry& entry : entries) {
      EXPECT_EQ(entry.counts, (files[{entry.source, entry.path}])) << entry.path;
    }
    expect_sound(*journal_);
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::string pick(const std::vector<std::string>& words) { return words[below(words.size())]; }

  void reopen() {
    journal_.reset();
    journal_ = Journal::open(folder_.path(), {.memory_mb = below(2) * 64, .sync = false});
  }

  // Some of 300 records in any order, in parts met before: a record is good, bad or refused for
  // good, whichever file it stands in.
  Commit reading(const std::string& source) {
    Commit commit{.source = source, .path = pick({"2013.csv", "2014.csv", "all.csv"})};
    for (std::uint64_t n = below(40); n > 0; --n) add(commit, below(300));
    return commit;
  }

  // Some of the records in quarantine, and some that are not; each may have become anything.
  Commit replay(const std::string& source) {
    Commit commit{.source = source, .path = pick({"2013.csv", "2014.csv", "all.csv"})};
    for (std::uint64_t n = below(10); n > 0; --n) {
      const std::uint64_t record = below(300) / 10 * 10;
      commit.released.push_back(record_id(source, record));
      add(commit, record + below(3));
    }
    return commit;
  }

  static EventId record_id(const std::string& source, std::uint64_t record) {
    return id_of(source + " record " + std::to_string(record));
  }

  void add(Commit& commit, std::uint64_t record) {
    if (record % 10 == 0) {
      Reject bad = bad_record("", commit.path);
      bad.id = record_id(commit.source, record);
      commit.quarantined.push_back(bad);
    } else if (record % 10 == 1) {
      ++commit.refused[record % 20 == 1 ? "when.not_met" : "kind.off"];
    } else {
      const EventBatch events = events_of(commit.source, 3 * record, 3 * record + 1 + record % 3);
      for (std::size_t row = 0; row < events.size(); ++row) commit.events.append(events, row);
    }
  }

  std::mt19937_64 random_;
  TemporaryFolder folder_;
  std::optional<Journal> journal_;
  Model model_;
};

TEST(Balance, HoldsOverRandomHistories) {
  const std::uint64_t first_seed = std::random_device()();
  for (std::uint64_t seed = first_seed; seed < first_seed + 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(seed);
    for (int step = 0; step < 60; ++step) history.step();
    history.expect_equal_to_model();
    if (HasFailure()) return;
  }
}

TEST(Balance, ReadingTheSameInAnotherOrderChangesNothing) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const TemporaryFolder folder;
  Journal journal = Journal::open(folder.path(), {.memory_mb = 0, .sync = false});
  const EventBatch all = events_of("s", 0, 2'000);
  std::vector<std::size_t> order(all.size());
  for (std::size_t row = 0; row < order.size(); ++row) order[row] = row;
  for (int reading = 0; reading < 3; ++reading) {
    Counts sum;
    for (std::size_t begin = 0; begin < all.size(); begin += 300) {
      Commit commit{.source = "s", .path = "f"};
      for (std::size_t i = begin; i < std::min(begin + 300, all.size()); ++i) {
        commit.events.append(all, order[i]);
      }
      sum += journal.commit(commit).counts;
    }
    EXPECT_EQ(sum.stored, reading == 0 ? all.size() : 0);
    EXPECT_EQ(journal.last_sequence(), 7u);
    std::ranges::shuffle(order, random);
  }
  EXPECT_EQ(stored_ids(journal), std::set<EventId>(all.id.begin(), all.id.end()));
}

}  // namespace
}  // namespace waymark::journal
