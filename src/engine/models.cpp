#include "engine/models.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/absent_names.h"
#include "engine/feature_rows.h"
#include "engine/measure.h"
#include "engine/model_leaks.h"
#include "engine/model_table.h"
#include "engine/serving.h"
#include "fold/features.h"
#include "model/lint.h"

namespace waymark::engine {
namespace {

// One row in so many may be of a learner who had left, before it is said.
constexpr std::size_t kGoneOfRows = 100;

// Scores as they are gathered, a table's columns.
struct Scores {
  std::vector<std::string> learners, courses, called, reasons, versions;
  std::vector<Micros> as_of;
  std::vector<Code> calls;  // of `called` from 1 on; none of those who are left to people
  std::vector<std::uint8_t> at_risk;
  std::vector<std::pair<std::string, std::vector<double>>> probability;  // by column

  std::size_t rows() const { return learners.size(); }

  std::vector<double>& column(const std::string& name) {
    for (auto& [known, values] : probability) {
      if (known == name) return values;
    }
    return probability.emplace_back(name, std::vector<double>()).second;
  }

  query::Table table(const std::string& name) const {
    query::Table table{name,
                       {{"learner", std::span<const std::string>(learners)},
                        {"course", std::span<const std::string>(courses)},
                        {"as_of", query::Times{as_of}}}};
    const bool yes_or_no = probability.size() == 1;
    if (!yes_or_no) {
      table.columns.push_back(
          {"called", query::Codes{calls, [this](Code call) { return called[call - 1]; }}});
    }
    for (const auto& [column, values] : probability) {
      table.columns.push_back({column, std::span<const double>(values)});
    }
    if (yes_or_no) table.columns.push_back({"at_risk", query::Flags{at_risk}});
    table.columns.push_back({"reasons", std::span<const std::string>(reasons)});
    table.columns.push_back({"model_version", std::span<const std::string>(versions)});
    return table;
  }
};

model::DataSet file_rows(const Catalog& catalog, const model::ModelDefinition& definition,
                         TableRows which, Progress& progress) {
  const Frame frame = read_table_file(catalog.workspace.folder() / definition.table->file);
  for (const Frame::Column& column : frame.columns()) {
    const std::string words = almost_numbers(column);
    if (words.empty()) continue;
    progress.begin("note", 0);
    progress.end(words);
  }
  return table_rows(definition, frame, which);
}

model::Steps steps(const std::string& words, Progress& progress) {
  return [&progress, words](std::size_t done, std::size_t all) {
    if (done == 0) progress.begin(words, all);
    progress.advance(done);
  };
}

// `leaks`: those that neither the definition nor the rows tell.
CompareOutcome compare_on(const model::DataSet& data, std::vector<model::Leak> leaks,
                          const Catalog& catalog, const model::ModelDefinition& definition,
                          Progress& progress) {
  model::ModelDefinition judged = definition;
  std::ranges::move(leaks, std::back_inserter(judged.leaks));
  const model::KeptFits kept(Folders(catalog.workspace).models / definition.name / "fits");
  model::Trial trial = model::try_trainers(
      definition, data, model::folds_of(data, definition.split, definition.seed),
      catalog.workspace.settings().threads, kept,
      steps("comparing trainers of " + definition.name, progress));
  kept.clear();
  progress.end(fmt::format(
      "{} candidates{}", trial.evaluation.candidates.size(),
      kept.found() == 0 ? "" : fmt::format(", {} fits taken up from before", kept.found())));
  return {std::move(trial), model::judged_leaks(judged, data).refused};
}

// Models at work on a workspace's trails.
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
        warehouse_(Folders(catalog.workspace).warehouse, sql_options(catalog)) {}

  TrainOutcome train(bool if_stale) {
    const query::Origin origin = origin_of(definition_);
    const auto known = warehouse_.find(features_table(definition_.name));
    if (if_stale && known && known->origin.version == origin.version) {
      if (const auto trained = trained_model(catalog_, definition_))
        return {trained->version(), true};
    }
    model::ModelDefinition definition = definition_;
    definition.texts = texts_of(catalog_, definition);
    const fold::FeatureTable table = features();
    const model::DataSet data = labelled(table);
    expect_learnable(data);
    progress_.begin("training " + definition.name, 0);
    std::ranges::move(further_leaks(data), std::back_inserter(definition.leaks));
    const std::filesystem::path models = Folders(catalog_.workspace).models;
    const model::TrainingResult result = model::train(
        definition, data, models, threads(), steps("training " + definition.name, progress_));
    if (result.is_new) {
      model::Registry::append(models, definition.name, [&](const model::Registry&) {
        return model::HistoryEntry{.at = now_, .version = result.version};
      });
    }
    const model::Model trained = model::Model::load(result.directory);
    progress_.end(fmt::format("{}, ROC-AUC {:.3f} on rows that it has not learned from",
                              trained.evaluation().chosen,
                              trained.evaluation().best().test.roc_auc.value));
    if (!definition_.table) write_features(table, origin);
    return {result.version, !result.is_new};
  }

  CompareOutcome compare() {
    const model::DataSet data = labelled(features());
    expect_learnable(data);
    return compare_on(data, further_leaks(data), catalog_, definition_, progress_);
  }

  std::vector<ScoreOutcome> score() {
    std::vector<Serving> main;
    if (auto serving = serving_version(catalog_, definition_)) main.push_back(std::move(*serving));
    if (main.empty()) {
      throw Error(
          ErrorCode::kNotFound, "model.missing",
          fmt::format("model '{0}' has not been trained as it is defined now, and no version of it "
                      "is live; `waymark train {0}`",
                      definition_.name));
    }
    std::vector<ScoreOutcome> outcomes{score(main, predictions_table(definition_.name))};
    const std::string beside = shadow_table(definition_.name);
    try {
      if (const auto shadows = shadow_versions(catalog_, definition_); !shadows.empty()) {
        outcomes.push_back(score(shadows, beside));
      } else if (warehouse_.find(beside)) {
        warehouse_.drop(beside);
      }
    } catch (const Error& error) {
      outcomes.push_back(
          {.table = beside, .stage = model::Stage::kShadow, .problem = error.what()});
    }
    return outcomes;
  }

 private:
  std::size_t threads() const { return catalog_.workspace.settings().threads; }

  // Of the definition as it is now; none where the model is of a table.
  fold::FeatureTable features() {
    if (definition_.table) return {};
    return features(definition_, catalog_.features_of(definition_));
  }

  model::DataSet labelled(const fold::FeatureTable& table) const {
    if (definition_.table) return file_rows(catalog_, definition_, TableRows::kLabelled, progress_);
    return data_set(definition_, table, trails_.state().last_time + 1);
  }

  // Where there is nothing to tell apart, that is said before anything is called a leak, and with
  // it which names of the definition no event has.
  void expect_learnable(const model::DataSet& data) const try {
    model::folds_of(data, definition_.split, definition_.seed);
  } catch (const Error& error) {
    std::string message = error.what();
    for (const std::string& line : absent_names(catalog_, trails_, definition_.name))
      message += "\n  " + line;
    const Dictionary& known = trails_.symbols().outcomes;
    std::vector<std::string_view> outcomes;
    for (Code code = kNoCode + 1; code < known.size(); ++code) outcomes.push_back(known.text(code));
    if (!definition_.table && definition_.request.target->amount == fold::Target::Amount::kNone)
      message += fmt::format("\n  outcomes that events have: {}", fmt::join(outcomes, ", "));
    throw Error(error.code(), error.reason(), message);
  }

  // Leaks that neither the definition nor the rows tell.
  std::vector<model::Leak> further_leaks(const model::DataSet& data) {
    if (definition_.table) return {};
    const fold::FeaturesDefinition& measure = catalog_.features_of(definition_);
    std::vector<model::Leak> leaks = early_marks(catalog_, definition_, measure);
    std::ranges::move(due_dates(definition_, measure, making()), std::back_inserter(leaks));
    const Leaving leaving = leaving_unnoticed(catalog_, definition_);
    if (leaving.kinds.empty()) return leaks;
    model::ModelDefinition noticing = definition_;
    noticing.request.who.until = leaving.kinds;
    const model::DataSet there = labelled(fold_features(measure, noticing.request, making()));
    const std::size_t gone = data.size() - there.size();
    if (gone == 0 || gone * kGoneOfRows < data.size()) return leaks;
    leaks.push_back({.rule = model::kRiskSet,
                     .message = fmt::format(
                         "{} of {} rows are of learners who had left by then, as `who` of {} has "
                         "it (until: {}); they cannot be helped any more, and are easy to tell",
                         with_thousands(gone), with_thousands(data.size()), leaving.said_by,
                         fmt::join(leaving.kinds, ", ")),
                     .gained = model::gained_by_the_gone(data, there)});
    return leaks;
  }

  query::Origin origin_of(const model::ModelDefinition& definition) const {
    return {definition.name,
            derived_version(rows_version(definition), catalog_, calendar_, trails_),
            trails_.state().generation, now_};
  }

  fold::FeatureTable features(const model::ModelDefinition& definition,
                              const fold::FeaturesDefinition& measure) {
    progress_.begin("features for " + definition.name, 0);
    fold::FeatureTable table = fold_features(measure, definition.request, making());
    progress_.end(fmt::format("{} rows of {} features", with_thousands(table.size()),
                              table.number_names.size() + table.texts.size()));
    return table;
  }

  Making making() {
    return {catalog_,    trails_, calendar_, warehouse_, progress_, origin_of(definition_),
            std::nullopt};
  }

  model::DataSet data_set(const model::ModelDefinition& definition, const fold::FeatureTable& table,
                          std::optional<Micros> known_until) const {
    return model::make_data_set(
        definition, table, trails_.symbols(), calendar_,
        [this](Code number) { return trails_.learner(number); }, known_until);
  }

  void write_features(const fold::FeatureTable& table, const query::Origin& origin) {
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
    warehouse_.replace(columns, origin);
  }

  // Versions of one stage, into one table.
  ScoreOutcome score(const std::vector<Serving>& servings, const std::string& table) {
    ScoreOutcome outcome{.table = table, .stage = servings.front().stage};
    Hasher hasher;
    for (const Serving& serving : servings) {
      outcome.versions.push_back(serving.model.version());
      hasher.field(origin_of(serving.definition).version);
      hasher.field(serving.model.version());
      if (serving.definition.table) {
        hasher.field(model::content_hash(to_score(serving)));
      } else {
        hasher.number(courses_due(serving.definition));
      }
    }
    query::Origin origin = origin_of(servings.front().definition);
    origin.version = to_hex(hasher.digest());
    if (const auto known = warehouse_.find(table);
        known && known->origin.version == origin.version) {
      outcome.rows = known->rows;
      outcome.unchanged = true;
      return outcome;
    }
    Scores scores;
    for (const Serving& serving : servings) {
      const model::DataSet& data = to_score(serving);
      progress_.begin(fmt::format("scoring with {} {}", definition_.name, serving.model.version()),
                      0);
      const std::size_t before = scores.rows();
      append_scores(serving.model, data, scores);
      progress_.end(fmt::format("{} learners", with_thousands(scores.rows() - before)));
    }
    warehouse_.replace(scores.table(table), origin);
    outcome.rows = scores.rows();
    return outcome;
  }

  // The rows that a version scores; versions of one definition share them.
  const model::DataSet& to_score(const Serving& serving) {
    if (rows_ && rows_of_ == serving.definition.version) return *rows_;
    if (serving.definition.table) {
      rows_ = file_rows(catalog_, serving.definition, TableRows::kUnlabelled, progress_);
    } else {
      expect_computable(serving, catalog_, definition_, trails_);
      rows_ = data_set(serving.definition, features(serving.definition, serving.features),
                       std::nullopt);
    }
    rows_of_ = serving.definition.version;
    return *rows_;
  }

  // In how many courses the as-of has come: with time one more can be scored, without a new event.
  std::uint64_t courses_due(const model::ModelDefinition& definition) const {
    const auto is_due = [&](const auto& course) {
      const auto moment =
          fold::moment_of(definition.request.as_of.front(), course.second.start, catalog_.zone());
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

  void append_scores(const model::Model& trained, const model::DataSet& data,
                     Scores& scores) const {
    const std::vector<std::uint32_t> rows = latest_rows(data);
    const std::vector<model::Explanation> explanations = trained.explain(data, rows, kReasons);
    const std::size_t before = scores.rows(), outputs = stats::outputs_of(trained.classes().size());
    std::vector<double> probability;
    for (const model::Explanation& explanation : explanations) {
      const auto& of_row = explanation.probability;
      probability.insert(probability.end(), of_row.begin(), of_row.end());
    }
    const std::vector<std::uint8_t> calls = trained.decision().called(probability);
    const std::vector<std::uint8_t> left = trained.decision().left(probability);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const model::Cohort& cohort = data.cohorts[data.cohort[rows[i]]];
      const std::uint8_t call = calls[i];
      const bool is_left = left[i] != 0;
      scores.learners.push_back(data.learner[rows[i]].reveal());
      scores.courses.push_back(cohort.course);
      scores.as_of.push_back(cohort.as_of);
      scores.at_risk.push_back(is_left ? query::Flags::kNone : call);
      scores.called.push_back(trained.classes()[call]);
      scores.calls.push_back(is_left ? kNoCode : static_cast<Code>(scores.called.size()));
      scores.reasons.push_back(to_json(explanations[i]));
      scores.versions.push_back(trained.version());
    }
    for (std::size_t output = 0; output < outputs; ++output) {
      auto& column =
          scores.column(outputs == 1 ? "probability" : "probability_" + trained.classes()[output]);
      column.resize(before, model::kMissing);
      for (const auto& explanation : explanations)
        column.push_back(explanation.probability[output]);
    }
    for (auto& [name, column] : scores.probability) column.resize(scores.rows(), model::kMissing);
  }

  const Catalog& catalog_;
  const trail::TrailReader& trails_;
  const model::ModelDefinition& definition_;
  Progress& progress_;
  Micros now_;
  fold::Calendar calendar_;
  query::Warehouse warehouse_;
  std::optional<model::DataSet> rows_;
  std::string rows_of_;  // the version of their definition
};

}  // namespace

std::string features_table(const std::string& model) { return "features_" + model; }
std::string predictions_table(const std::string& model) { return "predictions_" + model; }
std::string shadow_table(const std::string& model) { return predictions_table(model) + "_shadow"; }
std::vector<std::string> tables_of(const model::ModelDefinition& definition) {
  const std::string& name = definition.name;
  return {features_table(name), predictions_table(name), shadow_table(name)};
}

std::string rows_version(const model::ModelDefinition& definition) {
  const auto& outages = definition.outages;
  return outages ? fold::version_with(definition.version, outages->calendar) : definition.version;
}

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

CompareOutcome compare(const Catalog& catalog, const journal::Journal& journal,
                       const trail::TrailReader& trails, const model::ModelDefinition& definition,
                       Micros now, Progress& progress) {
  return ModelWork(catalog, journal, trails, definition, now, progress).compare();
}

CompareOutcome compare_rows(const Catalog& catalog, const model::ModelDefinition& definition,
                            Progress& progress) {
  return compare_on(file_rows(catalog, definition, TableRows::kLabelled, progress), {}, catalog,
                    definition, progress);
}

std::vector<ScoreOutcome> score(const Catalog& catalog, const journal::Journal& journal,
                                const trail::TrailReader& trails,
                                const model::ModelDefinition& definition, Micros now,
                                Progress& progress) {
  return ModelWork(catalog, journal, trails, definition, now, progress).score();
}

}  // namespace waymark::engine
