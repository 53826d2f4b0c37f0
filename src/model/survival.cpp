#include "model/survival.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "base/hash.h"
#include "fold/feature_rows.h"
#include "model/preparation.h"
#include "stats/concordance.h"
#include "stats/distribution.h"
#include "stats/survival_forecast.h"

namespace waymark::model {
namespace {

using stats::Lifetimes;
using stats::SurvivalMethod;

constexpr std::string_view kKind = "survival";
constexpr double kDaysPerPeriod = 7;            // of kDiscrete
constexpr Micros kShortest = kMicrosPerSecond;  // logarithms need times above 0

double days_between(Micros from, Micros until) {
  return static_cast<double>(std::max(until - from, kShortest)) /
         static_cast<double>(kMicrosPerDay);
}

// Those rows as a clock in days, from each one's as-of until it was no longer watched or `last`.
Lifetimes lifetimes_of(const SurvivalRows& rows, std::span<const std::uint32_t> which,
                       Micros last = kLatest) {
  Lifetimes lifetimes;
  for (const std::uint32_t row : which) {
    const Micros as_of = rows.data.cohorts[rows.data.cohort[row]].as_of;
    const Micros until = std::min(rows.watched_until[row], last);
    lifetimes.stop.push_back(days_between(as_of, until));
    lifetimes.event.push_back(rows.happened[row] != 0 && rows.watched_until[row] < last ? 1 : 0);
  }
  return lifetimes;
}

Lifetimes in_periods(Lifetimes lifetimes) {
  for (double& stop : lifetimes.stop) stop = std::ceil(stop / kDaysPerPeriod);
  return lifetimes;
}

DataSet with_columns(const DataSet& data, const std::vector<std::string>& features) {
  DataSet some = data;
  std::erase_if(some.columns, [&](const DataColumn& column) {
    return std::ranges::find(features, column.feature) == features.end();
  });
  return some;
}

stats::Points points_of(const Preparation& preparation, const DataSet& data) {
  Matrix matrix = preparation.apply(data);
  return {matrix.columns, std::move(matrix.values)};
}

// A method in days, whatever its own unit of time.
class Forecaster {
 public:
  Forecaster(SurvivalMethod method, const Lifetimes& lifetimes, const stats::Points& covariates)
      : days_(method == SurvivalMethod::kDiscrete ? kDaysPerPeriod : 1),
        model_(method, method == SurvivalMethod::kDiscrete ? in_periods(lifetimes) : lifetimes,
               covariates) {}

  const stats::SurvivalModel& model() const { return model_; }
  double without(std::span<const double> row, double days) const {
    return model_.survival(row, 0, days / days_);
  }
  // The first of these days, rising, on which at least half have had it; NaN where that is none.
  double median(std::span<const double> row, const std::vector<double>& days) const {
    const auto found =
        std::ranges::partition_point(days, [&](double day) { return without(row, day) > 0.5; });
    return found == days.end() ? kMissing : *found;
  }

 private:
  double days_;
  stats::SurvivalModel model_;
};

std::vector<double> event_days(const Lifetimes& lifetimes) {
  std::set<double> days;
  for (std::size_t i = 0; i < lifetimes.size(); ++i) {
    if (lifetimes.event[i] != 0) days.insert(lifetimes.stop[i]);
  }
  return {days.begin(), days.end()};
}

std::size_t count_events(const Lifetimes& lifetimes) {
  return static_cast<std::size_t>(std::ranges::count(lifetimes.event, 1));
}

double held_out_brier(SurvivalMethod method, const Lifetimes& lifetimes,
                      const stats::Points& covariates, const std::vector<double>& at) {
  const bool is_discrete = method == SurvivalMethod::kDiscrete;
  std::vector<double> times = at;
  for (double& time : times) time /= is_discrete ? kDaysPerPeriod : 1;
  const stats::SurvivalTrial trial = stats::try_survival(
      method, is_discrete ? in_periods(lifetimes) : lifetimes, covariates, times);
  double sum = 0;
  for (const auto& brier : trial.brier) sum += std::isnan(brier.score) ? 1 : brier.score;
  return sum / static_cast<double>(times.size());
}

// Which rows teach and which are forecast.
struct Sides {
  std::vector<std::uint32_t> training, test;
  Micros first_test = kLatest;  // the first as-of of the test
};

Sides sides_of(const SurvivalDefinition& definition, const DataSet& data) {
  Sides sides;
  Micros from = std::numeric_limits<Micros>::min();
  for (const std::uint32_t c : data.cohort) from = std::max(from, data.cohorts[c].start);
  from = definition.split_from.value_or(from);
  for (std::uint32_t row = 0; row < data.size(); ++row) {
    const Cohort& cohort = data.cohorts[data.cohort[row]];
    if (cohort.start < from) continue;
    sides.test.push_back(row);
    sides.first_test = std::min(sides.first_test, cohort.as_of);
  }
  sides.training = rows_where(data, [&](const Cohort& cohort) {
    return cohort.start < from && cohort.as_of < sides.first_test;
  });
  return sides;
}

// Judges the methods and forecasts the test rows.
void forecast(const SurvivalDefinition& definition, const SurvivalRows& rows, SurvivalStudy& out) {
  const Sides sides = sides_of(definition, rows.data);
  out.training = sides.training.size();
  out.test = sides.test.size();
  const Lifetimes learned = lifetimes_of(rows, sides.training, sides.first_test);
  out.training_events = count_events(learned);
  const Lifetimes tested = lifetimes_of(rows, sides.test);
  out.test_events = count_events(tested);
  if (out.training_events < 2 * stats::SurvivalTrial::kParts) return;

  const DataSet inputs = with_columns(rows.data, definition.on);
  const DataSet training = select(inputs, sides.training);
  const Preparation preparation = Preparation::fit(training, Preparation::Style::kScaled);
  const stats::Points covariates = points_of(preparation, training);
  const stats::Points of_test = points_of(preparation, select(inputs, sides.test));

  const auto curve = stats::survival_curves(learned);
  for (const double day : definition.at) {
    const std::vector<double> alike(out.test, survival_at(curve.front(), day));
    out.curve_brier.push_back(stats::brier_score_at(tested, alike, day));
  }
  double best = std::numeric_limits<double>::infinity();
  std::optional<Forecaster> chosen;
  for (const SurvivalMethod method : definition.methods) {
    Forecaster forecaster(method, learned, covariates);
    SurvivalJudgement& judged = out.judged.emplace_back(SurvivalJudgement{.method = method});
    judged.converged = forecaster.model().converged();
    judged.held_out_brier = held_out_brier(method, learned, covariates, definition.at);
    std::vector<double> risk;
    std::vector<std::vector<double>> without(definition.at.size());
    for (std::size_t row = 0; row < out.test; ++row) {
      risk.push_back(forecaster.model().risk(of_test[row]));
      for (std::size_t i = 0; i < without.size(); ++i) {
        without[i].push_back(forecaster.without(of_test[row], definition.at[i]));
      }
    }
    judged.concordance = stats::concordance(tested, risk).value();
    for (std::size_t i = 0; i < without.size(); ++i) {
      judged.brier.push_back(stats::brier_score_at(tested, without[i], definition.at[i]));
    }
    if (judged.held_out_brier >= best) continue;
    best = judged.held_out_brier;
    out.chosen = method;
    out.risk = std::move(risk);
    out.without = std::move(without);
    chosen = std::move(forecaster);
  }
  const std::vector<double> days = event_days(learned);
  for (std::size_t row = 0; row < out.test; ++row) {
    out.median_days.push_back(chosen->median(of_test[row], days));
  }
  std::ranges::find(out.judged, out.chosen, &SurvivalJudgement::method)->chosen = true;
  out.test_rows = sides.test;
}

std::vector<SurvivalEffect> effects_of(const SurvivalDefinition& definition, SurvivalMethod method,
                                       const Lifetimes& lifetimes, const DataSet& data) {
  const DataSet inputs = with_columns(data, definition.on);
  const Preparation preparation = Preparation::fit(inputs, Preparation::Style::kScaled);
  const stats::Points covariates = points_of(preparation, inputs);
  const Forecaster forecaster(method, lifetimes, covariates);
  const stats::Effects& fitted = forecaster.model().effects();
  std::optional<stats::ProportionalHazards> proportional;
  if (const auto* cox = std::get_if<stats::CoxFit>(&forecaster.model().fit())) {
    proportional = stats::test_proportional_hazards(lifetimes, covariates, *cox);
  }
  std::vector<SurvivalEffect> effects;
  const std::vector<Preparation::Input> names = preparation.inputs();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::isnan(fitted.coefficient[i])) continue;  // the inputs before say it already
    SurvivalEffect& effect = effects.emplace_back();
    effect.input = names[i].words;
    effect.unit = names[i].unit;
    effect.coefficient = fitted.coefficient[i] / names[i].scale;
    effect.standard_error = fitted.standard_error[i] / names[i].scale;
    effect.probability =
        stats::two_sided_probability(fitted.coefficient[i] / fitted.standard_error[i]);
    effect.changes = proportional ? proportional->columns[i].probability : kMissing;
  }
  return effects;
}

std::vector<SurvivalGroup> groups_of(const SurvivalDefinition& definition, const DataSet& data,
                                     Lifetimes lifetimes) {
  std::vector<SurvivalGroup> groups;
  const auto add = [&](const std::string& feature, const std::vector<std::string>& values) {
    const stats::LogRank log_rank = stats::log_rank(
        {.start = {}, .stop = lifetimes.stop, .event = lifetimes.event, .stratum = {}},
        lifetimes.stratum);
    auto curves = stats::survival_curves(lifetimes);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const stats::GroupEvents& seen = log_rank.groups[i];
      groups.push_back({.feature = feature,
                        .value = values[i],
                        .rows = seen.rows,
                        .events = seen.observed,
                        .curve = std::move(curves[i]),
                        .probability = values.size() > 1 ? log_rank.test.probability : kMissing});
    }
  };
  lifetimes.stratum.assign(lifetimes.size(), 0);
  add("", {""});
  for (const std::string& feature : definition.by) {
    const DataColumn* column = data.find(feature);
    if (column == nullptr) continue;
    std::map<std::uint32_t, std::uint32_t> places;  // of categories that rows have
    for (const std::uint32_t code : column->codes) places.try_emplace(code, 0);
    std::vector<std::string> values;
    for (auto& [code, place] : places) {
      place = static_cast<std::uint32_t>(values.size());
      values.push_back(column->categories[code]);
    }
    for (std::size_t row = 0; row < lifetimes.size(); ++row) {
      lifetimes.stratum[row] = places.at(column->codes[row]);
    }
    add(feature, values);
  }
  return groups;
}

}  // namespace

SurvivalDefinition parse_survival(const workspace::Definition& definition,
                                  std::span<const fold::FeaturesDefinition> measures,
                                  const Zone& zone, workspace::Diagnostics& diagnostics) {
  const workspace::Node& node = definition.node;
  SurvivalDefinition out{.name = definition.name, .version = definition.version};
  out.title = node["title"].text(definition.name);
  out.description = node["description"].text();
  out.rows = {.name = definition.name, .version = definition.version, .zone = zone};
  out.rows.request.who = fold::read_who(node["who"]);
  out.rows.request.as_of = {
      fold::read_as_of(node["as_of"], zone, kKind, diagnostics).value_or(fold::CourseDay{})};
  out.rows.normalise = read_normalisations(node["normalise"]);
  out.kinds = node["target"]["kind"].texts();
  out.outcomes = node["target"]["outcome"].texts();
  out.after_end = node["target"]["after_end"].boolean(false);
  for (const workspace::Node& day : node["at"].items()) out.at.push_back(day.number());
  std::ranges::sort(out.at);
  out.at.erase(std::ranges::unique(out.at).begin(), out.at.end());
  for (const std::string& name : node["methods"].texts()) {
    const auto known =
        std::ranges::find(stats::kSurvivalMethods, name, &stats::SurvivalMethodWords::name);
    if (known != std::end(stats::kSurvivalMethods)) out.methods.push_back(known->method);
  }
  if (out.methods.empty()) out.methods = {SurvivalMethod::kCox};
  out.split_from = fold::read_date(node["split"]["from"], zone, kKind, diagnostics);

  const auto* measure = fold::find_features(node["features"], measures, kKind, diagnostics);
  if (measure == nullptr) return out;
  out.rows.measure = measure->name;
  out.version = to_hex(hash128(definition.version + measure->version));
  out.on = fold::read_feature_names(node["on"], *measure, kKind, diagnostics);
  out.by = fold::read_feature_names(node["by"], *measure, kKind, diagnostics);
  const auto except = fold::read_feature_names(node["except"], *measure, kKind, diagnostics);
  if (out.on.empty()) out.on = fold::names_of(*measure);
  std::erase_if(out.on, [&](const std::string& name) {
    return std::ranges::find(except, name) != except.end();
  });
  for (const workspace::Node& item : node["by"].items()) {
    const auto feature = std::ranges::find(measure->features, item.text(), &fold::Feature::name);
    if (feature == measure->features.end() || feature->is_text()) continue;
    diagnostics.add(item.place(), "survival.by_number",
                    "curves are of groups: this feature is a number, and no word");
  }
  out.rows.features = fold::names_of(*measure);
  std::erase_if(out.rows.features, [&](const std::string& name) {
    return std::ranges::find(out.on, name) == out.on.end() &&
           std::ranges::find(out.by, name) == out.by.end();
  });
  return out;
}

SurvivalStudy study_survival(const SurvivalDefinition& definition, const SurvivalRows& rows) {
  SurvivalStudy out{.chosen = definition.methods.front()};
  std::vector<std::uint32_t> all(rows.data.size());
  std::iota(all.begin(), all.end(), 0u);
  const Lifetimes lifetimes = lifetimes_of(rows, all);
  if (all.empty()) return out;
  out.groups = groups_of(definition, rows.data, lifetimes);
  forecast(definition, rows, out);
  if (count_events(lifetimes) > 0) {
    out.effects = effects_of(definition, out.chosen, lifetimes, rows.data);
  }
  return out;
}

}  // namespace waymark::model
