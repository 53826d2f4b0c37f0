#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/definition.h"
#include "model/evaluation.h"
#include "model/explanation.h"
#include "model/importance.h"
#include "model/judged.h"
#include "model/lineage.h"
#include "model/trial.h"

namespace waymark::model {

// A trained model as its directory holds it:
//
//   <models>/<name>/<version>/   manifest.json    name, version, Lineage, a hash of each other file
//                                model.json       all that scoring needs
//                                metrics.json     Evaluation
//                                judged.json      Judged
//                                fairness.json    Fairness, where it was asked for
//                                importance.json  list of Importance
//                                model.yaml,      the definitions that it was trained by, as they
//                                features.yaml    stood
//                                card.md          for people
//   <models>/<name>/latest       the version trained last
//   <models>/<name>/fits/        KeptFits of a training that was interrupted, or of a
//                                survival model
//   <models>/<name>/history.jsonl  what was done with versions: registry.h
//
// A version is the hash of all that training goes by: definition, data, parameters, code. Its
// directory appears whole and never changes. Values of this type are immutable and may be used from
// many threads.
class Model {
 public:
  // Throws Error{kNotFound, "model.missing"}, or Error{kCorrupt, "model.damaged"} or {…,
  // "model.malformed"} for anything but a directory that train() wrote.
  static Model load(const std::filesystem::path& directory);

  const std::string& name() const { return name_; }
  const std::string& version() const { return version_; }
  // The ModelDefinition::version that it was trained by.
  const std::string& definition_version() const { return definition_version_; }
  const std::vector<std::string>& classes() const { return evaluation_.classes; }
  const Decision& decision() const { return evaluation_.best().decision; }
  const Evaluation& evaluation() const { return evaluation_; }
  const std::vector<Importance>& importance() const { return importance_; }
  const std::string& card() const { return card_; }
  const Lineage& lineage() const { return lineage_; }
  const Judged& judged() const { return judged_; }
  // Null where none was asked for.
  const std::optional<Fairness>& fairness() const { return fairness_; }
  // The definitions that it was trained by.
  const DefinitionTexts& texts() const { return texts_; }

  // Probabilities per row: of two classes that of the second, of more all of them. Throws
  // Error{kInvalid, "model.column_missing"}, and what load() throws where a file was made to
  // compute nonsense.
  std::vector<double> score(const DataSet& data) const;
  // Why, for some rows: see explanations(). `data` should hold all of their cohorts.
  std::vector<Explanation> explain(const DataSet& data, std::span<const std::uint32_t> rows,
                                   std::size_t most) const;

 private:
  Model() = default;
  DataSet imputed(const DataSet& data) const;

  std::string name_, version_, definition_version_, card_;
  std::shared_ptr<const Predictor> predictor_;
  Calibrator calibrator_;
  std::optional<Imputation> imputation_;
  std::vector<FeatureFacts> features_;
  Evaluation evaluation_;
  std::vector<Importance> importance_;
  Lineage lineage_;
  Judged judged_;
  std::optional<Fairness> fairness_;
  DefinitionTexts texts_;
};

struct TrainingResult {
  std::filesystem::path directory;
  std::string version;
  bool is_new = false;  // false: this very version was there already, nothing was done
};

// Trains, judges and writes a model below `models`, and makes it the latest. `data` holds labelled
// rows; leaks among them that the definition does not allow are an Error{kInvalid, "model.leak"},
// see lint.h. Equal inputs give equal files, byte for byte, whatever `threads`. `progress`: as
// try_trainers() says. Throws what folds_of() and held_out_parts() throw.
TrainingResult train(const ModelDefinition& definition, const DataSet& data,
                     const std::filesystem::path& models, std::size_t threads,
                     const Steps& progress);

// The directory that `latest` points to; null where the model has not been trained. Throws
// Error{kCorrupt, "model.malformed"} where it points to no version.
std::optional<std::filesystem::path> latest_model(const std::filesystem::path& models,
                                                  const std::string& name);

// Writes a version's files so that its directory appears whole or not at all; what stood there
// goes.
void put_in_place(const std::filesystem::path& directory,
                  const std::map<std::string, std::string>& files);

}  // namespace waymark::model
