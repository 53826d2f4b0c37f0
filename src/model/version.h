#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "model/definition.h"
#include "model/lineage.h"

namespace waymark::model {

// What every trained version keeps, whatever it foretells:
//
//   <models>/<name>/<version>/   manifest.json    name, version, Lineage, a hash of each other file
//                                model.yaml,      the definitions that it was trained by, as they
//                                features.yaml    stood
//                                card.md          for people
//                                …                what its kind needs: model.h, survival_version.h
//   <models>/<name>/latest       the version trained last
//   <models>/<name>/fits/        KeptFits of a training that was interrupted, or of a
//                                survival model
//   <models>/<name>/history.jsonl  what was done with versions: registry.h
//
// A version is the hash of all that training goes by: definition, data, parameters, code. Its
// directory appears whole and never changes. Values of this type are immutable and may be used from
// many threads.
class Version {
 public:
  const std::string& name() const { return name_; }
  const std::string& version() const { return version_; }
  // That of the definition that it was trained by.
  const std::string& definition_version() const { return lineage_.definition; }
  const std::string& card() const { return card_; }
  const Lineage& lineage() const { return lineage_; }
  // The definitions that it was trained by.
  const DefinitionTexts& texts() const { return texts_; }

 private:
  friend struct StoredVersion;

  std::string name_, version_, card_;
  Lineage lineage_;
  DefinitionTexts texts_;
};

using VersionFiles = std::map<std::string, std::string>;  // by name

// A version's directory as it was written.
struct StoredVersion {
  Version version;
  VersionFiles files;  // all but the manifest

  // Throws Error{kNotFound, "model.missing"}, or Error{kCorrupt, "model.damaged"} or {…,
  // "model.malformed"} for anything but a directory that train_version() wrote.
  static StoredVersion read(const std::filesystem::path& directory);

  bool has(const std::string& name) const { return files.contains(name); }
  // Throws Error{kNotFound, "model.missing"} where the version is of another kind: has none.
  void expect(const std::string& name) const;
  // Throws Error{kCorrupt, "model.malformed"} where there is none.
  const std::string& file(const std::string& name) const;
};

struct TrainingResult {
  std::filesystem::path directory;
  std::string version;
  bool is_new = false;  // false: this very version was there already, nothing was done
};

// The version of that lineage below `models`, with the files that `train` gives unless it stands
// there whole, becomes the latest.
TrainingResult train_version(const std::filesystem::path& models, const std::string& name,
                             const Lineage& lineage,
                             const std::function<VersionFiles(const std::string& version)>& train);

// The directory that `latest` points to; null where the model has not been trained. Throws
// Error{kCorrupt, "model.malformed"} where it points to no version.
std::optional<std::filesystem::path> latest_model(const std::filesystem::path& models,
                                                  const std::string& name);

// Writes a version's files so that its directory appears whole or not at all; what stood there
// goes.
void put_in_place(const std::filesystem::path& directory, const VersionFiles& files);

}  // namespace waymark::model
