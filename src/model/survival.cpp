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

constexpr std::size_t kReasons = 3;  // for sooner and for later, of each learner
constexpr std::size_t kRowsAtOnce = 500;
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

// Which rows teach and which are forecast, with the inputs of both.
struct Sides {
  std::vector<std::uint32_t> training_rows, test_rows;
  DataSet training, test;
  Lifetimes learned, tested;
};

Sides sides_of(const SurvivalDefinition& definition, const SurvivalRows& rows) {
  const DataSet& data = rows.data;
  Sides sides;
  Micros from = std::numeric_limits<Micros>::min(), first_test = kLatest;
  for (const std::uint32_t c : data.cohort) from = std::max(from, data.cohorts[c].start);
  from = definition.split_from.value_or(from);
  for (std::uint32_t row = 0; row < data.size(); ++row) {
    const Cohort& cohort = data.cohorts[data.cohort[row]];
    if (cohort.start < from) continue;
    sides.test_rows.push_back(row);
    first_test = std::min(first_test, cohort.as_of);
  }
  sides.training_rows = rows_where(
      data, [&](const Cohort& cohort) { return cohort.start < from && cohort.as_of < first_test; });
  const DataSet inputs = with_columns(data, definition.on);
  sides.training = select(inputs, sides.training_rows);
  sides.test = select(inputs, sides.test_rows);
  sides.learned = lifetimes_of(rows, sides.training_rows, first_test);
  sides.tested = lifetimes_of(rows, sides.test_rows);
  return sides;
}

std::vector<std::uint32_t> all_of(const DataSet& data) {
  std::vector<std::uint32_t> rows(data.size());
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

// Rows part by part.
Contributions contributions_of(const SurvivalPredictor& predictor, const DataSet& data, double day,
                               std::size_t threads) {
  const std::vector<std::uint32_t> rows = all_of(data);
  const std::size_t parts = (rows.size() + kRowsAtOnce - 1) / kRowsAtOnce;
  std::vector<Contributions> of_part(parts);
  parallel_for(parts, threads, [&](std::size_t part) {
    const std::size_t begin = part * kRowsAtOnce;
    const std::size_t count = std::min(kRowsAtOnce, rows.size() - begin);
    of_part[part] =
        predictor.contributions(select(data, std::span(rows).subspan(begin, count)), day);
  });
  Contributions all{.columns = data.columns.size(), .base = {0}, .values = {}};
  for (const Contributions& part : of_part) {
    all.values.insert(all.values.end(), part.values.begin(), part.values.end());
  }
  return all;
}

// What a method says of the test rows, and how well it did on training rows held out.
struct Said {
  bool converged = false;
  double held_out_brier = 0;  // not of numbers_of()
  SurvivalForecasts forecasts;
  std::shared_ptr<const SurvivalPredictor> predictor;  // null where it was kept from before
};

// All of it as one run of numbers, for KeptFits.
std::vector<double> numbers_of(const Said& said) {
  std::vector<double> out{said.converged ? 1.0 : 0.0};
  const auto add = [&](const std::vector<double>& numbers) {
    out.insert(out.end(), numbers.begin(), numbers.end());
  };
  add(said.forecasts.risk);
  for (const auto& without : said.forecasts.without) add(without);
  add(said.forecasts.median_days);
  return out;
}

// None where they are of something else.
std::optional<Said> said_of(std::span<const double> numbers, std::size_t rows, std::size_t times) {
  if (numbers.size() != 1 + rows * (2 + times)) return std::nullopt;
  Said said;
  said.converged = numbers[0] != 0;
  numbers = numbers.subspan(1);
  const auto take = [&]() {
    const std::span<const double> taken = numbers.first(rows);
    numbers = numbers.subspan(rows);
    return std::vector<double>(taken.begin(), taken.end());
  };
  said.forecasts.risk = take();
  for (std::size_t i = 0; i < times; ++i) said.forecasts.without.push_back(take());
  said.forecasts.median_days = take();
  return said;
}

// Work on one definition's sides, of which what was done before is kept.
class Methods {
 public:
  Methods(const SurvivalDefinition& definition, const Sides& sides, std::size_t threads,
          const KeptFits& kept)
      : definition_(definition),
        sides_(sides),
        threads_(threads),
        kept_(kept),
        learned_from_(hash_of(sides.learned) + content_hash(sides.training)),
        asked_(fmt::format("{} {}", definition.seed, fmt::join(definition.at, " "))),
        test_(content_hash(sides.test)) {}

  // What each method says: kept from before where it learns from the same, and is asked the same.
  std::vector<Said> ask_all() const {
    const std::vector<SurvivalMethod>& methods = definition_.methods;
    std::vector<Said> said(methods.size());
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < methods.size(); ++i) {
      std::optional<Said> known;
      if (const auto numbers = kept_.find(key(methods[i], test_))) {
        known = said_of(*numbers, sides_.test.size(), definition_.at.size());
      }
      if (known) {
        said[i] = std::move(*known);
      } else {
        missing.push_back(i);
      }
    }
    parallel_for(missing.size(), threads_, [&](std::size_t k) {
      Said& one = said[missing[k]];
      one.predictor = learn(methods[missing[k]]);
      one.converged = one.predictor->converged();
      one.forecasts = one.predictor->forecasts(sides_.test, definition_.at);
    });
    for (const std::size_t i : missing) kept_.keep(key(methods[i], test_), numbers_of(said[i]));
    for (std::size_t i = 0; i < methods.size(); ++i) said[i].held_out_brier = held_out(methods[i]);
    return said;
  }

  // What the columns add, by a method that may have learned already.
  Contributions contributions(const SurvivalMethod& method,
                              std::shared_ptr<const SurvivalPredictor> predictor) const {
    const std::string key = this->key(method, test_ + " reasons");
    Contributions parts{.columns = sides_.test.columns.size(), .base = {0}, .values = {}};
    if (auto numbers = kept_.find(key);
        numbers && numbers->size() == sides_.test.size() * parts.columns) {
      parts.values = std::move(*numbers);
      return parts;
    }
    if (predictor == nullptr) predictor = learn(method);
    parts.values =
        contributions_of(*predictor, sides_.test, definition_.at.back(), threads_).values;
    kept_.keep(key, parts.values);
    return parts;
  }

 private:
  std::shared_ptr<const SurvivalPredictor> learn(const SurvivalMethod& method) const {
    return learn_survival(method, sides_.learned, sides_.training, definition_.seed);
  }
  double held_out(const SurvivalMethod& method) const {
    const std::string key = this->key(method, "held out");
    if (const auto known = kept_.find(key); known && known->size() == 1) return known->front();
    const double brier =
        held_out_brier(definition_, method, sides_.learned, sides_.training, threads_);
    kept_.keep(key, std::span(&brier, 1));
    return brier;
  }
  std::string key(const SurvivalMethod& method, const std::string& of) const {
    return KeptFits::key(method.name(), learned_from_, asked_ + " " + of);
  }

  const SurvivalDefinition& definition_;
  const Sides& sides_;
  std::size_t threads_;
  const KeptFits& kept_;
  std::string learned_from_, asked_, test_;
};

// How well each method does on the test rows, and the curve of all who were learned from.
void judge(const SurvivalDefinition& definition, const std::vector<Said>& all, const Sides& sides,
           SurvivalFindings& out) {
  const DataSet& test = sides.test;
  const Lifetimes& tested = sides.tested;
  const std::size_t times = definition.at.size();
  std::vector<stats::SurvivalForecasts> forecasts;
  for (const Said& said : all) forecasts.push_back(said.forecasts);
  stats::SurvivalForecasts& alike = forecasts.emplace_back();
  alike.risk.assign(test.size(), 0);
  const auto curve = stats::survival_curves(sides.learned);
  for (const double day : definition.at) {
    alike.without.emplace_back(test.size(), survival_at(curve.front(), day));
  }
  // Of each forecast its figures; after all of them what lies between each and that of the chosen
  // method.
  const std::size_t width = 1 + times;
  const auto statistics = [&](std::span<const std::uint32_t> rows) {
    std::vector<double> values = survival_figures(tested, forecasts, definition.at, rows);
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

std::vector<FeatureFacts> facts_of(const SurvivalDefinition& definition, const Sides& sides) {
  DataSet training = sides.training;
  training.target = sides.learned.event;
  return feature_facts(training, definition.rows.labels, definition.rows.unsaid);
}

std::vector<Explanation> reasons_of(const Contributions& contributions,
                                    std::span<const FeatureFacts> facts, const DataSet& test) {
  return explanations(contributions, {}, facts, test, all_of(test), kReasons);
}

// Judges the methods and forecasts the test rows.
void judge_and_forecast(const SurvivalDefinition& definition, const Sides& sides,
                        std::size_t threads, const KeptFits& kept, SurvivalStudy& out) {
  out.training = sides.training.size();
  out.test = sides.test.size();
  out.training_events = count_events(sides.learned);
  out.test_events = count_events(sides.tested);
  if (out.training_events < 2 * stats::SurvivalTrial::kParts) return;

  const Methods methods(definition, sides, threads, kept);
  std::vector<Said> all = methods.ask_all();
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
  judge(definition, all, sides, out);
  Said& chosen = all[out.chosen];
  out.test_rows = sides.test_rows;
  out.reasons =
      reasons_of(methods.contributions(definition.methods[out.chosen], std::move(chosen.predictor)),
                 facts_of(definition, sides), sides.test);
  out.forecasts = std::move(chosen.forecasts);
}

void find_effects(const SurvivalDefinition& definition, stats::SurvivalMethod method,
                  const Lifetimes& lifetimes, const DataSet& data, SurvivalFindings& out) {
  const DataSet inputs = with_columns(data, definition.on);
  const Preparation preparation = Preparation::fit(inputs, Preparation::Style::kScaled);
  const stats::Points covariates = points_of(preparation, inputs);
  const stats::SurvivalModel model(method, in_unit_of(method, lifetimes), covariates);
  const stats::Effects& fitted = model.effects();
  std::optional<stats::ProportionalHazards> proportional;
  if (const auto* cox = std::get_if<stats::CoxFit>(&model.fit())) {
    proportional = stats::test_proportional_hazards(lifetimes, covariates, *cox);
    out.changes = proportional->all.probability;
  }
  const std::vector<Preparation::Input> names = preparation.inputs();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::isnan(fitted.coefficient[i])) continue;  // the inputs before say it already
    SurvivalEffect& effect = out.effects.emplace_back();
    effect.input = names[i].words;
    effect.unit = names[i].unit;
    effect.coefficient = fitted.coefficient[i] / names[i].scale;
    effect.standard_error = fitted.standard_error[i] / names[i].scale;
    effect.endless = fitted.endless[i] != 0;
    effect.probability =
        effect.endless
            ? kMissing
            : stats::two_sided_probability(fitted.coefficient[i] / fitted.standard_error[i]);
    effect.changes = proportional ? proportional->columns[i].probability : kMissing;
  }
}

}  // namespace

std::vector<SurvivalGroup> survival_groups(const SurvivalDefinition& definition,
                                           const SurvivalRows& rows) {
  const DataSet& data = rows.data;
  Lifetimes lifetimes = lifetimes_of(rows, all_of(data));
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

std::vector<double> survival_figures(const Lifetimes& lifetimes,
                                     std::span<const stats::SurvivalForecasts> forecasts,
                                     std::span<const double> at,
                                     std::span<const std::uint32_t> rows) {
  const auto of_rows = [&](const std::vector<double>& numbers) {
    std::vector<double> some;
    for (const std::uint32_t row : rows) some.push_back(numbers[row]);
    return some;
  };
  const Lifetimes seen = stats::select(lifetimes, rows);
  std::vector<double> values;
  for (const stats::SurvivalForecasts& forecast : forecasts) {
    values.push_back(stats::concordance(seen, of_rows(forecast.risk)).value());
    for (std::size_t k = 0; k < at.size(); ++k) {
      values.push_back(stats::brier_score_at(seen, of_rows(forecast.without[k]), at[k]));
    }
  }
  return values;
}

SurvivalStudy study_survival(const SurvivalDefinition& definition, const SurvivalRows& rows,
                             std::size_t threads, const KeptFits& kept) {
  SurvivalStudy out;
  if (rows.data.size() == 0) return out;
  out.groups = survival_groups(definition, rows);
  judge_and_forecast(definition, sides_of(definition, rows), threads, kept, out);
  if (out.judged.empty()) {
    const auto first = std::ranges::find_if(definition.methods, &SurvivalMethod::has_effects);
    if (first != definition.methods.end()) {
      out.explained = static_cast<std::size_t>(first - definition.methods.begin());
    }
  }
  const Lifetimes lifetimes = lifetimes_of(rows, all_of(rows.data));
  if (out.explained && count_events(lifetimes) > 0) {
    find_effects(definition, definition.methods[*out.explained].regression, lifetimes, rows.data,
                 out);
  }
  return out;
}

SurvivalForecaster learn_forecaster(const SurvivalDefinition& definition, const SurvivalRows& rows,
                                    const SurvivalMethod& method) {
  const Sides sides = sides_of(definition, rows);
  return {learn_survival(method, sides.learned, sides.training, definition.seed),
          facts_of(definition, sides)};
}

SurvivalForecast forecast_survival(const SurvivalDefinition& definition, const SurvivalRows& rows,
                                   const SurvivalForecaster& forecaster, std::size_t threads) {
  Sides sides = sides_of(definition, rows);
  SurvivalForecast out;
  out.forecasts = forecaster.predictor->forecasts(sides.test, definition.at);
  out.reasons =
      reasons_of(contributions_of(*forecaster.predictor, sides.test, definition.at.back(), threads),
                 forecaster.facts, sides.test);
  out.test_rows = std::move(sides.test_rows);
  return out;
}

stats::Lifetimes tested_lifetimes(const SurvivalDefinition& definition, const SurvivalRows& rows) {
  return sides_of(definition, rows).tested;
}

}  // namespace waymark::model
