#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "report/figure.h"
#include "report/finding.h"
#include "report/number.h"
#include "report/section.h"
#include "report/suppress.h"

namespace waymark::report {
namespace {

using Align = Table::Align;

constexpr std::size_t kMostDrivers = 15;
constexpr std::size_t kMostGrids = 4;

struct Metric {
  const char* name;
  const char* hint;
  Estimate Candidate::*value;
};
constexpr Metric kRocAuc{"ROC-AUC", "1 is perfect, 0.5 is chance", &Candidate::roc_auc};
constexpr Metric kMacroF1{"Macro-F1", "1 is perfect", &Candidate::macro_f1};
constexpr Metric kOfTwo[] = {kRocAuc,
                             {"PR-AUC", "1 is perfect", &Candidate::pr_auc},
                             kMacroF1,
                             {"Brier score", "0 is perfect", &Candidate::brier}};
constexpr Metric kOfSeveral[] = {
    kRocAuc, kMacroF1, {"Accuracy", "the share called rightly", &Candidate::accuracy}};

std::span<const Metric> metrics_of(const Model& model) {
  return model.classes.empty() ? std::span<const Metric>(kOfTwo) : kOfSeveral;
}

// The chosen candidate is drawn in the main colour, the others each in one of their own.
Tone tone_of(const Model& model, std::size_t index) {
  constexpr Tone kOthers[] = {Tone::kWarm, Tone::kGreen, Tone::kViolet, Tone::kOchre};
  if (index == model.chosen) return Tone::kMain;
  if (model.candidates[index].baseline) return Tone::kQuiet;
  const std::size_t order = index - (index > model.chosen ? 1 : 0);
  return kOthers[order % std::size(kOthers)];
}

Html metric_cell(const Model& model, const Candidate& candidate, const Metric& metric) {
  const Estimate& estimate = candidate.*metric.value;
  if (!std::isfinite(estimate.value)) return "–";
  const auto index = static_cast<std::size_t>(&candidate - model.candidates.data());
  const std::string range = interval(estimate, 3);
  return Html(decimal(estimate.value, 3)) + element("small", {}, range) +
         interval_strip(estimate, 0, 1, tone_of(model, index),
                        candidate.name + ", " + metric.name + ": " + decimal(estimate.value, 3));
}

Html metrics_table(const Model& model) {
  Table table;
  table.column("On the test set");
  for (const Metric& metric : metrics_of(model)) table.column(metric.name);
  for (std::size_t i = 0; i < model.candidates.size(); ++i) {
    const Candidate& candidate = model.candidates[i];
    Html name = candidate.name;
    if (candidate.baseline) name += element("span", {{"class", "tag"}}, "baseline");
    if (i == model.chosen) name += element("span", {{"class", "tag"}}, "chosen");
    std::vector<Html> cells{name};
    for (const Metric& metric : metrics_of(model))
      cells.push_back(metric_cell(model, candidate, metric));
    table.row(i == model.chosen ? "chosen" : "", std::move(cells));
  }
  Html hints = "Beside each figure its 95% interval, and both on a scale from 0 to 1.";
  for (const Metric& metric : metrics_of(model)) {
    hints += Html(" ") + metric.name + ": " + metric.hint + ".";
  }
  if (!model.classes.empty()) {
    hints +=
        " ROC-AUC is the mean over the classes, each against the rest; Macro-F1 counts a rare "
        "class as much as a frequent one.";
  }
  return table.html() + element("p", {{"class", "hint"}}, hints);
}

std::vector<Curve> curves(const Model& model, std::vector<Point> Candidate::*points) {
  std::vector<Curve> all;
  for (std::size_t i = 0; i < model.candidates.size(); ++i) {
    const Candidate& candidate = model.candidates[i];
    all.push_back({candidate.name, candidate.*points, tone_of(model, i), candidate.baseline});
  }
  // The chosen one last, so that no other hides it.
  if (model.chosen < all.size()) {
    std::rotate(all.begin() + static_cast<std::ptrdiff_t>(model.chosen),
                all.begin() + static_cast<std::ptrdiff_t>(model.chosen) + 1, all.end());
  }
  return all;
}

bool drawable(const std::vector<Curve>& all) {
  return std::any_of(all.begin(), all.end(), [](const Curve& c) { return !c.points.empty(); });
}

// A few points of each curve, evenly along it.
Table curve_numbers(const std::vector<Curve>& all, std::string_view x, std::string_view y) {
  constexpr std::size_t kRows = 11;
  Table table;
  table.column("").column(x, Align::kNumber).column(y, Align::kNumber);
  for (const Curve& curve : all) {
    const std::size_t rows = std::min(kRows, curve.points.size());
    for (std::size_t i = 0; i < rows; ++i) {
      const Point& point = curve.points[rows < 2 ? 0 : i * (curve.points.size() - 1) / (rows - 1)];
      table.row({curve.label, percent(point.x, 1), percent(point.y, 1)});
    }
  }
  return table;
}

Html pr_figure(const Model& model) {
  SquareChart chart{"Being right about them (precision and recall)",
                    "Precision against recall on the test set.", "found, of those at risk",
                    "right, of those called"};
  chart.curves = curves(model, &Candidate::pr);
  chart.level = model.base_rate;
  chart.note = "chance: " + percent(model.base_rate);
  if (!drawable(chart.curves)) return {};
  return figure(chart.title, "The longer it stays at the top, the better.", draw(chart),
                curve_numbers(chart.curves, "Found", "Right"));
}

// Evenly chosen among what is given, the first and the last with them.
std::vector<Called> picked(const std::vector<Called>& all) {
  std::vector<Called> few;
  const std::size_t n = std::min(kMostGrids, all.size());
  for (std::size_t i = 0; i < n; ++i)
    few.push_back(all[n < 2 ? 0 : i * (all.size() - 1) / (n - 1)]);
  return few;
}

Html called_figure(const Model& model, std::int64_t least) {
  Table table;
  table.column("Learners called", Align::kNumber).column("Truly at risk", Align::kNumber);
  table.column("Right", Align::kNumber).column("Found, of all at risk", Align::kNumber);
  std::vector<Called> shown;
  const double at_risk = model.base_rate * static_cast<double>(model.test_learners);
  for (const Called& called : model.called) {
    if (called.called < std::max<std::int64_t>(least, 1)) continue;
    shown.push_back(called);
    const auto hits = static_cast<double>(called.hits);
    table.row({count(called.called), count(called.hits),
               percent(hits / static_cast<double>(called.called)),
               at_risk > 0 ? percent(std::min(1.0, hits / at_risk)) : "–"});
  }
  if (shown.empty()) return {};
  Html grids;
  for (const Called& called : picked(shown)) {
    const double share = static_cast<double>(called.hits) / static_cast<double>(called.called);
    const std::string words = fmt::format("Of the first {} called: {} of 100 truly at risk",
                                          count(called.called), decimal(100 * share, 0));
    grids += element("div", {},
                     dot_grid(share, words) +
                         element("p", {},
                                 element("b", {}, decimal(100 * share, 0) + " in 100") +
                                     "of the first " + count(called.called) + " were at risk"));
  }
  Html explanation =
      "If one calls the learners with the highest predicted risk first: of every hundred called, "
      "so "
      "many were truly at risk (filled).";
  if (std::isfinite(model.base_rate)) {
    explanation += " Called at random, it would be " + decimal(100 * model.base_rate, 0) + ".";
  }
  return figure("If you can call only so many", explanation,
                element("div", {{"class", "grids"}}, grids), table);
}

Html set_up(const Model& model) {
  std::vector<std::string> classes;
  for (const ClassQuality& one : model.classes) classes.push_back(one.name);
  Html text = (classes.empty() ? "The question: which learners will " + model.outcome
                               : "The question: which of " + list(classes, classes.size()) +
                                     " it will be for each learner") +
              (model.is_of_file() ? "" : ", as far as it can be known on " + model.as_of) + "? ";
  if (model.train_learners > 0) {
    text += "The model learned from " + strong(count(model.train_learners)) +
            (model.is_of_file() ? " rows of a file" : " enrolments") +
            (model.train_courses.empty() ? "" : " in " + list(model.train_courses, 4)) + ". ";
  }
  if (model.test_learners > 0) {
    text += "It was then tested on " + strong(count(model.test_learners)) +
            (model.is_of_file() ? " rows" : " later ones") + " that it had never seen" +
            (model.test_courses.empty() ? "" : ", in " + list(model.test_courses, 4)) +
            (std::isfinite(model.base_rate)
                 ? ", of whom " + percent(model.base_rate) + " did " + model.outcome
                 : "") +
            ".";
  }
  return lead(text);
}

Section evaluation_section(const Content& content, const Model& model) {
  Section section{"model", "The model, and whether to trust it", set_up(model)};
  if (!evaluated(model, content)) {
    section.body += missing(
        "The model has not been tested on enough learners to say how good it is. Once there is a "
        "later presentation to test it on:",
        "waymark train " + model.name);
    return section;
  }
  const Candidate* baseline = best_baseline(model);
  if (baseline != nullptr && !(chosen(model)->roc_auc.value > baseline->roc_auc.value)) {
    section.body += note("The model is no better than the baseline “" + baseline->name +
                             "”. Its predictions are no ground to act on.",
                         true);
  }
  const std::int64_t least = content.smallest_group;
  const std::vector<Curve> roc = curves(model, &Candidate::roc);
  const Html squares =
      roc_figure("Finding them (ROC curve)", "The nearer to the top left corner, the better.",
                 "false alarms, of those not at risk", "found, of those at risk", roc) +
      pr_figure(model) +
      reliability_figure("Meaning what it says (reliability)", chosen(model)->calibration, least);
  section.body +=
      called_figure(model, least) + heading("Against its baselines") + metrics_table(model);
  if (!squares.empty()) {
    section.body += legend(roc) + element("div", {{"class", "squares"}}, squares);
  }
  section.body += classes_part(model, least) + fairness_part(model, least);
  return section;
}

Section drivers_section(const Model& model) {
  Section section{"drivers", "What drives it", {}};
  BarChart chart{
      "What moves the prediction",
      "What the ranking of learners loses without each driver, as a share of all such losses.",
      {}};
  Table table;
  const bool directed = model.classes.empty();  // of several classes no one is the risk
  table.column("Driver").column("Share", Align::kNumber);
  if (directed) table.column("A higher value");
  for (const Driver& driver : model.drivers) {
    const bool up = driver.direction > 0, down = driver.direction < 0;
    const std::string share = percent(driver.weight, driver.weight < 0.095 ? 1 : 0);
    std::vector<Html> cells{driver.label, share};
    if (directed) {
      cells.push_back(up ? "raises the risk" : down ? "lowers the risk" : "does either");
    }
    table.row(std::move(cells));
    if (chart.bars.size() < kMostDrivers) {
      chart.bars.push_back({driver.label, driver.weight,
                            share + (!directed ? ""
                                     : up      ? " ▲"
                                     : down    ? " ▼"
                                               : " ◆"),
                            up                  ? Tone::kWarm
                            : down || !directed ? Tone::kMain
                                                : Tone::kQuiet});
    }
  }
  Html explanation =
      "What is lost of the ROC-AUC on the test rows when one driver's values are shuffled among "
      "the "
      "learners, as a share of what is lost by all drivers.";
  if (directed) {
    explanation += " ▲ a higher value raises the risk, ▼ a higher value lowers it, ◆ it depends.";
  }
  if (model.drivers.size() > kMostDrivers) {
    explanation += " The " + count(kMostDrivers) + " strongest of " +
                   count(static_cast<std::int64_t>(model.drivers.size())) +
                   "; the table has them all.";
  }
  const Html picture = figure(chart, explanation, table);
  if (picture.empty()) {
    section.body = missing("The model came without its importances. Train it again:",
                           "waymark train " + model.name);
    return section;
  }
  section.body =
      lead(
          "These are associations, not causes: they say by what the model tells learners "
          "apart, not what would change if one of them were changed.") +
      picture;
  return section;
}

}  // namespace

Html roc_figure(const std::string& title, const Html& explanation, const std::string& alarmed,
                const std::string& found, const std::vector<Curve>& curves) {
  if (!drawable(curves)) return {};
  return figure(title, explanation,
                draw(SquareChart{.title = title,
                                 .description = "True-positive rate against false-positive rate "
                                                "on the test set.",
                                 .x_label = alarmed,
                                 .y_label = found,
                                 .curves = curves,
                                 .diagonal = true,
                                 .note = "chance"}),
                curve_numbers(curves, "False alarms", "Found"));
}

Html reliability_figure(const std::string& title, const std::vector<CalibrationBin>& bins,
                        std::int64_t least) {
  SquareChart chart{title,
                    "Share of learners for whom it came true against the predicted probability.",
                    "predicted probability", "came true"};
  Table table;
  table.column("Predicted", Align::kNumber).column("Came true", Align::kNumber);
  table.column("95% interval", Align::kNumber).column("Learners", Align::kNumber);
  std::int64_t most = 1;
  std::vector<std::int64_t> groups;
  for (const CalibrationBin& bin : bins) {
    most = std::max(most, bin.learners);
    groups.push_back(bin.learners);
  }
  const auto hidden = hidden_groups(groups, least);
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const CalibrationBin& bin = bins[i];
    if (hidden[i] || bin.learners <= 0) continue;
    const double size = static_cast<double>(bin.learners) / static_cast<double>(most);
    const std::string came_true = percent(bin.observed.value);
    chart.dots.push_back({bin.predicted, bin.observed, size,
                          "predicted " + percent(bin.predicted) + ", came true for " + came_true +
                              " of " + count(bin.learners)});
    const Estimate shares{0, 100 * bin.observed.low, 100 * bin.observed.high};
    table.row({percent(bin.predicted), came_true, interval(shares, 0), count(bin.learners)});
  }
  if (chart.dots.empty()) return {};
  chart.diagonal = true;
  chart.note = "perfect";
  return figure(chart.title,
                "On the line, a predicted 70% comes true for 70 learners in 100. Larger dots stand "
                "for more learners.",
                draw(chart), table);
}

std::vector<Section> model_sections(const Content& content) {
  std::vector<Section> sections;
  for (std::size_t i = 0; i < content.models.size(); ++i) {
    const Model& model = content.models[i];
    for (Section section : {evaluation_section(content, model), drivers_section(model),
                            model.classes.empty() ? learners_section(content, model)
                                                  : expected_section(content, model)}) {
      section.id += model_suffix(i);
      if (content.models.size() > 1) section.title += ": " + model.name;
      sections.push_back(std::move(section));
    }
  }
  if (sections.empty()) {
    sections.push_back(
        {"model", "The model",
         missing("There is no trained model. Describe one in models/, then:", "waymark train")});
  }
  return sections;
}

}  // namespace waymark::report
