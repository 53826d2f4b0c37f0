#include "model/survival_version.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "model/stored.h"
#include "model/survival_card.h"
#include "stats/jackknife.h"

namespace waymark::model {
namespace {

namespace fs = std::filesystem;

// Raised when training would give another model for the same inputs, though its trainers would not.
constexpr const char* kCode = "survival 1";
constexpr const char* kModelFile = "survival.json";
constexpr std::size_t kMostTimes = 1000;

// ---- what it was made from ----

// All of a learner's clock that training goes by.
std::string hash_of(const SurvivalRows& rows) {
  Hasher hash;
  hash.field(content_hash(rows.data));
  for (std::size_t row = 0; row < rows.data.size(); ++row) {
    hash.number(static_cast<std::uint64_t>(rows.watched_until[row]));
    hash.number(rows.happened[row]);
  }
  return to_hex(hash.digest());
}

Lineage lineage_of(const SurvivalDefinition& definition, const SurvivalRows& rows) {
  Lineage lineage{.data = hash_of(rows),
                  .definition = definition.version,
                  .features = definition.rows.measure_version,
                  .code = fmt::format("{}, {}", kTrainingCode, kCode),
                  .trainers = {},
                  .seed = definition.seed,
                  .rows = rows.data.size(),
                  .columns = rows.data.columns.size()};
  for (const SurvivalMethod& method : definition.methods) {
    lineage.trainers.push_back(method.trainer ? in_words(*method.trainer, definition.seed)
                                              : method.name());
  }
  return lineage;
}

// ---- figures as JSON ----

void write_figure(JsonWriter& out, const stats::Estimate& estimate) {
  write(out, figure_of(estimate));
}

stats::Estimate read_estimate(const Json& json) {
  const Figure figure = read_figure(json);
  return {figure.value, {figure.low, figure.high}};
}

void write_quality(JsonWriter& out, const SurvivalQuality& quality) {
  out.begin_object();
  write_figure(out.key("concordance"), quality.concordance);
  out.key("brier").begin_array();
  for (const stats::Estimate& brier : quality.brier) write_figure(out, brier);
  out.end_array().end_object();
}

SurvivalQuality read_quality(const Json& json, std::size_t times) {
  SurvivalQuality quality{read_estimate(json.at("concordance")), {}};
  for (const Json& brier : json.at("brier").array()) quality.brier.push_back(read_estimate(brier));
  if (quality.brier.size() != times) malformed("scores and days differ in number");
  return quality;
}

void write_count(JsonWriter& out, std::size_t count) {
  out.integer(static_cast<std::int64_t>(count));
}

void write_effect(JsonWriter& out, const SurvivalEffect& effect) {
  out.begin_object().key("input").string(effect.input).key("unit").string(effect.unit);
  out.key("coefficient").number(effect.coefficient);
  out.key("standard_error").number(effect.standard_error);
  out.key("endless").boolean(effect.endless);
  out.key("p").number(effect.probability).key("changes_p").number(effect.changes).end_object();
}

SurvivalEffect read_effect(const Json& json) {
  const Json* const endless = json.find("endless");
  return {.input = json.at("input").string(),
          .unit = json.at("unit").string(),
          .coefficient = stored_number(json.at("coefficient")),
          .standard_error = stored_or_missing(json.at("standard_error")),
          .endless = endless != nullptr && endless->boolean(),
          .probability = stored_or_missing(json.at("p")),
          .changes = stored_or_missing(json.at("changes_p"))};
}

void write_findings(JsonWriter& out, const std::vector<double>& at,
                    const std::vector<std::string>& methods, const SurvivalFindings& study) {
  write_numbers(out.begin_object().key("at"), at);
  out.key("methods").begin_array();
  for (std::size_t i = 0; i < study.judged.size(); ++i) {
    const SurvivalJudgement& judged = study.judged[i];
    out.begin_object().key("name").string(methods[i]);
    out.key("converged").boolean(judged.converged);
    out.key("held_out_brier").number(judged.held_out_brier);
    write_quality(out.key("test"), judged.quality);
    write_quality(out.key("over_chosen"), judged.over_chosen);
    out.end_object();
  }
  out.end_array();
  write_count(out.key("chosen"), study.chosen);
  write_quality(out.key("curve_of_all"), study.curve);
  write_quality(out.key("curve_of_all_over_chosen"), study.curve_over_chosen);
  write_count(out.key("learned_from"), study.training);
  write_count(out.key("learned_events"), study.training_events);
  write_count(out.key("judged_on"), study.test);
  write_count(out.key("judged_events"), study.test_events);
  if (study.explained) write_count(out.key("explained"), *study.explained);
  out.key("effects").begin_array();
  for (const SurvivalEffect& effect : study.effects) write_effect(out, effect);
  out.end_array().key("changes_p").number(study.changes).end_object();
}

std::string metrics_json(const SurvivalDefinition& definition, const SurvivalFindings& findings) {
  JsonWriter out(JsonWriter::Style::kPretty);
  write_findings(out, definition.at, names_of(definition.methods), findings);
  return out.take();
}

std::string model_json(const SurvivalForecaster& forecaster) {
  JsonWriter out;
  out.begin_object().key("features").begin_array();
  for (const FeatureFacts& facts : forecaster.facts) write(out, facts);
  out.end_array();
  forecaster.predictor->write(out.key("predictor"));
  out.end_object();
  return out.take();
}

std::string judged_json(const SurvivalDefinition& definition, const SurvivalRows& rows,
                        const SurvivalStudy& study) {
  const stats::Lifetimes lifetimes = tested_lifetimes(definition, rows);
  const DataSet test = select(rows.data, study.test_rows);
  Hasher hash;
  for (std::size_t row = 0; row < test.size(); ++row) {
    const Cohort& cohort = test.cohorts[test.cohort[row]];
    hash.field(test.learner[row].reveal());
    hash.field(cohort.course);
    hash.number(static_cast<std::uint64_t>(cohort.as_of));
    hash.number(static_cast<std::uint64_t>(rows.watched_until[study.test_rows[row]]));
    hash.number(lifetimes.event[row]);
  }
  JsonWriter out;
  out.begin_object().key("rows").string(to_hex(hash.digest()));
  out.key("learner").begin_array();
  for (const std::uint32_t learner : learner_numbers(test)) out.integer(learner);
  out.end_array();
  write_numbers(out.key("days"), lifetimes.stop);
  out.key("happened").begin_array();
  for (const std::uint8_t event : lifetimes.event) out.integer(event);
  out.end_array();
  write_numbers(out.key("risk"), study.forecasts.risk);
  out.key("without").begin_array();
  for (const auto& without : study.forecasts.without) write_numbers(out, without);
  out.end_array().end_object();
  return out.take();
}

SurvivalVersion::Judged read_judged_rows(const Json& json, std::size_t times) {
  SurvivalVersion::Judged judged{
      .rows = json.at("rows").string(), .learner = {}, .lifetimes = {}, .forecasts = {}};
  judged.lifetimes.stop = stored_numbers(json.at("days"));
  judged.forecasts.risk = stored_numbers(json.at("risk"));
  const std::size_t rows = judged.lifetimes.stop.size();
  for (const Json& learner : json.at("learner").array()) {
    judged.learner.push_back(
        static_cast<std::uint32_t>(stored_index(learner, std::max<std::size_t>(rows, 1))));
  }
  for (const Json& event : json.at("happened").array()) {
    judged.lifetimes.event.push_back(static_cast<std::uint8_t>(stored_index(event, 2)));
  }
  for (const Json& without : json.at("without").array()) {
    judged.forecasts.without.push_back(stored_numbers(without));
  }
  const auto is_as_long = [&](const auto& list) { return list.size() == rows; };
  if (!is_as_long(judged.learner) || !is_as_long(judged.lifetimes.event) ||
      !is_as_long(judged.forecasts.risk) || judged.forecasts.without.size() != times ||
      !std::ranges::all_of(judged.forecasts.without, is_as_long)) {
    malformed("lists of test rows differ in length");
  }
  return judged;
}

}  // namespace

SurvivalVersion SurvivalVersion::read(const StoredVersion& stored) try {
  stored.expect(kModelFile);
  SurvivalVersion version(stored.version);
  const Json model = Json::parse(stored.file(kModelFile));
  for (const Json& facts : model.at("features").array()) {
    version.forecaster_.facts.push_back(read_facts(facts));
    if (version.forecaster_.facts.back().direction.size() != 1) malformed("directions are missing");
  }
  version.forecaster_.predictor = read_survival_predictor(model.at("predictor"));
  const Json metrics = Json::parse(stored.file("metrics.json"));
  version.at_ = stored_numbers(metrics.at("at"));
  const std::size_t times = version.at_.size();
  if (times == 0 || times > kMostTimes) malformed("no days to forecast at");
  SurvivalFindings& findings = version.findings_;
  for (const Json& method : metrics.at("methods").array()) {
    version.methods_.push_back(method.at("name").string());
    findings.judged.push_back({.converged = method.at("converged").boolean(),
                               .held_out_brier = stored_or_missing(method.at("held_out_brier")),
                               .quality = read_quality(method.at("test"), times),
                               .over_chosen = read_quality(method.at("over_chosen"), times)});
  }
  findings.chosen = stored_index(metrics.at("chosen"), version.methods_.size());
  findings.judged[findings.chosen].chosen = true;
  findings.curve = read_quality(metrics.at("curve_of_all"), times);
  findings.curve_over_chosen = read_quality(metrics.at("curve_of_all_over_chosen"), times);
  findings.training = stored_count(metrics.at("learned_from"));
  findings.training_events = stored_count(metrics.at("learned_events"));
  findings.test = stored_count(metrics.at("judged_on"));
  findings.test_events = stored_count(metrics.at("judged_events"));
  if (const Json* explained = metrics.find("explained")) {
    findings.explained = stored_index(*explained, version.methods_.size());
  }
  for (const Json& effect : metrics.at("effects").array()) {
    findings.effects.push_back(read_effect(effect));
  }
  findings.changes = stored_or_missing(metrics.at("changes_p"));
  version.judged_ = read_judged_rows(Json::parse(stored.file("judged.json")), times);
  return version;
} catch (const Error& error) {
  if (error.reason().starts_with("json.")) malformed(error.what());
  throw;
}

TrainingResult train_survival(const SurvivalDefinition& definition, const SurvivalRows& rows,
                              const fs::path& models, std::size_t threads, const KeptFits& kept) {
  return train_version(
      models, definition.name, lineage_of(definition, rows), [&](const std::string& version) {
        const SurvivalStudy study = study_survival(definition, rows, threads, kept);
        if (study.judged.empty()) {
          throw Error(ErrorCode::kInvalid, "survival.too_few",
                      fmt::format("model '{}' has {} learners of earlier courses to learn from, of "
                                  "whom {} came to it by the first forecast; {} are the least",
                                  definition.name, study.training, study.training_events,
                                  2 * stats::SurvivalTrial::kParts));
        }
        return VersionFiles{{kModelFile, model_json(learn_forecaster(
                                             definition, rows, definition.methods[study.chosen]))},
                            {"metrics.json", metrics_json(definition, study)},
                            {"judged.json", judged_json(definition, rows, study)},
                            {"model.yaml", definition.rows.texts.model},
                            {"features.yaml", definition.rows.texts.features},
                            {"card.md", survival_card(definition, version, rows, study)}};
      });
}

void write(JsonWriter& out, const SurvivalVersion& version) {
  write_findings(out, version.at(), version.methods(), version.findings());
}

std::vector<Comparison> compare(const SurvivalVersion& first, const SurvivalVersion& second) {
  std::vector<Comparison> list{{.figure = "concordance",
                                .first = figure_of(first.best().quality.concordance),
                                .second = figure_of(second.best().quality.concordance)}};
  std::vector<double> at;
  stats::SurvivalForecasts by_first{.risk = first.judged().forecasts.risk, .without = {}};
  stats::SurvivalForecasts by_second{.risk = second.judged().forecasts.risk, .without = {}};
  for (std::size_t i = 0; i < first.at().size(); ++i) {
    const auto other = std::ranges::find(second.at(), first.at()[i]);
    if (other == second.at().end()) continue;
    const auto k = static_cast<std::size_t>(other - second.at().begin());
    at.push_back(*other);
    by_first.without.push_back(first.judged().forecasts.without[i]);
    by_second.without.push_back(second.judged().forecasts.without[k]);
    list.push_back({.figure = fmt::format("Brier score after {:g} days", *other),
                    .first = figure_of(first.best().quality.brier[i]),
                    .second = figure_of(second.best().quality.brier[k])});
  }
  if (first.judged().rows != second.judged().rows) return list;
  const std::vector<stats::SurvivalForecasts> both{std::move(by_first), std::move(by_second)};
  const auto differences = stats::jackknife_estimates(
      first.judged().learner, first.lineage().seed, [&](std::span<const std::uint32_t> rows) {
        std::vector<double> figures = survival_figures(first.judged().lifetimes, both, at, rows);
        for (std::size_t i = 0; i < list.size(); ++i) {
          figures[i] = figures[list.size() + i] - figures[i];
        }
        figures.resize(list.size());
        return figures;
      });
  for (std::size_t i = 0; i < list.size(); ++i) list[i].difference = figure_of(differences[i]);
  return list;
}

AnyVersion load_version(const fs::path& directory) {
  const StoredVersion stored = StoredVersion::read(directory);
  if (stored.has(kModelFile)) return SurvivalVersion::read(stored);
  return Model::read(stored);
}

const Version& facts_of(const AnyVersion& version) {
  return std::visit([](const Version& facts) -> const Version& { return facts; }, version);
}

}  // namespace waymark::model
