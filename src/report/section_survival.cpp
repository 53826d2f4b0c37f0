// How long it takes: survival models.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/figure.h"
#include "report/number.h"
#include "report/section.h"
#include "report/suppress.h"

namespace waymark::report {
namespace {

using Align = Table::Align;

constexpr std::size_t kRows = 8;      // of a curve's numbers
constexpr std::size_t kEffects = 12;  // shown, the surest first
constexpr double kSure = 0.05;

std::string label_of(const SurvivalCurve& curve) {
  if (curve.feature.empty()) return "all";
  return curve.value.empty() ? "not known" : curve.value;
}

// The share just after a day.
double share_at(const SurvivalCurve& curve, double day) {
  const auto after = std::ranges::upper_bound(curve.steps, day, {}, &SurvivalStep::day);
  return after == curve.steps.begin() ? 1 : std::prev(after)->share;
}

// As a line with corners, as far as enough learners are still watched.
Curve drawn(const SurvivalCurve& curve, Tone tone, std::int64_t least) {
  Curve line{label_of(curve), {{0, 1}}, tone};
  for (const SurvivalStep& step : curve.steps) {
    if (step.at_risk < std::max<std::int64_t>(least, 1)) break;
    line.points.push_back({step.day, line.points.back().y});
    line.points.push_back({step.day, step.share});
  }
  return line;
}

Html curves_figure(const Survival& survival, const std::vector<SurvivalCurve>& curves,
                   std::int64_t least) {
  const std::string& feature = curves.front().feature;
  SquareChart chart{feature.empty() ? title_of(survival.name) : "By " + title_of(feature),
                    "The share still without it, by days.", "days", "still without"};
  std::vector<std::int64_t> learners;
  for (const SurvivalCurve& curve : curves) learners.push_back(curve.learners);
  const std::vector<bool> hidden = hidden_groups(learners, least);
  Table table;
  table.column(feature.empty() ? "Who" : title_of(feature)).column("Learners", Align::kNumber);
  table.column("Days", Align::kNumber).column("Still without", Align::kNumber);
  std::vector<std::pair<std::string, Tone>> items;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const SurvivalCurve& curve = curves[i];
    if (hidden[i]) {
      table.row({label_of(curve), learners_number(curve.learners, least), "", "hidden"});
      continue;
    }
    const Tone tone = tone_of(i);
    Curve line = drawn(curve, tone, least);
    const double last = line.points.back().x;
    for (std::size_t row = 1; row <= kRows && last > 0; ++row) {
      const double day = std::round(last * static_cast<double>(row) / kRows);
      table.row({label_of(curve), count(curve.learners), decimal(day, 0),
                 percent(share_at(curve, day), 1)});
    }
    chart.x_most = std::max(std::isfinite(chart.x_most) ? chart.x_most : 0, last);
    chart.curves.push_back(std::move(line));
    items.emplace_back(label_of(curve), tone);
  }
  if (!(chart.x_most > 0)) return {};
  Html words =
      "The share of learners still without it so many days after they were first looked "
      "at; who is no longer watched counts up to then.";
  if (std::isfinite(curves.front().log_rank)) {
    words += curves.front().log_rank < 0.001
                 ? " Chance alone would hardly ever part the groups so far."
                 : fmt::format(" Chance alone would part the groups as far in {} of cases.",
                               percent(curves.front().log_rank, 1));
  }
  return figure(chart.title, words + (items.size() > 1 ? legend(items) : ""), draw(chart), table);
}

Html effects_table(const Survival& survival) {
  Table table;
  table.column("With").column("Per").column(title_of(survival.ratio) + " so much", Align::kNumber);
  table.column("95% interval", Align::kNumber);
  std::size_t shown = 0;
  for (const SurvivalEffect& effect : survival.effects) {
    if (!(effect.p < kSure) || shown == kEffects) break;
    ++shown;
    table.row({title_of(effect.input), effect.unit, decimal(effect.ratio.value, 3),
               interval(effect.ratio, 3)});
  }
  if (table.empty()) return note("No input goes with it more than chance would have it.");
  return heading("What it goes with") +
         paragraph(fmt::format("By {}, the surest first; other things being equal, and not "
                               "necessarily a cause.",
                               survival.method)) +
         table.html();
}

Html judged_table(const Survival& survival) {
  if (survival.judged.empty()) {
    return note(
        "Nothing is forecast: no course with enough of these events is over that started "
        "before the latest.");
  }
  Table table;
  table.column("Method").column("Days", Align::kNumber).column("Concordance", Align::kNumber);
  table.column("95% interval", Align::kNumber).column("Brier score", Align::kNumber);
  table.column("95% interval", Align::kNumber).column("More than chosen", Align::kNumber);
  for (const SurvivalJudged& judged : survival.judged) {
    table.row(
        judged.chosen ? "chosen" : "",
        {title_of(judged.method), decimal(judged.days, 0), decimal(judged.concordance.value, 3),
         interval(judged.concordance, 3), decimal(judged.brier.value, 4), interval(judged.brier, 4),
         judged.chosen ? "" : interval(judged.brier_over_chosen, 4)});
  }
  return heading("How far forecasts can be trusted") +
         paragraph(fmt::format(
             "Judged on {} of the latest courses, by what {} of earlier ones taught until then. "
             "Concordance 0.5 is chance, 1 the perfect order; a Brier score is better if lower. "
             "By how much more than the chosen method's it is, is a 95% interval: where 0 lies in "
             "it, chance may have parted the two.",
             count(survival.judged_on, "learner"), count(survival.learned_from))) +
         table.html();
}

}  // namespace

Section survival_section(const Content& content) {
  Section section{"time", "How long it takes", {}};
  for (const Survival& survival : content.survivals) {
    if (!survival.description.empty()) section.body += paragraph(survival.description);
    Html squares;
    std::vector<SurvivalCurve> group;
    for (std::size_t i = 0; i < survival.curves.size(); ++i) {
      group.push_back(survival.curves[i]);
      const bool is_last = i + 1 == survival.curves.size() ||
                           survival.curves[i + 1].feature != group.front().feature;
      if (!is_last) continue;
      squares += curves_figure(survival, group, content.smallest_group);
      group.clear();
    }
    if (!squares.empty()) section.body += element("div", {{"class", "squares"}}, squares);
    section.body += effects_table(survival) + judged_table(survival);
  }
  return section;
}

}  // namespace waymark::report
