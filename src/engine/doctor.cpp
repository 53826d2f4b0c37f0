#include "engine/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "engine/absent_names.h"
#include "engine/kept_definitions.h"
#include "engine/measures.h"
#include "engine/models.h"
#include "engine/serving.h"
#include "engine/trails.h"
#include "model/survival_version.h"

namespace waymark::engine {
namespace {

class Doctor {
 public:
  Doctor(const std::filesystem::path& folder, Progress& progress)
      : folder_(folder), progress_(progress) {}

  std::vector<Finding> run() {
    workspace::Diagnostics diagnostics;
    const Catalog catalog = check(folder_, diagnostics);
    const std::size_t mistakes = diagnostics.sorted().size();
    note("definitions", mistakes == 0,
         mistakes == 0 ? "no mistakes" : fmt::format("{} mistakes", mistakes),
         mistakes == 0 ? "" : "waymark check");
    const Folders folders(catalog.workspace);
    if (!std::filesystem::exists(folders.journal)) {
      note("journal", true, "nothing has been ingested", "waymark run");
      return std::move(findings_);
    }
    guarded("journal",
            "restore the journal from a copy, or remove .waymark/journal and run `waymark run`",
            [&] { look_at_journal(catalog); });
    guarded("trails", "waymark build --afresh", [&] { look_at_trails(catalog); });
    guarded("tables", "waymark build --afresh", [&] { look_at_tables(catalog); });
    for (const auto& definition : catalog.models) {
      look_at_model(catalog, definition, "not trained", "waymark train " + definition.name);
      look_at_versions(catalog, definition.name);
    }
    for (const auto& definition : catalog.survivals) {
      look_at_model(catalog, definition, "no version is live: each build learns anew", "");
      look_at_versions(catalog, definition.name);
    }
    return std::move(findings_);
  }

 private:
  void note(const std::string& part, bool healthy, std::string what, std::string mend = "") {
    findings_.push_back({part, healthy, std::move(what), std::move(mend)});
  }

  template <typename Look>
  void guarded(const std::string& part, const std::string& mend, Look&& look) {
    try {
      look();
    } catch (const Error& error) {
      const bool busy = error.code() == ErrorCode::kConflict;
      note(part, busy, error.what(), busy ? "" : mend);
    }
  }

  void look_at_journal(const Catalog& catalog) {
    const journal::Journal& journal = journal_.emplace(open_journal(catalog, true));
    progress_.begin("verifying the journal", 0);
    const journal::Verification seen = journal.verify();
    const std::string size =
        fmt::format("{} events in {} batches, {} records in quarantine",
                    with_thousands(seen.events), seen.batches, with_thousands(seen.quarantined));
    progress_.end(size);
    note("journal", seen.problems.empty(), size,
         seen.problems.empty() && seen.quarantined > 0 ? "waymark quarantine" : "");
    for (const auto& problem : seen.problems) {
      note("journal", false, problem.message,
           "restore the journal from a copy, or ingest afresh into a new one");
    }
    const std::vector<journal::FileEntry> files = journal.files();
    for (const auto& source : catalog.sources) {
      if (std::ranges::find(files, source.name, &journal::FileEntry::source) == files.end())
        note("journal", true, "nothing of source " + source.name, "waymark ingest " + source.name);
    }
    for (const journal::FileEntry& file : files) {
      if (file.progress.finished && file.counts.balanced()) continue;
      note("journal", file.counts.balanced(),
           fmt::format("{}: {}", file.path,
                       file.counts.balanced() ? "read in part" : "its counts do not balance"),
           "waymark ingest " + file.source);
    }
  }

  void look_at_trails(const Catalog& catalog) {
    const Folders folders(catalog.workspace);
    if (!trail::read_state(folders.trails)) {
      note("trails", true, "none have been built", "waymark build");
      return;
    }
    const trail::TrailReader reader = trail::TrailReader::open(folders.trails);
    progress_.begin("verifying the trails", 0);
    reader.verify();
    const trail::TrailState& state = reader.state();
    const std::string size =
        fmt::format("{} events of {} learners, generation {}", with_thousands(state.events),
                    with_thousands(state.learners), state.generation);
    progress_.end(size);
    const bool current = journal_ && hold_beginning(state, *journal_) &&
                         state.journal_sequence == journal_->last_sequence();
    note("trails", true, current ? size : size + "; not those of the journal as it is",
         current ? "" : "waymark build");
    for (std::string& name : absent_names(catalog, reader))
      note("definitions", true, std::move(name));
  }

  void look_at_tables(const Catalog& catalog) {
    const Folders folders(catalog.workspace);
    if (!std::filesystem::exists(folders.warehouse)) {
      note("tables", true, "none have been made", "waymark build");
      return;
    }
    query::Warehouse warehouse(folders.warehouse, sql_options(catalog));
    warehouse.verify();
    std::uint64_t rows = 0;
    for (const query::Entry& entry : warehouse.entries()) rows += entry.rows;
    note("tables", true,
         fmt::format("{} tables, {} rows", warehouse.entries().size(), with_thousands(rows)));
  }

  void look_at_model(const Catalog& catalog, const auto& definition, const std::string& unserved,
                     const std::string& mend) {
    const std::string part = "model " + definition.name;
    guarded(part, how_to_renew(catalog, definition.name), [&] {
      const auto serving = serving_version(catalog, definition);
      shadow_versions(catalog, definition);
      note(part, true,
           serving ? fmt::format("version {} ({})", serving->model.version(),
                                 model::in_words(serving->stage))
                   : unserved,
           serving ? "" : mend);
    });
  }

  static std::string how_to_renew(const Catalog& catalog, const std::string& model) {
    return is_imported(catalog, model) ? "waymark model import FILE" : "waymark train " + model;
  }

  // Only the folder of one that is damaged has to go: the others, and the history, are of use.
  void look_at_versions(const Catalog& catalog, const std::string& name) {
    const std::filesystem::path models = Folders(catalog.workspace).models;
    for (const std::string& version : model::versions_of(models, name)) {
      guarded(fmt::format("model {} {}", name, version),
              fmt::format("remove .waymark/models/{}/{} and run `{}`", name, version,
                          how_to_renew(catalog, name)),
              [&] { expect_whole(models / name / version); });
    }
  }

  // One that an earlier program wrote is no damage.
  static void expect_whole(const std::filesystem::path& version) try {
    model::load_version(version);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
  }

  std::filesystem::path folder_;
  Progress& progress_;
  std::vector<Finding> findings_;
  std::optional<journal::Journal> journal_;  // null where it cannot be opened
};

}  // namespace

std::vector<Finding> examine(const std::filesystem::path& workspace_folder, Progress& progress) {
  return Doctor(workspace_folder, progress).run();
}

}  // namespace waymark::engine
