#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "workspace/node.h"

namespace waymark::workspace {

// One definition: a file of a definitions folder. Its name is the file's name without folder and
// ending.
struct Definition {
  std::string name;
  std::string kind;  // "source", "calendar", "sessions", "engagement", "features", "funnel",
                     // "retention", "lifecycle", "paths", "cohort", "tiers", "clusters", "events",
                     // "metric", "model": says which schema and room it belongs to
  Node node;
  std::string version;  // node.content_hash(kTests): tests change no table

  static constexpr std::string_view kTests = "tests";
};

// What waymark.yaml says, with defaults filled in.
struct Settings {
  std::string name;
  std::string time_zone = "Etc/UTC";
  std::size_t memory_mb = 1024;          // what ingest, build and SQL may each use
  std::size_t threads = 1;               // default: as many as the machine has
  std::size_t buckets = 32;              // of the trail; a power of two
  std::vector<std::string> attribution;  // whose data this is, for the foot of reports
};

// A workspace's definition files as they stand. Reads every file once; rooms above turn Definitions
// into their own typed objects. Files by folder: sources/*.yaml are kind "source"; calendars/*.yaml
// "calendar"; measures/*.yaml say theirs under the key `measure:` (sessions, engagement, features,
// funnel, retention, lifecycle, paths, cohort, tiers, clusters, events, metric); models/*.yaml are
// kind "model".
class Workspace {
 public:
  // `schemas`: kind -> JSON Schema text, "waymark" for waymark.yaml itself. Throws Error{kNotFound,
  // "workspace.missing"} where folder has no waymark.yaml; every mistake inside the files becomes a
  // diagnostic.
  static Workspace open(const std::filesystem::path& folder,
                        const std::map<std::string, std::string_view>& schemas,
                        Diagnostics& diagnostics);

  // The same with one more definition.
  Workspace with(Definition definition) const;

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path data_folder() const { return folder_ / ".waymark"; }
  const Settings& settings() const { return settings_; }
  // waymark.yaml as it stands.
  const Node& root() const { return root_; }
  const std::vector<Definition>& definitions() const { return definitions_; }
  // All of a kind, by name.
  std::vector<Definition> definitions(std::string_view kind) const;
  const Definition* find(std::string_view kind, std::string_view name) const;

 private:
  std::filesystem::path folder_;
  Settings settings_;
  Node root_;
  std::vector<Definition> definitions_;
};

}  // namespace waymark::workspace
