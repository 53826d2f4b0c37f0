#include "engine/test_workspace.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "base/text.h"
#include "query/test_rows.h"

namespace waymark::engine {

namespace fs = std::filesystem;

TestWorkspace::TestWorkspace() {
  write("waymark.yaml", "name: Test\nmemory_mb: 128\nthreads: 2\nbuckets: 4\n");
  write("sources/clicks.yaml", clicks_yaml());
  write("measures/sessions.yaml", "measure: sessions\ngap: 30m\n");
  write("measures/engagement.yaml", "measure: engagement\n");
}

TestWorkspace::TestWorkspace(const fs::path& example) {
  root_ = folder_.path() / "project" / example;
  fs::create_directories(root_);
  for (const auto& entry : fs::directory_iterator(example)) {
    if (entry.path().filename() == ".waymark") continue;
    fs::copy(entry, root_ / entry.path().filename(), fs::copy_options::recursive);
  }
  fs::create_directory_symlink(fs::absolute("../shared"), folder_.path() / "shared");
}

void TestWorkspace::write(const std::string& file, std::string_view content) const {
  fs::create_directories((folder() / file).parent_path());
  write_file_atomically(folder() / file, content);
}

void TestWorkspace::remove(const std::string& file) const { fs::remove(folder() / file); }

void TestWorkspace::write_clicks(std::string_view rows, const std::string& file) const {
  write(file, fmt::format("time,learner,item\n{}", rows));
}

void TestWorkspace::expect_sound(const journal::Journal& journal) const {
  std::uint64_t stored = 0;
  for (const journal::FileEntry& file : journal.files()) {
    EXPECT_TRUE(file.counts.balanced()) << file.path;
    EXPECT_TRUE(file.progress.finished) << file.path;
    stored += file.counts.stored;
  }
  EXPECT_EQ(journal.event_count(), stored);
  for (const auto& problem : journal.verify().problems)
    ADD_FAILURE() << problem.reason << ": " << problem.message;
}

IngestOutcome TestWorkspace::ingest(const IngestOptions& options) const {
  const Catalog definitions = catalog();
  journal::Journal journal = open_journal(definitions);
  Silent silent;
  IngestOutcome outcome = engine::ingest(definitions, journal, options, silent);
  EXPECT_TRUE(outcome.counts().balanced());
  expect_sound(journal);
  return outcome;
}

journal::Counts TestWorkspace::replay() const {
  const Catalog definitions = catalog();
  journal::Journal journal = open_journal(definitions);
  Silent silent;
  journal::Counts counts = engine::replay(definitions, journal, {}, kTestNow, silent);
  EXPECT_TRUE(counts.balanced());
  expect_sound(journal);
  return counts;
}

Derived TestWorkspace::build(bool afresh) const {
  const Catalog definitions = catalog();
  const journal::Journal journal = open_journal(definitions, true);
  Silent silent;
  Derived derived = bring_up_to_date(definitions, journal, afresh, kTestNow, silent);
  derived.reader.verify();
  EXPECT_EQ(derived.reader.state().events, journal.event_count());
  return derived;
}

std::vector<std::string> TestWorkspace::tables_made() const {
  std::vector<std::string> made;
  for (const TableOutcome& table : build().tables) {
    if (!table.unchanged) made.push_back(table.name);
  }
  return made;
}

query::Session TestWorkspace::session() const {
  const Catalog definitions = catalog();
  const Folders folders(definitions.workspace);
  return query::Session({.trails = trail::TrailReader::open(folders.trails),
                         .warehouse = folders.warehouse,
                         .output = {}},
                        sql_options(definitions));
}

std::vector<std::string> TestWorkspace::ask(const std::string& sql) const {
  return query::rows_of(session().query(sql));
}

std::vector<std::string> TestWorkspace::ask(const Question& question) const {
  const Catalog definitions = catalog();
  Silent silent;
  const Answer found =
      answer(question, definitions, open_journal(definitions, true), kTestNow, silent);
  query::Session asked(found.sources, sql_options(definitions));
  return query::rows_of(asked.query(found.select));
}

std::string TestWorkspace::contents() const {
  query::Session sql = session();
  std::vector<std::string> tables =
      query::rows_of(sql.query("SELECT name FROM waymark_tables ORDER BY ALL"));
  tables.push_back("events");
  std::string all;
  for (const std::string& table : tables) {
    const auto rows =
        query::rows_of(sql.query(fmt::format("SELECT * FROM \"{}\" ORDER BY ALL", table)));
    all += fmt::format("{}\n{}\n", table, fmt::join(rows, "\n"));
  }
  return all;
}

std::vector<std::string> TestWorkspace::quarantine() const {
  std::vector<std::string> all;
  open_journal(catalog(), true).quarantine("", [&](std::string_view, Reject&& reject) {
    all.push_back(fmt::format("{} {}", reject.line, reject.reason));
  });
  std::ranges::sort(all);
  return all;
}

std::vector<std::string> to_nine_digits(std::vector<std::string> lines) {
  for (std::string& line : lines) {
    std::string rounded;
    for (std::string_view rest = line;; rest.remove_prefix(rest.find('|') + 1)) {
      const std::string_view cell = rest.substr(0, rest.find('|'));
      const auto number = parse_number(cell);
      rounded += number ? fmt::format("{:.9g}", *number) : std::string(cell);
      if (rest.find('|') == std::string_view::npos) break;
      rounded += '|';
    }
    line = std::move(rounded);
  }
  return lines;
}

std::string difference(const std::string& one, const std::string& other) {
  if (one == other) return "";
  std::istringstream ours(one);
  std::istringstream theirs(other);
  std::string our_line, their_line;
  while (our_line == their_line) {
    if (!std::getline(ours, our_line)) our_line = "(end)";
    if (!std::getline(theirs, their_line)) their_line = "(the other's end)";
  }
  return our_line + "\n" + their_line;
}

std::string reason_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.reason();
  }
  return "";
}

std::string clicks_yaml(std::string_view files, std::string_view kind, std::string_view time) {
  return fmt::format(
      "files: {}\n"
      "arrival: event_time\n"
      "events:\n"
      "  - {{kind: {}, learner: \"${{learner}}\", object: \"${{item}}\", time: {}}}\n",
      files, kind, time.starts_with('$') ? fmt::format("\"{}\"", time) : std::string(time));
}

}  // namespace waymark::engine
