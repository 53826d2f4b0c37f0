#include "model/card.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "stats/effects.h"
#include "stats/fairness.h"

namespace waymark::model {
namespace {

std::string share(std::size_t part, std::size_t whole) {
  return fmt::format("{:.1f} %",
                     100 * static_cast<double>(part) / static_cast<double>(std::max(whole, part)));
}

// "71.2 % [68.0, 74.1]": with Wilson's interval.
std::string share_with_interval(double part, double whole) {
  if (whole == 0) return "none";
  const auto [value, interval] = stats::share_of({part, whole});
  return fmt::format("{:.1f} % [{:.1f}, {:.1f}]", 100 * value, 100 * interval.low,
                     100 * interval.high);
}

std::string digits(double value) {
  return std::isnan(value) ? "not defined" : fmt::format("{:.3f}", value);
}

std::string who_and_when(const ModelDefinition& definition) {
  if (definition.table) return fmt::format("The rows of {}.", definition.table->file);
  const fold::RiskSet& who = definition.request.who;
  std::string text = who.enrolled.empty()
                         ? "Learners of a course with any event"
                         : fmt::format("Learners of a course with an event of kind {}",
                                       fmt::join(who.enrolled, " or "));
  if (!who.until.empty())
    text += fmt::format(" and none since of kind {}", fmt::join(who.until, " or "));
  const fold::AsOf& as_of = definition.request.as_of.front();
  if (const auto* day = std::get_if<fold::CourseDay>(&as_of)) {
    text += fmt::format(", as of day {} of the course", day->day);
  } else {
    text += fmt::format(", as of {}", to_iso(std::get<Micros>(as_of)));
  }
  return text + ". Only what had happened and arrived by then is used.";
}

// Which classes there are, and what makes them.
std::string classes(const ModelDefinition& definition, const std::vector<double>& cuts) {
  const fold::Target& target = *definition.request.target;
  const std::string kinds = fmt::format("{}", fmt::join(target.kinds, " or "));
  if (!definition.levels) {
    std::string text = fmt::format("The outcome of the latest event of kind {}:\n", kinds);
    for (std::size_t i = 0; i < definition.classes.size(); ++i) {
      text +=
          fmt::format("\n- {}: {}", definition.classes[i], fmt::join(target.classes[i], " or "));
    }
    return text;
  }
  const bool counts = target.amount == fold::Target::Amount::kCount;
  std::string text =
      fmt::format("The {} of events of kind {}{}:\n", counts ? "number" : "summed weight", kinds,
                  target.days ? fmt::format(" in the {} days that follow", *target.days) : "");
  const bool quantiles = definition.levels->quantiles;
  for (std::size_t i = 0; i < definition.classes.size(); ++i) {
    // What is cut begins behind the class of nothing.
    const std::size_t below = quantiles ? i - 1 : i;
    text += fmt::format("\n- {}: ", definition.classes[i]);
    if (quantiles && i == 0) {
      text += "none";
    } else if (below == cuts.size()) {
      text += fmt::format("{} {}", quantiles ? "above" : "from", in_words(cuts.back()));
    } else if (below == 0) {
      text += fmt::format("{} {}", quantiles ? "up to" : "below", in_words(cuts[0]));
    } else {
      text += fmt::format(fmt::runtime(quantiles ? "above {} up to {}" : "from {} to below {}"),
                          in_words(cuts[below - 1]), in_words(cuts[below]));
    }
  }
  if (definition.outages && target.days) {
    text += "\n\nCourses in which any of these days was out are left out.";
  }
  return text;
}

std::string target(const ModelDefinition& definition, const std::vector<double>& cuts) {
  if (const auto& table = definition.table) {
    return fmt::format("The column `{}`{}.", table->target,
                       table->yes.empty()
                           ? ", each of its values a class"
                           : fmt::format(": whether it is {}", fmt::join(table->yes, " or ")));
  }
  const fold::Target& target = *definition.request.target;
  std::string text = fmt::format("An event of kind {}", fmt::join(target.kinds, " or "));
  if (!target.outcomes.empty()) {
    text += fmt::format(" with outcome {}", fmt::join(target.outcomes, " or "));
  }
  if (definition.classes.size() == 2 && !definition.levels) return text + " comes later.";
  return classes(definition, cuts);
}

std::string mixture(const Side& side, const std::vector<std::string>& classes) {
  if (classes.size() == 2) return share(side.by_class[1], side.rows) + " positive";
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    parts.push_back(classes[i] + " " + share(side.by_class[i], side.rows));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string side(std::string_view name, const Side& side, const std::vector<std::string>& classes,
                 const Zone& zone) {
  const std::string rows =
      fmt::format("- {}: {} rows of {} learners, {}", name, with_thousands(side.rows),
                  with_thousands(side.learners), mixture(side, classes));
  if (side.courses.size() == 1 && side.first_start == 0) return rows + ".\n";
  const std::string first = to_iso_date(zone.to_local(side.first_start));
  const std::string last = to_iso_date(zone.to_local(side.last_start));
  return fmt::format("{}; {} course presentations that start {} ({}).\n", rows, side.courses.size(),
                     first == last ? "on " + first : fmt::format("from {} to {}", first, last),
                     fmt::join(side.courses, ", "));
}

std::string candidates(const Evaluation& evaluation) {
  std::string text =
      "| tried | held-out ROC-AUC | held-out log-loss | ROC-AUC | PR-AUC | macro-F1 | accuracy | "
      "Brier score | log-loss | calibration error |\n|---|---|---|---|---|---|---|---|---|---|\n";
  for (const Candidate& candidate : evaluation.candidates) {
    const bool chosen = candidate.name == evaluation.chosen;
    const Quality& q = candidate.test;
    text += fmt::format(
        "| {0}{1}{0}{2} | {3} | {4} | {5} | {6} | {7} | {8} | {9} | {10} | {11} |\n",
        chosen ? "**" : "", candidate.name,
        candidate.baseline ? " (baseline)"
        : chosen           ? " (the model)"
                           : "",
        digits(candidate.held_out_roc_auc), digits(candidate.held_out_log_loss),
        with_interval(q.roc_auc), with_interval(q.average_precision), with_interval(q.macro_f1),
        with_interval(q.accuracy), with_interval(q.brier_score), with_interval(q.log_loss),
        with_interval(q.calibration_error));
  }
  return text;
}

std::string by_what(const DecisionRule& rule, const Decision& decision) {
  if (rule.capacity > 0) return fmt::format("With room for {} learners", rule.capacity);
  return fmt::format("At the threshold {:.3f} (of {} on held-out training rows)",
                     decision.threshold, rule.costs ? "least cost" : "best macro-F1");
}

// What calling by the declared costs comes to, beside simpler ways to call.
std::string costs(const Evaluation& evaluation) {
  if (!evaluation.costs) return "";
  const auto& [matrix, likeliest, always, cheapest] = *evaluation.costs;
  const std::vector<std::string>& classes = evaluation.classes;
  std::string text;
  std::vector<std::string> ways;
  if (classes.size() == 2) {
    text = fmt::format("\nAt a cost of {} for each missed and {} for each called in vain, that ",
                       matrix[2], matrix[1]);
    ways = {"nobody", "everybody"};
  } else {
    text = "\nWhat it costs to call a row so, by what is true:\n\n| |";
    for (const std::string& name : classes) text += fmt::format(" {} |", cell(name));
    text += "\n|---|";
    for (std::size_t i = 0; i < classes.size(); ++i) text += "---|";
    for (std::size_t truth = 0; truth < classes.size(); ++truth) {
      text += fmt::format("\n| {} |", cell(classes[truth]));
      for (std::size_t called = 0; called < classes.size(); ++called) {
        text += fmt::format(" {} |", matrix[truth * classes.size() + called]);
      }
      ways.push_back("everybody " + classes[truth]);
    }
    text += "\n\nAll test rows called, that ";
  }
  ways[cheapest] += " (the cheapest of these on training rows)";
  text += fmt::format("costs {} a row; calling the likeliest class of each {}",
                      with_interval(evaluation.best().test.cost), with_interval(likeliest));
  for (std::size_t c = 0; c < ways.size(); ++c) {
    text += fmt::format(", {} {}", ways[c], with_interval(always[c]));
  }
  return text + ".\n";
}

std::string cost_curve(const Evaluation& evaluation) {
  if (evaluation.cost_curve.empty()) return "";
  std::string text = "\n| called from | called | cost a row |\n|---|---|---|\n";
  for (const CostPoint& point : evaluation.cost_curve) {
    text += fmt::format("| {:.2f} | {} | {} |\n", point.threshold,
                        share(point.called, evaluation.test.rows), with_interval(point.cost));
  }
  return text;
}

// What leaving those to people does who are least certain.
std::string left_to_people(const Evaluation& evaluation) {
  std::string text;
  if (const auto& left = evaluation.left) {
    text += fmt::format(
        "\n{} of the test rows are left to people, as they are too close to call. Of the others "
        "accuracy is {} and macro-F1 {}{}.\n",
        share(left->rows, evaluation.test.rows), with_interval(left->accuracy),
        with_interval(left->macro_f1),
        std::isnan(left->cost.value) ? ""
                                     : fmt::format("; with what people cost, all comes to {} a row",
                                                   with_interval(left->cost)));
  }
  text += "\n| left to people | accuracy of the others | macro-F1 of the others |\n|---|---|---|\n";
  for (const Coverage& coverage : evaluation.coverage) {
    text += fmt::format("| {:.0f} % | {} | {} |\n", 100 * coverage.left,
                        with_interval(coverage.accuracy), with_interval(coverage.macro_f1));
  }
  return text;
}

// What calling the likeliest ones finds.
std::string reach(const Evaluation& evaluation) {
  if (evaluation.reach.empty()) return "";
  std::string text =
      "\n| the likeliest | of whom positive (precision) | of all positive (recall) "
      "|\n|---|---|---|\n";
  for (const Reach& reach : evaluation.reach) {
    const auto hits = static_cast<double>(reach.hits);
    text +=
        fmt::format("| {} | {} | {} |\n", with_thousands(reach.rows),
                    share_with_interval(hits, static_cast<double>(reach.rows)),
                    share_with_interval(hits, static_cast<double>(evaluation.test.by_class[1])));
  }
  return text;
}

// By what a class of more than two is called.
std::string by_what(const Evaluation& evaluation) {
  const Decision& decision = evaluation.best().decision;
  std::string text = decision.costs.empty()
                         ? "the class whose probability times its weight is largest"
                         : "the class that is expected to cost least by the probabilities";
  if (decision.capacity > 0) {
    text = fmt::format("{} the {} rows where that is likeliest; others, of the other classes, {}",
                       evaluation.classes[decision.capacity_at], with_thousands(decision.capacity),
                       text);
  }
  return text;
}

// What the model calls, beside what came.
std::string calls(const ModelDefinition& definition, const Evaluation& evaluation) {
  const stats::Confusion& c = evaluation.confusion;
  const Decision& decision = evaluation.best().decision;
  const auto whole = [](double rows) { return static_cast<std::size_t>(rows); };
  if (c.classes() == 2) {
    return fmt::format(
               "{} the model flags {} of the test rows: {} of those flagged are positive, and {} "
               "of the positive are flagged.\n",
               by_what(definition.decide, decision),
               share(whole(c.called(1)), evaluation.test.rows),
               share_with_interval(c.count(1, 1), c.called(1)),
               share_with_interval(c.count(1, 1), c.there(1))) +
           costs(evaluation) + cost_curve(evaluation) + reach(evaluation) +
           left_to_people(evaluation);
  }
  std::string text = fmt::format("Called ({}), by what came:\n\n| |", by_what(evaluation));
  for (const std::string& name : evaluation.classes) text += fmt::format(" {} |", cell(name));
  text += " F1 |\n|---|---|";
  for (std::size_t i = 0; i < c.classes(); ++i) text += "---|";
  for (std::size_t truth = 0; truth < c.classes(); ++truth) {
    text += fmt::format("\n| {} |", cell(evaluation.classes[truth]));
    for (std::size_t called = 0; called < c.classes(); ++called) {
      text += fmt::format(" {} |", with_thousands(whole(c.count(truth, called))));
    }
    text += fmt::format(" {} |", with_interval(evaluation.f1[truth]));
  }
  text += "\n";
  if (decision.costs.empty()) {
    text += "\nWeights of best macro-F1 on held-out training rows:";
    for (std::size_t i = 0; i < c.classes(); ++i) {
      text += fmt::format("{} {} {:.2f}", i == 0 ? "" : ",", evaluation.classes[i],
                          decision.weights[i]);
    }
    text += ".\n";
  }
  return text + costs(evaluation) + left_to_people(evaluation);
}

std::string how_good(const ModelDefinition& definition, const Evaluation& evaluation) {
  std::string text = candidates(evaluation);
  text += fmt::format(
      "\nAll on the test rows but for what is held out of training, by which was chosen. In "
      "brackets 95 % intervals: bootstrap by learner, less its bias for the calibration error; of "
      "shares Wilson's; of the lines below jackknife by learner. The model's ROC-AUC, less that of "
      "the "
      "best baseline, is {}: {}.\n\n",
      with_interval(evaluation.gain),
      evaluation.gain.low > 0    ? "it ranks better"
      : evaluation.gain.high < 0 ? "it ranks worse"
                                 : "it is not sure to rank better");
  for (const Candidate& candidate : evaluation.candidates) {
    text += fmt::format("- {}: {}.\n", candidate.name, candidate.words);
  }
  return text + "\n" + calls(definition, evaluation);
}

// What was done about it, and what that came to.
std::string calibrated(const ModelDefinition& definition, const Evaluation& evaluation) {
  if (definition.calibrate.empty()) return "";
  const Candidate& best = evaluation.best();
  std::string trainer = best.name;
  if (!best.calibration.empty()) trainer.resize(trainer.size() - best.calibration.size() - 1);
  std::string text =
      "| probabilities | held-out log-loss | log-loss | Brier score | calibration error "
      "|\n|---|---|---|---|---|\n";
  for (const CalibrationWords& how : kCalibrations) {
    const std::string plus = *how.name == 0 ? "" : "+";
    for (const Candidate& candidate : evaluation.candidates) {
      if (candidate.name != trainer + plus + how.name) continue;
      text += fmt::format(
          "| {}{} | {} | {} | {} | {} |\n", how.words,
          candidate.name == best.name ? " (the model)" : "", digits(candidate.held_out_log_loss),
          with_interval(candidate.test.log_loss), with_interval(candidate.test.brier_score),
          with_interval(candidate.test.calibration_error));
    }
  }
  return text +
         "\nKept is what has the lowest log-loss on held-out training rows, each judged by what "
         "others of them give. Reasons tell what moved the margin before calibration: it brings "
         "all probabilities to scale and changes no reason.\n\n";
}

std::string calibration(const ModelDefinition& definition, const Evaluation& evaluation) {
  std::string text = calibrated(definition, evaluation);
  for (std::size_t output = 0; output < evaluation.reliability.size(); ++output) {
    if (evaluation.reliability.size() > 1) {
      text += fmt::format("\nOf {}:\n\n", evaluation.classes[output]);
    }
    text += "| predicted | rows | mean prediction | share that came |\n|---|---|---|---|\n";
    for (const stats::ReliabilityBin& bin : evaluation.reliability[output]) {
      if (bin.count == 0) continue;
      const auto rows = static_cast<double>(bin.count);
      text += fmt::format("| {:.1f} to {:.1f} | {} | {} | {} |\n", bin.low, bin.high,
                          with_thousands(bin.count), digits(bin.predicted),
                          with_interval(figure_of(stats::share_of({bin.observed * rows, rows}))));
    }
    const CalibrationLine& line = evaluation.calibration_line[output];
    text += fmt::format(
        "\nA line through log-odds on the test rows has intercept {} (0 is right on "
        "the whole, above 0 the model predicts too little) and slope {} (1 is "
        "right, below 1 predictions are too extreme).\n",
        with_interval(line.intercept), with_interval(line.slope));
  }
  return text;
}

std::string by_course(const Evaluation& evaluation) {
  const bool yes_or_no = evaluation.classes.size() == 2;
  std::string text = "| course | rows |", rule = "|---|---|";
  for (const std::string& name : evaluation.classes) {
    if (yes_or_no && name == evaluation.classes[0]) continue;
    text += fmt::format(" {0} | {0}, predicted |", yes_or_no ? "positive" : cell(name));
    rule += "---|---|";
  }
  text += " ROC-AUC |\n" + rule + "---|\n";
  for (const CourseQuality& course : evaluation.by_course) {
    text += fmt::format("| {} | {} |", cell(course.course), with_thousands(course.rows));
    for (std::size_t i = 0; i < course.observed.size(); ++i) {
      text += fmt::format(" {:.1f} % | {:.1f} % |", 100 * course.observed[i],
                          100 * course.predicted[i]);
    }
    text += fmt::format(" {} |\n", with_interval(course.roc_auc));
  }
  return text;
}

std::string drivers(std::span<const Importance> importance) {
  std::string text =
      "| feature | ROC-AUC lost when shuffled | mean size of SHAP values | share of importance "
      "|\n|---|---|---|---|\n";
  for (const Importance& item : importance.first(std::min(importance.size(), kDrivers))) {
    text += fmt::format(
        "| {} | {} | {:.3f} | {:.1f} % |\n", cell(item.label),
        std::isnan(item.permutation) ? "not defined" : fmt::format("{:.4f}", item.permutation),
        item.contribution, 100 * item.share);
  }
  if (importance.size() > kDrivers) {
    text += fmt::format("\nThe first {} of {} features.\n", kDrivers, importance.size());
  }
  return text;
}

std::string weights(std::span<const Weight> list, const std::vector<std::string>& classes) {
  const bool yes_or_no = classes.size() == 2;
  std::string text = fmt::format(
      "| a standard deviation more of |{} weight | standard error | odds times "
      "|\n|---|{}---|---|---|\n",
      yes_or_no ? "" : " class |", yes_or_no ? "" : "---|");
  for (const Weight& weight : list.first(std::min(list.size(), kDrivers))) {
    const stats::Estimate odds = stats::ratio_of(weight.value, weight.error);
    text +=
        fmt::format("| {} |{} {:.3f} | {:.3f} | {:.2f} [{:.2f}, {:.2f}] |\n", cell(weight.input),
                    yes_or_no ? "" : fmt::format(" {} |", cell(classes[weight.output])),
                    weight.value, weight.error, odds.value, odds.interval.low, odds.interval.high);
  }
  return text + fmt::format(
                    "\n{} of {} weights, those with the largest over its standard error first. The "
                    "penalty draws weights to 0: intervals say how far they would differ on other "
                    "rows, and not how far they are from what is true.\n",
                    std::min(list.size(), kDrivers), list.size());
}

std::string how_tested(const ModelDefinition& definition, const Evaluation& evaluation) {
  using Kind = SplitRule::Kind;
  std::string text;
  switch (definition.split.kind) {
    case Kind::kFrom:
      return "Split by time: the test is later than all of training, and nothing was fitted to it "
             "or chosen by it.";
    case Kind::kExpanding:
      text = "Each start but the first was tested once by what all earlier courses teach";
      break;
    case Kind::kRolling:
      text =
          "Each start but the first was tested once by what the courses of the start before teach";
      break;
    case Kind::kPresentations:
      text = "Each course presentation was tested once by what other learners of the others teach";
      break;
    case Kind::kFolds:
      text = fmt::format(
          "Learners were parted into {} folds by target, {} times anew, and each "
          "fold tested once by what the others teach",
          definition.split.folds, definition.split.repeats);
  }
  return text + fmt::format(
                    " ({} times in all; all that is fitted or tuned was so within training "
                    "rows). The model itself has then learned from all rows.",
                    evaluation.folds);
}

std::string limits(const ModelDefinition& definition, const Evaluation& evaluation) {
  std::string text;
  if (evaluation.undecided > 0) {
    text += fmt::format(
        "- {} of the training rows ({}) belong to courses that had not ended when the first test "
        "row is scored. Their outcomes were not all known by then, so the test stands for a model "
        "trained once they are.\n",
        with_thousands(evaluation.undecided),
        share(evaluation.undecided, evaluation.training.rows));
  }
  text += "- A score says what became of similar learners before; it is no cause and no verdict.";
  text +=
      definition.table
          ? "\n"
          : " Shares of positives move from course to course, and predictions with them only in "
            "part: see the table by course.\n"
            "- Learners who left before the as-of moment are not in these figures.\n";
  text += "- Reasons say what moved a score, not what would help.\n";
  return text + not_for(definition);
}

}  // namespace

std::string with_interval(const Figure& figure) {
  if (std::isnan(figure.low)) return digits(figure.value);
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", figure.value, figure.low, figure.high);
}

// A cell of a Markdown table holds one line and no bar of its own.
std::string cell(std::string text) {
  std::ranges::replace(text, '|', '/');
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::string not_for(const ModelDefinition& definition) {
  return definition.not_for.empty() ? ""
                                    : fmt::format("- Not for: {}\n", trimmed(definition.not_for));
}

std::string card_section(std::string_view title, std::string_view body) {
  return fmt::format("\n## {}\n\n{}\n", title, trimmed(body));
}

std::string card_opening(const ModelDefinition& definition, const std::string& version) {
  return fmt::format("# {}\n\nModel `{}`, version `{}`.\n", definition.title, definition.name,
                     version) +
         (definition.purpose.empty() ? "" : card_section("Purpose", definition.purpose)) +
         card_section("Who, as of when", who_and_when(definition));
}

std::string model_card(const ModelDefinition& definition, const std::string& version,
                       const Evaluation& evaluation, std::span<const Weight> weights,
                       std::span<const Importance> importance, const Fairness* fairness,
                       std::string_view leaks, std::string_view outages) {
  std::string text = card_opening(definition, version);
  const auto section = [&](std::string_view title, std::string_view body) {
    text += card_section(title, body);
  };
  section("What is predicted", target(definition, evaluation.cuts));
  section("Data",
          side("Training", evaluation.training, evaluation.classes, definition.zone) +
              side("Test", evaluation.test, evaluation.classes, definition.zone) +
              (definition.table ? std::string()
                                : fmt::format("- {} features of the measure `{}`.\n",
                                              definition.features.size(), definition.measure)));
  section("Training",
          fmt::format("{} The model is the candidate with the highest ROC-AUC on held-out "
                      "training rows ({}). Seed {}.",
                      how_tested(definition, evaluation), evaluation.held_out, definition.seed));
  section("How good it is", how_good(definition, evaluation));
  section("Calibration", calibration(definition, evaluation));
  if (!definition.table) section("By course", by_course(evaluation));
  section("What drives it", drivers(importance));
  if (!weights.empty()) {
    section("Logistic regression", model::weights(weights, evaluation.classes));
  }
  section("Fairness", fairness != nullptr ? in_words(*fairness)
                                          : "Not examined: the definition names no groups to "
                                            "compare (`fairness: {by: […]}`).");
  section("Leaks", leaks);
  if (!outages.empty()) section("Outages", outages);
  section("Limits", limits(definition, evaluation));
  return text;
}

}  // namespace waymark::model
