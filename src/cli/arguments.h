#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waymark::cli {

// What the command line says; each command reads the members that its options fill.
struct Arguments {
  std::filesystem::path workspace = ".";
  bool json = false;
  bool quiet = false;

  std::vector<std::string> names;  // sources, cohorts or models; empty: all
  std::filesystem::path folder;    // init, reference, diff
  std::filesystem::path other;     // diff
  bool replace = false;            // ingest
  bool replay = false;             // quarantine
  bool afresh = false;             // build
  std::string statement;           // sql; survival, items, knowledge: which rows
  std::string measure;             // query, explain, rehearse
  std::vector<std::string> by, where;
  std::string as_of;                                  // query
  std::vector<std::string> include, exclude;          // query: cohorts
  std::vector<std::string> sources, without_sources;  // query
  std::string sample;                                 // query: a share, "10%"
  std::uint64_t seed = 1;                             // query
  std::string at;                                     // explain
  std::string format = "table";
  std::filesystem::path output;  // report, query, sql, export
  std::uint64_t rows = 0;        // query, sql: at most so many on a terminal; bench: events
  std::uint64_t trials = 40;     // rehearse
  std::uint64_t threads = 0;     // bench
  std::string clickhouse;        // bench: its shared library
  std::string only;              // bench: what the operations are called
  bool cold = false;             // bench
  std::string shell;             // completion
  // model
  std::string version, other_version, reason, who;
  bool as_shadow = false, override_gates = false;
  // survival
  std::string time, event, start;  // columns; time of knowledge as well
  std::vector<std::string> on, strata;
  std::string model = "cox", ties = "efron", interval = "log-log";
  std::vector<double> times;  // --at
  bool steps = false;
  // items, knowledge
  std::string learner, item, correct, answer, skill, order, held_out;  // columns
  bool learners = false, forgets = false, prerequisites = false, next = false;
  std::filesystem::path required;
  std::filesystem::path save_to;
  std::size_t restarts = 20;
};

// A command's work; what it returns is the program's exit code.
using Command = std::function<int(const Arguments&)>;

struct Invocation {
  Arguments arguments;
  Command command;
};

// What the program ends with, and what that means.
struct Exit {
  int code;
  std::string_view words;
};
const std::vector<Exit>& exits();

// Reads the command line. Null where all is said already (help, version, a mistake): `exit_code`
// then holds what the program should end with.
std::optional<Invocation> parse(int argc, char** argv, int& exit_code);

}  // namespace waymark::cli
