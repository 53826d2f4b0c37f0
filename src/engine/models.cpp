#include "engine/models.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/feature_rows.h"
#include "engine/measure.h"
#include "engine/model_table.h"
#include "fold/features.h"

namespace waymark::engine {
namespace {

// A model at work on a workspace's trails.
class ModelWork {
 public:
  ModelWork(const Catalog& catalog, const journal::Journal& journal,
            const trail::TrailReader& trails, const model::ModelDefinition& definition, Micros now,
            Progress& progress)
      : catalog_(catalog),
        trails_(trails),
        definition_(definition),
        progress_(progress),
        now_(now),
        calendar_(calendar_of(journal)),
        origin_{definition.name, derived_version(definition.version, catalog, calendar_, trails),
                trails.state().generation, now},
        warehouse_(Folders(catalog.workspace).warehouse, sql_options(catalog)) {}

  TrainOutcome train(bool if_stale) {
    const auto known = warehouse_.find(features_table(definition_.name));
    if (if_stale && known && known->origin.version == origin_.version) {
      if (const auto trained = trained_model(catalog_, definition_))
        return {trained->version(), true};
    }
    fold::FeatureTable table;
    if (!definition_.table) table = features();
    progress_.begin("training " + definition_.name, 0);
    const model::DataSet data = definition_.table ? file_rows(TableRows::kLabelled)
                                                  : data_set(table, trails_.state().last_time + 1);
    const model::TrainingResult result = model::train(
        definition_, data, Folders(catalog_.workspace).models, threads(), steps("training "));
    const model::Model trained = model::Model::load(result.directory);
    progress_.end(fmt::format("{}, ROC-AUC {:.3f} on rows that it has not learned from",
                              trained.evaluation().chosen,
                              trained.evaluation().best().test.roc_auc.value));
    if (!definition_.table) write_features(table);
    return {result.version, !result.is_new};
  }

  model::Trial compare() {
    fold::FeatureTable table;
    if (!definition_.table) table = features();
    const model::DataSet data = labelled(table);
    model::Trial trial = model::try_trainers(
        definition_, data, model::folds_of(data, definition_.split, definition_.seed), threads(),
        steps("comparing trainers of "));
    progress_.end(fmt::format("{} candidates", trial.evaluation.candidates.size()));
    return trial;
  }

  ScoreOutcome score() {
    const auto trained = trained_model(catalog_, definition_);
    if (!trained) {
      throw Error(
          ErrorCode::kNotFound, "model.missing",
          fmt::format("model '{0}' has not been trained as it is defined now; `waymark train {0}`",
                      definition_.name));
    }
    Hasher hasher;
    hasher.field(origin_.version);
    hasher.field(trained->version());
    model::DataSet data;
    if (definition_.table) {
      data = file_rows(TableRows::kUnlabelled);
      hasher.field(model::content_hash(data));
    } else {
      hasher.number(courses_due());
    }
    const query::Origin origin{definition_.name, to_hex(hasher.digest()), origin_.trail_generation,
                               origin_.made_at};
    const std::string table = predictions_table(definition_.name);
    const auto known = warehouse_.find(table);
    if (known && known->origin.version == origin.version)
      return {trained->version(), known->rows, true};

    if (!definition_.table) data = data_set(features(), std::nullopt);
    progress_.begin("scoring with " + definition_.name, 0);
    const std::uint64_t scored = write_scores(*trained, data, table, origin);
    progress_.end(fmt::format("{} learners", with_thousands(static_cast<std::int64_t>(scored))));
    return {trained->version(), scored, false};
  }

 private:
  std::size_t threads() const { return catalog_.workspace.settings().threads; }

  model::Steps steps(const std::string& words) {
    return [this, words](std::size_t done, std::size_t all) {
      if (done == 0) progress_.begin(words + definition_.name, all);
      progress_.advance(done);
    };
  }

  model::DataSet labelled(const fold::FeatureTable& table) const {
    if (definition_.table) return file_rows(TableRows::kLabelled);
    return data_set(table, trails_.state().last_time + 1);
  }

  fold::FeatureTable features() {
    progress_.begin("features for " + definition_.name, 0);
    fold::FeatureTable table =
        fold_features(catalog_.features_of(definition_), definition_.request,
                      {catalog_, trails_, calendar_, warehouse_, progress_, origin_, std::nullopt});
    progress_.end(fmt::format("{} rows of {} features",
                              with_thousands(static_cast<std::int64_t>(table.size())),
                              table.number_names.size() + table.texts.size()));
    return table;
  }

  model::DataSet file_rows(TableRows which) const {
    const std::filesystem::path file = catalog_.workspace.folder() / definition_.table->file;
    return table_rows(definition_, read_table_file(file), which);
  }

  model::DataSet data_set(const fold::FeatureTable& table,
                          std::optional<Micros> known_until) const {
    return model::make_data_set(
        definition_, table, trails_.symbols(), calendar_,
        [this](Code number) { return trails_.learner(number); }, known_until);
  }

  void write_features(const fold::FeatureTable& table) {
    query::Table columns{features_table(definition_.name),
                         {{"learner", learner_column(trails_, table.learner)},
                          {"course", text_column(trails_.symbols().courses, table.course)},
                          {"as_of", query::Times{table.as_of}},
                          {"in_risk_set", query::Flags{table.in_risk_set}},
                          {"target", std::span(table.target)}}};
    std::vector<std::vector<double>> numbers;
    for (std::size_t i = 0; i < table.number_names.size(); ++i) {
      numbers.push_back(table.numbers_of(i));
      columns.columns.push_back({table.number_names[i], std::span(numbers.back())});
    }
    for (const auto& text : table.texts) {
      columns.columns.push_back(
          {text.name, text_column(trails_.symbols().property_texts, text.values)});
    }
    warehouse_.replace(columns, origin_);
  }

  // In how many courses the as-of has come: with time one more can be scored, without a new event.
  std::uint64_t courses_due() const {
    const auto is_due = [&](const auto& course) {
      const auto moment =
          fold::moment_of(definition_.request.as_of.front(), course.second.start, catalog_.zone());
      return moment && *moment <= now_;
    };
    return static_cast<std::uint64_t>(std::ranges::count_if(calendar_, is_due));
  }

  // Courses of the latest start: the model has not learned from them. Where the as-of is still to
  // come nothing is scored; half of what the model asks for would be missing.
  std::vector<std::uint32_t> latest_rows(const model::DataSet& data) const {
    Micros latest = std::numeric_limits<Micros>::min();
    for (const model::Cohort& cohort : data.cohorts) {
      if (cohort.as_of <= now_) latest = std::max(latest, cohort.start);
    }
    return model::rows_where(data, [&](const model::Cohort& cohort) {
      return cohort.start == latest && cohort.as_of <= now_;
    });
  }

  std::uint64_t write_scores(const model::Model& trained, const model::DataSet& data,
                             const std::string& table, const query::Origin& origin) {
    const std::vector<std::uint32_t> rows = latest_rows(data);
    const std::vector<model::Explanation> explanations = trained.explain(data, rows, kReasons);
    std::vector<std::string> learners, courses, reasons, called;
    std::vector<Micros> as_of;
    std::vector<std::uint8_t> at_risk;
    std::vector<std::vector<double>> probability(stats::outputs_of(trained.classes().size()));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const model::Cohort& cohort = data.cohorts[data.cohort[rows[i]]];
      const std::uint8_t call = trained.decision().called(explanations[i].probability).front();
      learners.push_back(data.learner[rows[i]].reveal());
      courses.push_back(cohort.course);
      as_of.push_back(cohort.as_of);
      for (std::size_t output = 0; output < probability.size(); ++output) {
        probability[output].push_back(explanations[i].probability[output]);
      }
      at_risk.push_back(call);
      called.push_back(trained.classes()[call]);
      reasons.push_back(reasons_json(explanations[i]));
    }
    const std::vector<std::string> versions(rows.size(), trained.version());
    query::Table columns{table,
                         {{"learner", std::span<const std::string>(learners)},
                          {"course", std::span<const std::string>(courses)},
                          {"as_of", query::Times{as_of}}}};
    if (probability.size() == 1) {
      columns.columns.push_back({"probability", std::span<const double>(probability[0])});
      columns.columns.push_back({"at_risk", query::Flags{at_risk}});
    } else {
      columns.columns.push_back({"called", std::span<const std::string>(called)});
      for (std::size_t output = 0; output < probability.size(); ++output) {
        columns.columns.push_back({"probability_" + trained.classes()[output],
                                   std::span<const double>(probability[output])});
      }
    }
    columns.columns.push_back({"reasons", std::span<const std::string>(reasons)});
    columns.columns.push_back({"model_version", std::span<const std::string>(versions)});
    warehouse_.replace(columns, origin);
    return rows.size();
  }

  static std::string reasons_json(const model::Explanation& explanation) {
    JsonWriter out;
    out.begin_array();
    for (const auto* side : {&explanation.raising, &explanation.lowering}) {
      for (const model::Reason& reason : *side) {
        out.begin_object()
            .key("words")
            .string(reason.words)
            .key("effect")
            .number(reason.contribution)
            .end_object();
      }
    }
    return out.end_array().take();
  }

  const Catalog& catalog_;
  const trail::TrailReader& trails_;
  const model::ModelDefinition& definition_;
  Progress& progress_;
  Micros now_;
  fold::Calendar calendar_;
  query::Origin origin_;
  query::Warehouse warehouse_;
};

}  // namespace

std::string features_table(const std::string& model) { return "features_" + model; }
std::string predictions_table(const std::string& model) { return "predictions_" + model; }

std::optional<model::Model> trained_model(const Catalog& catalog,
                                          const model::ModelDefinition& definition) try {
  const auto directory = model::latest_model(Folders(catalog.workspace).models, definition.name);
  if (!directory) return std::nullopt;
  model::Model trained = model::Model::load(*directory);
  if (trained.definition_version() != definition.version) return std::nullopt;
  return trained;
} catch (const Error& error) {
  // Such as one that an earlier version of Waymark trained.
  if (error.code() == ErrorCode::kNotFound) return std::nullopt;
  throw;
}

TrainOutcome train(const Catalog& catalog, const journal::Journal& journal,
                   const trail::TrailReader& trails, const model::ModelDefinition& definition,
                   bool if_stale, Micros now, Progress& progress) {
  return ModelWork(catalog, journal, trails, definition, now, progress).train(if_stale);
}

model::Trial compare(const Catalog& catalog, const journal::Journal& journal,
                     const trail::TrailReader& trails, const model::ModelDefinition& definition,
                     Micros now, Progress& progress) {
  return ModelWork(catalog, journal, trails, definition, now, progress).compare();
}

ScoreOutcome score(const Catalog& catalog, const journal::Journal& journal,
                   const trail::TrailReader& trails, const model::ModelDefinition& definition,
                   Micros now, Progress& progress) {
  return ModelWork(catalog, journal, trails, definition, now, progress).score();
}

}  // namespace waymark::engine
