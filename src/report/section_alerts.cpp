#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/alert.h"
#include "report/figure.h"
#include "report/number.h"
#include "report/section.h"
#include "report/suppress.h"

namespace waymark::report {
namespace {

using Align = Table::Align;

constexpr std::size_t kMostSeries = 12;  // in the picture

std::string name_of(const Anomalies& anomalies, const WatchedSeries& series) {
  return series.of.empty() ? title_of(anomalies.metric) : series.of;
}

// "-25%", "+80%"; empty where either is not to be shown or nothing was expected.
std::string difference(const AlertNumbers& numbers) {
  const double share = numbers.share();
  return std::isfinite(share) ? (share > 0 ? "+" : "") + percent(share) : "";
}

Html alerts_figure(const Anomalies& anomalies, std::int64_t least) {
  RidgeChart chart{title_of(anomalies.metric), "", "at most", {}};
  for (const WatchedSeries& series : anomalies.series) {
    if (chart.rows.size() == kMostSeries) break;
    Ridge row{.label = name_of(anomalies, series), .note = "", .points = {}};
    double most = 0;
    for (const WatchedPeriod& period : series.periods) {
      const double value = shown_value(period, least);
      const auto day = static_cast<double>(period.start);
      row.points.push_back({day, value});
      row.usual.middle.push_back({day, period.expected});
      if (value > most) most = value;
    }
    row.note = compact(most);
    const auto at = static_cast<std::size_t>(&series - anomalies.series.data());
    for (const Alert& alert : anomalies.alerts) {
      if (alert.series != at) continue;
      row.spans.push_back({static_cast<double>(alert.days.first),
                           static_cast<double>(alert.days.last),
                           alert.above ? Tone::kViolet : Tone::kWarm,
                           date(alert.days) + ": " + sentence_of(anomalies, alert, least)});
    }
    chart.rows.push_back(std::move(row));
  }
  Html explanation = title_of(anomalies.metric) + ", " + anomalies.grain + " by " +
                     anomalies.grain + ", and as a thin line what the past made one expect. " +
                     "Shaded where it was far off: orange below, violet above.";
  if (chart.rows.size() < anomalies.series.size()) {
    explanation += fmt::format(" The {} with the worst of it.", kMostSeries);
  }
  return figure(chart, explanation, Table());
}

Html alerts_table(const Anomalies& anomalies, std::int64_t least) {
  Table table;
  table.column("Where").column("When").column("What");
  table.column("At worst", Align::kNumber).column("Expected", Align::kNumber);
  table.column("Difference", Align::kNumber);
  for (const Alert& alert : anomalies.alerts) {
    const WatchedSeries& series = anomalies.series[alert.series];
    const AlertNumbers numbers = numbers_of(anomalies, alert, least);
    Html what = alert.above ? "above" : "below";
    if (alert.over > 1) what += fmt::format(", over {} {}s", alert.over, anomalies.grain);
    if (alert.critical) what += element("span", {{"class", "tag"}}, "critical");
    if (alert.ongoing) what += element("span", {{"class", "tag"}}, "still");
    table.row(
        {name_of(anomalies, series), date(alert.days), what,
         std::isfinite(numbers.value) ? Html(amount(numbers.value, anomalies)) : Html("hidden"),
         amount(numbers.expected, anomalies), difference(numbers)});
  }
  return table.html();
}

Html alerts_lead(const Anomalies& anomalies) {
  const auto ongoing = std::ranges::count(anomalies.alerts, true, &Alert::ongoing);
  Html text = title_of(anomalies.metric) + ": ";
  text += strong(count(static_cast<std::int64_t>(anomalies.alerts.size()), "time"));
  text += " far from what their past made one expect";
  if (anomalies.watched > 1) {
    text +=
        fmt::format(", in {} of {} that are watched", anomalies.series.size(), anomalies.watched);
  }
  if (ongoing > 0) text += "; " + strong(count(ongoing)) + " of them still go on";
  text += ".";
  if (!anomalies.owner.empty()) text += " Whom to ask: " + anomalies.owner + ".";
  return lead(text);
}

}  // namespace

Section alerts_section(const Content& content) {
  Section section{"alerts", "What was unusual", {}};
  for (const Anomalies& anomalies : content.anomalies) {
    if (anomalies.alerts.empty()) {
      section.body += note(title_of(anomalies.metric) +
                           ": nothing was far from what its past made one expect.");
      continue;
    }
    section.body += alerts_lead(anomalies) + alerts_figure(anomalies, content.smallest_group) +
                    alerts_table(anomalies, content.smallest_group);
  }
  return section;
}

}  // namespace waymark::report
