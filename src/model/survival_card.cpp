#include "model/survival_card.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "model/card.h"
#include "stats/effects.h"

namespace waymark::model {
namespace {

std::string probability(double p) {
  if (std::isnan(p)) return "not defined";
  return p < 0.0001 ? "<0.0001" : fmt::format("{:.4f}", p);
}

// Four digits: Brier scores lie closer together than areas do.
std::string brier(const stats::Estimate& estimate) {
  if (std::isnan(estimate.value)) return "not defined";
  return fmt::format("{:.4f} [{:.4f}, {:.4f}]", estimate.value, estimate.interval.low,
                     estimate.interval.high);
}

// The kinds of events by which learners leave without what is waited for.
std::vector<std::string> other_ways(const SurvivalDefinition& definition) {
  std::vector<std::string> kinds = definition.rows.request.who.until;
  std::erase_if(kinds, [&](const std::string& kind) {
    return std::ranges::find(definition.target.events.kinds, kind) !=
           definition.target.events.kinds.end();
  });
  return kinds;
}

std::string waited_for(const SurvivalDefinition& definition) {
  const std::vector<std::string> left_by = other_ways(definition);
  return fmt::format(
      "{}{}, from the as-of moment on {}; learners who had come to it before are not among the "
      "rows. "
      "Who is still on the way{} counts for as long as watched (censored).",
      definition.target.reaches ? "" : "An event of kind ", in_words(definition.target),
      definition.target.after_end ? "for as long as anything is known" : "until the course's end",
      left_by.empty() ? "" : fmt::format(", or left ({}),", fmt::join(left_by, " or ")));
}

std::string data(const SurvivalDefinition& definition, const SurvivalRows& rows,
                 const SurvivalStudy& study) {
  std::set<std::string> courses;
  for (const std::uint32_t row : study.test_rows) {
    courses.insert(rows.data.cohorts[rows.data.cohort[row]].course);
  }
  return fmt::format(
      "- Training: {} rows, {} with the event, of courses that start earlier, watched until the "
      "first as-of of the test.\n- Test: {} rows, {} with the event so far, of {}.\n- {} features "
      "of the measure `{}`.\n",
      with_thousands(study.training), with_thousands(study.training_events),
      with_thousands(study.test), with_thousands(study.test_events), fmt::join(courses, ", "),
      definition.on.size(), definition.rows.measure);
}

std::string how_good(const SurvivalDefinition& definition, const SurvivalStudy& study) {
  std::string text = "| tried | held-out Brier score | concordance |", rule = "|---|---|---|";
  for (const double day : definition.at) {
    text += fmt::format(" Brier score after {:g} days |", day);
    rule += "---|";
  }
  text += "\n" + rule + "\n";
  const auto add = [&](const std::string& name, double held_out, const SurvivalQuality& quality) {
    text += fmt::format("| {} | {} | {} |", name,
                        std::isnan(held_out) ? "" : fmt::format("{:.4f}", held_out),
                        with_interval(figure_of(quality.concordance)));
    for (const stats::Estimate& estimate : quality.brier) text += " " + brier(estimate) + " |";
    text += "\n";
  };
  for (std::size_t i = 0; i < study.judged.size(); ++i) {
    const SurvivalJudgement& judged = study.judged[i];
    add(fmt::format("{0}{1}{0}{2}{3}", judged.chosen ? "**" : "", definition.methods[i].words(),
                    judged.chosen ? " (the model)" : "",
                    judged.converged ? "" : ", likelihood not at rest"),
        judged.held_out_brier, judged.quality);
  }
  add("Curve of all (baseline)", kMissing, study.curve);
  text +=
      "\nAll on the test rows, in brackets 95 % intervals (delete-a-group jackknife by learner). "
      "The lower the Brier score, the better; than the model's that of the curve of all is higher "
      "by:\n\n";
  for (std::size_t i = 0; i < definition.at.size(); ++i) {
    text += fmt::format("- after {:g} days: {}\n", definition.at[i],
                        brier(study.curve_over_chosen.brier[i]));
  }
  return text;
}

std::string groups(const SurvivalStudy& study) {
  std::string text =
      "| group | rows | with the event | p of the log-rank test |\n|---|---|---|---|\n";
  for (const SurvivalGroup& group : study.groups) {
    const bool is_all = group.feature.empty();
    text += fmt::format("| {} | {} | {} | {} |\n",
                        is_all ? "all" : cell(group.feature + " = " + group.value),
                        with_thousands(group.rows), with_thousands(group.events),
                        is_all ? "" : probability(group.probability));
  }
  return text + "\np: of groups of a feature that lie as far apart, were they alike.\n";
}

std::string effects(const SurvivalDefinition& definition, const SurvivalStudy& study) {
  const SurvivalMethod& method = definition.methods[*study.explained];
  const auto& words = words_of(method.regression);
  std::vector<SurvivalEffect> list = study.effects;
  std::ranges::stable_sort(list, {}, [](const SurvivalEffect& effect) {
    return std::pair(effect.endless, effect.endless ? 0 : effect.probability);
  });
  const std::size_t shown = std::min(list.size(), kDrivers);
  list.resize(shown);
  const bool is_tested = !std::isnan(study.changes);
  std::string text = fmt::format(
      "By {}, on all rows:\n\n| one more of | unit | {} | p |{}\n|---|---|"
      "---|---|{}\n",
      words.words, words.ratio, is_tested ? " p of changing over time |" : "",
      is_tested ? "---|" : "");
  for (const SurvivalEffect& effect : list) {
    text += fmt::format(
        "| {} | {} | {} | {} |", cell(effect.input), effect.unit,
        effect.endless
            ? std::string(effect.coefficient < 0 ? "0, without end" : "without end")
            : with_interval(figure_of(stats::ratio_of(effect.coefficient, effect.standard_error))),
        effect.endless ? "-" : probability(effect.probability));
    text += is_tested ? " " + probability(effect.changes) + " |\n" : "\n";
  }
  text += fmt::format("\n{} of {} inputs, the surest first.", shown, study.effects.size());
  if (is_tested) {
    text += fmt::format(" That all effects stay the same over time (proportional hazards): p {}.",
                        probability(study.changes));
  }
  return text + "\n";
}

std::string limits(const SurvivalDefinition& definition, const SurvivalStudy& study) {
  std::string text;
  if (!other_ways(definition).empty()) {
    text +=
        "- Who leaves is censored then: a forecast says what comes of learners as long as they "
        "stay, and not of how many of all it will come true.\n";
  }
  if (study.changes < 0.05) {
    text += "- Effects change over time; one number for the whole time is too simple.\n";
  }
  return text +
         "- A forecast says what became of similar learners before; it is no cause and no "
         "verdict.\n"
         "- The test is as it was watched when the model was trained: learners then still on the "
         "way may have come to it since.\n"
         "- Reasons say what moved a forecast, not what would help.\n" +
         not_for(definition.rows);
}

}  // namespace

std::string in_words(const SurvivalTarget& target) {
  const std::string kinds = fmt::format("{}", fmt::join(target.events.kinds, " or "));
  return target.reaches ? fmt::format("{} to {:g} in all", kinds, *target.reaches) : kinds;
}

std::string survival_card(const SurvivalDefinition& definition, const std::string& version,
                          const SurvivalRows& rows, const SurvivalStudy& study) {
  std::string text = card_opening(definition.rows, version);
  text += card_section("What is waited for", waited_for(definition));
  text += card_section("Data", data(definition, rows, study));
  text += card_section(
      "Training",
      fmt::format("Split by time: the test is of later courses than all of training, and nothing "
                  "was fitted to it or chosen by it. The model is the method with the lowest Brier "
                  "score, the mean over the days, on training learners held out in {} parts. Seed "
                  "{}.",
                  stats::SurvivalTrial::kParts, definition.seed));
  text += card_section("How good it is", how_good(definition, study));
  text += card_section("Groups", groups(study));
  if (study.explained) text += card_section("What inputs do", effects(definition, study));
  return text + card_section("Limits", limits(definition, study));
}

}  // namespace waymark::model
