#include "workspace/workspace.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace waymark::workspace {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kFolders{"sources", "calendars", "measures", "models"};
const std::vector<std::string> kMeasures{
    "sessions", "engagement", "features", "funnel",   "retention", "lifecycle", "mastery",
    "paths",    "cohort",     "tiers",    "clusters", "events",    "metric",    "anomalies"};

std::string relative_name(const fs::path& folder, const fs::path& path) {
  return path.lexically_relative(folder).string();
}

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> paths;
  if (fs::is_directory(folder)) {
    for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

// What is no YAML is nowhere, and that it is none has been reported.
bool was_read(const Node& node) { return !node.place().file.empty(); }

// "" where the file does not say what it defines; the mistake is reported.
std::string kind_of(const std::string& folder, const Node& node, Diagnostics& diagnostics) {
  if (folder == "sources") return "source";
  if (folder == "models") return node["model"].text() == "survival" ? "survival" : "model";
  if (folder == "calendars") return "calendar";
  const Node measure = node["measure"];
  if (std::ranges::find(kMeasures, measure.text()) != kMeasures.end()) return measure.text();
  diagnostics.add(
      measure.place(), "measure.unknown",
      measure.exists()
          ? fmt::format("'{}' is no measure; known: {}", measure.text(), fmt::join(kMeasures, ", "))
          : fmt::format("'measure' is missing: one of {}", fmt::join(kMeasures, ", ")),
      did_you_mean(measure.text(), kMeasures));
  return "";
}

void report_misspelt_folders(const fs::path& folder, Diagnostics& diagnostics) {
  for (const fs::path& path : sorted_entries(folder)) {
    const std::string name = path.filename().string();
    if (!fs::is_directory(path) || std::ranges::find(kFolders, name) != kFolders.end()) continue;
    const std::string hint = did_you_mean(name, kFolders);
    const auto entries = sorted_entries(path);
    if (hint.empty() || std::ranges::none_of(entries, is_yaml)) continue;
    diagnostics.add({name, 0, 0}, "folder.unknown",
                    fmt::format("definitions in '{}' are not read", name), hint);
  }
}

Settings read_settings(const Node& node, Diagnostics& diagnostics) {
  Settings settings;
  settings.name = node["name"].text("Waymark");
  settings.time_zone = node["time_zone"].text(settings.time_zone);
  settings.memory_mb = static_cast<std::size_t>(
      node["memory_mb"].integer(static_cast<std::int64_t>(settings.memory_mb)));
  settings.threads = static_cast<std::size_t>(
      node["threads"].integer(std::max(1, static_cast<int>(std::thread::hardware_concurrency()))));
  settings.buckets = static_cast<std::size_t>(
      node["buckets"].integer(static_cast<std::int64_t>(settings.buckets)));
  settings.attribution = node["attribution"].texts();
  try {
    Zone::named(settings.time_zone);
  } catch (const Error& error) {
    diagnostics.add(node["time_zone"].place(), error.reason(), error.what());
    settings.time_zone = "Etc/UTC";
  }
  return settings;
}

}  // namespace

Workspace Workspace::open(const fs::path& folder,
                          const std::map<std::string, std::string_view>& schemas,
                          Diagnostics& diagnostics) {
  if (!fs::is_regular_file(folder / "waymark.yaml")) {
    throw Error(
        ErrorCode::kNotFound, "workspace.missing",
        fmt::format(
            "{} holds no waymark.yaml; `waymark init DIR` makes a workspace, -C DIR names one",
            folder.string()));
  }
  Workspace workspace;
  workspace.folder_ = folder;
  const Node root = parse_yaml(read_file(folder / "waymark.yaml"), "waymark.yaml", diagnostics);
  if (was_read(root)) validate(root, schemas.at("waymark"), diagnostics);
  workspace.settings_ = read_settings(root, diagnostics);
  workspace.root_ = root;
  report_misspelt_folders(folder, diagnostics);

  for (const std::string& name : kFolders) {
    for (const fs::path& path : sorted_entries(folder / name)) {
      if (!is_yaml(path)) continue;
      const Node node = parse_yaml(read_file(path), relative_name(folder, path), diagnostics);
      if (!was_read(node)) continue;
      const std::string kind = kind_of(name, node, diagnostics);
      if (kind.empty()) continue;
      validate(node, schemas.at(kind), diagnostics);
      workspace.definitions_.push_back(
          {path.stem().string(), kind, node, node.content_hash(Definition::kTests)});
    }
  }
  return workspace;
}

Workspace Workspace::with(Definition definition) const {
  Workspace more = *this;
  more.definitions_.push_back(std::move(definition));
  return more;
}

std::vector<Definition> Workspace::definitions(std::string_view kind) const {
  std::vector<Definition> found;
  std::ranges::copy_if(definitions_, std::back_inserter(found),
                       [&](const Definition& d) { return d.kind == kind; });
  return found;
}

const Definition* Workspace::find(std::string_view kind, std::string_view name) const {
  const auto found = std::ranges::find_if(
      definitions_, [&](const Definition& d) { return d.kind == kind && d.name == name; });
  return found == definitions_.end() ? nullptr : &*found;
}

}  // namespace waymark::workspace
