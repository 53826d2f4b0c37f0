#include "model/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "base/parallel.h"
#include "model/balance.h"
#include "model/levels.h"
#include "stats/calibration.h"
#include "stats/descriptive.h"

namespace waymark::model {
namespace {

constexpr const char* kRule = "rule";

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

using Predictors = std::vector<std::shared_ptr<const Predictor>>;

// One way to a predictor: a trainer with its parameters.
struct Variant {
  std::string words;
  std::unique_ptr<Trainer> trainer;
};

// What is tried under one name; the blend has no variant of its own.
struct Entry {
  std::string name, words;
  bool baseline = false, blended = false;  // blended: a part of the blend
  std::vector<Variant> variants;
};

std::vector<Entry> entries(const ModelDefinition& definition) {
  std::vector<Entry> list;
  const auto baseline = [&](std::string name, std::string words, std::unique_ptr<Trainer> trainer) {
    Entry& entry = list.emplace_back(Entry{.name = std::move(name), .baseline = true});
    entry.variants.push_back({std::move(words), std::move(trainer)});
  };
  baseline("prior", "everyone gets the shares of the training rows",
           std::make_unique<PriorTrainer>());
  baseline(kRule, "the best single number decides", std::make_unique<RuleTrainer>());
  for (const TrainerSetting& setting : definition.trainers) {
    for (const BalanceWords& balance : kBalances) {
      const bool plain = balance.how == Balance::kNone;
      if (!plain &&
          std::ranges::find(definition.balance, balance.how) == definition.balance.end()) {
        continue;
      }
      Entry& entry = list.emplace_back(Entry{.name = setting.name, .blended = plain});
      if (!plain) entry.name += fmt::format("+{}", balance.name);
      for (const TrainerSetting& variant : variants(setting)) {
        auto trainer = make_trainer(variant, definition.seed);
        WAYMARK_CHECK(trainer != nullptr);
        std::string words = in_words(variant, definition.seed);
        if (!plain) {
          words += fmt::format(", {}", balance.words);
          trainer =
              std::make_unique<BalancedTrainer>(balance.how, definition.seed, std::move(trainer));
        }
        entry.variants.push_back({std::move(words), std::move(trainer)});
      }
    }
  }
  if (definition.blend) {
    list.push_back({.name = "blend",
                    .words = "mean of the margins of the trainers that see rows as "
                             "they are"});
  }
  return list;
}

std::vector<double> probabilities(const Predictor& predictor, const DataSet& data) {
  return to_probabilities(predictor.margins(data), predictor.outputs());
}

// What one set of training rows gives for each entry.
struct Fitted {
  Predictors predictors;
  std::vector<double> held_out;  // ROC-AUC
  std::vector<Decision> decisions;
  std::vector<std::string> words;
  std::vector<double> seconds;
  std::string held_out_words;
};

// Everything that is done with one set of training rows.
class Fitting {
 public:
  Fitting(const std::vector<Entry>& entries, const DecisionRule& rule, const DataSet& training,
          std::size_t threads)
      : entries_(entries), rule_(rule), training_(training), threads_(threads) {}

  Fitted run() {
    HeldOutParts held_out = held_out_parts(training_);
    Fitted out{.held_out_words = std::move(held_out.words)};
    judge_held_out(held_out.parts, out);
    std::vector<Job> jobs;
    for (std::size_t e = 0; e < entries_.size(); ++e) {
      if (!entries_[e].variants.empty()) jobs.push_back({e, chosen_[e], 0});
    }
    out.seconds.resize(entries_.size());
    std::vector<Predictors> fitted = fit(jobs, {training_}, out.seconds);
    out.predictors = std::move(fitted.front());
    add_blend(out.predictors);
    return out;
  }

 private:
  struct Job {
    std::size_t entry, variant, set;
  };

  // What one entry says about each part that is held out.
  using Said = std::vector<std::vector<double>>;

  // A predictor for each set and entry, of the one variant that is asked for.
  std::vector<Predictors> fit(const std::vector<Job>& jobs, const std::vector<DataSet>& sets,
                              std::span<double> seconds) const {
    std::vector<Predictors> fitted(sets.size(), Predictors(entries_.size()));
    parallel_for(jobs.size(), threads_, [&](std::size_t i) {
      const Job& job = jobs[i];
      const auto begin = std::chrono::steady_clock::now();
      fitted[job.set][job.entry] =
          entries_[job.entry].variants[job.variant].trainer->fit(sets[job.set]);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
      if (!seconds.empty()) seconds[job.entry] = took.count();
    });
    return fitted;
  }

  void add_blend(Predictors& predictors) const {
    Predictors members;
    for (std::size_t e = 0; e < entries_.size(); ++e) {
      if (entries_[e].blended && predictors[e]) members.push_back(predictors[e]);
    }
    if (members.size() < 2) return;
    for (std::size_t e = 0; e < entries_.size(); ++e) {
      if (entries_[e].variants.empty()) predictors[e] = std::make_shared<BlendPredictor>(members);
    }
  }

  void judge_held_out(const std::vector<HeldOut>& parts, Fitted& out) {
    std::vector<DataSet> fit_on, check;
    for (const HeldOut& part : parts) {
      fit_on.push_back(select(training_, part.fit));
      check.push_back(select(training_, part.check));
    }
    // Of the best variant so far: for each part and entry the predictor, for each entry what it
    // says.
    std::vector<Predictors> best(parts.size(), Predictors(entries_.size()));
    std::vector<Said> best_said(entries_.size());
    chosen_.assign(entries_.size(), 0);
    out.held_out.assign(entries_.size(), -1);
    std::size_t most = 0;
    for (const Entry& entry : entries_) most = std::max(most, entry.variants.size());
    for (std::size_t v = 0; v < most; ++v) {
      std::vector<Job> jobs;
      for (std::size_t e = 0; e < entries_.size(); ++e) {
        if (v >= entries_[e].variants.size()) continue;
        for (std::size_t part = 0; part < parts.size(); ++part) jobs.push_back({e, v, part});
      }
      const std::vector<Predictors> fitted = fit(jobs, fit_on, {});
      for (std::size_t e = 0; e < entries_.size(); ++e) {
        if (v >= entries_[e].variants.size()) continue;
        Said said = said_about(check, fitted, e);
        const double area = mean_area(said, check);
        if (v > 0 && !(area > out.held_out[e])) continue;
        out.held_out[e] = area;
        best_said[e] = std::move(said);
        chosen_[e] = v;
        for (std::size_t part = 0; part < parts.size(); ++part) best[part][e] = fitted[part][e];
      }
    }
    for (Predictors& predictors : best) add_blend(predictors);
    for (std::size_t e = 0; e < entries_.size(); ++e) {
      const Entry& entry = entries_[e];
      if (entry.variants.empty()) {
        best_said[e] = said_about(check, best, e);
        out.held_out[e] = mean_area(best_said[e], check);
      }
      out.decisions.push_back(decision(best_said[e], check));
      out.words.push_back(entry.variants.empty() ? entry.words : entry.variants[chosen_[e]].words);
      if (entry.variants.size() > 1) {
        out.words.back() += fmt::format(", the best of {} tried", entry.variants.size());
      }
    }
  }

  static Said said_about(const std::vector<DataSet>& check, const std::vector<Predictors>& fitted,
                         std::size_t entry) {
    Said said;
    for (std::size_t part = 0; part < check.size(); ++part) {
      said.push_back(probabilities(*fitted[part][entry], check[part]));
    }
    return said;
  }

  double mean_area(const Said& said, const std::vector<DataSet>& check) const {
    std::vector<double> areas;
    for (std::size_t part = 0; part < check.size(); ++part) {
      areas.push_back(
          stats::ClassForecast(said[part], training_.classes.size(), check[part].target).roc_auc());
    }
    return stats::mean(areas);
  }

  Decision decision(const Said& said, const std::vector<DataSet>& check) const {
    std::vector<double> p;
    std::vector<std::uint8_t> truth;
    for (std::size_t part = 0; part < check.size(); ++part) {
      append(p, said[part]);
      append(truth, check[part].target);
    }
    const std::size_t classes = training_.classes.size();
    if (classes == 2) {
      const stats::Forecast forecast(p, truth);
      const auto& costs = rule_.costs;
      return {.threshold = costs ? forecast.cheapest_threshold(costs->missed, costs->false_alarm)
                                 : forecast.best_threshold(),
              .capacity = rule_.capacity};
    }
    return {.weights = stats::weights_for_macro_f1(p, classes, truth)};
  }

  const std::vector<Entry>& entries_;
  const DecisionRule& rule_;
  const DataSet& training_;
  std::size_t threads_;
  std::vector<std::size_t> chosen_;  // of each entry, the variant
};

// What each candidate says about all test rows.
struct Said {
  std::vector<double> probability;
  std::vector<std::uint8_t> called;
};

std::size_t best_of(const std::vector<Candidate>& candidates, bool baseline) {
  std::size_t best = candidates.size();
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].baseline != baseline) continue;
    if (best == candidates.size() ||
        candidates[i].held_out_roc_auc > candidates[best].held_out_roc_auc) {
      best = i;
    }
  }
  return best;
}

std::vector<double> figures(const stats::ClassForecast& forecast, const Said& said,
                            const DataSet& test, stats::Weights weights) {
  const stats::Confusion confusion(test.classes.size(), test.target, said.called, weights);
  return {forecast.roc_auc(weights),
          forecast.average_precision(weights),
          confusion.macro_f1(),
          confusion.accuracy(),
          forecast.brier_score(weights),
          forecast.log_loss(weights),
          forecast.calibration_error(weights)};
}
constexpr Figure Quality::*kFigures[] = {&Quality::roc_auc,          &Quality::average_precision,
                                         &Quality::macro_f1,         &Quality::accuracy,
                                         &Quality::brier_score,      &Quality::log_loss,
                                         &Quality::calibration_error};

// Every candidate's figures with intervals from the same draws, and the gain of `chosen` over
// `baseline`.
void judge(const DataSet& test, const std::vector<stats::ClassForecast>& forecasts,
           const std::vector<Said>& said, std::size_t chosen, std::size_t baseline,
           std::uint64_t seed, Evaluation& out) {
  const auto all = [&](stats::Weights weights) {
    std::vector<double> values;
    for (std::size_t i = 0; i < forecasts.size(); ++i) {
      append(values, figures(forecasts[i], said[i], test, weights));
    }
    const std::size_t width = std::size(kFigures);
    values.push_back(values[chosen * width] - values[baseline * width]);
    return values;
  };
  const std::vector<Figure> all_figures = figures_of(learner_numbers(test), seed, all);
  auto next = all_figures.begin();
  for (Candidate& candidate : out.candidates) {
    for (const auto figure : kFigures) candidate.test.*figure = *next++;
  }
  out.gain = *next;
}

Side side_of(const DataSet& data) {
  Side side{.rows = data.size(), .by_class = std::vector<std::size_t>(data.classes.size())};
  std::set<std::string> courses;
  std::set<Micros> starts;
  for (std::size_t row = 0; row < data.size(); ++row) {
    ++side.by_class[data.target[row]];
    courses.insert(data.cohorts[data.cohort[row]].course);
    starts.insert(data.cohorts[data.cohort[row]].start);
  }
  const std::vector<std::uint32_t> learners = learner_numbers(data);
  side.learners = *std::ranges::max_element(learners) + 1;
  side.courses.assign(courses.begin(), courses.end());
  side.first_start = *starts.begin();
  side.last_start = *starts.rbegin();
  return side;
}

// Training rows of courses that had not ended when the first test row was scored.
std::size_t undecided(const DataSet& training, const DataSet& test) {
  Micros first = kLatest;
  for (const std::uint32_t c : test.cohort) first = std::min(first, test.cohorts[c].as_of);
  return static_cast<std::size_t>(std::ranges::count_if(
      training.cohort, [&](std::uint32_t c) { return training.cohorts[c].end > first; }));
}

std::vector<CourseQuality> by_course(const DataSet& test, const std::vector<double>& p) {
  std::map<std::string, std::vector<std::uint32_t>> rows;
  for (std::uint32_t row = 0; row < test.size(); ++row) {
    rows[test.cohorts[test.cohort[row]].course].push_back(row);
  }
  const std::size_t outputs = stats::outputs_of(test.classes.size());
  std::vector<CourseQuality> list;
  for (const auto& [course, members] : rows) {
    std::vector<double> predicted;
    std::vector<std::uint8_t> target;
    CourseQuality quality{.course = course,
                          .rows = members.size(),
                          .observed = std::vector<double>(outputs),
                          .predicted = std::vector<double>(outputs)};
    const double share = 1 / static_cast<double>(members.size());
    for (const std::uint32_t row : members) {
      target.push_back(test.target[row]);
      for (std::size_t output = 0; output < outputs; ++output) {
        predicted.push_back(p[row * outputs + output]);
        quality.predicted[output] += share * predicted.back();
        if (stats::is_of(target.back(), output, outputs)) quality.observed[output] += share;
      }
    }
    quality.roc_auc = stats::ClassForecast(predicted, test.classes.size(), target).roc_auc();
    list.push_back(std::move(quality));
  }
  return list;
}

// Of two classes: how many of the so many likeliest rows came true.
std::vector<Reach> reach_of(const std::vector<double>& p, const std::vector<std::uint8_t>& truth) {
  std::vector<Reach> list;
  for (std::size_t rows = 10; rows < p.size(); rows *= 2) {
    const std::vector<std::uint8_t> called = Decision{.capacity = rows}.called(p);
    Reach reach{.rows = rows};
    for (std::size_t i = 0; i < called.size(); ++i) reach.hits += called[i] & truth[i];
    list.push_back(reach);
  }
  return list;
}

// What else is to be known of the chosen candidate, by what it says of the test rows.
void describe(const DataSet& test, const std::vector<double>& p,
              const stats::ClassForecast& forecast, Evaluation& out) {
  const std::size_t outputs = forecast.each().size();
  for (std::size_t output = 0; output < outputs; ++output) {
    out.reliability.push_back(forecast.each()[output].reliability());
    std::vector<double> log_odds;
    for (std::size_t row = 0; row < test.size(); ++row) {
      log_odds.push_back(stats::logit(p[row * outputs + output]));
    }
    out.calibration_line.push_back(
        stats::fit_log_odds_line(log_odds, stats::one_against_rest(test.target, output, outputs)));
  }
  if (outputs == 1) out.reach = reach_of(p, test.target);
  out.by_course = by_course(test, p);
}

// The same rows in terms of classes, where these are still to be cut out of amounts by what
// training rows say.
struct Parted {
  DataSet training, test;
  std::vector<double> cuts;
};

Parted parted(const ModelDefinition& definition, const DataSet& data,
              std::span<const std::uint32_t> training, std::span<const std::uint32_t> test) {
  Parted out{select(data, training), select(data, test), {}};
  out.training.attributes.clear();
  if (!definition.levels) return out;
  out.cuts = cuts_of(*definition.levels, out.training);
  out.training = with_classes(std::move(out.training), *definition.levels, out.cuts);
  out.test = with_classes(std::move(out.test), *definition.levels, out.cuts);
  return out;
}

DataSet joined(DataSet first, const DataSet& more) {
  if (first.size() == 0) return more;
  append(first.learner, more.learner);
  append(first.cohort, more.cohort);
  append(first.target, more.target);
  for (const auto columns : {&DataSet::columns, &DataSet::attributes}) {
    for (std::size_t c = 0; c < (first.*columns).size(); ++c) {
      append((first.*columns)[c].numbers, (more.*columns)[c].numbers);
      append((first.*columns)[c].codes, (more.*columns)[c].codes);
    }
  }
  return first;
}

std::size_t size_of(const Predictor& predictor) {
  JsonWriter out;
  predictor.write(out);
  return out.take().size();
}

}  // namespace

Trial try_trainers(const ModelDefinition& definition, const DataSet& data,
                   const std::vector<Fold>& folds, std::size_t threads, const Steps& progress) {
  const std::vector<Entry> list = entries(definition);
  Trial out;
  Evaluation& evaluation = out.evaluation;
  evaluation.folds = folds.size();
  std::vector<Said> said(list.size());
  std::vector<double> held_out(list.size()), score_seconds(list.size());
  Fitted fitted;
  // Each fold, all rows where there are several, and judging.
  const std::size_t parts = folds.size() + (folds.size() > 1 ? 2 : 1);
  for (std::size_t f = 0; f < folds.size(); ++f) {
    progress(f, parts);
    Parted rows = parted(definition, data, folds[f].training, folds[f].test);
    fitted = Fitting(list, definition.decide, rows.training, threads).run();
    for (std::size_t e = 0; e < list.size(); ++e) {
      const auto begin = std::chrono::steady_clock::now();
      const std::vector<double> p = probabilities(*fitted.predictors[e], rows.test);
      score_seconds[e] +=
          std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      append(said[e].called, fitted.decisions[e].called(p));
      append(said[e].probability, p);
      held_out[e] += fitted.held_out[e] / static_cast<double>(folds.size());
    }
    out.test = joined(std::move(out.test), rows.test);
    out.training = std::move(rows.training);
    evaluation.cuts = std::move(rows.cuts);
  }
  if (folds.size() > 1) {
    progress(folds.size(), parts);
    std::vector<std::uint32_t> all(data.size());
    std::iota(all.begin(), all.end(), 0u);
    Parted rows = parted(definition, data, all, {});
    fitted = Fitting(list, definition.decide, rows.training, threads).run();
    out.training = std::move(rows.training);
    evaluation.cuts = std::move(rows.cuts);
  } else {
    evaluation.undecided = undecided(out.training, out.test);
  }
  evaluation.classes = out.training.classes;
  evaluation.training = side_of(out.training);
  evaluation.test = side_of(out.test);
  evaluation.held_out = fitted.held_out_words;
  for (std::size_t e = 0; e < list.size(); ++e) {
    evaluation.candidates.push_back({.name = list[e].name,
                                     .words = std::move(fitted.words[e]),
                                     .baseline = list[e].baseline,
                                     .held_out_roc_auc = held_out[e],
                                     .decision = fitted.decisions[e]});
    out.costs.push_back({fitted.seconds[e], score_seconds[e], size_of(*fitted.predictors[e])});
    if (list[e].name != kRule) continue;
    for (const auto& [column, share] : fitted.predictors[e]->importance()) {
      evaluation.candidates.back().words += ", " + column;
    }
  }
  const std::size_t chosen = best_of(evaluation.candidates, false);
  const std::size_t baseline = best_of(evaluation.candidates, true);
  evaluation.chosen = evaluation.candidates[chosen].name;
  out.predictor = fitted.predictors[chosen];

  progress(parts - 1, parts);
  std::vector<stats::ClassForecast> forecasts;
  for (const Said& one : said) {
    forecasts.emplace_back(one.probability, out.test.classes.size(), out.test.target);
  }
  judge(out.test, forecasts, said, chosen, baseline, definition.seed, evaluation);
  evaluation.confusion = {out.test.classes.size(), out.test.target, said[chosen].called};
  out.probability = std::move(said[chosen].probability);
  out.called = std::move(said[chosen].called);
  describe(out.test, out.probability, forecasts[chosen], evaluation);
  return out;
}

}  // namespace waymark::model
