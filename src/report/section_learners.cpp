#include <algorithm>
#include <cmath>

#include "report/figure.h"
#include "report/finding.h"
#include "report/number.h"
#include "report/section.h"
#include "report/suppress.h"

namespace waymark::report {
namespace {

using Align = Table::Align;

constexpr std::size_t kShown = 20;
constexpr std::size_t kMostListed = 100;
constexpr std::size_t kMostReasons = 3;
constexpr std::size_t kMostCourses = 24;

Html reason_item(const Reason& reason, double strongest) {
  const bool up = reason.effect > 0;
  const double size = strongest > 0 ? std::fabs(reason.effect) / strongest : 0;
  return element(
      "li", {},
      element("span", {{"class", up ? "up" : "down"}, {"aria-hidden", "true"}}, up ? "▲" : "▼") +
          element(
              "span", {},
              element("span", {{"class", "said"}}, up ? "raises: " : "lowers: ") + reason.text) +
          share_bar(size, up ? "raises it" : "lowers it", up ? Tone::kWarm : Tone::kMain));
}

Html reasons(const Prediction& prediction, double strongest) {
  Html items;
  for (std::size_t i = 0; i < std::min(kMostReasons, prediction.reasons.size()); ++i) {
    items += reason_item(prediction.reasons[i], strongest);
  }
  return items.empty() ? Html("–") : element("ul", {{"class", "reasons"}}, items);
}

double strongest_of(const std::vector<const Prediction*>& predictions) {
  double strongest = 0;
  for (const Prediction* prediction : predictions) {
    for (const Reason& reason : prediction->reasons) {
      if (std::isfinite(reason.effect)) strongest = std::max(strongest, std::fabs(reason.effect));
    }
  }
  return strongest;
}

// Those who are called so; of a model of two classes all, as nobody is called anything.
Html prediction_table(const std::vector<const Prediction*>& predictions, const std::string& called,
                      Tone tone) {
  const double strongest = strongest_of(predictions);
  Table table;
  table.column("Learner")
      .column("Probability")
      .column("What raises (▲) and lowers (▼) it", Align::kPlain);
  for (const Prediction* prediction : predictions) {
    if (prediction->called != called) continue;
    table.row({element("span", {{"class", "mono"}}, prediction->learner) +
                   element("small", {}, prediction->course),
               element("span", {{"class", "probability"}},
                       Html(percent(prediction->probability)) +
                           share_bar(prediction->probability,
                                     "probability " + percent(prediction->probability), tone)),
               reasons(*prediction, strongest)});
  }
  return table.html(kShown);
}

Html expected_figure(const Content& content, const Model& model) {
  std::vector<std::int64_t> sizes;
  for (const Expected& course : model.expected) sizes.push_back(course.learners);
  const auto hidden = hidden_groups(sizes, content.smallest_group);
  std::vector<const Expected*> courses;
  for (std::size_t i = 0; i < model.expected.size(); ++i) {
    if (!hidden[i] && std::isfinite(model.expected[i].probability)) {
      courses.push_back(&model.expected[i]);
    }
  }
  std::stable_sort(courses.begin(), courses.end(), [](const Expected* a, const Expected* b) {
    return a->probability > b->probability;
  });
  BarChart chart{"How much of each course is at risk",
                 "Mean predicted probability of each course's learners.",
                 {}};
  Table table;
  table.column("Course")
      .column("Learners", Align::kNumber)
      .column("Expected at risk", Align::kNumber);
  for (const Expected* course : courses) {
    const std::string share = percent(course->probability);
    table.row({course->course, count(course->learners), share});
    if (chart.bars.size() < kMostCourses) {
      chart.bars.push_back({course->course, course->probability,
                            share + " of " + count(course->learners), Tone::kWarm});
    }
  }
  chart.most = 1;
  Html explanation = "The share of its learners that is expected to " + model.outcome +
                     ": the mean of their probabilities.";
  if (courses.size() > kMostCourses) {
    explanation += " The " + count(kMostCourses) + " most at risk of " +
                   count(static_cast<std::int64_t>(courses.size())) +
                   " courses; the table has them all.";
  }
  return figure(chart, explanation, table);
}

}  // namespace

Section learners_section(const Content& content, const Model& model) {
  Section section{"learners", "Who is at risk, and why", {}};
  if (model.predictions.empty()) {
    section.body = missing("No learner has been scored yet:", "waymark score " + model.name);
    return section;
  }
  section.body = lead(strong(count(model.scored, "learner")) +
                      " were scored. Those with the highest "
                      "probability to " +
                      model.outcome +
                      " come first, each with the reasons that weigh most. "
                      "A prediction is a reason to ask, not a verdict.") +
                 expected_figure(content, model) + predictions_part(content, model);
  return section;
}

Html predictions_part(const Content& content, const Model& model) {
  auto predictions = listed(content, model);
  const std::size_t left_out = model.predictions.size() - predictions.size();
  const bool cut = predictions.size() > kMostListed;
  if (cut) predictions.resize(kMostListed);
  Html lists;
  if (model.classes.empty()) {
    lists = heading("Learner by learner") + prediction_table(predictions, "", Tone::kWarm);
  }
  for (std::size_t i = 0; i < model.classes.size(); ++i) {
    const std::string& name = model.classes[i].name;
    if (std::ranges::find(predictions, name, &Prediction::called) == predictions.end()) continue;
    lists += heading("Called " + name + ", the surest first") +
             prediction_table(predictions, name, tone_of(i));
  }
  if (lists.empty()) return {};
  if (!model.classes.empty()) {
    lists = paragraph(
                "Of each class those of whom the model is surest, with the reasons that weigh most "
                "for it or against it. A prediction is a reason to ask, not a verdict; who is left "
                "to people is in no list.") +
            lists;
  }
  Html hints =
      "Learners appear by pseudonym. The bars beside the reasons show their weight, on one "
      "scale for all.";
  if (cut)
    hints += " Only the first " + count(static_cast<std::int64_t>(kMostListed)) + " are listed.";
  if (left_out > 0) {
    hints += " " + count(static_cast<std::int64_t>(left_out), "learner") +
             " of courses with fewer than " + count(content.smallest_group) +
             " learners, or whose course is not known, are left out.";
  }
  return lists + element("p", {{"class", "hint"}}, hints);
}

}  // namespace waymark::report
