#include "model/survival.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/hash.h"
#include "base/parallel.h"
#include "fold/feature_rows.h"
#include "stats/concordance.h"
#include "stats/distribution.h"
#include "stats/jackknife.h"
#include "stats/survival_forecast.h"

namespace waymark::model {
namespace {

using stats::Lifetimes;

constexpr std::string_view kKind = "survival";
// Raised when the tables would be others for the same inputs.
constexpr const char* kCode = "4";
constexpr std::size_t kReasons = 3;             // for sooner and for later, of each learner
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

DataSet with_columns(const DataSet& data, const std::vector<std::string>& features) {
  DataSet some = data;
  std::erase_if(some.columns, [&](const DataColumn& column) {
    return std::ranges::find(features, column.feature) == features.end();
  });
  return some;
}

std::size_t count_events(const Lifetimes& lifetimes) {
  return static_cast<std::size_t>(std::ranges::count(lifetimes.event, 1));
}

std::string hash_of(const Lifetimes& lifetimes) {
  Hasher hash;
  for (const double day : lifetimes.stop) hash.number(std::bit_cast<std::uint64_t>(day));
  for (const std::uint8_t event : lifetimes.event) hash.number(event);
  return to_hex(hash.digest());
}

// The mean over times, learners held apart.
double held_out_brier(const SurvivalDefinition& definition, const SurvivalMethod& method,
                      const Lifetimes& lifetimes, const DataSet& training, std::size_t threads) {
  const std::vector<std::uint32_t> learner = learner_numbers(training);
  const std::vector<std::uint32_t> part_of =
      stats::draw_parts(learner.empty() ? 0 : std::ranges::max(learner) + std::size_t{1});
  std::vector<std::uint32_t> part;
  for (const std::uint32_t number : learner) part.push_back(part_of[number]);
  const auto foretell = [&](std::span<const std::uint32_t> others,
                            std::span<const std::uint32_t> rows) -> stats::SurvivalForecasts {
    return learn_survival(method, stats::select(lifetimes, others), select(training, others),
                          definition.seed)
        ->forecasts(select(training, rows), definition.at);
  };
  double sum = 0;
  const stats::SurvivalTrial trial =
      stats::try_survival(lifetimes, part, definition.at, foretell, threads);
  for (const auto& brier : trial.brier) sum += std::isnan(brier.score) ? 1 : brier.score;
  return sum / static_cast<double>(definition.at.size());
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

// What a method says of the test rows, and how well it did on training rows held out.
struct Said {
  bool converged = false;
  double held_out_brier = 0;
  SurvivalForecasts forecasts;
  Contributions contributions;
};

// All of it as one run of numbers, for KeptFits.
std::vector<double> numbers_of(const Said& said) {
  std::vector<double> out{said.converged ? 1.0 : 0.0, said.held_out_brier,
                          said.contributions.base.at(0)};
  const auto add = [&](const std::vector<double>& numbers) {
    out.insert(out.end(), numbers.begin(), numbers.end());
  };
  add(said.forecasts.risk);
  for (const auto& without : said.forecasts.without) add(without);
  add(said.forecasts.median_days);
  add(said.contributions.values);
  return out;
}

// None where they are of something else.
std::optional<Said> said_of(std::span<const double> numbers, std::size_t rows, std::size_t times,
                            std::size_t columns) {
  if (numbers.size() != 3 + rows * (2 + times + columns)) return std::nullopt;
  Said said{.converged = numbers[0] != 0,
            .held_out_brier = numbers[1],
            .contributions = {.columns = columns, .base = {numbers[2]}}};
  numbers = numbers.subspan(3);
  const auto take = [&](std::size_t count) {
    const std::span<const double> taken = numbers.first(count);
    numbers = numbers.subspan(count);
    return std::vector<double>(taken.begin(), taken.end());
  };
  said.forecasts.risk = take(rows);
  for (std::size_t i = 0; i < times; ++i) said.forecasts.without.push_back(take(rows));
  said.forecasts.median_days = take(rows);
  said.contributions.values = take(rows * columns);
  return said;
}

// What each method says: kept from before where it learns from the same, and is asked the same.
std::vector<Said> ask_all(const SurvivalDefinition& definition, const Lifetimes& learned,
                          const DataSet& training, const DataSet& test, std::size_t threads,
                          const KeptFits& kept) {
  const std::vector<SurvivalMethod>& methods = definition.methods;
  const std::string learned_from = hash_of(learned) + content_hash(training);
  const std::string asked =
      fmt::format("{} {} {}", content_hash(test), definition.seed, fmt::join(definition.at, " "));
  std::vector<Said> said(methods.size());
  std::vector<std::string> keys;
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < methods.size(); ++i) {
    keys.push_back(KeptFits::key(methods[i].name(), learned_from, asked));
    std::optional<Said> known;
    if (const auto numbers = kept.find(keys[i])) {
      known = said_of(*numbers, test.size(), definition.at.size(), test.columns.size());
    }
    if (known) {
      said[i] = std::move(*known);
    } else {
      missing.push_back(i);
    }
  }
  parallel_for(missing.size(), threads, [&](std::size_t k) {
    const std::size_t i = missing[k];
    const auto learnt = learn_survival(methods[i], learned, training, definition.seed);
    said[i] = {.converged = learnt->converged(),
               .forecasts = learnt->forecasts(test, definition.at),
               .contributions = learnt->contributions(test)};
  });
  for (const std::size_t i : missing) {
    said[i].held_out_brier = held_out_brier(definition, methods[i], learned, training, threads);
    kept.keep(keys[i], numbers_of(said[i]));
  }
  return said;
}

std::vector<Explanation> reasons_of(const SurvivalDefinition& definition,
                                    const Contributions& contributions, DataSet training,
                                    const Lifetimes& learned, const DataSet& test) {
  training.target = learned.event;
  const auto facts = feature_facts(training, definition.rows.labels, definition.rows.unsaid);
  std::vector<std::uint32_t> rows(test.size());
  std::iota(rows.begin(), rows.end(), 0u);
  return explanations(contributions, {}, facts, test, rows, kReasons);
}

// How well each method does on the test rows, and the curve of all who were learned from.
void judge(const SurvivalDefinition& definition, const std::vector<Said>& all,
           const Lifetimes& learned, const Lifetimes& tested, const DataSet& test,
           SurvivalStudy& out) {
  const std::size_t times = definition.at.size();
  std::vector<stats::SurvivalForecasts> forecasts;
  for (const Said& said : all) forecasts.push_back(said.forecasts);
  stats::SurvivalForecasts& alike = forecasts.emplace_back();
  alike.risk.assign(test.size(), 0);
  const auto curve = stats::survival_curves(learned);
  for (const double day : definition.at) {
    alike.without.emplace_back(test.size(), survival_at(curve.front(), day));
  }
  // Of each forecast its concordance, then its Brier scores; after all of them what lies between
  // each and that of the chosen method.
  const std::size_t width = 1 + times;
  const auto statistics = [&](std::span<const std::uint32_t> rows) {
    const auto of_rows = [&](const std::vector<double>& numbers) {
      std::vector<double> some;
      for (const std::uint32_t row : rows) some.push_back(numbers[row]);
      return some;
    };
    const Lifetimes seen = stats::select(tested, rows);
    std::vector<double> values;
    for (const stats::SurvivalForecasts& forecast : forecasts) {
      values.push_back(stats::concordance(seen, of_rows(forecast.risk)).value());
      for (std::size_t k = 0; k < times; ++k) {
        values.push_back(
            stats::brier_score_at(seen, of_rows(forecast.without[k]), definition.at[k]));
      }
    }
    for (std::size_t i = 0; i < forecasts.size() * width; ++i) {
      values.push_back(values[i] - values[out.chosen * width + i % width]);
    }
    return values;
  };
  const std::vector<stats::Estimate> estimates =
      stats::jackknife_estimates(learner_numbers(test), definition.seed, statistics);
  const auto quality = [&](std::size_t forecast) -> SurvivalQuality {
    const auto first = estimates.begin() + static_cast<std::ptrdiff_t>(forecast * width);
    return {*first, {first + 1, first + static_cast<std::ptrdiff_t>(width)}};
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    out.judged[i].quality = quality(i);
    out.judged[i].over_chosen = quality(forecasts.size() + i);
  }
  out.curve = quality(all.size());
  out.curve_over_chosen = quality(forecasts.size() + all.size());
}

// Judges the methods and forecasts the test rows.
void forecast(const SurvivalDefinition& definition, const SurvivalRows& rows, std::size_t threads,
              const KeptFits& kept, SurvivalStudy& out) {
  const Sides sides = sides_of(definition, rows.data);
  out.training = sides.training.size();
  out.test = sides.test.size();
  const Lifetimes learned = lifetimes_of(rows, sides.training, sides.first_test);
  out.training_events = count_events(learned);
  const Lifetimes tested = lifetimes_of(rows, sides.test);
  out.test_events = count_events(tested);
  if (out.training_events < 2 * stats::SurvivalTrial::kParts) return;

  const DataSet inputs = with_columns(rows.data, definition.on);
  const DataSet training = select(inputs, sides.training), test = select(inputs, sides.test);
  std::vector<Said> all = ask_all(definition, learned, training, test, threads, kept);
  const auto is_better = [&](std::size_t method, std::size_t other) {
    return all[method].held_out_brier < all[other].held_out_brier;
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    out.judged.push_back({.converged = all[i].converged, .held_out_brier = all[i].held_out_brier});
    if (definition.methods[i].has_effects() && (!out.explained || is_better(i, *out.explained))) {
      out.explained = i;
    }
    if (is_better(i, out.chosen)) out.chosen = i;
  }
  out.judged[out.chosen].chosen = true;
  judge(definition, all, learned, tested, test, out);
  out.forecasts = std::move(all[out.chosen].forecasts);
  out.test_rows = sides.test;
  out.reasons = reasons_of(definition, all[out.chosen].contributions, training, learned, test);
}

std::vector<SurvivalEffect> effects_of(const SurvivalDefinition& definition,
                                       stats::SurvivalMethod method, const Lifetimes& lifetimes,
                                       const DataSet& data) {
  const DataSet inputs = with_columns(data, definition.on);
  const Preparation preparation = Preparation::fit(inputs, Preparation::Style::kScaled);
  const stats::Points covariates = points_of(preparation, inputs);
  const stats::SurvivalModel model(method, in_unit_of(method, lifetimes), covariates);
  const stats::Effects& fitted = model.effects();
  std::optional<stats::ProportionalHazards> proportional;
  if (const auto* cox = std::get_if<stats::CoxFit>(&model.fit())) {
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

SurvivalTarget read_target(const workspace::Node& node, workspace::Diagnostics& diagnostics) {
  SurvivalTarget target;
  target.events = {.kinds = node["kind"].texts(),
                   .contexts = node["context"].texts(),
                   .outcomes = node["outcome"].texts()};
  target.after_end = node["after_end"].boolean(false);
  if (node["reaches"].exists()) target.reaches = node["reaches"].number();
  const auto read = [&](const char* key, const char* needed) -> std::optional<fold::Value> {
    const workspace::Node word = node[key];
    if (!word.exists()) return std::nullopt;
    if (!node[needed].exists()) {
      diagnostics.add(word.place(), "survival.target",
                      fmt::format("'{}' means nothing without '{}'", key, needed),
                      "sum: score, weighted_by: weight, reaches: 40");
    }
    return fold::read_value(word.text(), word.place(), diagnostics);
  };
  target.sum = read("sum", "reaches");
  target.weighted_by = read("weighted_by", "sum");
  return target;
}

// cox, or {discrete: boosting}, or {discrete: {boosting: {depth: [2, 3]}}}: one for each.
void read_methods(const workspace::Node& node, SurvivalDefinition& out,
                  workspace::Diagnostics& diagnostics) {
  for (const workspace::Node& item : node.items()) {
    if (item.is_map()) {
      for (const TrainerSetting& setting : read_settings(item["discrete"], diagnostics)) {
        if (!setting.ranges.empty()) {
          diagnostics.add(item.place(), "survival.range", "here nothing is drawn out of a range",
                          "list what is to be tried, such as depth: [2, 3]");
        }
        for (TrainerSetting& one : variants(setting, 0, out.seed)) {
          out.methods.push_back({stats::SurvivalMethod::kDiscrete, std::move(one)});
        }
      }
      continue;
    }
    const auto known =
        std::ranges::find(stats::kSurvivalMethods, item.text(), &stats::SurvivalMethodWords::name);
    if (known != std::end(stats::kSurvivalMethods)) out.methods.push_back({known->method, {}});
  }
  if (out.methods.empty()) out.methods.emplace_back();
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
  out.target = read_target(node["target"], diagnostics);
  for (const workspace::Node& day : node["at"].items()) out.at.push_back(day.number());
  std::ranges::sort(out.at);
  out.at.erase(std::ranges::unique(out.at).begin(), out.at.end());
  read_methods(node["methods"], out, diagnostics);
  out.seed = static_cast<std::uint64_t>(node["seed"].integer(1));
  out.split_from = fold::read_date(node["split"]["from"], zone, kKind, diagnostics);

  const auto* measure = fold::find_features(node["features"], measures, kKind, diagnostics);
  if (measure == nullptr) return out;
  out.rows.measure = measure->name;
  out.version = to_hex(hash128(definition.version + measure->version + kCode));
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
  out.rows.unsaid =
      fold::read_feature_names(node["reasons"]["except"], *measure, kKind, diagnostics);
  for (const fold::Feature& feature : measure->features) {
    if (!feature.description.empty()) out.rows.labels[feature.name] = feature.description;
  }
  out.rows.features = fold::names_of(*measure);
  std::erase_if(out.rows.features, [&](const std::string& name) {
    return std::ranges::find(out.on, name) == out.on.end() &&
           std::ranges::find(out.by, name) == out.by.end();
  });
  return out;
}

SurvivalStudy study_survival(const SurvivalDefinition& definition, const SurvivalRows& rows,
                             std::size_t threads, const KeptFits& kept) {
  SurvivalStudy out;
  std::vector<std::uint32_t> all(rows.data.size());
  std::iota(all.begin(), all.end(), 0u);
  const Lifetimes lifetimes = lifetimes_of(rows, all);
  if (all.empty()) return out;
  out.groups = groups_of(definition, rows.data, lifetimes);
  forecast(definition, rows, threads, kept, out);
  if (out.judged.empty()) {
    const auto first = std::ranges::find_if(definition.methods, &SurvivalMethod::has_effects);
    if (first != definition.methods.end()) {
      out.explained = static_cast<std::size_t>(first - definition.methods.begin());
    }
  }
  if (out.explained && count_events(lifetimes) > 0) {
    out.effects =
        effects_of(definition, definition.methods[*out.explained].regression, lifetimes, rows.data);
  }
  return out;
}

}  // namespace waymark::model
