#include "engine/measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ranges>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "engine/measure.h"
#include "engine/models.h"

namespace waymark::engine {
namespace {

// Counts up with every change of what tables hold or how it is computed: those that an earlier
// program made are then made again.
constexpr const char* kTablesCode = "6";

// The version of what the definition makes of what trails held after a build.
std::string version_of(const std::string& definition_version, const Catalog& catalog,
                       const fold::Calendar& calendar, std::uint64_t journal_epoch,
                       const trail::Build& build) {
  Hasher hasher;
  hasher.field(kTablesCode);
  hasher.field(definition_version);
  hasher.field(catalog.workspace.settings().time_zone);
  for (const auto& [course, dates] : calendar) {
    hasher.field(course);
    hasher.number(static_cast<std::uint64_t>(dates.start));
    hasher.number(static_cast<std::uint64_t>(dates.end));
    for (const auto& [name, value] : dates.properties) {
      hasher.field(name);
      hasher.field(value);
    }
  }
  hasher.number(journal_epoch);
  hasher.number(build.journal_sequence);
  hasher.number(build.journal_mark);
  return to_hex(hasher.digest());
}

class Measures {
 public:
  Measures(const Catalog& catalog, const journal::Journal& journal,
           const trail::TrailReader& trails, bool afresh, Micros now, Progress& progress)
      : catalog_(catalog),
        journal_(journal),
        trails_(trails),
        calendar_(calendar_of(journal)),
        afresh_(afresh),
        now_(now),
        progress_(progress),
        warehouse_(Folders(catalog.workspace).warehouse, sql_options(catalog)) {
    warehouse_.remember_rows();
    if (afresh) warehouse_.forget_rows();
  }

  std::vector<TableOutcome> run() {
    for_each_tabled(catalog_, [&](const auto& definition) { update(definition); });
    drop_orphans();
    return std::move(outcomes_);
  }

 private:
  void update(const auto& definition) {
    const std::vector<std::string> tables = tables_of(definition);
    const std::string made_by = engine::made_by(definition, catalog_);
    const query::Origin origin{definition.name,
                               derived_version(made_by, catalog_, calendar_, trails_),
                               trails_.state().generation, now_};
    const auto is_current = [&](const std::string& table) {
      const auto entry = warehouse_.find(table);
      return entry && entry->origin.version == origin.version;
    };
    const bool unchanged = !afresh_ && std::ranges::all_of(tables, is_current);
    const std::uint64_t written_before = warehouse_.rows_written();
    std::string problem;
    if (!unchanged) {
      progress_.begin(definition.name, trails_.bucket_count());
      Making making{catalog_, trails_, calendar_, warehouse_, progress_, origin, std::nullopt};
      making.features = &features_;
      if (const auto known = known_of(made_by, tables)) {
        making.same_until = known->same_until;
        making.changed = changed_since(known->journal_sequence);
      }
      problem = problem_in([&] { make_tables(definition, making); });
    }
    std::uint64_t rows = 0;
    for (const std::string& table : tables) {
      const auto made = warehouse_.find(table);
      outcomes_.push_back({table, made ? made->rows : 0, unchanged, problem});
      if (rows == 0) rows = outcomes_.back().rows;
    }
    if (unchanged) return;
    if (!problem.empty()) return progress_.end(problem);
    const std::uint64_t written = warehouse_.rows_written() - written_before;
    progress_.end(written < rows ? fmt::format("{} rows, {} written", with_thousands(rows),
                                               with_thousands(written))
                                 : fmt::format("{} rows", with_thousands(rows)));
  }

  // What is wrong with a trained version. Training, and promoting another, need all other tables.
  static std::string problem_in(const auto& work) {
    try {
      work();
    } catch (const Error& error) {
      if (!error.reason().starts_with("model.")) throw;
      return error.what();
    }
    return "";
  }

  // The events of which tables were made: those before a time, and those of the journal's
  // beginning.
  struct Known {
    Micros same_until;
    std::uint64_t journal_sequence;
  };
  // None where that cannot be told. A build that was interrupted made some later than others.
  std::optional<Known> known_of(const std::string& definition_version,
                                const std::vector<std::string>& tables) {
    std::set<std::string> versions;
    for (const std::string& table : tables) {
      const auto entry = warehouse_.find(table);
      if (afresh_ || !entry) return std::nullopt;
      versions.insert(entry->origin.version);
    }
    Micros until = kLatest;
    for (const trail::Build& build : std::views::reverse(trails_.state().builds)) {
      versions.erase(version_of(definition_version, catalog_, calendar_,
                                trails_.state().journal_epoch, build));
      if (versions.empty()) return Known{std::min(until, build.last_time), build.journal_sequence};
      until = std::min(until, build.first_added);
    }
    return std::nullopt;
  }

  std::shared_ptr<const ChangedLearners> changed_since(std::uint64_t journal_sequence) {
    std::shared_ptr<const ChangedLearners>& known = changed_[journal_sequence];
    if (known != nullptr) return known;
    std::unordered_set<std::uint64_t> keys;
    journal_.scan(journal_sequence + 1, [&](std::uint64_t, const EventBatch& batch) {
      for (Code code = 0; code < batch.learners.size(); ++code) {
        const std::uint64_t key = hash64(batch.learners.text(code));
        if (learner_numbers()->contains(key)) keys.insert(key);
      }
    });
    return known = std::make_shared<const ChangedLearners>(std::move(keys), learner_numbers());
  }

  std::shared_ptr<const ChangedLearners::Numbers> learner_numbers() {
    if (numbers_ == nullptr) {
      ChangedLearners::Numbers numbers;
      for (Code number = 0; number < trails_.state().learners; ++number)
        numbers[hash64(trails_.learner(number).reveal())] = number;
      numbers_ = std::make_shared<const ChangedLearners::Numbers>(std::move(numbers));
    }
    return numbers_;
  }

  void drop_orphans() {
    std::set<std::string> wanted;
    for (const TableOutcome& outcome : outcomes_) wanted.insert(outcome.name);
    for (const auto& model : catalog_.models) {
      for (std::string& table : tables_of(model)) wanted.insert(std::move(table));
    }
    for (const auto& survival : catalog_.survivals) wanted.insert(shadow_table(survival));
    for (const query::Entry& entry : warehouse_.entries()) {
      if (!wanted.contains(entry.table)) warehouse_.drop(entry.table);
    }
  }

  const Catalog& catalog_;
  const journal::Journal& journal_;
  const trail::TrailReader& trails_;
  fold::Calendar calendar_;
  bool afresh_;
  Micros now_;
  Progress& progress_;
  query::Warehouse warehouse_;
  std::map<std::uint64_t, std::shared_ptr<const ChangedLearners>> changed_;  // by sequence
  std::shared_ptr<const ChangedLearners::Numbers> numbers_;
  FoldedFeatures features_;
  std::vector<TableOutcome> outcomes_;
};

}  // namespace

std::vector<std::string> problems_of(const std::vector<TableOutcome>& tables) {
  std::vector<std::string> problems;
  for (const TableOutcome& table : tables) {
    const bool is_known = std::ranges::find(problems, table.problem) != problems.end();
    if (!table.problem.empty() && !is_known) problems.push_back(table.problem);
  }
  return problems;
}

std::vector<TableOutcome> update_measures(const Catalog& catalog, const journal::Journal& journal,
                                          const trail::TrailReader& trails, bool afresh, Micros now,
                                          Progress& progress) {
  return Measures(catalog, journal, trails, afresh, now, progress).run();
}

Derived bring_up_to_date(const Catalog& catalog, const journal::Journal& journal, bool afresh,
                         Micros now, Progress& progress) {
  try {
    const TrailsOutcome trails = update_trails(catalog, journal, afresh, progress);
    trail::TrailReader reader = trail::TrailReader::open(Folders(catalog.workspace).trails);
    auto tables = update_measures(catalog, journal, reader, afresh, now, progress);
    return {trails, std::move(reader), std::move(tables)};
  } catch (const Error& error) {
    if (afresh || error.code() != ErrorCode::kCorrupt) throw;
    progress.begin("repairing the trails", 0);
    progress.end(error.what());
    return bring_up_to_date(catalog, journal, true, now, progress);
  }
}

sql::Options sql_options(const Catalog& catalog) {
  const workspace::Settings& settings = catalog.workspace.settings();
  return {.memory_mb = settings.memory_mb,
          .threads = settings.threads,
          .temporary = Folders(catalog.workspace).temporary};
}

std::string derived_version(const std::string& definition_version, const Catalog& catalog,
                            const fold::Calendar& calendar, const trail::TrailReader& trails) {
  const trail::TrailState& state = trails.state();
  return version_of(definition_version, catalog, calendar, state.journal_epoch,
                    {state.journal_sequence, state.journal_mark});
}

}  // namespace waymark::engine
