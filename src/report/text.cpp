// The report as a page of text for a terminal.

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "report/finding.h"
#include "report/number.h"
#include "report/report.h"
#include "report/suppress.h"
#include "report/text_measures.h"

namespace waymark::report {
namespace {

constexpr std::size_t kListedDrivers = 8;
constexpr std::size_t kListedAtRisk = 8, kListedOfClass = 3;

// In full where there is room for it.
std::string count_within(std::int64_t n, std::size_t width) {
  const std::string full = count(n);
  return full.size() <= width ? full : compact(static_cast<double>(n));
}

std::string sentence(const Finding& finding) {
  std::string text;
  for (const Finding::Phrase& phrase : finding.phrases) text += phrase.text;
  return text;
}

void add_sources(const Content& content, TextPage& page) {
  if (content.sources.empty()) return;
  page.heading("Data");
  page.line(fmt::format("  {} {:>11} {:>11} {:>10} {:>11} {:>8}", padded("source", 20), "received",
                        "stored", "duplicate", "quarantined", "refused"));
  for (const Source& source : content.sources) {
    page.line(fmt::format("  {} {:>11} {:>11} {:>10} {:>11} {:>8}", padded(source.name, 20),
                          count_within(source.received, 11), count_within(source.stored, 11),
                          count_within(source.duplicate, 10), count_within(source.quarantined, 11),
                          count_within(source.refused, 8)));
  }
}

void add_classes(const Content& content, const Model& model, TextPage& page) {
  std::vector<std::int64_t> there;
  for (const ClassQuality& one : model.classes) there.push_back(one.there);
  const std::vector<bool> hidden = hidden_groups(there, content.smallest_group);
  page.line("");
  page.line(fmt::format("  {} {:>9} {:>9} {:>9} {:>9} {:>8}", padded("class by class", 26),
                        "learners", "found", "right", "F1", "ROC-AUC"));
  for (std::size_t i = 0; i < model.classes.size(); ++i) {
    const ClassQuality& one = model.classes[i];
    if (hidden[i]) {
      page.line(fmt::format("  {} {:>9}", padded(one.name, 26), "hidden"));
      continue;
    }
    const bool few = too_few(one.called, content.smallest_group);
    page.line(
        fmt::format("  {} {:>9} {:>9} {:>9} {:>9} {:>8}", padded(one.name, 26), count(one.there),
                    percent(one.recall.value), few ? "hidden" : percent(one.precision.value),
                    few ? "hidden" : decimal(one.f1.value, 3), decimal(one.roc_auc.value, 3)));
  }
}

struct Metric {
  const char* name;
  int width;
  Estimate Candidate::*value;
};
constexpr Metric kOfTwo[]{{"PR-AUC", 7, &Candidate::pr_auc},
                          {"macro-F1", 9, &Candidate::macro_f1},
                          {"Brier", 6, &Candidate::brier}};
constexpr Metric kOfSeveral[]{{"macro-F1", 9, &Candidate::macro_f1},
                              {"accuracy", 9, &Candidate::accuracy}};

void add_candidates(const Model& model, TextPage& page) {
  const std::span<const Metric> metrics =
      model.classes.empty() ? std::span<const Metric>(kOfTwo) : kOfSeveral;
  std::string line = fmt::format("  {} {:>8}  {:<16}", padded("tested on later courses", 26),
                                 "ROC-AUC", "95 % interval");
  for (const Metric& metric : metrics) line += fmt::format(" {:>{}}", metric.name, metric.width);
  page.line(line);
  for (std::size_t i = 0; i < model.candidates.size(); ++i) {
    const Candidate& candidate = model.candidates[i];
    line = fmt::format("{} {} {:>8}  {:<16}", i == model.chosen ? "*" : " ",
                       padded(candidate.name, 26), decimal(candidate.roc_auc.value, 3),
                       interval(candidate.roc_auc, 3));
    for (const Metric& metric : metrics) {
      line += fmt::format(" {:>{}}", decimal((candidate.*metric.value).value, 3), metric.width);
    }
    page.line(line);
  }
}

void add_drivers(const Model& model, TextPage& page) {
  if (model.drivers.empty()) return;
  page.line("");
  page.line("  What drives it");
  const double most = std::max(1e-9, model.drivers.front().weight);
  for (std::size_t i = 0; i < std::min(kListedDrivers, model.drivers.size()); ++i) {
    const Driver& driver = model.drivers[i];
    page.line(fmt::format("  {} {:>4}  {}", padded(driver.label, 44), percent(driver.weight),
                          text_bar(driver.weight / most, 20)));
  }
}

// The first `most` of those who are called so.
void add_learners(const std::string& title, const std::vector<const Prediction*>& predictions,
                  const std::string& called, std::size_t most, TextPage& page) {
  std::size_t shown = 0;
  for (const Prediction* prediction : predictions) {
    if (prediction->called != called || shown == most) continue;
    if (shown++ == 0) {
      page.line("");
      page.paragraph("  ", title);
    }
    std::string why;
    for (const Reason& reason : prediction->reasons) {
      if (reason.effect > 0) why += (why.empty() ? "" : "; ") + reason.text;
    }
    page.paragraph(fmt::format("  {}  {:>4}  {}  ", padded(prediction->learner, 10),
                               percent(prediction->probability), padded(prediction->course, 10)),
                   why.empty() ? "no single reason stands out" : why);
  }
}

void add_predictions(const Content& content, const Model& model, TextPage& page) {
  if (too_few(model.scored, content.smallest_group)) return;
  const auto predictions = listed(content, model);
  if (model.classes.empty()) {
    add_learners("Most at risk, and why", predictions, "", kListedAtRisk, page);
  }
  for (const ClassQuality& one : model.classes) {
    add_learners("Called " + one.name + ", the surest, and why", predictions, one.name,
                 kListedOfClass, page);
  }
}

}  // namespace

std::string render_text(const Content& content, Colour colour) {
  TextPage page(colour);
  page.heading(
      fmt::format("{}: {}, {} events", content.title.empty() ? "Learning report" : content.title,
                  learners_text(content.learners, content.smallest_group), count(content.events)));
  for (const Finding& finding : findings(content))
    page.paragraph(finding.warning ? "! " : "- ", sentence(finding));
  add_sources(content, page);
  add_measures(content, page);
  for (const Model& model : content.models) {
    page.heading(fmt::format("Model {}, as of {}", model.name, model.as_of));
    if (!evaluated(model, content)) {
      page.line("  too few learners to judge it by");
      continue;
    }
    add_candidates(model, page);
    if (!model.classes.empty()) add_classes(content, model, page);
    for (const std::string& sentence : model.broken) page.paragraph("! ", sentence);
    add_drivers(model, page);
    add_predictions(content, model, page);
  }
  return page.take();
}

}  // namespace waymark::report
