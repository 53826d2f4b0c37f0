#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/catalog.h"
#include "engine/progress.h"
#include "fold/calendar.h"
#include "fold/fold.h"
#include "journal/journal.h"
#include "trail/builder.h"
#include "trail/reader.h"

namespace waymark::engine {

// Where a workspace's data lies.
struct Folders {
  explicit Folders(const workspace::Workspace& workspace)
      : journal(workspace.data_folder() / "journal"),
        trails(workspace.data_folder() / "trail"),
        warehouse(workspace.data_folder() / "warehouse.duckdb"),
        models(workspace.data_folder() / "models"),
        temporary(workspace.data_folder() / "tmp") {}

  std::filesystem::path journal, trails, warehouse, models, temporary;
};

// The workspace's journal, within its share of the workspace's memory.
journal::Journal open_journal(const Catalog& catalog, bool read_only = false);

// What update_trails() would have to do.
struct TrailsDue {
  std::optional<trail::TrailState> state;  // of the trails as they are; none: not to be read
  std::string rebuild_because;             // empty: they can be carried on
  std::uint64_t events = 0;                // that they do not have yet; all, if built again
  std::vector<std::string> properties;     // named_properties()
};
TrailsDue trails_due(const Catalog& catalog, const journal::Journal& journal, bool afresh = false);

struct TrailsOutcome {
  std::optional<trail::BuildResult> built;  // null where they were up to date
  std::string rebuilt_because;  // why all of them were built again; empty where they were not
};

// Brings the trails up to the journal: nothing where they are, the new events where there are some,
// all of them where the definitions name other properties, a source was replaced, the journal is
// another one, `afresh` asks for it, or what is stored is damaged. Throws Error{kConflict,
// "trail.locked"} while another process builds them.
TrailsOutcome update_trails(const Catalog& catalog, const journal::Journal& journal, bool afresh,
                            Progress& progress);

// The trails as they are. Throws Error{kNotFound, "trail.missing"}, saying what builds them.
trail::TrailReader open_trails(const Catalog& catalog);

// Whether trails of that state hold what the journal begins with, so that they lack only the
// batches after theirs.
bool hold_beginning(const trail::TrailState& state, const journal::Journal& journal);

// The open properties that each of the catalog's definitions reads, by its name.
std::map<std::string, std::vector<std::string>> properties_read(const Catalog& catalog);
// All of them and of live and shadow versions, sorted: columns of the trails.
std::vector<std::string> named_properties(const Catalog& catalog);

fold::Calendar calendar_of(const journal::Journal& journal);

// Stored trails as what the batch driver folds over (fold::Source).
class TrailSource {
 public:
  // Where `before` is given, only events before it; and only those in `only`.
  TrailSource(const trail::TrailReader& reader, const fold::Reads& reads,
              std::optional<Micros> before = {}, trail::Selection only = {})
      : reader_(reader),
        request_{.columns = reads.columns,
                 .properties = reads.properties,
                 .wanted = reads.only,
                 .to = before,
                 .only = std::move(only)} {}

  std::size_t bucket_count() const { return reader_.bucket_count(); }
  trail::BucketCursor cursor(std::size_t bucket) const { return reader_.cursor(bucket, request_); }

 private:
  const trail::TrailReader& reader_;
  trail::Request request_;
};

}  // namespace waymark::engine
