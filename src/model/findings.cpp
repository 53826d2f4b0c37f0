#include "model/findings.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "stats/calibration.h"
#include "stats/jackknife.h"

namespace waymark::model {
namespace {

constexpr double kShares[] = {0.0, 0.05, 0.1, 0.2, 0.3, 0.5};  // left to people
constexpr std::size_t kThresholds = 19;                        // of the cost curve, evenly

double threshold_of(std::size_t i) { return static_cast<double>(i + 1) / (kThresholds + 1); }

// Of each row, at how many of kShares it is still called.
std::vector<std::uint8_t> shares_kept(const std::vector<double>& certain) {
  std::vector<std::size_t> order(certain.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t row) { return certain[row]; });
  std::vector<std::uint8_t> kept(certain.size());
  for (const double share : kShares) {
    const auto left = static_cast<std::size_t>(share * static_cast<double>(order.size()));
    for (std::size_t i = left; i < order.size(); ++i) ++kept[order[i]];
  }
  return kept;
}

// Of each row, how many thresholds of the cost curve call it.
std::vector<std::uint8_t> thresholds_passed(const std::vector<double>& p) {
  std::vector<std::uint8_t> passed(p.size());
  for (std::size_t row = 0; row < p.size(); ++row) {
    for (std::size_t i = 0; i < kThresholds; ++i) passed[row] += p[row] >= threshold_of(i) ? 1 : 0;
  }
  return passed;
}

std::vector<std::uint8_t> likeliest(const std::vector<double>& p, std::size_t classes) {
  if (classes == 2) return Decision{.threshold = 0.5}.called(p);
  return stats::called(p, std::vector<double>(classes, 1));
}

// What the chosen candidate says of the rows of one course.
struct OfCourse {
  std::vector<std::uint32_t> rows;
  stats::ClassForecast forecast;
};

// All that is measured on the test rows, each number with the figure that it is of, so that one
// set of draws gives every interval.
class Measures {
 public:
  // The figures of `out` are there, but for what they say.
  Measures(const DataSet& test, const std::vector<Said>& said, std::size_t chosen,
           std::size_t baseline, const DecisionRule& rule, std::vector<OfCourse> by_course,
           Evaluation& out)
      : test_(test),
        said_(said),
        chosen_(chosen),
        baseline_(baseline),
        rule_(rule),
        by_course_(std::move(by_course)),
        out_(out),
        shares_kept_(shares_kept(said[chosen].certain)),
        is_kept_(said[chosen].left),
        likeliest_(likeliest(said[chosen].probability, test.classes.size())) {
    for (std::uint8_t& flag : is_kept_) flag = flag == 0 ? 1 : 0;
    if (!out.cost_curve.empty()) passed_ = thresholds_passed(said[chosen].probability);
    for (const Said& one : said) {
      forecasts_.emplace_back(one.probability, test.classes.size(), test.target);
    }
  }

  const stats::ClassForecast& forecast() const { return forecasts_[chosen_]; }

  // give(figure, value) for each, always in the same order.
  template <typename Give>
  void visit(stats::Weights weights, const Give& give) const {
    std::vector<double> areas;
    for (std::size_t i = 0; i < said_.size(); ++i) {
      const stats::ClassForecast& forecast = forecasts_[i];
      const stats::Confusion confusion = confusion_of(said_[i].called, weights);
      Quality& to = out_.candidates[i].test;
      areas.push_back(forecast.roc_auc(weights));
      give(to.roc_auc, areas.back());
      give(to.average_precision, forecast.average_precision(weights));
      give(to.macro_f1, confusion.macro_f1());
      give(to.accuracy, confusion.accuracy());
      give(to.brier_score, forecast.brier_score(weights));
      give(to.log_loss, forecast.log_loss(weights));
      give(to.calibration_error, forecast.calibration_error(weights));
      if (rule_.costs) give(to.cost, rule_.costs->of(confusion) / confusion.rows());
      if (i != chosen_) continue;
      visit_calls(confusion, weights, give);
      if (rule_.costs) visit_costs(confusion, weights, give);
    }
    give(out_.gain, areas[chosen_] - areas[baseline_]);
    for (std::size_t i = 0; i < by_course_.size(); ++i) {
      const auto& [rows, forecast] = by_course_[i];
      std::vector<std::uint32_t> drawn;
      for (const std::uint32_t row : rows) drawn.push_back(weights.empty() ? 1 : weights[row]);
      give(out_.by_course[i].roc_auc, forecast.roc_auc(drawn));
    }
  }

 private:
  stats::Confusion confusion_of(const std::vector<std::uint8_t>& called,
                                stats::Weights weights) const {
    return {test_.classes.size(), test_.target, called, weights};
  }

  // visit(i, what the chosen candidate calls the rows of a level above i) for each i below
  // `levels`.
  template <typename Visit>
  void by_level(const std::vector<std::uint8_t>& level, std::size_t levels, stats::Weights weights,
                const Visit& visit) const {
    const std::size_t classes = test_.classes.size(), cells = classes * classes;
    const std::vector<std::uint8_t>& called = said_[chosen_].called;
    std::vector<double> counts((levels + 1) * cells), above(cells);
    for (std::size_t row = 0; row < level.size(); ++row) {
      counts[level[row] * cells + test_.target[row] * classes + called[row]] +=
          weights.empty() ? 1 : static_cast<double>(weights[row]);
    }
    for (std::size_t i = levels; i-- > 0;) {
      for (std::size_t c = 0; c < cells; ++c) above[c] += counts[(i + 1) * cells + c];
      visit(i, stats::Confusion(classes, above));
    }
  }

  template <typename Give>
  void visit_calls(const stats::Confusion& all, stats::Weights weights, const Give& give) const {
    for (std::size_t c = 0; c < out_.f1.size(); ++c) give(out_.f1[c], all.f1(c));
    by_level(shares_kept_, out_.coverage.size(), weights,
             [&](std::size_t i, const stats::Confusion& rest) {
               give(out_.coverage[i].accuracy, rest.accuracy());
               give(out_.coverage[i].macro_f1, rest.macro_f1());
             });
    if (!out_.left) return;
    by_level(is_kept_, 1, weights, [&](std::size_t, const stats::Confusion& rest) {
      give(out_.left->accuracy, rest.accuracy());
      give(out_.left->macro_f1, rest.macro_f1());
      if (!rule_.costs) return;
      const double people = rule_.costs->left.value_or(0) * (all.rows() - rest.rows());
      give(out_.left->cost, (rule_.costs->of(rest) + people) / all.rows());
    });
  }

  template <typename Give>
  void visit_costs(const stats::Confusion& all, stats::Weights weights, const Give& give) const {
    const CostMatrix& costs = *rule_.costs;
    give(out_.costs->likeliest, costs.of(confusion_of(likeliest_, weights)) / all.rows());
    for (std::size_t c = 0; c < all.classes(); ++c) {
      give(out_.costs->always[c], costs.of_always(c, all) / all.rows());
    }
    if (out_.cost_curve.empty()) return;
    by_level(passed_, kThresholds, weights, [&](std::size_t i, const stats::Confusion& called) {
      const double missed = all.there(1) - called.there(1), alarms = called.there(0);
      give(out_.cost_curve[i].cost,
           (costs.of(1, 0) * missed + costs.of(0, 1) * alarms) / all.rows());
    });
  }

  const DataSet& test_;
  const std::vector<Said>& said_;
  std::size_t chosen_, baseline_;
  const DecisionRule& rule_;
  std::vector<OfCourse> by_course_;
  Evaluation& out_;
  std::vector<stats::ClassForecast> forecasts_;
  std::vector<std::uint8_t> shares_kept_, is_kept_, likeliest_, passed_;  // by row
};

void measure(const Measures& measures, std::span<const std::uint32_t> learner, std::uint64_t seed,
             Evaluation& out) {
  std::vector<Figure*> figures;
  measures.visit({}, [&](Figure& figure, double) { figures.push_back(&figure); });
  const auto values = [&](stats::Weights weights) {
    std::vector<double> list;
    measures.visit(weights, [&](const Figure&, double value) { list.push_back(value); });
    return list;
  };
  const auto is_biased = [&](std::size_t i) {
    return std::ranges::any_of(out.candidates, [&](const Candidate& candidate) {
      return figures[i] == &candidate.test.calibration_error;
    });
  };
  const std::vector<Figure> found = figures_of(learner, seed, values, is_biased);
  for (std::size_t i = 0; i < found.size(); ++i) *figures[i] = found[i];
}

// All but the areas.
std::vector<OfCourse> add_courses(const DataSet& test, const std::vector<double>& p,
                                  std::vector<CourseQuality>& out) {
  std::map<std::string, std::vector<std::uint32_t>> rows;
  for (std::uint32_t row = 0; row < test.size(); ++row) {
    rows[test.cohorts[test.cohort[row]].course].push_back(row);
  }
  const std::size_t outputs = stats::outputs_of(test.classes.size());
  std::vector<OfCourse> list;
  for (auto& [course, members] : rows) {
    std::vector<double> predicted;
    std::vector<std::uint8_t> target;
    CourseQuality& quality = out.emplace_back();
    quality = {.course = course,
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
    list.push_back({std::move(members), {predicted, test.classes.size(), target}});
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

// Of each output, the line through log-odds.
std::vector<CalibrationLine> calibration_lines(const DataSet& test, const std::vector<double>& p,
                                               std::uint64_t seed) {
  const std::size_t outputs = stats::outputs_of(test.classes.size());
  const auto fitted = [&](std::span<const std::uint32_t> rows) {
    std::vector<double> values;
    for (std::size_t output = 0; output < outputs; ++output) {
      std::vector<double> log_odds;
      std::vector<std::uint8_t> truth;
      for (const std::uint32_t row : rows) {
        log_odds.push_back(stats::logit(p[row * outputs + output]));
        truth.push_back(stats::is_of(test.target[row], output, outputs) ? 1 : 0);
      }
      const stats::LogOddsLine line = stats::fit_log_odds_line(log_odds, truth);
      values.push_back(line.intercept);
      values.push_back(line.slope);
    }
    return values;
  };
  const auto estimates = stats::jackknife_estimates(learner_numbers(test), seed, fitted);
  std::vector<CalibrationLine> lines;
  for (std::size_t i = 0; i < estimates.size(); i += 2) {
    lines.push_back({figure_of(estimates[i]), figure_of(estimates[i + 1])});
  }
  return lines;
}

// What is declared of costs, before anything is measured.
void add_costs(const CostMatrix& costs, const std::vector<double>& p, Evaluation& out) {
  const std::size_t classes = out.training.by_class.size();
  CallCosts& of_calls = out.costs.emplace(CallCosts{.matrix = costs.cost});
  of_calls.always.resize(classes);
  std::vector<double> sums(classes);
  for (std::size_t called = 0; called < classes; ++called) {
    for (std::size_t truth = 0; truth < classes; ++truth) {
      sums[called] += costs.of(truth, called) * static_cast<double>(out.training.by_class[truth]);
    }
  }
  of_calls.cheapest = static_cast<std::size_t>(std::ranges::min_element(sums) - sums.begin());
  if (classes > 2) return;
  const std::vector<std::uint8_t> passed = thresholds_passed(p);
  for (std::size_t i = 0; i < kThresholds; ++i) {
    const auto called = std::ranges::count_if(passed, [&](std::uint8_t n) { return n > i; });
    out.cost_curve.push_back({threshold_of(i), static_cast<std::size_t>(called), {}});
  }
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
  const std::vector<double>& p = said[chosen].probability;
  const std::size_t classes = test.classes.size();
  out.confusion = {classes, test.target, said[chosen].called};
  out.f1.resize(classes);
  for (const double share : kShares) out.coverage.push_back({.left = share});
  if (rule.leaves_some()) {
    out.left =
        LeftToPeople{.rows = static_cast<std::size_t>(std::ranges::count(said[chosen].left, 1))};
  }
  if (rule.costs) add_costs(*rule.costs, p, out);
  if (classes == 2) out.reach = reach_of(p, test.target);
  std::vector<OfCourse> by_course = add_courses(test, p, out.by_course);
  const Measures measures(test, said, chosen, baseline, rule, std::move(by_course), out);
  measure(measures, learner_numbers(test), seed, out);
  for (const stats::Forecast& forecast : measures.forecast().each()) {
    out.reliability.push_back(forecast.reliability());
  }
  out.calibration_line = calibration_lines(test, p, seed);
}

}  // namespace waymark::model
