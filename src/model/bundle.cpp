#include "model/bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "model/stored.h"
#include "model/survival_version.h"

namespace waymark::model {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "waymark model 1";

// What can be part of a path and leads nowhere else.
bool is_plain(const std::string& name) {
  return !name.empty() && name.front() != '.' &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

std::map<std::string, std::string> files_of(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    files[entry.path().filename().string()] = read_file(entry.path());
  }
  return files;
}

std::string member(const Json& json, std::string_view name) {
  const std::string& text = json.at(name).string();
  if (!is_plain(text)) malformed(fmt::format("its {} is none", name));
  return text;
}

}  // namespace

std::string pack(const fs::path& directory) {
  const Version version = StoredVersion::read(directory).version;
  JsonWriter out;
  out.begin_object().key("format").string(kFormat).key("name").string(version.name());
  out.key("version").string(version.version()).key("files").begin_object();
  for (const auto& [name, bytes] : files_of(directory)) out.key(name).string(bytes);
  return out.end_object().end_object().take() + "\n";
}

Unpacked unpack(const fs::path& models, const std::string& text) try {
  const Json json = Json::parse(text);
  if (json.at("format").string() != kFormat) malformed("it is no packed model");
  Unpacked out{.name = member(json, "name"), .version = member(json, "version")};
  std::map<std::string, std::string> files;
  for (const auto& [name, bytes] : json.at("files").object()) {
    if (!is_plain(name)) malformed("a file's name is none");
    files[name] = bytes.string();
  }
  const fs::path directory = models / out.name / out.version;
  if (fs::exists(directory / "manifest.json")) {
    if (files_of(directory) == files) return out;
    throw Error(ErrorCode::kConflict, "model.version_taken",
                fmt::format("{} is there already, and is another", directory.string()));
  }
  const TemporaryFolder scratch;
  for (const auto& [name, bytes] : files) write_file_atomically(scratch.path() / name, bytes);
  const AnyVersion version = load_version(scratch.path());
  if (facts_of(version).name() != out.name || facts_of(version).version() != out.version) {
    malformed("its parts are of different models");
  }
  put_in_place(directory, files);
  out.is_new = true;
  return out;
} catch (const Error& error) {
  if (error.reason().starts_with("json.")) malformed(error.what());
  if (error.reason() != "model.damaged") throw;
  throw Error(error.code(), error.reason(),
              "it was changed after it was exported; export it again");
}

}  // namespace waymark::model
