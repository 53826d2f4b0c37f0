#include "model/version.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "model/stored.h"

namespace waymark::model {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFormat = 3;
constexpr const char* kManifest = "manifest.json";

std::string manifest_json(const std::string& name, const std::string& version,
                          const Lineage& lineage, const VersionFiles& files) {
  JsonWriter out(JsonWriter::Style::kPretty);
  out.begin_object().key("format").integer(kFormat).key("name").string(name);
  out.key("version").string(version);
  write(out.key("lineage"), lineage);
  out.key("files").begin_object();
  for (const auto& [file, bytes] : files) out.key(file).string(to_hex(hash128(bytes)));
  out.end_object().end_object();
  return out.take();
}

bool is_whole(const fs::path& directory) {
  try {
    StoredVersion::read(directory);
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::string checked_file(const fs::path& path, const std::string& hash) {
  std::string bytes = read_file(path);
  if (to_hex(hash128(bytes)) == hash) return bytes;
  throw Error(ErrorCode::kCorrupt, "model.damaged",
              fmt::format("{} is not as it was written; train the model again", path.string()));
}

}  // namespace

StoredVersion StoredVersion::read(const fs::path& directory) try {
  if (!fs::exists(directory / kManifest)) {
    throw Error(ErrorCode::kNotFound, "model.missing",
                fmt::format("there is no trained model in {}", directory.string()));
  }
  const Json manifest = Json::parse(read_file(directory / kManifest));
  if (manifest.at("format").integer() != kFormat) {
    throw Error(ErrorCode::kNotFound, "model.missing",
                fmt::format("another version of Waymark wrote the model in {}; train it again",
                            directory.string()));
  }
  StoredVersion stored;
  for (const auto& [name, hash] : manifest.at("files").object()) {
    stored.files[name] = checked_file(directory / name, hash.string());
  }
  Version& version = stored.version;
  version.name_ = manifest.at("name").string();
  version.version_ = manifest.at("version").string();
  version.lineage_ = read_lineage(manifest.at("lineage"));
  version.card_ = stored.file("card.md");
  version.texts_ = {stored.file("model.yaml"), stored.file("features.yaml")};
  return stored;
} catch (const Error& error) {
  if (error.reason().starts_with("json.")) malformed(error.what());
  throw;
}

void StoredVersion::expect(const std::string& name) const {
  if (has(name)) return;
  throw Error(ErrorCode::kNotFound, "model.missing",
              fmt::format("version {} of '{}' is a model of another kind", version.version(),
                          version.name()));
}

const std::string& StoredVersion::file(const std::string& name) const {
  const auto found = files.find(name);
  if (found == files.end()) malformed(fmt::format("it has no {}", name));
  return found->second;
}

TrainingResult train_version(const fs::path& models, const std::string& name,
                             const Lineage& lineage,
                             const std::function<VersionFiles(const std::string&)>& train) {
  const fs::path folder = models / name;
  const std::string version = version_of(name, lineage);
  TrainingResult result{.directory = folder / version, .version = version};
  if (!is_whole(result.directory)) {
    result.is_new = true;
    VersionFiles files = train(version);
    files[kManifest] = manifest_json(name, version, lineage, files);
    put_in_place(result.directory, files);
  }
  write_file_atomically(folder / "latest", version + "\n");
  return result;
}

void put_in_place(const fs::path& directory, const VersionFiles& files) {
  fs::path unfinished = directory;
  unfinished += ".unfinished";
  std::error_code error;
  fs::remove_all(unfinished, error);
  fs::create_directories(unfinished, error);
  for (const auto& [file, bytes] : files) write_file_atomically(unfinished / file, bytes);
  fs::remove_all(directory, error);  // a damaged one
  fs::rename(unfinished, directory, error);
  if (error) {
    throw Error(
        ErrorCode::kEnvironment, "model.write",
        fmt::format("cannot write the model to {}: {}", directory.string(), error.message()));
  }
  sync_path(directory.parent_path());
}

std::optional<fs::path> latest_model(const fs::path& models, const std::string& name) {
  const fs::path pointer = models / name / "latest";
  if (!fs::exists(pointer)) return std::nullopt;
  const std::string version(trimmed(read_file(pointer)));
  if (version.find_first_not_of("0123456789abcdef") != std::string::npos || version.empty()) {
    malformed("'latest' is no version");
  }
  return models / name / version;
}

}  // namespace waymark::model
