// Models of more than two classes.

#include <algorithm>

#include "report/figure.h"
#include "report/number.h"
#include "report/section.h"
#include "report/suppress.h"

namespace waymark::report {
namespace {

using Align = Table::Align;

constexpr std::size_t kMostCourses = 24;

// Shares alone: with the counts, rows and columns could be taken from one another.
Html confusion_figure(const Model& model, const std::vector<bool>& hidden, std::int64_t least) {
  MatrixChart chart{"What is called, and what came true",
                    "Of each class the shares that were called so and otherwise.",
                    "came true",
                    "was called",
                    {},
                    {}};
  Table table;
  table.column("Came true");
  for (const ClassQuality& one : model.classes) {
    chart.columns.push_back(one.name);
    table.column("Called " + one.name, Align::kNumber);
  }
  for (std::size_t i = 0; i < model.classes.size(); ++i) {
    const ClassQuality& one = model.classes[i];
    const std::vector<bool> small = hidden_groups(one.called_as, least);
    MatrixRow row{one.name, {}};
    std::vector<Html> cells{one.name};
    for (std::size_t as = 0; as < model.classes.size(); ++as) {
      const bool shown = !hidden[i] && !small[as];
      const double share = shown && one.there > 0 ? static_cast<double>(one.called_as[as]) /
                                                        static_cast<double>(one.there)
                                                  : kUnknown;
      const std::string text = shown ? percent(share) : "hidden";
      row.cells.push_back(
          {share, text, i == as, one.name + ", called " + chart.columns[as] + ": " + text});
      cells.push_back(text);
    }
    chart.rows.push_back(std::move(row));
    table.row(std::move(cells));
  }
  return figure(chart,
                "Row by row, what those of whom it came true were called; the darker, the more. "
                "Framed is what is right. Cells of fewer than " +
                    count(least) + " learners are hidden, and others with them.",
                table);
}

Html figure_cell(const Estimate& estimate) {
  return Html(decimal(estimate.value, 3)) + element("small", {}, interval(estimate, 3));
}

Html classes_table(const Model& model, const std::vector<bool>& hidden, std::int64_t least) {
  Table table;
  table.column("Class").column("Learners", Align::kNumber).column("Found", Align::kNumber);
  table.column("Right, of those called", Align::kNumber).column("F1", Align::kNumber);
  table.column("ROC-AUC", Align::kNumber);
  for (std::size_t i = 0; i < model.classes.size(); ++i) {
    const ClassQuality& one = model.classes[i];
    if (hidden[i]) {
      table.row({one.name, "hidden", "", "", "", ""});
      continue;
    }
    const bool few = too_few(one.called, least);
    table.row({one.name, count(one.there), share_cell(one.recall),
               few ? Html("hidden") : share_cell(one.precision),
               few ? Html("hidden") : figure_cell(one.f1), figure_cell(one.roc_auc)});
  }
  return table.html() +
         element("p", {{"class", "hint"}},
                 "Found is recall, right is precision, F1 their harmonic mean; ROC-AUC is of the "
                 "class against the rest. Below each is its 95% interval.");
}

// A class that is too small to show is left out, and so is what there are no more colours for.
Html class_curves(const Model& model, const std::vector<bool>& hidden) {
  std::vector<Curve> curves;
  for (std::size_t i = 0; i < std::min(kTones, model.classes.size()); ++i) {
    const ClassQuality& one = model.classes[i];
    if (hidden[i]) continue;
    curves.push_back({one.name + ": " + decimal(one.roc_auc.value, 3), one.roc, tone_of(i)});
  }
  Html explanation = "By its probability alone, each class against the rest.";
  if (model.classes.size() > kTones) {
    explanation += " The first " + count(kTones) + " classes; the table has them all.";
  }
  return roc_figure("Finding each class (ROC curves)", explanation + legend(curves),
                    "called so, of the others", "called so, of those it came true of", curves);
}

}  // namespace

Html classes_part(const Model& model, std::int64_t least) {
  if (model.classes.empty()) return {};
  std::vector<std::int64_t> there;
  for (const ClassQuality& one : model.classes) there.push_back(one.there);
  const std::vector<bool> hidden = hidden_groups(there, least);
  Html squares = class_curves(model, hidden);
  for (const ClassQuality& one : model.classes) {
    squares += reliability_figure("Meaning what it says: " + one.name, one.calibration, least);
  }
  return heading("Class by class") + classes_table(model, hidden, least) +
         confusion_figure(model, hidden, least) +
         (squares.empty() ? squares : element("div", {{"class", "squares"}}, squares));
}

Section expected_section(const Content& content, const Model& model) {
  Section section{"learners", "What is expected of whom", {}};
  std::vector<std::int64_t> sizes;
  for (const Expected& course : model.expected) sizes.push_back(course.learners);
  const std::vector<bool> hidden = hidden_groups(sizes, content.smallest_group);
  Table table;
  table.column(model.is_of_file() ? "File" : "Course")
      .column("Learners", Align::kNumber)
      .column("Expected");
  std::vector<std::pair<std::string, Tone>> items;
  for (std::size_t i = 0; i < model.classes.size(); ++i) {
    table.column(model.classes[i].name, Align::kNumber);
    items.emplace_back(model.classes[i].name, tone_of(i));
  }
  for (std::size_t i = 0; i < model.expected.size(); ++i) {
    const Expected& course = model.expected[i];
    if (hidden[i]) continue;
    std::vector<Part> parts;
    std::vector<Html> cells{course.course, count(course.learners), {}};
    for (std::size_t c = 0; c < course.shares.size(); ++c) {
      parts.push_back({course.shares[c], tone_of(c)});
      cells.push_back(percent(course.shares[c]));
    }
    cells[2] = split_bar(parts, "what is expected of " + course.course);
    table.row(std::move(cells));
  }
  if (table.empty()) {
    section.body = missing("No learner has been scored yet:", "waymark score " + model.name);
    return section;
  }
  section.body =
      lead(strong(count(model.scored, "learner")) + " were scored. What is expected of a " +
           (model.is_of_file() ? "file" : "course") +
           " is the mean of its learners' probabilities.") +
      legend(items) + table.html(kMostCourses) + predictions_part(content, model);
  return section;
}

}  // namespace waymark::report
