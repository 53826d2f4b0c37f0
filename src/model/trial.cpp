#include "model/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "base/error.h"
#include "base/parallel.h"
#include "stats/bootstrap.h"
#include "stats/descriptive.h"

namespace waymark::model {
namespace {

constexpr std::size_t kReplicates = 1000;
constexpr const char* kRule = "rule";

using Predictors = std::vector<std::shared_ptr<const Predictor>>;

// A candidate's way to a predictor; the blend has none of its own.
struct Entry {
  Candidate candidate;
  std::unique_ptr<Trainer> trainer;
};

std::vector<Entry> entries(const ModelDefinition& definition) {
  std::vector<Entry> list;
  const auto add = [&](std::string name, std::string words, bool baseline,
                       std::unique_ptr<Trainer> trainer) {
    list.push_back({{.name = std::move(name), .words = std::move(words), .baseline = baseline},
                    std::move(trainer)});
  };
  add("prior", "everyone gets the share of the training rows", true,
      std::make_unique<PriorTrainer>());
  add(kRule, "the best single number decides", true, std::make_unique<RuleTrainer>());
  for (const TrainerSetting& setting : definition.trainers) {
    auto trainer = make_trainer(setting, definition.seed);
    WAYMARK_CHECK(trainer != nullptr);
    add(setting.name, in_words(setting, definition.seed), false, std::move(trainer));
  }
  if (definition.blend) {
    add("blend", "mean of the log-odds of the trainers above", false, nullptr);
  }
  return list;
}

// One predictor per entry and set of rows; the fits run in parallel.
std::vector<Predictors> fit_all(const std::vector<Entry>& list, const std::vector<DataSet>& sets,
                                std::size_t threads) {
  std::vector<Predictors> fitted(sets.size(), Predictors(list.size()));
  parallel_for(sets.size() * list.size(), threads, [&](std::size_t job) {
    const std::size_t set = job / list.size(), entry = job % list.size();
    if (list[entry].trainer) fitted[set][entry] = list[entry].trainer->fit(sets[set]);
  });
  for (Predictors& predictors : fitted) {
    Predictors members;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (!list[i].trainer) predictors[i] = std::make_shared<BlendPredictor>(members);
      if (!list[i].candidate.baseline) members.push_back(predictors[i]);
    }
  }
  return fitted;
}

std::vector<double> probabilities(const Predictor& predictor, const DataSet& data) {
  std::vector<double> values = predictor.log_odds(data);
  for (double& value : values) value = stats::logistic(value);
  return values;
}

void judge_held_out(const DataSet& training, const HeldOutParts& held_out, std::vector<Entry>& list,
                    std::size_t threads) {
  std::vector<DataSet> fit, check;
  for (const HeldOut& part : held_out.parts) {
    fit.push_back(select(training, part.fit));
    check.push_back(select(training, part.check));
  }
  const std::vector<Predictors> fitted = fit_all(list, fit, threads);
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::vector<double> areas;
    for (std::size_t part = 0; part < check.size(); ++part) {
      const std::vector<double> p = probabilities(*fitted[part][i], check[part]);
      areas.push_back(stats::Forecast(p, check[part].target).roc_auc());
    }
    list[i].candidate.held_out_roc_auc = stats::mean(areas);
  }
}

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

std::vector<double> figures(const stats::Forecast& forecast, double threshold,
                            stats::Weights weights) {
  return {forecast.roc_auc(weights),
          forecast.average_precision(weights),
          forecast.macro_f1(threshold, weights),
          forecast.brier_score(weights),
          forecast.log_loss(weights),
          forecast.calibration_error(weights)};
}
constexpr Figure Quality::*kFigures[] = {&Quality::roc_auc,  &Quality::average_precision,
                                         &Quality::macro_f1, &Quality::brier_score,
                                         &Quality::log_loss, &Quality::calibration_error};

// Every candidate's figures with intervals from the same draws, and the gain of `chosen` over
// `baseline`.
void judge(const DataSet& test, const std::vector<stats::Forecast>& forecasts, std::size_t chosen,
           std::size_t baseline, std::uint64_t seed, Evaluation& out) {
  const auto all = [&](stats::Weights weights) {
    std::vector<double> values;
    for (std::size_t i = 0; i < forecasts.size(); ++i) {
      const auto more = figures(forecasts[i], out.candidates[i].threshold, weights);
      values.insert(values.end(), more.begin(), more.end());
    }
    const std::size_t width = std::size(kFigures);
    values.push_back(values[chosen * width] - values[baseline * width]);
    return values;
  };
  const std::vector<double> values = all({});
  const std::vector<stats::Interval> intervals = stats::bootstrap_intervals(
      learner_numbers(test), {.replicates = kReplicates, .seed = seed}, all);
  std::size_t next = 0;
  const auto take = [&] {
    const Figure figure{values[next], intervals[next].low, intervals[next].high};
    ++next;
    return figure;
  };
  for (Candidate& candidate : out.candidates) {
    for (const auto figure : kFigures) candidate.test.*figure = take();
  }
  out.gain = take();
}

Side side_of(const DataSet& data) {
  Side side{.rows = data.size()};
  std::set<std::string> courses;
  std::set<Micros> starts;
  for (std::size_t row = 0; row < data.size(); ++row) {
    side.positives += data.target[row];
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
std::size_t undecided(const Split& split) {
  Micros first = kLatest;
  for (const std::uint32_t c : split.test.cohort) {
    first = std::min(first, split.test.cohorts[c].as_of);
  }
  return static_cast<std::size_t>(std::ranges::count_if(
      split.training.cohort,
      [&](std::uint32_t c) { return split.training.cohorts[c].end > first; }));
}

std::vector<CourseQuality> by_course(const DataSet& test, const std::vector<double>& p) {
  std::map<std::string, std::vector<std::uint32_t>> rows;
  for (std::uint32_t row = 0; row < test.size(); ++row) {
    rows[test.cohorts[test.cohort[row]].course].push_back(row);
  }
  std::vector<CourseQuality> list;
  for (const auto& [course, members] : rows) {
    std::vector<double> predicted;
    std::vector<std::uint8_t> target;
    for (const std::uint32_t row : members) {
      predicted.push_back(p[row]);
      target.push_back(test.target[row]);
    }
    list.push_back({.course = course,
                    .rows = members.size(),
                    .positives = static_cast<std::size_t>(std::ranges::count(target, 1)),
                    .predicted = stats::mean(predicted),
                    .roc_auc = stats::Forecast(predicted, target).roc_auc()});
  }
  return list;
}

Confusion confusion_at(double threshold, const DataSet& test, const std::vector<double>& p) {
  Confusion c;
  for (std::size_t row = 0; row < test.size(); ++row) {
    const bool called = p[row] >= threshold;
    if (test.target[row] != 0) {
      ++(called ? c.true_positive : c.false_negative);
    } else {
      ++(called ? c.false_positive : c.true_negative);
    }
  }
  return c;
}

}  // namespace

Trial try_trainers(const ModelDefinition& definition, const Split& split, std::size_t threads,
                   const std::function<void(std::string_view)>& progress) {
  std::vector<Entry> list = entries(definition);
  Evaluation out{.training = side_of(split.training),
                 .test = side_of(split.test),
                 .undecided = undecided(split)};

  progress("comparing trainers on held-out training rows");
  const HeldOutParts held_out = held_out_parts(split.training);
  out.held_out = held_out.words;
  judge_held_out(split.training, held_out, list, threads);

  progress("fitting on all training rows");
  const Predictors predictors = fit_all(list, {split.training}, threads).front();
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::vector<double> p = probabilities(*predictors[i], split.training);
    list[i].candidate.threshold = stats::Forecast(p, split.training.target).best_threshold();
    out.candidates.push_back(std::move(list[i].candidate));
    if (out.candidates.back().name != kRule) continue;
    for (const auto& [column, all] : predictors[i]->importance()) {
      out.candidates.back().words += ", " + column;
    }
  }
  const std::size_t chosen = best_of(out.candidates, false);
  const std::size_t baseline = best_of(out.candidates, true);
  out.chosen = out.candidates[chosen].name;

  progress("judging on the test rows");
  std::vector<std::vector<double>> p;
  std::vector<stats::Forecast> forecasts;
  for (const auto& predictor : predictors) {
    p.push_back(probabilities(*predictor, split.test));
    forecasts.emplace_back(p.back(), split.test.target);
  }
  judge(split.test, forecasts, chosen, baseline, definition.seed, out);
  out.confusion = confusion_at(out.candidates[chosen].threshold, split.test, p[chosen]);
  out.reliability = forecasts[chosen].reliability();
  out.calibration_line =
      stats::fit_log_odds_line(predictors[chosen]->log_odds(split.test), split.test.target);
  out.by_course = by_course(split.test, p[chosen]);
  return {predictors[chosen], std::move(out)};
}

}  // namespace waymark::model
