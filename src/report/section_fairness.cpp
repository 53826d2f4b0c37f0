// How a model treats groups of learners.

#include <algorithm>

#include "report/figure.h"
#include "report/number.h"
#include "report/section.h"
#include "report/suppress.h"

namespace waymark::report {
namespace {

using Align = Table::Align;

Html drawn_cell(const Estimate& share, Tone tone, const std::string& whose) {
  return share_cell(share) + interval_strip(share, 0, 1, tone, whose + ": " + percent(share.value));
}

bool is_left(const GroupTreated& group) { return group.left.value > 0; }

void add_rows(const Fairness& fairness, std::int64_t least, bool leaves_some, Table& table) {
  std::vector<std::int64_t> learners;
  for (const GroupTreated& group : fairness.groups) learners.push_back(group.learners);
  const std::vector<bool> hidden = hidden_groups(learners, least);
  for (std::size_t i = 0; i < fairness.groups.size(); ++i) {
    const GroupTreated& group = fairness.groups[i];
    const Html name =
        Html(group.group) +
        (fairness.about.empty() ? Html() : element("small", {}, "as to " + fairness.about));
    std::vector<Html> cells{name, "hidden", "", "", "", "", ""};
    if (!hidden[i]) {
      const Html ratio = i == 0 ? Html("compared with")
                                : Html(decimal(group.ratio.value, 2)) +
                                      element("small", {}, interval(group.ratio, 2));
      cells = {name,
               count(group.learners),
               percent(group.came_true.value),
               drawn_cell(group.called, Tone::kMain, "called"),
               ratio,
               drawn_cell(group.found, Tone::kGreen, "called, of those of whom it came true"),
               drawn_cell(group.alarmed, Tone::kWarm, "called, of the others")};
    }
    if (leaves_some) {
      cells.push_back(hidden[i] ? Html() : drawn_cell(group.left, Tone::kViolet, "left to people"));
    }
    table.row(std::move(cells));
  }
}

}  // namespace

Html fairness_part(const Model& model, std::int64_t least) {
  if (model.fairness.empty()) return {};
  Html part = heading("How groups fare") +
              paragraph(
                  "Called are those of whom the model says that it will come true. Groups may "
                  "differ because the model treats them differently or because they differ: look "
                  "at those of whom it came true, and at the others, apart.");
  for (const std::string& sentence : model.broken) {
    part += note("A limit does not hold: " + sentence + ".", true);
  }
  const bool leaves_some = std::ranges::any_of(
      model.fairness, [](const Fairness& one) { return std::ranges::any_of(one.groups, is_left); });
  if (leaves_some) {
    part += paragraph(
        "Who is left to people is called nothing: shares of the called are of the others.");
  }
  for (std::size_t i = 0; i < model.fairness.size();) {
    const std::string& by = model.fairness[i].by;
    Table table;
    table.column(title_of(by)).column("Learners", Align::kNumber);
    table.column("Came true", Align::kNumber).column("Called");
    table.column("Beside the largest", Align::kNumber).column("Found").column("False alarms");
    if (leaves_some) table.column("Left to people");
    for (; i < model.fairness.size() && model.fairness[i].by == by; ++i) {
      add_rows(model.fairness[i], least, leaves_some, table);
    }
    part += table.html();
  }
  return part;
}

}  // namespace waymark::report
