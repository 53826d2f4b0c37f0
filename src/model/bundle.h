#pragma once

#include <filesystem>
#include <string>

namespace waymark::model {

// A trained version as one text (JSON) for another workspace: every file of its directory.
std::string pack(const std::filesystem::path& directory);

struct Unpacked {
  std::string name, version;
  bool is_new = false;  // false: this very version was there already
};

// Puts a packed version in its place below `models`, whole or not at all. Throws Error{kCorrupt,
// "model.malformed"} or {…, "model.damaged"} for what pack() did not write, and Error{kConflict,
// "model.version_taken"} where other files stand under its version.
Unpacked unpack(const std::filesystem::path& models, const std::string& text);

}  // namespace waymark::model
