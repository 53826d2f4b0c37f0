#include "model/model.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/json.h"
#include "model/card.h"
#include "model/lint.h"
#include "model/stored.h"

namespace waymark::model {
namespace {

namespace fs = std::filesystem;

std::string model_json(const ModelDefinition& definition, std::span<const FeatureFacts> features,
                       const Trial& trial) {
  JsonWriter out;
  out.begin_object().key("definition_version").string(definition.version);
  out.key("features").begin_array();
  for (const FeatureFacts& facts : features) write(out, facts);
  out.end_array();
  trial.predictor->write(out.key("predictor"));
  trial.calibrator.write(out.key("calibration"));
  if (trial.imputation) trial.imputation->write(out.key("imputation"));
  out.end_object();
  return out.take();
}

template <typename T>
std::string to_json(const T& value, JsonWriter::Style style) {
  JsonWriter out(style);
  write(out, value);
  return out.take();
}

std::string importance_json(std::span<const Importance> list) {
  JsonWriter out(JsonWriter::Style::kPretty);
  out.begin_array();
  for (const Importance& importance : list) {
    out.begin_object().key("feature").string(importance.feature);
    out.key("label").string(importance.label).key("share").number(importance.share);
    out.key("permutation").number(importance.permutation);
    out.key("contribution").number(importance.contribution);
    out.key("direction").number(importance.direction).end_object();
  }
  out.end_array();
  return out.take();
}

// Of models that were trained before it was asked: NaN.
double stored_if_there(const Json& json, const char* name) {
  const Json* found = json.find(name);
  return found == nullptr ? kMissing : stored_or_missing(*found);
}

Importance read_importance(const Json& json) {
  return {.feature = json.at("feature").string(),
          .label = json.at("label").string(),
          .share = stored_number(json.at("share")),
          .permutation = stored_or_missing(json.at("permutation")),
          .contribution = stored_if_there(json, "contribution"),
          .direction = stored_if_there(json, "direction")};
}

// What a training gives, judged and explained.
VersionFiles files_of(const ModelDefinition& definition, const DataSet& data,
                      const std::string& version, std::size_t threads, const KeptFits& kept,
                      const Steps& progress) {
  const LeakJudgement leaks = judged_leaks(definition, data);
  leaks.expect_none();
  const std::vector<Fold> folds = folds_of(data, definition.split, definition.seed);
  const Trial trial = try_trainers(definition, data, folds, threads, kept, progress);
  const std::vector<FeatureFacts> features =
      feature_facts(trial.training, definition.labels, definition.unsaid);
  const std::vector<Importance> importance =
      importance_of(*trial.predictor, features, trial.test, definition.seed, threads);
  using enum JsonWriter::Style;
  std::optional<Fairness> fairness;
  if (definition.fairness.asked()) {
    fairness = judge_fairness(definition.fairness, trial.test, trial.probability, trial.called,
                              trial.left, definition.seed);
  }
  std::string outages;
  if (definition.outages) {
    const DataSet learned_from = folds.size() > 1 ? data : select(data, folds[0].training);
    outages = outages_in_words(*definition.outages, learned_from, trial.test, trial.probability);
  }
  VersionFiles files = {
      {"model.json", model_json(definition, features, trial)},
      {"metrics.json", to_json(trial.evaluation, kPretty)},
      {"judged.json", to_json(judged_of(trial.test, trial.probability), kCompact)},
      {"importance.json", importance_json(importance)},
      {"model.yaml", definition.texts.model},
      {"features.yaml", definition.texts.features},
      {"card.md", model_card(definition, version, trial.evaluation, trial.weights, importance,
                             fairness ? &*fairness : nullptr, leaks.card, outages)}};
  if (fairness) files["fairness.json"] = to_json(*fairness, kPretty);
  return files;
}

}  // namespace

Model Model::read(const StoredVersion& stored) try {
  stored.expect("model.json");
  const auto content = [&](const std::string& file) { return Json::parse(stored.file(file)); };
  Model model(stored.version);
  const Json json = content("model.json");
  for (const Json& facts : json.at("features").array()) {
    model.features_.push_back(read_facts(facts));
  }
  model.predictor_ = read_predictor(json.at("predictor"));
  model.calibrator_ = Calibrator::read(json.at("calibration"));
  if (const Json* imputation = json.find("imputation")) {
    model.imputation_ = Imputation::read(*imputation);
  }
  model.evaluation_ = read_evaluation(content("metrics.json"));
  const Json importance = content("importance.json");
  for (const Json& item : importance.array()) model.importance_.push_back(read_importance(item));
  if (stored.has("fairness.json")) model.fairness_ = read_fairness(content("fairness.json"));
  model.judged_ = read_judged(content("judged.json"));
  if (model.predictor_->outputs() != stats::outputs_of(model.evaluation_.classes.size())) {
    malformed("its figures are of other classes");
  }
  if (const std::size_t maps = model.calibrator_.outputs();
      maps != 0 && maps != model.predictor_->outputs()) {
    malformed("it is calibrated for other classes");
  }
  for (const FeatureFacts& facts : model.features_) {
    if (facts.direction.size() != model.predictor_->outputs()) malformed("directions are missing");
  }
  return model;
} catch (const Error& error) {
  if (error.reason().starts_with("json.")) malformed(error.what());
  throw;
}

std::vector<double> Model::score(const DataSet& data) const {
  std::vector<double> margins =
      imputation_ ? predictor_->margins(imputation_->apply(data)) : predictor_->margins(data);
  std::vector<double> values =
      calibrator_.apply(to_probabilities(std::move(margins), predictor_->outputs()));
  for (const double value : values) {
    if (std::isnan(value)) malformed("its numbers give no score");
  }
  return values;
}

std::vector<Explanation> Model::explain(const DataSet& data, std::span<const std::uint32_t> rows,
                                        std::size_t most) const {
  const auto explained = [&](const DataSet& whole) {
    return explanations(*predictor_, calibrator_, features_, decision(), whole, rows, most);
  };
  return imputation_ ? explained(imputation_->apply(data)) : explained(data);
}

TrainingResult train(const ModelDefinition& definition, const DataSet& data, const fs::path& models,
                     std::size_t threads, const Steps& progress) {
  return train_version(
      models, definition.name, lineage_of(definition, data), [&](const std::string& version) {
        const KeptFits kept(models / definition.name / "fits");
        VersionFiles files = files_of(definition, data, version, threads, kept, progress);
        kept.clear();
        return files;
      });
}

}  // namespace waymark::model
