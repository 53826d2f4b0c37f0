#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace waymark::model {

// What a trained version is used for. At most one is live: it scores. Shadows score beside it, for
// comparison only. A retired one is used no more, until somebody promotes it again.
enum class Stage { kTrained, kShadow, kLive, kRetired };
std::string_view in_words(Stage stage);  // "trained", "shadow", "live", "retired"

// What was done with a version.
enum class Act { kTrain, kImport, kPromote, kShadow, kRollback, kRetire };
std::string_view in_words(Act act);  // "train", "import", "promote", …

// A line of a model's history.
struct HistoryEntry {
  Micros at = 0;
  Act act = Act::kTrain;
  std::string version;
  std::string replaced;  // the version that was live until then; empty where none was
  std::string by;        // who; empty for what `waymark train` or `run` did
  std::string reason;
  std::vector<std::string> overridden;  // gates that were broken, in words
};

// All that was ever done with a model's versions, and what follows from it: a value.
//
//   <models>/<name>/history.jsonl   one entry a line, oldest first; only ever appended to
//
// A last line without its end was never acknowledged and does not count.
class Registry {
 public:
  // Throws Error{kCorrupt, "model.history_damaged"} that names the line.
  static Registry read(const std::filesystem::path& models, const std::string& name);

  // Writes down what `decide` makes of the history as it is, durably, before it returns; what
  // `decide` throws leaves all as it was. Meanwhile nobody else writes. Returns the history after.
  using Decide = std::function<HistoryEntry(const Registry&)>;
  static Registry append(const std::filesystem::path& models, const std::string& name,
                         const Decide& decide);

  const std::vector<HistoryEntry>& history() const { return history_; }
  // The live version; null where none was promoted.
  std::optional<std::string> live() const;
  std::optional<Micros> live_since() const;
  std::vector<std::string> shadows() const;  // the newest last
  Stage stage(const std::string& version) const;
  std::optional<Micros> trained_at(const std::string& version) const;

  // Entries for append(); each throws Error{kConflict, "model.stage"} where it makes no sense:
  // to promote what is live, to shadow or retire the live version, to retire what is retired.
  HistoryEntry promote(const std::string& version) const;
  HistoryEntry shadow(const std::string& version) const;
  HistoryEntry retire(const std::string& version) const;
  // Back to the version that was live before; {kConflict, "model.nothing_before"} where none was.
  HistoryEntry roll_back() const;

 private:
  void apply(HistoryEntry entry);

  std::vector<HistoryEntry> history_;
  std::vector<std::string> live_;  // the live one last, before it those to roll back to
  std::vector<std::string> shadows_, retired_;
};

// Versions of a model that stand in its folder whole, by name.
std::vector<std::string> versions_of(const std::filesystem::path& models, const std::string& name);

// The one version that is meant by its name or the beginning of it (at least kLeastPrefix digits),
// by "latest" or "live". Throws Error{kNotFound, "model.version_missing"} that lists what there is.
std::string find_version(const std::filesystem::path& models, const std::string& name,
                         const std::string& wanted);
inline constexpr std::size_t kLeastPrefix = 4;

}  // namespace waymark::model
