#include "model/findings.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "stats/calibration.h"

namespace waymark::model {
namespace {

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
void measure(const DataSet& test, const std::vector<stats::ClassForecast>& forecasts,
             const std::vector<Said>& said, std::size_t chosen, std::size_t baseline,
             std::uint64_t seed, Evaluation& out) {
  const auto all = [&](stats::Weights weights) {
    std::vector<double> values;
    for (std::size_t i = 0; i < forecasts.size(); ++i) {
      for (const double value : figures(forecasts[i], said[i], test, weights)) {
        values.push_back(value);
      }
    }
    const std::size_t width = std::size(kFigures);
    values.push_back(values[chosen * width] - values[baseline * width]);
    return values;
  };
  const auto is_calibration = [](std::size_t i) {
    return i % std::size(kFigures) == std::size(kFigures) - 1;  // the last of each candidate
  };
  const std::vector<Figure> all_figures =
      figures_of(learner_numbers(test), seed, all, is_calibration);
  auto next = all_figures.begin();
  for (Candidate& candidate : out.candidates) {
    for (const auto figure : kFigures) candidate.test.*figure = *next++;
  }
  out.gain = *next;
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

stats::Confusion confusion_without(const DataSet& test, const Said& said,
                                   std::span<const std::uint8_t> left, stats::Weights weights) {
  std::vector<std::uint32_t> kept(test.size());
  for (std::size_t row = 0; row < kept.size(); ++row) {
    if (left[row] == 0) kept[row] = weights.empty() ? 1 : weights[row];
  }
  return {test.classes.size(), test.target, said.called, kept};
}

std::vector<Coverage> coverage_of(const DataSet& test, const Said& said) {
  std::vector<std::size_t> order(test.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t row) { return said.certain[row]; });
  std::vector<Coverage> list;
  for (const double share : {0.0, 0.05, 0.1, 0.2, 0.3, 0.5}) {
    std::vector<std::uint8_t> left(test.size());
    const auto rows = static_cast<std::size_t>(share * static_cast<double>(test.size()));
    for (std::size_t i = 0; i < rows; ++i) left[order[i]] = 1;
    const stats::Confusion rest = confusion_without(test, said, left, {});
    list.push_back({share, rest.accuracy(), rest.macro_f1()});
  }
  return list;
}

double cost_of(const DecisionRule::Costs& costs, const stats::Confusion& confusion) {
  return costs.missed * confusion.count(1, 0) + costs.false_alarm * confusion.count(0, 1);
}

LeftToPeople left_to_people(const DataSet& test, const Said& said, const DecisionRule& rule,
                            std::uint64_t seed) {
  LeftToPeople out{.rows = static_cast<std::size_t>(std::ranges::count(said.left, 1)),
                   .cost = kMissing};
  const auto figures = figures_of(learner_numbers(test), seed, [&](stats::Weights weights) {
    const stats::Confusion rest = confusion_without(test, said, said.left, weights);
    return std::vector<double>{rest.accuracy(), rest.macro_f1()};
  });
  out.accuracy = figures[0];
  out.macro_f1 = figures[1];
  if (rule.costs) {
    const double people = rule.costs->left.value_or(0) * static_cast<double>(out.rows);
    out.cost = (cost_of(*rule.costs, confusion_without(test, said, said.left, {})) + people) /
               static_cast<double>(test.size());
  }
  return out;
}

std::vector<CostPoint> cost_curve(const DataSet& test, const std::vector<double>& p,
                                  const DecisionRule::Costs& costs) {
  constexpr int kSteps = 20;
  std::vector<CostPoint> curve;
  for (int step = 1; step < kSteps; ++step) {
    const double threshold = static_cast<double>(step) / kSteps;
    const stats::Confusion confusion(2, test.target, Decision{.threshold = threshold}.called(p));
    curve.push_back({threshold, static_cast<std::size_t>(confusion.called(1)),
                     cost_of(costs, confusion) / confusion.rows()});
  }
  return curve;
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

}  // namespace

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

std::size_t undecided(const DataSet& training, const DataSet& test) {
  Micros first = kLatest;
  for (const std::uint32_t c : test.cohort) first = std::min(first, test.cohorts[c].as_of);
  return static_cast<std::size_t>(std::ranges::count_if(
      training.cohort, [&](std::uint32_t c) { return training.cohorts[c].end > first; }));
}

void judge(const DataSet& test, const std::vector<Said>& said, std::size_t chosen,
           std::size_t baseline, const DecisionRule& rule, std::uint64_t seed, Evaluation& out) {
  std::vector<stats::ClassForecast> forecasts;
  for (const Said& one : said) {
    forecasts.emplace_back(one.probability, test.classes.size(), test.target);
  }
  measure(test, forecasts, said, chosen, baseline, seed, out);
  out.confusion = {test.classes.size(), test.target, said[chosen].called};
  out.coverage = coverage_of(test, said[chosen]);
  if (rule.leaves_some()) out.left = left_to_people(test, said[chosen], rule, seed);
  if (rule.costs) out.cost_curve = cost_curve(test, said[chosen].probability, *rule.costs);
  describe(test, said[chosen].probability, forecasts[chosen], out);
}

}  // namespace waymark::model
