#include "report/gather_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "report/ask.h"
#include "report/gather.h"
#include "stats/fairness.h"
#include "stats/proportion.h"

namespace waymark::report {
namespace {

Estimate estimate(const model::Figure& figure) { return {figure.value, figure.low, figure.high}; }

std::vector<Point> points(const std::vector<stats::CurvePoint>& curve) {
  std::vector<Point> list;
  for (const stats::CurvePoint& point : curve) list.push_back({point.x, point.y});
  return list;
}

Estimate share(double observed, std::size_t count) {
  if (count == 0) return {};
  const double trials = static_cast<double>(count);
  const stats::Interval interval = stats::wilson_interval(observed * trials, trials);
  return {observed, interval.low, interval.high};
}

Estimate estimate(const stats::Estimate& of) {
  return {of.value, of.interval.low, of.interval.high};
}

std::vector<CalibrationBin> calibration(const std::vector<stats::ReliabilityBin>& bins) {
  std::vector<CalibrationBin> list;
  for (const stats::ReliabilityBin& bin : bins) {
    if (bin.count == 0) continue;
    list.push_back(
        {bin.predicted, share(bin.observed, bin.count), static_cast<std::int64_t>(bin.count)});
  }
  return list;
}

std::string as_of_words(const fold::AsOf& as_of, const Zone& zone) {
  if (const auto* day = std::get_if<fold::CourseDay>(&as_of))
    return fmt::format("day {} of the course", day->day);
  return to_iso_date(zone.to_local(std::get<Micros>(as_of)));
}

std::string outcome_words(const model::ModelDefinition& definition) {
  if (definition.table) {
    const std::vector<std::string>& yes = definition.table->yes;
    return fmt::format("have {} as {}",
                       yes.empty() ? "yes" : fmt::format("{}", fmt::join(yes, " or ")),
                       definition.table->target);
  }
  if (!definition.request.target) return definition.name;
  const fold::Target& target = *definition.request.target;
  const auto& words = target.outcomes.empty() ? target.kinds : target.outcomes;
  return fmt::format("have the {} {}", fmt::join(target.kinds, " or "), fmt::join(words, " or "));
}

std::string title_of(const model::Candidate& candidate) {
  if (!candidate.calibration.empty()) {
    model::Candidate plain = candidate;
    plain.calibration.clear();
    plain.name.resize(plain.name.size() - candidate.calibration.size() - 1);
    return title_of(plain) + ", calibrated";
  }
  if (candidate.name == "prior") return "Everyone at the base rate";
  if (candidate.name == "rule") return "Best single number";
  if (candidate.name == "logistic") return "Logistic regression";
  if (candidate.name == "forest") return "Random forest";
  if (candidate.name == "neural") return "Neural network";
  if (candidate.name == "boosting") return "Gradient boosting";
  if (candidate.name == "blend") return "Mean of the trainers";
  return candidate.name;
}

void add_candidates(const model::Evaluation& evaluation, Model& into) {
  for (const model::Candidate& candidate : evaluation.candidates) {
    Candidate row{.name = title_of(candidate), .baseline = candidate.baseline};
    row.roc_auc = estimate(candidate.test.roc_auc);
    row.pr_auc = estimate(candidate.test.average_precision);
    row.macro_f1 = estimate(candidate.test.macro_f1);
    row.accuracy = estimate(candidate.test.accuracy);
    row.brier = estimate(candidate.test.brier_score);
    if (candidate.name == evaluation.chosen) into.chosen = into.candidates.size();
    into.candidates.push_back(std::move(row));
  }
}

void add_classes(const model::Evaluation& evaluation, Model& into) {
  const stats::Confusion& confusion = evaluation.confusion;
  for (std::size_t c = 0; c < evaluation.classes.size(); ++c) {
    ClassQuality& one = into.classes.emplace_back();
    one.name = evaluation.classes[c];
    one.there = std::llround(confusion.there(c));
    one.called = std::llround(confusion.called(c));
    one.precision = estimate(stats::share_of({confusion.count(c, c), confusion.called(c)}));
    one.recall = estimate(stats::share_of({confusion.count(c, c), confusion.there(c)}));
    one.f1 = estimate(evaluation.f1.empty() ? model::Figure{.value = confusion.f1(c)}
                                            : evaluation.f1[c]);
    for (std::size_t as = 0; as < evaluation.classes.size(); ++as) {
      one.called_as.push_back(std::llround(confusion.count(c, as)));
    }
    one.calibration = calibration(evaluation.reliability[c]);
  }
}

// What the chosen candidate said of the test rows, beside what came true. `seed`: of the bootstrap.
void add_curves(const model::Model& trained, std::uint64_t seed, Model& into) {
  const model::Judged& judged = trained.judged();
  const stats::ClassForecast forecast(judged.probability, judged.classes, judged.target);
  if (into.classes.empty()) {
    Candidate& chosen = into.candidates[into.chosen];
    chosen.roc = points(forecast.each().front().roc_curve());
    chosen.pr = points(forecast.each().front().precision_recall_curve());
    chosen.calibration = calibration(trained.evaluation().reliability.front());
    return;
  }
  const auto areas = model::figures_of(judged.learner, seed, [&](stats::Weights weights) {
    std::vector<double> values;
    for (const stats::Forecast& of_class : forecast.each()) {
      values.push_back(of_class.roc_auc(weights));
    }
    return values;
  });
  for (std::size_t c = 0; c < into.classes.size(); ++c) {
    into.classes[c].roc_auc = estimate(areas[c]);
    into.classes[c].roc = points(forecast.each()[c].roc_curve());
  }
}

void add_fairness(const model::Fairness& fairness, Model& into) {
  for (const model::AttributeFairness& attribute : fairness.attributes) {
    Fairness& one = into.fairness.emplace_back();
    one.by = fmt::format("{}", fmt::join(attribute.by, " and "));
    one.about = attribute.about;
    for (const model::GroupFairness& group : attribute.groups) {
      const stats::GroupRates& rates = group.rates;
      GroupTreated& treated = one.groups.emplace_back();
      treated.group = group.group;
      treated.learners = static_cast<std::int64_t>(rates.rows);
      treated.came_true = estimate(stats::share_of(rates.observed));
      treated.called = estimate(stats::share_of(rates.selected));
      treated.found = estimate(stats::share_of(rates.true_positive));
      treated.alarmed = estimate(stats::share_of(rates.false_positive));
      treated.left = estimate(stats::share_of(group.left));
      if (one.groups.size() == 1) continue;
      treated.ratio =
          estimate(value_of(model::Gate::kDisparateImpact, group, attribute.groups.front()).value);
    }
  }
  into.broken = model::broken_gates(fairness);
}

// A feature that goes with its contributions less clearly than this does either.
constexpr double kDirected = 0.5;

int direction_of(double correlation) {
  return correlation > kDirected ? 1 : correlation < -kDirected ? -1 : 0;
}

// By what shuffling a feature costs on the test rows: it says what the model needs, whatever kind
// of model it is.
void add_drivers(const std::vector<model::Importance>& importance, Model& into) {
  double sum = 0;
  for (const model::Importance& feature : importance) sum += std::max(0.0, feature.permutation);
  for (const model::Importance& feature : importance) {
    if (feature.permutation > 0)
      into.drivers.push_back(
          {feature.label, feature.permutation / sum, direction_of(feature.direction)});
  }
  std::ranges::stable_sort(into.drivers, std::greater<>(), &Driver::weight);
}

// What is expected of each course: of two classes the mean probability, of more that of each.
void add_expected(query::Session& session, const std::string& table,
                  const std::vector<std::string>& classes, Model& into) {
  std::string means;
  for (const std::string& name : classes) {
    means += fmt::format(", avg({})", sql::quoted_name("probability_" + name));
  }
  if (classes.empty()) means = ", avg(probability)";
  ask(session, fmt::format("SELECT course, count(*){} FROM {} GROUP BY 1 ORDER BY 1", means, table),
      [&](const AnswerRow& row) {
        Expected& expected = into.expected.emplace_back();
        expected.course = row.text(0);
        expected.learners = row.integer(1);
        into.scored += expected.learners;
        if (classes.empty()) expected.probability = row.number(2);
        for (std::size_t c = 0; c < classes.size(); ++c) {
          expected.shares.push_back(row.number(2 + c));
        }
      });
}

// The learners of the highest probability; of several classes some of those who are called each.
void add_predictions(query::Session& session, const std::string& table,
                     const std::vector<std::string>& classes, const govern::Pseudonyms& pseudonyms,
                     Model& into) {
  std::string probability = "probability";
  if (!classes.empty()) {
    probability = "CASE called";
    for (const std::string& name : classes) {
      probability += fmt::format(" WHEN {} THEN {}", sql::quoted_text(name),
                                 sql::quoted_name("probability_" + name));
    }
    probability += " END";
  }
  ask(session,
      fmt::format(
          "SELECT learner, course, {} AS p, reasons, {} AS class FROM {} WHERE class IS NOT NULL "
          "QUALIFY row_number() OVER (PARTITION BY class ORDER BY p DESC, learner, course) <= {} "
          "ORDER BY p DESC, learner, course",
          probability, classes.empty() ? "''" : "called", table,
          classes.empty() ? kListedLearners : kListedOfClass),
      [&](const AnswerRow& row) {
        Prediction prediction{
            pseudonyms.name(LearnerKey(row.text(0))), row.text(1), row.number(2), {}, row.text(4)};
        const Json reasons = Json::parse(row.text(3));
        for (const Json& reason : reasons.array()) {
          prediction.reasons.push_back({reason.at("words").string(), reason.at("effect").number()});
        }
        std::ranges::stable_sort(prediction.reasons, std::greater<>(),
                                 [](const Reason& reason) { return std::abs(reason.effect); });
        into.predictions.push_back(std::move(prediction));
      });
}

}  // namespace

Model gather_model(const engine::Catalog& catalog, const model::ModelDefinition& definition,
                   const model::Model& trained, query::Session& session,
                   const govern::Pseudonyms& pseudonyms) {
  const model::Evaluation& evaluation = trained.evaluation();
  Model model;
  model.name = definition.title.empty() ? definition.name : definition.title;
  model.version = trained.version();
  if (!definition.table) {
    model.as_of = as_of_words(definition.request.as_of.front(), catalog.zone());
  }
  model.train_learners = static_cast<std::int64_t>(evaluation.training.rows);
  model.test_learners = static_cast<std::int64_t>(evaluation.test.rows);
  if (!definition.table) {
    model.train_courses = evaluation.training.courses;
    model.test_courses = evaluation.test.courses;
  }
  add_drivers(trained.importance(), model);
  if (trained.fairness()) add_fairness(*trained.fairness(), model);
  add_candidates(evaluation, model);
  if (evaluation.classes.size() > 2) add_classes(evaluation, model);
  add_curves(trained, definition.seed, model);
  const std::string table = sql::quoted_name(engine::predictions_table(definition.name));
  std::vector<std::string> classes;
  for (const ClassQuality& one : model.classes) classes.push_back(one.name);
  add_expected(session, table, classes, model);
  add_predictions(session, table, classes, pseudonyms, model);
  if (!classes.empty()) return model;
  model.outcome = outcome_words(definition);
  model.base_rate = static_cast<double>(evaluation.test.by_class[1]) /
                    static_cast<double>(std::max<std::size_t>(1, evaluation.test.rows));
  for (const model::Reach& reach : evaluation.reach) {
    model.called.push_back(
        {static_cast<std::int64_t>(reach.rows), static_cast<std::int64_t>(reach.hits)});
  }
  return model;
}

}  // namespace waymark::report
