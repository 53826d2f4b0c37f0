#include "model/card.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace waymark::model {
namespace {

constexpr std::size_t kDrivers = 15;

std::string with_thousands(std::size_t number) {
  return waymark::with_thousands(static_cast<std::int64_t>(number));
}

std::string share(std::size_t part, std::size_t whole) {
  return fmt::format("{:.1f} %",
                     100 * static_cast<double>(part) / static_cast<double>(std::max(whole, part)));
}

std::string digits(double value) {
  return std::isnan(value) ? "not defined" : fmt::format("{:.3f}", value);
}

std::string with_interval(const Figure& figure) {
  if (std::isnan(figure.value)) return "not defined";
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", figure.value, figure.low, figure.high);
}

// A cell of a Markdown table holds one line and no bar of its own.
std::string cell(std::string text) {
  std::ranges::replace(text, '|', '/');
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::string who_and_when(const ModelDefinition& definition) {
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

std::string target(const ModelDefinition& definition) {
  const fold::Target& target = *definition.request.target;
  std::string text = fmt::format("An event of kind {}", fmt::join(target.kinds, " or "));
  if (!target.outcomes.empty()) {
    text += fmt::format(" with outcome {}", fmt::join(target.outcomes, " or "));
  }
  return text + " comes later.";
}

std::string side(std::string_view name, const Side& side, const Zone& zone) {
  const std::string first = to_iso_date(zone.to_local(side.first_start));
  const std::string last = to_iso_date(zone.to_local(side.last_start));
  return fmt::format(
      "- {}: {} rows of {} learners, {} positive; {} course presentations that start {} ({}).\n",
      name, with_thousands(side.rows), with_thousands(side.learners),
      share(side.positives, side.rows), side.courses.size(),
      first == last ? "on " + first : fmt::format("from {} to {}", first, last),
      fmt::join(side.courses, ", "));
}

std::string candidates(const Evaluation& evaluation) {
  std::string text =
      "| tried | held-out ROC-AUC | ROC-AUC | PR-AUC | macro-F1 | Brier score | log-loss | "
      "calibration error |\n|---|---|---|---|---|---|---|---|\n";
  for (const Candidate& candidate : evaluation.candidates) {
    const bool chosen = candidate.name == evaluation.chosen;
    const Quality& q = candidate.test;
    text += fmt::format("| {0}{1}{0}{2} | {3} | {4} | {5} | {6} | {7} | {8} | {9} |\n",
                        chosen ? "**" : "", candidate.name,
                        candidate.baseline ? " (baseline)"
                        : chosen           ? " (the model)"
                                           : "",
                        digits(candidate.held_out_roc_auc), with_interval(q.roc_auc),
                        with_interval(q.average_precision), with_interval(q.macro_f1),
                        with_interval(q.brier_score), with_interval(q.log_loss),
                        with_interval(q.calibration_error));
  }
  return text;
}

std::string how_good(const Evaluation& evaluation) {
  std::string text = candidates(evaluation);
  text += fmt::format(
      "\nAll on the test rows, in brackets 95 % intervals (bootstrap by learner). The model ranks "
      "better than the best baseline by {} of ROC-AUC.\n\n",
      with_interval(evaluation.gain));
  for (const Candidate& candidate : evaluation.candidates) {
    text += fmt::format("- {}: {}.\n", candidate.name, candidate.words);
  }
  const Confusion& c = evaluation.confusion;
  const std::size_t flagged = c.true_positive + c.false_positive;
  const std::size_t positive = c.true_positive + c.false_negative;
  text += fmt::format(
      "\nAt the threshold {:.3f} (of best macro-F1 on the training rows) the model flags {} of the "
      "test rows: {} of those flagged are positive, and {} of the positive are flagged.\n",
      evaluation.best().threshold, share(flagged, evaluation.test.rows),
      flagged == 0 ? "none" : share(c.true_positive, flagged),
      positive == 0 ? "none" : share(c.true_positive, positive));
  return text;
}

std::string calibration(const Evaluation& evaluation) {
  std::string text = "| predicted | rows | mean prediction | share positive |\n|---|---|---|---|\n";
  for (const stats::ReliabilityBin& bin : evaluation.reliability) {
    if (bin.count == 0) continue;
    text += fmt::format("| {:.1f} to {:.1f} | {} | {} | {} |\n", bin.low, bin.high,
                        with_thousands(bin.count), digits(bin.predicted), digits(bin.observed));
  }
  return text +
         fmt::format(
             "\nA line through log-odds on the test rows has intercept {:.2f} (0 is right on "
             "the whole, above 0 the model predicts too little) and slope {:.2f} (1 is "
             "right, below 1 predictions are too extreme).\n",
             evaluation.calibration_line.intercept, evaluation.calibration_line.slope);
}

std::string by_course(const Evaluation& evaluation) {
  std::string text = "| course | rows | positive | predicted | ROC-AUC |\n|---|---|---|---|---|\n";
  for (const CourseQuality& course : evaluation.by_course) {
    text += fmt::format("| {} | {} | {} | {:.1f} % | {} |\n", cell(course.course),
                        with_thousands(course.rows), share(course.positives, course.rows),
                        100 * course.predicted, digits(course.roc_auc));
  }
  return text;
}

std::string drivers(std::span<const Importance> importance) {
  std::string text =
      "| feature | ROC-AUC lost when shuffled | share of importance |\n|---|---|---|\n";
  for (const Importance& item : importance.first(std::min(importance.size(), kDrivers))) {
    text += fmt::format(
        "| {} | {} | {:.1f} % |\n", cell(item.label),
        std::isnan(item.permutation) ? "not defined" : fmt::format("{:.4f}", item.permutation),
        100 * item.share);
  }
  if (importance.size() > kDrivers) {
    text += fmt::format("\nThe first {} of {} features.\n", kDrivers, importance.size());
  }
  return text;
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
  text +=
      "- A score says what became of similar learners before; it is no cause and no verdict. "
      "Shares "
      "of positives move from course to course, and predictions with them only in part: see the "
      "table by course.\n"
      "- Learners who left before the as-of moment are not in these figures.\n"
      "- Reasons say what moved a score, not what would help.\n";
  if (!definition.not_for.empty()) {
    text += fmt::format("- Not for: {}\n", trimmed(definition.not_for));
  }
  return text;
}

}  // namespace

std::string model_card(const ModelDefinition& definition, const std::string& version,
                       const Evaluation& evaluation, std::span<const Importance> importance) {
  std::string text = fmt::format("# {}\n\nModel `{}`, version `{}`.\n", definition.title,
                                 definition.name, version);
  const auto section = [&](std::string_view title, std::string_view body) {
    text += fmt::format("\n## {}\n\n{}\n", title, trimmed(body));
  };
  if (!definition.purpose.empty()) section("Purpose", definition.purpose);
  section("Who, as of when", who_and_when(definition));
  section("What is predicted", target(definition));
  section("Data", side("Training", evaluation.training, definition.zone) +
                      side("Test", evaluation.test, definition.zone) +
                      fmt::format("- {} features of the measure `{}`.\n",
                                  definition.features.size(), definition.measure));
  section("Training",
          fmt::format("Split by time: the test is later than all of training, and nothing was "
                      "fitted to it or chosen by it. The model is the candidate with the highest "
                      "ROC-AUC on held-out training rows ({}). Seed {}.",
                      evaluation.held_out, definition.seed));
  section("How good it is", how_good(evaluation));
  section("Calibration", calibration(evaluation));
  section("By course", by_course(evaluation));
  section("What drives it", drivers(importance));
  section("Limits", limits(definition, evaluation));
  return text;
}

}  // namespace waymark::model
