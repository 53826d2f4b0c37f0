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
#include "model/trial.h"
#include "model/version.h"

namespace waymark::model {

// A trained classifier. Beside what every version keeps (version.h) its directory has
//
//   model.json       all that scoring needs
//   metrics.json     Evaluation
//   judged.json      Judged
//   fairness.json    Fairness, where it was asked for
//   importance.json  list of Importance
class Model : public Version {
 public:
  using Definition = ModelDefinition;

  // Throws what StoredVersion::read() throws, also of a version of another kind.
  static Model load(const std::filesystem::path& directory) {
    return read(StoredVersion::read(directory));
  }
  static Model read(const StoredVersion& stored);

  const std::vector<std::string>& classes() const { return evaluation_.classes; }
  const Decision& decision() const { return evaluation_.best().decision; }
  const Evaluation& evaluation() const { return evaluation_; }
  const std::vector<Importance>& importance() const { return importance_; }
  const Judged& judged() const { return judged_; }
  // Null where none was asked for.
  const std::optional<Fairness>& fairness() const { return fairness_; }

  // Probabilities per row: of two classes that of the second, of more all of them. Throws
  // Error{kInvalid, "model.column_missing"}, and what load() throws where a file was made to
  // compute nonsense.
  std::vector<double> score(const DataSet& data) const;
  // Why, for some rows: see explanations(). `data` should hold all of their cohorts.
  std::vector<Explanation> explain(const DataSet& data, std::span<const std::uint32_t> rows,
                                   std::size_t most) const;

 private:
  explicit Model(Version version) : Version(std::move(version)) {}

  std::shared_ptr<const Predictor> predictor_;
  Calibrator calibrator_;
  std::optional<Imputation> imputation_;
  std::vector<FeatureFacts> features_;
  Evaluation evaluation_;
  std::vector<Importance> importance_;
  Judged judged_;
  std::optional<Fairness> fairness_;
};

// Trains, judges and writes a model below `models`, and makes it the latest. `data` holds labelled
// rows; leaks among them that the definition does not allow are an Error{kInvalid, "model.leak"},
// see lint.h. Equal inputs give equal files, byte for byte, whatever `threads`. `progress`: as
// try_trainers() says. Throws what folds_of() and held_out_parts() throw.
TrainingResult train(const ModelDefinition& definition, const DataSet& data,
                     const std::filesystem::path& models, std::size_t threads,
                     const Steps& progress);

}  // namespace waymark::model
