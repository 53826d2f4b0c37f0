// init, check, ingest, quarantine, build, export: definitions and data.

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/sample.h"
#include "cli/starter.h"
#include "engine/absent_names.h"
#include "engine/catalog.h"
#include "engine/ingest.h"
#include "engine/measures.h"
#include "engine/trails.h"
#include "query/export.h"

namespace waymark::cli {
namespace {

namespace fs = std::filesystem;
using query::Cell;

// "1 model", "2 models".
std::string counted(std::size_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

constexpr std::uint64_t kQuarantineRows = 20;

Cell count(std::uint64_t number) { return Cell::of(static_cast<std::int64_t>(number)); }

const std::vector<query::Heading> kCountHeadings{
    {"source", false},   {"file", false},       {"received", true}, {"stored", true},
    {"duplicate", true}, {"quarantined", true}, {"refused", true}};

std::vector<Cell> count_row(const std::string& source, const std::string& file,
                            const journal::Counts& counts) {
  return {Cell::of(source),
          Cell::of(file),
          count(counts.received),
          count(counts.stored),
          count(counts.duplicate),
          count(counts.quarantined),
          count(counts.refused_in_all())};
}

// The workspace's own folder is given to git, its data is not.
void write_new(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  write_file_atomically(path, text);
}

}  // namespace

int init(const Arguments& arguments) {
  const fs::path& folder = arguments.folder;
  if (fs::exists(folder / "waymark.yaml")) {
    throw Error(ErrorCode::kConflict, "workspace.exists",
                fmt::format("{} holds a workspace already", folder.string()));
  }
  for (const StarterFile& file : starter_files()) write_new(folder / file.path, file.text);
  const Sample sample = make_sample();
  write_new(folder / "data/activity.csv", sample.activity);
  write_new(folder / "data/learners.csv", sample.learners);
  write_new(folder / "data/courses.csv", sample.courses);
  write_new(folder / ".gitignore", ".waymark/\nreport.html\n");
  engine::write_schemas(folder);
  say(arguments, fmt::format("Made a workspace in {0}, with made-up learners to try it on.\n"
                             "Next: cd {0} && waymark run",
                             folder.string()));
  return 0;
}

int check(const Arguments& arguments) {
  workspace::Diagnostics diagnostics;
  const engine::Catalog catalog = engine::check(arguments.workspace, diagnostics);
  engine::write_schemas(arguments.workspace);
  const std::vector<workspace::Diagnostic> mistakes = diagnostics.sorted();
  if (arguments.json) {
    JsonWriter out(JsonWriter::Style::kPretty);
    out.begin_array();
    for (const auto& mistake : mistakes) {
      out.begin_object().key("file").string(mistake.place.file);
      out.key("line").integer(static_cast<std::int64_t>(mistake.place.line));
      out.key("column").integer(static_cast<std::int64_t>(mistake.place.column));
      out.key("reason").string(mistake.reason).key("message").string(mistake.message);
      out.key("hint").string(mistake.hint).end_object();
    }
    fmt::print("{}\n", out.end_array().take());
  } else {
    for (const auto& mistake : mistakes) fmt::print("{}\n", workspace::to_text(mistake));
  }
  say(arguments,
      mistakes.empty()
          ? fmt::format(
                "No mistakes: {}, {}, {}.", counted(catalog.sources.size(), "source"),
                counted(catalog.sessions.size() + catalog.engagement.size() +
                            catalog.funnels.size() + catalog.retentions.size() +
                            catalog.lifecycles.size() + catalog.masteries.size() +
                            catalog.paths.size() + catalog.cohorts.size() + catalog.tiers.size() +
                            catalog.clusters.size() + catalog.events.size() +
                            catalog.metrics.size() + catalog.anomalies.size() +
                            catalog.workspace.definitions("features").size(),
                        "measure"),
                counted(catalog.models.size() + catalog.survivals.size(), "model"))
          : counted(mistakes.size(), "mistake") + ".");
  return mistakes.empty() ? 0 : exit_code(ErrorCode::kInvalid);
}

int ingest(const Arguments& arguments) {
  const engine::Catalog catalog = engine::load(arguments.workspace);
  journal::Journal journal = engine::open_journal(catalog);
  const auto outcome = engine::ingest(
      catalog, journal, {.sources = arguments.names, .replace = arguments.replace, .now = now()},
      *progress_for(arguments));
  std::vector<std::vector<Cell>> rows;
  for (const engine::FileOutcome& file : outcome.files) {
    rows.push_back(count_row(file.source, file.unchanged ? file.path + " (unchanged)" : file.path,
                             file.counts));
  }
  if (!arguments.json && rows.size() > 1) rows.push_back(count_row("all", "", outcome.counts()));
  print_table(arguments, kCountHeadings, rows);
  print_notes(outcome.warnings);
  if (outcome.counts().quarantined > 0)
    say(arguments, "`waymark quarantine` shows what was laid aside, and why.");
  return 0;
}

int quarantine(const Arguments& arguments) {
  const engine::Catalog catalog = engine::load(arguments.workspace);
  for (const std::string& name : arguments.names) catalog.source(name);
  if (arguments.replay) {
    journal::Journal journal = engine::open_journal(catalog);
    const journal::Counts counts =
        engine::replay(catalog, journal, arguments.names, now(), *progress_for(arguments));
    print_table(arguments, kCountHeadings, {count_row("all", "(quarantine)", counts)});
    return 0;
  }
  const journal::Journal journal = engine::open_journal(catalog, true);
  const std::uint64_t limit = arguments.rows > 0 ? arguments.rows : kQuarantineRows;
  std::vector<std::vector<Cell>> rows;
  std::vector<std::string> sources = arguments.names;
  if (sources.empty()) sources.emplace_back();
  for (const std::string& name : sources) {
    journal.quarantine(
        name,
        [&](std::string_view source, Reject&& record) {
          rows.push_back({Cell::of(source),
                          Cell::of(fmt::format("{}:{}", record.path, record.line)),
                          Cell::of(record.reason), Cell::of(record.detail)});
        },
        limit);
  }
  print_table(arguments, {{"source"}, {"where"}, {"reason"}, {"what was wrong"}}, rows);
  return 0;
}

int build(const Arguments& arguments) {
  const engine::Catalog catalog = engine::load(arguments.workspace);
  const journal::Journal journal = engine::open_journal(catalog, true);
  const engine::Derived derived =
      engine::bring_up_to_date(catalog, journal, arguments.afresh, now(), *progress_for(arguments));
  std::vector<std::vector<Cell>> rows{{Cell::of("events"), count(derived.reader.state().events),
                                       Cell::of(derived.trails.built ? "built" : "up to date")}};
  for (const auto& table : derived.tables) {
    rows.push_back({Cell::of(table.name), count(table.rows),
                    Cell::of(!table.problem.empty() ? "as it was"
                             : table.unchanged      ? "up to date"
                                                    : "built")});
  }
  print_table(arguments, {{"table"}, {"rows", true}, {"state"}}, rows);
  print_notes(engine::problems_of(derived.tables));
  print_notes(engine::absent_names(catalog, derived.reader));
  return 0;
}

int export_events(const Arguments& arguments) {
  const engine::Catalog catalog = engine::load(arguments.workspace);
  const trail::TrailReader trails = engine::open_trails(catalog);
  const auto progress = progress_for(arguments);
  progress->begin("writing Parquet", trails.bucket_count());
  const query::ExportResult result =
      query::export_events(trails, arguments.output, engine::sql_options(catalog),
                           [&](std::size_t done, std::size_t) { progress->advance(done); });
  progress->end(fmt::format("{} events in {} files, {:.1f} MB", with_thousands(result.events),
                            result.files, static_cast<double>(result.bytes) / 1e6));
  query::Warehouse(engine::Folders(catalog.workspace).warehouse, engine::sql_options(catalog))
      .show_export(arguments.output);
  return 0;
}

}  // namespace waymark::cli
