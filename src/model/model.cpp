#include "model/model.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "model/card.h"
#include "model/lint.h"
#include "model/stored.h"

namespace waymark::model {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFormat = 3;

std::string model_json(const ModelDefinition& definition, std::span<const FeatureFacts> features,
                       const Trial& trial) {
  JsonWriter out;
  out.begin_object().key("definition_version").string(definition.version);
  out.key("features").begin_array();
  for (const FeatureFacts& facts : features) {
    out.begin_object().key("name").string(facts.name).key("label").string(facts.label);
    out.key("told").boolean(facts.told);
    write_numbers(out.key("direction"), facts.direction);
    out.end_object();
  }
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

std::string manifest_json(const std::string& name, const std::string& version,
                          const Lineage& lineage, const std::map<std::string, std::string>& files) {
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
    Model::load(directory);
    return true;
  } catch (const Error&) {
    return false;
  }
}

FeatureFacts read_facts(const Json& json) {
  return {.name = json.at("name").string(),
          .label = json.at("label").string(),
          .told = json.at("told").boolean(),
          .direction = stored_numbers(json.at("direction"))};
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

std::string checked_file(const fs::path& path, const std::string& hash) {
  std::string bytes = read_file(path);
  if (to_hex(hash128(bytes)) == hash) return bytes;
  throw Error(ErrorCode::kCorrupt, "model.damaged",
              fmt::format("{} is not as it was written; train the model again", path.string()));
}

}  // namespace

Model Model::load(const fs::path& directory) try {
  if (!fs::exists(directory / "manifest.json")) {
    throw Error(ErrorCode::kNotFound, "model.missing",
                fmt::format("there is no trained model in {}", directory.string()));
  }
  const Json manifest = Json::parse(read_file(directory / "manifest.json"));
  if (manifest.at("format").integer() != kFormat) {
    throw Error(ErrorCode::kNotFound, "model.missing",
                fmt::format("another version of Waymark wrote the model in {}; train it again",
                            directory.string()));
  }
  const auto content = [&](const std::string& file) {
    return checked_file(directory / file, manifest.at("files").at(file).string());
  };
  Model model;
  model.name_ = manifest.at("name").string();
  model.version_ = manifest.at("version").string();
  const Json json = Json::parse(content("model.json"));
  model.definition_version_ = json.at("definition_version").string();
  for (const Json& facts : json.at("features").array()) {
    model.features_.push_back(read_facts(facts));
  }
  model.predictor_ = read_predictor(json.at("predictor"));
  model.calibrator_ = Calibrator::read(json.at("calibration"));
  if (const Json* imputation = json.find("imputation")) {
    model.imputation_ = Imputation::read(*imputation);
  }
  model.evaluation_ = read_evaluation(Json::parse(content("metrics.json")));
  const Json importance = Json::parse(content("importance.json"));
  for (const Json& item : importance.array()) model.importance_.push_back(read_importance(item));
  model.card_ = content("card.md");
  if (manifest.at("files").find("fairness.json") != nullptr) {
    model.fairness_ = read_fairness(Json::parse(content("fairness.json")));
  }
  model.lineage_ = read_lineage(manifest.at("lineage"));
  model.judged_ = read_judged(Json::parse(content("judged.json")));
  model.texts_ = {content("model.yaml"), content("features.yaml")};
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
  std::vector<double> values = calibrator_.apply(
      to_probabilities(predictor_->margins(imputed(data)), predictor_->outputs()));
  for (const double value : values) {
    if (std::isnan(value)) malformed("its numbers give no score");
  }
  return values;
}

std::vector<Explanation> Model::explain(const DataSet& data, std::span<const std::uint32_t> rows,
                                        std::size_t most) const {
  return explanations(*predictor_, calibrator_, features_, decision(), imputed(data), rows, most);
}

DataSet Model::imputed(const DataSet& data) const {
  return imputation_ ? imputation_->apply(data) : data;
}

TrainingResult train(const ModelDefinition& definition, const DataSet& data, const fs::path& models,
                     std::size_t threads, const Steps& progress) {
  const Lineage lineage = lineage_of(definition, data);
  const std::string version = version_of(definition.name, lineage);
  const fs::path folder = models / definition.name;
  TrainingResult result{.directory = folder / version, .version = version};
  if (!is_whole(result.directory)) {
    result.is_new = true;
    const std::vector<Fold> folds = folds_of(data, definition.split, definition.seed);
    const LeakJudgement leaks = judged_leaks(definition, data);
    leaks.expect_none();
    const KeptFits kept(folder / "fits");
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
    std::map<std::string, std::string> files = {
        {"model.json", model_json(definition, features, trial)},
        {"metrics.json", to_json(trial.evaluation, kPretty)},
        {"judged.json", to_json(judged_of(trial.test, trial.probability), kCompact)},
        {"importance.json", importance_json(importance)},
        {"model.yaml", definition.texts.model},
        {"features.yaml", definition.texts.features},
        {"card.md", model_card(definition, version, trial.evaluation, trial.weights, importance,
                               fairness ? &*fairness : nullptr, leaks.card, outages)}};
    if (fairness) files["fairness.json"] = to_json(*fairness, kPretty);
    files["manifest.json"] = manifest_json(definition.name, version, lineage, files);
    put_in_place(result.directory, files);
    kept.clear();
  }
  write_file_atomically(folder / "latest", version + "\n");
  return result;
}

void put_in_place(const fs::path& directory, const std::map<std::string, std::string>& files) {
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
