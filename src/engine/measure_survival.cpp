#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "engine/feature_rows.h"
#include "engine/measure.h"
#include "engine/models.h"
#include "engine/rows.h"
#include "engine/serving.h"
#include "model/survival_card.h"
#include "model/trainer.h"
#include "stats/effects.h"

namespace waymark::engine {
namespace {

using model::SurvivalDefinition;

std::string curves_name(const SurvivalDefinition& definition) {
  return definition.name + "_curves";
}
std::string effects_name(const SurvivalDefinition& definition) {
  return definition.name + "_effects";
}
std::string judged_name(const SurvivalDefinition& definition) {
  return definition.name + "_judged";
}

std::string quoted_list(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const std::string& text : texts) quoted.push_back(sql::quoted_text(text));
  return fmt::format("({})", fmt::join(quoted, ", "));
}

// When, of a learner in a course: what is waited for had happened before the as-of, happened from
// it on, and the learner left by another way.
struct Seen {
  bool before = false;
  std::optional<Micros> happened, left;
};

using LearnerInCourse = std::pair<std::string, std::string>;

// (learner, course, time, is_target): each event that is waited for, or with which a learner's add
// up to so much in a course; those of one time are added up together.
std::string target_sql(const model::SurvivalTarget& target, const Making& making) {
  constexpr double kRounding = 1e-9;  // of the sum of fractions
  Rows rows({.start = "time", .filter = target.events}, making.catalog.zone().name(), making.trails,
            making.warehouse.connection());
  std::string value = target.sum ? rows.own(*target.sum) : "1";
  if (target.weighted_by) value += " * " + rows.own(*target.weighted_by);
  const std::string events = rows.sql();
  constexpr const char* kSelect =
      "SELECT learner, course, epoch_us(time) AS time, true AS is_target FROM ({}){}";
  if (!target.reaches) return fmt::format(kSelect, events, "");
  return fmt::format(
      kSelect, events,
      fmt::format(" QUALIFY sum({}) OVER (PARTITION BY learner, course ORDER BY time) >= {}", value,
                  *target.reaches * (1 - kRounding)));
}

std::map<LearnerInCourse, Seen> seen_of(const SurvivalDefinition& definition,
                                        const model::DataSet& data, const Making& making) {
  std::vector<std::string> moments;
  for (const model::Cohort& cohort : data.cohorts) {
    moments.push_back(fmt::format("({}, {})", sql::quoted_text(cohort.course), cohort.as_of));
  }
  std::map<LearnerInCourse, Seen> seen;
  if (moments.empty()) return seen;
  making.warehouse.show_events(making.trails, making.only);
  const std::vector<std::string>& until = definition.rows.request.who.until;
  sql::Result result = making.warehouse.connection().query(fmt::format(
      "SELECT learner, coalesce(seen.course, ''), count_if(is_target AND time < as_of) > 0,"
      " min(time) FILTER (is_target AND time >= as_of),"
      " min(time) FILTER (NOT is_target AND time >= as_of) "
      "FROM ({0} UNION ALL SELECT learner, course, epoch_us(time) AS time, false AS is_target "
      "FROM events WHERE {1}) AS seen JOIN (VALUES {2}) AS moments(course, as_of)"
      " ON coalesce(seen.course, '') = moments.course WHERE time < {3} GROUP BY ALL",
      target_sql(definition.target, making),
      until.empty() ? "false" : "kind IN " + quoted_list(until), fmt::join(moments, ", "),
      making.known_until()));
  while (const auto chunk = result.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      const auto time = [&](std::size_t column) {
        return chunk->column(column).is_null(row)
                   ? std::nullopt
                   : std::optional<Micros>(chunk->column(column).integer(row));
      };
      seen[{std::string(chunk->column(0).text(row)), std::string(chunk->column(1).text(row))}] = {
          chunk->column(2).integer(row) != 0, time(3), time(4)};
    }
  }
  return seen;
}

model::SurvivalRows rows_of(const SurvivalDefinition& definition,
                            const fold::FeaturesDefinition& measure, const Making& making) {
  const model::DataSet all = model::make_data_set(
      definition.rows, *features_of(measure, definition.rows.request, making), making.symbols(),
      making.calendar, [&](Code number) { return making.trails.learner(number); }, std::nullopt);
  const std::map<LearnerInCourse, Seen> seen = seen_of(definition, all, making);
  std::vector<std::uint32_t> at_risk;
  model::SurvivalRows rows;
  for (std::uint32_t row = 0; row < all.size(); ++row) {
    const model::Cohort& cohort = all.cohorts[all.cohort[row]];
    const auto found = seen.find({all.learner[row].reveal(), cohort.course});
    const Seen what = found == seen.end() ? Seen() : found->second;
    const Micros end = definition.target.after_end ? kLatest : cohort.end;
    Micros until = std::min(end, making.known_until());
    if (what.before || until <= cohort.as_of) continue;
    const bool happened = what.happened && *what.happened < until;
    if (happened) {
      until = *what.happened;
    } else if (what.left) {
      until = std::min(until, *what.left);
    }
    at_risk.push_back(row);
    rows.watched_until.push_back(until);
    rows.happened.push_back(happened ? 1 : 0);
  }
  rows.data = select(all, at_risk);
  return rows;
}

// All that tables are made of by one version of a definition.
std::string input_of(const model::SurvivalRows& rows) {
  Hasher hash;
  hash.field(model::kTrainingCode);
  hash.field(content_hash(rows.data));
  for (const Micros until : rows.watched_until) hash.number(static_cast<std::uint64_t>(until));
  for (const std::uint8_t happened : rows.happened) hash.number(happened);
  return to_hex(hash.digest());
}

// With this input; null where the tables, made of the same, are there and stay.
std::optional<Making> making_of(const std::string& input, const std::vector<std::string>& tables,
                                const Making& making) {
  std::optional<Making> with_input(making);
  with_input->origin.input = input;
  if (making.same_until && making.warehouse.keep(tables, with_input->origin)) return std::nullopt;
  return with_input;
}

// Forecasts as they are gathered, a table's columns.
class Forecasts {
 public:
  // `version`: empty where the build itself has learned.
  void add(const SurvivalDefinition& definition, const model::SurvivalRows& rows,
           const model::SurvivalForecast& forecast, const std::string& version) {
    versions_.push_back(version);
    for (const std::uint32_t row : forecast.test_rows) {
      const model::Cohort& cohort = rows.data.cohorts[rows.data.cohort[row]];
      learners_.push_back(rows.data.learner[row].reveal());
      courses_.push_back(cohort.course);
      as_of_.push_back(cohort.as_of);
      watched_.push_back(static_cast<double>(rows.watched_until[row] - cohort.as_of) /
                         static_cast<double>(kMicrosPerDay));
      happened_.push_back(rows.happened[row]);
      version_.push_back(version.empty() ? kNoCode : static_cast<Code>(versions_.size()));
    }
    const auto append = [](const std::vector<double>& from, std::vector<double>& to) {
      to.insert(to.end(), from.begin(), from.end());
    };
    at_ = definition.at;
    without_.resize(at_.size());
    for (std::size_t i = 0; i < forecast.forecasts.without.size(); ++i) {
      append(forecast.forecasts.without[i], without_[i]);
    }
    append(forecast.forecasts.risk, risk_);
    append(forecast.forecasts.median_days, median_days_);
    for (const model::Explanation& reason : forecast.reasons) reasons_.push_back(to_json(reason));
  }

  void write(const std::string& name, const Making& making) const {
    query::Table table{name,
                       {{"learner", std::span<const std::string>(learners_)},
                        {"course", std::span<const std::string>(courses_)},
                        {"as_of", query::Times{as_of_}},
                        {"watched_days", std::span<const double>(watched_)},
                        {"happened", query::Flags{happened_}},
                        {"risk", std::span<const double>(risk_)}}};
    for (std::size_t i = 0; i < at_.size(); ++i) {
      table.columns.push_back(
          {fmt::format("without_{:g}", at_[i]), std::span<const double>(without_[i])});
    }
    table.columns.push_back({"median_days", std::span<const double>(median_days_)});
    table.columns.push_back({"reasons", std::span<const std::string>(reasons_)});
    table.columns.push_back(
        {"model_version", query::Codes{version_, [&](Code code) { return versions_[code - 1]; }}});
    making.warehouse.replace(table, making.origin);
  }

 private:
  std::vector<std::string> learners_, courses_, reasons_, versions_;
  std::vector<Micros> as_of_;
  std::vector<double> watched_, risk_, median_days_, at_;
  std::vector<std::vector<double>> without_;  // of each day in at_
  std::vector<std::uint8_t> happened_;
  std::vector<Code> version_;  // of versions_ from 1 on
};

void write_forecasts(const SurvivalDefinition& definition, const model::SurvivalRows& rows,
                     const model::SurvivalForecast& forecast, const std::string& method,
                     const std::string& version, const Making& making) {
  Forecasts forecasts;
  forecasts.add(definition, rows, forecast, version);
  forecasts.write(definition.name, making);
  making.warehouse.comment(
      definition.name,
      fmt::format("How likely each learner of the latest courses is without {} so many days after "
                  "as_of, by what {} learned from earlier ones; risk: higher is earlier.",
                  in_words(definition.target), model::words_of_survival_method(method)));
}

void write_curves(const SurvivalDefinition& definition,
                  const std::vector<model::SurvivalGroup>& groups, const Making& making) {
  std::vector<std::string> features, values;
  std::vector<double> days, without, low, high, probability;
  std::vector<std::uint64_t> rows, at_risk, events, censored;
  for (const model::SurvivalGroup& group : groups) {
    for (const stats::SurvivalStep& step : group.curve) {
      features.push_back(group.feature);
      values.push_back(group.value);
      rows.push_back(group.rows);
      days.push_back(step.time);
      at_risk.push_back(step.at_risk);
      events.push_back(step.events);
      censored.push_back(step.censored);
      without.push_back(step.survival);
      low.push_back(step.interval.low);
      high.push_back(step.interval.high);
      probability.push_back(group.probability);
    }
  }
  making.warehouse.replace({curves_name(definition),
                            {{"feature", std::span<const std::string>(features)},
                             {"value", std::span<const std::string>(values)},
                             {"learners", std::span<const std::uint64_t>(rows)},
                             {"days", std::span<const double>(days)},
                             {"at_risk", std::span<const std::uint64_t>(at_risk)},
                             {"events", std::span<const std::uint64_t>(events)},
                             {"censored", std::span<const std::uint64_t>(censored)},
                             {"without", std::span<const double>(without)},
                             {"low", std::span<const double>(low)},
                             {"high", std::span<const double>(high)},
                             {"log_rank_p", std::span<const double>(probability)}}},
                           making.origin);
}

void write_effects(const SurvivalDefinition& definition, const model::SurvivalFindings& study,
                   const Making& making) {
  std::vector<std::string> methods, inputs, units;
  std::vector<double> coefficient, error, ratio, low, high, probability, changes;
  std::vector<std::uint8_t> endless;
  for (const model::SurvivalEffect& effect : study.effects) {
    methods.push_back(definition.methods[*study.explained].name());
    inputs.push_back(effect.input);
    units.push_back(effect.unit);
    coefficient.push_back(effect.coefficient);
    error.push_back(effect.standard_error);
    stats::Estimate times = stats::ratio_of(effect.coefficient, effect.standard_error);
    if (effect.endless) times = {model::kMissing, {model::kMissing, model::kMissing}};
    ratio.push_back(times.value);
    low.push_back(times.interval.low);
    high.push_back(times.interval.high);
    endless.push_back(effect.endless);
    probability.push_back(effect.probability);
    changes.push_back(effect.changes);
  }
  making.warehouse.replace({effects_name(definition),
                            {{"method", std::span<const std::string>(methods)},
                             {"input", std::span<const std::string>(inputs)},
                             {"unit", std::span<const std::string>(units)},
                             {"coefficient", std::span<const double>(coefficient)},
                             {"standard_error", std::span<const double>(error)},
                             {"ratio", std::span<const double>(ratio)},
                             {"low", std::span<const double>(low)},
                             {"high", std::span<const double>(high)},
                             {"p", std::span<const double>(probability)},
                             {"changes_p", std::span<const double>(changes)},
                             {"endless", query::Flags{endless}}}},
                           making.origin);
  if (!study.explained) return;
  const auto& words = words_of(definition.methods[*study.explained].regression);
  making.warehouse.comment(
      effects_name(definition),
      fmt::format(
          "{}: what ratio multiplies ({}), per unit of each input; all rows. Where the "
          "event never or always comes with an input, its coefficient has no end (endless), "
          "only a sign, and there is no ratio.",
          words.words, words.ratio));
}

// An estimate as three columns: NAME, NAME_low, NAME_high.
struct EstimateColumns {
  std::vector<double> value, low, high;

  void add(const stats::Estimate& estimate) {
    value.push_back(estimate.value);
    low.push_back(estimate.interval.low);
    high.push_back(estimate.interval.high);
  }
  void add_to(query::Table& table, const std::string& name) const {
    table.columns.push_back({name, std::span(value)});
    table.columns.push_back({name + "_low", std::span(low)});
    table.columns.push_back({name + "_high", std::span(high)});
  }
};

// A row for each method, and for the curve of all, and time.
void write_judged(const SurvivalDefinition& definition, const model::SurvivalFindings& study,
                  const Making& making) {
  std::vector<std::string> methods;
  std::vector<std::uint8_t> chosen, converged;
  std::vector<double> held_out, days;
  EstimateColumns concordance, brier, concordance_more, brier_more;
  const auto add = [&](const model::SurvivalQuality& quality, const model::SurvivalQuality& more) {
    for (std::size_t i = 0; i < definition.at.size(); ++i) {
      days.push_back(definition.at[i]);
      concordance.add(quality.concordance);
      brier.add(quality.brier[i]);
      concordance_more.add(more.concordance);
      brier_more.add(more.brier[i]);
    }
  };
  const auto name = [&](const std::string& method, bool is_chosen, bool has_converged,
                        double held_out_brier) {
    methods.insert(methods.end(), definition.at.size(), method);
    chosen.insert(chosen.end(), definition.at.size(), is_chosen);
    converged.insert(converged.end(), definition.at.size(), has_converged);
    held_out.insert(held_out.end(), definition.at.size(), held_out_brier);
  };
  for (std::size_t method = 0; method < study.judged.size(); ++method) {
    const model::SurvivalJudgement& judged = study.judged[method];
    name(definition.methods[method].name(), judged.chosen, judged.converged, judged.held_out_brier);
    add(judged.quality, judged.over_chosen);
  }
  if (!study.judged.empty()) {
    name(kCurveOfAll, false, true, std::nan(""));
    add(study.curve, study.curve_over_chosen);
  }
  const auto of_all = [&](std::uint64_t number) {
    return std::vector<std::uint64_t>(methods.size(), number);
  };
  const auto learned_from = of_all(study.training), learned_events = of_all(study.training_events),
             judged_on = of_all(study.test), judged_events = of_all(study.test_events);
  query::Table table{judged_name(definition),
                     {{"method", std::span<const std::string>(methods)},
                      {"chosen", query::Flags{chosen}},
                      {"converged", query::Flags{converged}},
                      {"held_out_brier", std::span<const double>(held_out)},
                      {"days", std::span<const double>(days)}}};
  concordance.add_to(table, "concordance");
  brier.add_to(table, "brier");
  concordance_more.add_to(table, "concordance_over_chosen");
  brier_more.add_to(table, "brier_over_chosen");
  table.columns.push_back({"learned_from", std::span<const std::uint64_t>(learned_from)});
  table.columns.push_back({"learned_events", std::span<const std::uint64_t>(learned_events)});
  table.columns.push_back({"judged_on", std::span<const std::uint64_t>(judged_on)});
  table.columns.push_back({"judged_events", std::span<const std::uint64_t>(judged_events)});
  making.warehouse.replace(table, making.origin);
}

// The definition of features as it is now.
const fold::FeaturesDefinition& measure_of(const SurvivalDefinition& definition,
                                           const Making& making) {
  return making.catalog.features_of(definition.rows);
}

// Where learners to learn from and to ask about are as they were, as they are once courses have
// begun, so are the fits.
std::filesystem::path fits_of(const SurvivalDefinition& definition, const Catalog& catalog) {
  return Folders(catalog.workspace).models / definition.name / "fits";
}

// A question aside keeps no fits.
bool is_aside(const Making& making) {
  return making.as_of || making.only.learners || making.only.sources;
}

void learn_and_forecast(const SurvivalDefinition& definition, const Making& as_asked) {
  const model::SurvivalRows rows = rows_of(definition, measure_of(definition, as_asked), as_asked);
  const auto due = making_of(input_of(rows), tables_of(definition), as_asked);
  if (!due) return;
  const Making& making = *due;
  const auto fits = fits_of(definition, making.catalog);
  std::error_code ignored;
  if (!is_aside(making) && !making.same_until) std::filesystem::remove_all(fits, ignored);
  const model::KeptFits kept = is_aside(making) ? model::KeptFits() : model::KeptFits(fits);
  const model::SurvivalStudy study =
      model::study_survival(definition, rows, making.threads(), kept);
  if (!is_aside(making)) kept.clear_unused();
  write_forecasts(definition, rows, study, definition.methods[study.chosen].name(), "", making);
  write_curves(definition, study.groups, making);
  write_effects(definition, study, making);
  write_judged(definition, study, making);
}

// What a version is asked: of the learners that there are now, on the days that are asked about
// today.
struct AskedOfVersion {
  AskedOfVersion(const SurvivalServing& version, const SurvivalDefinition& today,
                 const Making& making)
      : serving(version), asked(version.definition) {
    asked.at = today.at;
    expect_computable(serving, making.catalog, today, making.trails);
    rows = rows_of(asked, serving.features, making);
  }
  model::SurvivalForecast forecast(const Making& making) const {
    return model::forecast_survival(asked, rows, serving.model.forecaster(), making.threads());
  }

  const SurvivalServing& serving;
  SurvivalDefinition asked;
  model::SurvivalRows rows;
};

void forecast_by(const SurvivalServing& live, const SurvivalDefinition& definition,
                 const Making& as_asked) {
  const AskedOfVersion of(live, definition, as_asked);
  const auto making = making_of(input_of(of.rows), tables_of(definition), as_asked);
  if (!making) return;
  const model::SurvivalFindings& findings = live.model.findings();
  write_forecasts(of.asked, of.rows, of.forecast(*making), live.model.methods()[findings.chosen],
                  live.model.version(), *making);
  write_curves(of.asked, model::survival_groups(of.asked, of.rows), *making);
  write_effects(live.definition, findings, *making);
  write_judged(live.definition, findings, *making);
}

void forecast_by_shadows(const SurvivalDefinition& definition, const Making& as_asked) {
  const std::string table = shadow_table(definition);
  const std::vector<SurvivalServing> shadows = shadow_versions(as_asked.catalog, definition);
  if (shadows.empty()) {
    if (as_asked.warehouse.find(table)) as_asked.warehouse.drop(table);
    return;
  }
  std::vector<AskedOfVersion> all;
  Hasher input;
  for (const SurvivalServing& shadow : shadows) {
    all.emplace_back(shadow, definition, as_asked);
    input.field(input_of(all.back().rows));
  }
  const auto making = making_of(to_hex(input.digest()), {table}, as_asked);
  if (!making) return;
  Forecasts forecasts;
  for (const AskedOfVersion& of : all) {
    forecasts.add(of.asked, of.rows, of.forecast(*making), of.serving.model.version());
  }
  forecasts.write(table, *making);
}

}  // namespace

std::vector<std::string> tables_of(const SurvivalDefinition& definition) {
  return {definition.name, curves_name(definition), effects_name(definition),
          judged_name(definition)};
}

Summary summary_of(const SurvivalDefinition& definition) {
  std::string forecasts;
  for (const double day : definition.at) {
    forecasts += fmt::format(", 1 - avg(without_{0:g}) AS expected_by_{0:g}", day);
  }
  return {.sql = fmt::format("SELECT {{by}}count(*) AS learners, count_if(happened) AS happened, "
                             "avg(watched_days) AS mean_watched_days{} FROM asked "
                             "GROUP BY ALL ORDER BY ALL",
                             forecasts),
          .by = {"course"},
          .start = "as_of",
          .unsampled =
              "is learned from all learners, and from a sample another model would be; "
              "ask it by what its rows have instead: --by, --where",
          .value = fmt::format("expected_by_{:g}", definition.at.empty() ? 0 : definition.at[0])};
}

std::string shadow_table(const SurvivalDefinition& definition) {
  return definition.name + "_shadow";
}

std::string made_by(const SurvivalDefinition& definition, const Catalog& catalog) {
  const auto registry = model::Registry::read(Folders(catalog.workspace).models, definition.name);
  if (!registry.live() && registry.shadows().empty()) return definition.version;
  Hasher hash;
  hash.field(definition.version);
  hash.field(registry.live().value_or(""));
  for (const std::string& shadow : registry.shadows()) hash.field(shadow);
  return to_hex(hash.digest());
}

void make_tables(const SurvivalDefinition& definition, const Making& making) {
  // Of what was known at an earlier time no version of today may speak.
  const auto live = making.as_of ? std::nullopt : serving_version(making.catalog, definition);
  if (live) {
    forecast_by(*live, definition, making);
  } else {
    learn_and_forecast(definition, making);
  }
  // What is live does not wait for them.
  if (!is_aside(making)) forecast_by_shadows(definition, making);
}

namespace {

// A survival model at work on a workspace's trails.
struct SurvivalWork {
  SurvivalWork(const Catalog& catalog, const journal::Journal& journal,
               const trail::TrailReader& trails, const SurvivalDefinition& definition,
               Progress& progress)
      : calendar(calendar_of(journal)),
        warehouse(Folders(catalog.workspace).warehouse, sql_options(catalog)),
        making{catalog, trails, calendar, warehouse, progress, {}, std::nullopt},
        rows(rows_of(definition, measure_of(definition, making), making)),
        kept(fits_of(definition, catalog)) {}

  fold::Calendar calendar;
  query::Warehouse warehouse;
  Making making;
  model::SurvivalRows rows;
  model::KeptFits kept;
};

}  // namespace

TrainOutcome train(const Catalog& catalog, const journal::Journal& journal,
                   const trail::TrailReader& trails, const SurvivalDefinition& definition,
                   Micros now, Progress& progress) {
  progress.begin("training " + definition.name, 0);
  const SurvivalWork work(catalog, journal, trails, definition, progress);
  SurvivalDefinition with_texts = definition;
  with_texts.rows.texts = texts_of(catalog, definition);
  const std::filesystem::path models = Folders(catalog.workspace).models;
  const model::TrainingResult result =
      model::train_survival(with_texts, work.rows, models, work.making.threads(), work.kept);
  if (result.is_new) {
    model::Registry::append(models, definition.name, [&](const model::Registry&) {
      return model::HistoryEntry{.at = now, .version = result.version};
    });
  }
  const auto version = model::SurvivalVersion::load(result.directory);
  progress.end(
      fmt::format("{}, concordance {:.3f} on rows that it has not learned from",
                  model::words_of_survival_method(version.methods()[version.findings().chosen]),
                  version.best().quality.concordance.value));
  return {result.version, !result.is_new};
}

model::SurvivalFindings compare(const Catalog& catalog, const journal::Journal& journal,
                                const trail::TrailReader& trails,
                                const SurvivalDefinition& definition, Progress& progress) {
  progress.begin("comparing methods of " + definition.name, 0);
  const SurvivalWork work(catalog, journal, trails, definition, progress);
  model::SurvivalFindings findings =
      model::study_survival(definition, work.rows, work.making.threads(), work.kept);
  progress.end(fmt::format("{} methods", findings.judged.size()));
  return findings;
}

}  // namespace waymark::engine
