#include "model/registry.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "model/stored.h"
#include "model/version.h"

namespace waymark::model {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<Act, std::string_view>, 6> kActs{{{Act::kTrain, "train"},
                                                                 {Act::kImport, "import"},
                                                                 {Act::kPromote, "promote"},
                                                                 {Act::kShadow, "shadow"},
                                                                 {Act::kRollback, "rollback"},
                                                                 {Act::kRetire, "retire"}}};

fs::path history_file(const fs::path& models, const std::string& name) {
  return models / name / "history.jsonl";
}

std::string to_line(const HistoryEntry& entry) {
  JsonWriter out;
  out.begin_object().key("at").string(to_iso(entry.at)).key("act").string(in_words(entry.act));
  out.key("version").string(entry.version).key("replaced").string(entry.replaced);
  out.key("by").string(entry.by).key("reason").string(entry.reason);
  write_texts(out.key("overridden"), entry.overridden);
  return out.end_object().take() + "\n";
}

HistoryEntry read_entry(std::string_view line) {
  const Json json = Json::parse(line);
  const auto act =
      std::ranges::find(kActs, json.at("act").string(), &std::pair<Act, std::string_view>::second);
  const auto at = parse_iso_time(json.at("at").string(), Zone::utc());
  if (act == kActs.end() || !at) malformed("a line of the history");
  return {.at = *at,
          .act = act->first,
          .version = json.at("version").string(),
          .replaced = json.at("replaced").string(),
          .by = json.at("by").string(),
          .reason = json.at("reason").string(),
          .overridden = stored_texts(json.at("overridden"))};
}

// The file held by this process alone, and written to its end.
class LockedFile {
 public:
  explicit LockedFile(const fs::path& path)
      : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (fd_ < 0) fail("opening");
    while (::flock(fd_, LOCK_EX) != 0) {
      if (errno != EINTR) fail("locking");
    }
  }
  ~LockedFile() { ::close(fd_); }
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;

  // What stands after `size` goes.
  void append(std::size_t size, std::string_view bytes) {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) fail("writing");
    auto at = static_cast<off_t>(size);
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), at);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("writing");
      at += written;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(fd_) != 0) fail("syncing");
    sync_path(path_.parent_path());
  }

 private:
  [[noreturn]] void fail(std::string_view doing) const {
    throw_errno("model.history_write", fmt::format("{} {}", doing, path_.string()));
  }
  fs::path path_;
  int fd_;
};

// The lines that were acknowledged.
std::string_view whole_lines(std::string_view text) { return text.substr(0, text.rfind('\n') + 1); }

void remove(std::vector<std::string>& versions, const std::string& version) {
  std::erase(versions, version);
}

bool holds(const std::vector<std::string>& versions, const std::string& version) {
  return std::ranges::find(versions, version) != versions.end();
}

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::kConflict, "model.stage", message);
}

}  // namespace

std::string_view in_words(Stage stage) {
  switch (stage) {
    case Stage::kTrained:
      return "trained";
    case Stage::kShadow:
      return "shadow";
    case Stage::kLive:
      return "live";
    case Stage::kRetired:
      return "retired";
  }
  return "";
}

std::string_view in_words(Act act) {
  return std::ranges::find(kActs, act, &std::pair<Act, std::string_view>::first)->second;
}

Registry Registry::read(const fs::path& models, const std::string& name) {
  Registry registry;
  const fs::path file = history_file(models, name);
  if (!fs::exists(file)) return registry;
  const std::string text = read_file(file);
  std::string_view rest = whole_lines(text);
  for (std::size_t line = 1; !rest.empty(); ++line) {
    const std::size_t end = rest.find('\n');
    try {
      registry.apply(read_entry(rest.substr(0, end)));
    } catch (const Error&) {
      throw Error(ErrorCode::kCorrupt, "model.history_damaged",
                  fmt::format("line {} of {} is not as it was written; put the file back from a "
                              "copy: it says which version is live",
                              line, file.string()));
    }
    rest.remove_prefix(end + 1);
  }
  return registry;
}

Registry Registry::append(const fs::path& models, const std::string& name, const Decide& decide) {
  const fs::path file = history_file(models, name);
  fs::create_directories(file.parent_path());
  LockedFile locked(file);
  Registry registry = read(models, name);
  HistoryEntry entry = decide(registry);
  locked.append(whole_lines(read_file(file)).size(), to_line(entry));
  registry.apply(std::move(entry));
  return registry;
}

void Registry::apply(HistoryEntry entry) {
  const std::string& version = entry.version;
  switch (entry.act) {
    case Act::kTrain:
    case Act::kImport:
      break;
    case Act::kPromote:
      remove(live_, version);
      remove(shadows_, version);
      remove(retired_, version);
      live_.push_back(version);
      break;
    case Act::kShadow:
      remove(retired_, version);
      shadows_.push_back(version);
      break;
    case Act::kRollback:
      if (live_.size() < 2) malformed("a history that goes back to nothing");
      live_.pop_back();
      break;
    case Act::kRetire:
      remove(live_, version);
      remove(shadows_, version);
      retired_.push_back(version);
      break;
  }
  history_.push_back(std::move(entry));
}

std::optional<std::string> Registry::live() const {
  return live_.empty() ? std::nullopt : std::optional(live_.back());
}

std::optional<Micros> Registry::live_since() const {
  const auto moved = std::find_if(history_.rbegin(), history_.rend(), [](const HistoryEntry& e) {
    return e.act == Act::kPromote || e.act == Act::kRollback;
  });
  return moved == history_.rend() ? std::nullopt : std::optional(moved->at);
}

std::vector<std::string> Registry::shadows() const { return shadows_; }

Stage Registry::stage(const std::string& version) const {
  if (live() == version) return Stage::kLive;
  if (holds(shadows_, version)) return Stage::kShadow;
  return holds(retired_, version) ? Stage::kRetired : Stage::kTrained;
}

std::optional<Micros> Registry::trained_at(const std::string& version) const {
  for (const HistoryEntry& entry : history_) {
    if (entry.version == version && entry.act == Act::kTrain) return entry.at;
  }
  return std::nullopt;
}

HistoryEntry Registry::promote(const std::string& version) const {
  if (live() == version) refuse(fmt::format("version {} is live already", version));
  return {.act = Act::kPromote, .version = version, .replaced = live().value_or("")};
}

HistoryEntry Registry::shadow(const std::string& version) const {
  if (live() == version) {
    refuse(fmt::format("version {} is live; promote another, or roll back, first", version));
  }
  if (holds(shadows_, version)) refuse(fmt::format("version {} is a shadow already", version));
  return {.act = Act::kShadow, .version = version};
}

HistoryEntry Registry::retire(const std::string& version) const {
  if (live() == version) {
    refuse(fmt::format("version {} is live; promote another, or roll back, first", version));
  }
  if (holds(retired_, version)) refuse(fmt::format("version {} is retired already", version));
  return {.act = Act::kRetire, .version = version};
}

HistoryEntry Registry::roll_back() const {
  if (live_.size() < 2) {
    throw Error(ErrorCode::kConflict, "model.nothing_before",
                live_.empty() ? "no version is live, so there is nothing to roll back"
                              : fmt::format("no other version that is still in use was live before "
                                            "{}; promote the one you want",
                                            live_.back()));
  }
  return {.act = Act::kRollback, .version = live_[live_.size() - 2], .replaced = live_.back()};
}

std::vector<std::string> versions_of(const fs::path& models, const std::string& name) {
  std::vector<std::string> versions;
  const fs::path folder = models / name;
  if (!fs::is_directory(folder)) return versions;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (fs::exists(entry.path() / "manifest.json") && entry.path().extension().empty()) {
      versions.push_back(entry.path().filename().string());
    }
  }
  std::ranges::sort(versions);
  return versions;
}

std::string find_version(const fs::path& models, const std::string& name,
                         const std::string& wanted) {
  const std::vector<std::string> known = versions_of(models, name);
  std::vector<std::string> meant;
  if (wanted == "latest") {
    if (const auto folder = latest_model(models, name)) meant.push_back(folder->filename());
  } else if (wanted == "live") {
    if (const auto live = Registry::read(models, name).live()) meant.push_back(*live);
  } else {
    std::ranges::copy_if(known, std::back_inserter(meant), [&](const std::string& version) {
      return version == wanted || (wanted.size() >= kLeastPrefix && version.starts_with(wanted));
    });
  }
  if (meant.size() == 1) return meant.front();
  const auto begins = [&](const std::string& version) { return version.starts_with(wanted); };
  if (wanted.size() < kLeastPrefix && std::ranges::any_of(known, begins)) {
    throw Error(ErrorCode::kNotFound, "model.version_missing",
                fmt::format("'{}' is too short for a version of model '{}': give {} digits or "
                            "more; there is: {}",
                            wanted, name, kLeastPrefix, fmt::join(known, ", ")));
  }
  throw Error(ErrorCode::kNotFound, "model.version_missing",
              fmt::format("{} version '{}' of model '{}'; there is: {}",
                          meant.empty() ? "there is no" : "more than one begins like", wanted, name,
                          known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
}

}  // namespace waymark::model
