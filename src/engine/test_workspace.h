#pragma once

// For the tests of this room.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "engine/ingest.h"
#include "engine/measures.h"
#include "engine/question.h"
#include "query/session.h"

namespace waymark::engine {

// When everything takes place: 2026-01-01.
inline constexpr Micros kTestNow = 1'767'225'600 * kMicrosPerSecond;

// A workspace that a user might have: clicks of learners in data/clicks*, mapped by
// sources/clicks.yaml, and the measures `sessions` and `engagement`.
class TestWorkspace {
 public:
  TestWorkspace();
  // A copy of an example, such as examples/moodle, that finds ../shared where the example does.
  explicit TestWorkspace(const std::filesystem::path& example);

  const std::filesystem::path& folder() const { return root_; }
  void write(const std::string& file, std::string_view content) const;
  void remove(const std::string& file) const;
  // A data file with these rows under the line `time,learner,item`.
  void write_clicks(std::string_view rows, const std::string& file = "data/clicks.csv") const;

  Catalog catalog() const { return load(folder()); }

  // Each opens the workspace as a command does, and afterwards expects every file's counts to
  // balance and the journal to be sound.
  IngestOutcome ingest(const IngestOptions& options = {.now = kTestNow}) const;
  journal::Counts replay() const;
  Derived build(bool afresh = false) const;
  // build(), as the tables that it made afresh.
  std::vector<std::string> tables_made() const;

  // What the statement gives, each row as "value|value|…"; sees what was built last.
  std::vector<std::string> ask(const std::string& sql) const;
  // What the question's answer gives, in the same form; brings everything up to date first.
  std::vector<std::string> ask(const Question& question) const;
  // All events and all measures, a row a line, in order.
  std::string contents() const;
  // "line reason" of each record in quarantine, sorted.
  std::vector<std::string> quarantine() const;

 private:
  query::Session session() const;
  void expect_sound(const journal::Journal& journal) const;
  TemporaryFolder folder_;
  std::filesystem::path root_ = folder_.path();
};

// Lines of ask() with their numbers to nine digits.
std::vector<std::string> to_nine_digits(std::vector<std::string> lines);

// The first line in which two contents differ, as each has it; empty where they are equal.
std::string difference(const std::string& one, const std::string& other);

// The reason of the Error that `act` throws; empty where it throws none.
std::string reason_of(const std::function<void()>& act);

// The mapping that a TestWorkspace begins with, or a variant of it.
std::string clicks_yaml(std::string_view files = "data/clicks*.csv",
                        std::string_view kind = "click", std::string_view time = "${time}");

}  // namespace waymark::engine
