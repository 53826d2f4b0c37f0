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

constexpr std::size_t kMostPeriods = 24;      // of a retention's picture
constexpr std::size_t kMostTransitions = 12;  // before the rest folds away
constexpr double kHardlyClosed = 0.95;        // the share of days open from which none is missed

// --- metrics -------------------------------------------------------------------------------------

bool shown(const MetricPeriod& period, std::int64_t least) {
  return !too_few(period.learners, least) && std::isfinite(period.value);
}

bool is_share(const Metric& metric) { return metric.unit == "share"; }

// Whether whatever the value could be would be as usual.
bool holds_all(const MetricPeriod& period, const Metric& metric) {
  return is_share(metric) && period.low <= 0 && period.high >= 1;
}

// Where a value stands, judged by its own past: outside the band is worth a look.
std::string standing(const MetricPeriod& period, const Metric& metric) {
  const std::string& direction = metric.direction;
  if (std::isnan(period.low) || std::isnan(period.value)) return "no past to compare with";
  if (holds_all(period, metric)) return "too variable to judge";
  if (period.value >= period.low && period.value <= period.high) return "as usual";
  const bool higher = period.value > period.high;
  std::string where = higher ? "higher than usual" : "lower than usual";
  if (direction.empty()) return where;
  return where + ((direction == "higher") == higher ? ", which is good" : ", which needs a look");
}

Html metric_figure(const Metric& metric, std::int64_t least) {
  TimeChart chart{title_of(metric.name), metric.description, {}, ""};
  chart.shares = is_share(metric);
  TimeSeries value{.label = "value"};
  Table table;
  table.column("From").column("Value", Align::kNumber).column("Usual", Align::kNumber);
  table.column("Band", Align::kNumber).column("Learners", Align::kNumber);
  for (const MetricPeriod& period : metric.periods) {
    const bool is_shown = shown(period, least);
    const auto day = static_cast<double>(period.start);
    value.points.push_back({day, is_shown ? period.value : kUnknown});
    chart.usual.middle.push_back({day, period.usual});
    chart.usual.low.push_back({day, period.low});
    chart.usual.high.push_back({day, chart.shares ? std::min(period.high, 1.0) : period.high});
    table.row(
        {date(period.start), is_shown ? rounded(period.value) : "hidden", rounded(period.usual),
         std::isfinite(period.low) ? rounded(period.low) + " to " + rounded(period.high) : "–",
         period.learners == 0 ? "–" : learners_number(period.learners, least)});
  }
  value.points = with_gaps(value.points);
  chart.usual.add_gaps();
  chart.series = {std::move(value)};
  std::string explanation = metric.description.empty() ? "" : metric.description + ", ";
  explanation += (explanation.empty() ? "By " : "by ") + metric.grain;
  if (!metric.unit.empty() && metric.unit != "ratio" && !is_share(metric))
    explanation += ", in " + metric.unit;
  explanation += "; the thin line is the median of earlier periods, the shade the band around it.";
  return figure(chart, explanation, table);
}

Section metrics_section(const Content& content) {
  Section section{"metrics", "Numbers to steer by", {}};
  Table table;
  table.column("Metric").column("Latest", Align::kNumber).column("Usual", Align::kNumber);
  table.column("Standing").column("Period from").column("Owner");
  Html figures;
  for (const Metric& metric : content.metrics) {
    const auto latest =
        std::find_if(metric.periods.rbegin(), metric.periods.rend(),
                     [&](const auto& period) { return shown(period, content.smallest_group); });
    if (latest == metric.periods.rend()) continue;
    table.row({title_of(metric.name), with_unit(latest->value, metric.unit),
               with_unit(latest->usual, metric.unit == "share" ? "share" : ""),
               standing(*latest, metric), date(latest->start), metric.owner});
    figures += metric_figure(metric, content.smallest_group);
  }
  section.body =
      lead(
          "Each has one definition, the same here, in queries and in SQL. "
          "The latest period may still be running.") +
      (table.empty() ? note("None has been seen of enough learners yet.") : table.html()) + figures;
  return section;
}

// --- funnels -------------------------------------------------------------------------------------

Html funnel_figure(const Funnel& funnel, std::int64_t least) {
  BarChart chart{title_of(funnel.name), "", {}, 1};
  Table table;
  table.column("Step").column("Attempts", Align::kNumber).column("Learners", Align::kNumber);
  table.column("Share", Align::kNumber).column("Time from the step before", Align::kNumber);
  for (const FunnelStep& step : funnel.steps) {
    const bool hidden = too_few(step.learners, least);
    const std::string share = hidden ? "hidden" : percent(step.share);
    chart.bars.push_back(
        {.label = title_of(step.name), .value = hidden ? kUnknown : step.share, .text = share});
    const bool has_time = !hidden && std::isfinite(step.median_seconds);
    table.row({title_of(step.name), hidden ? "hidden" : count(step.attempts),
               learners_number(step.learners, least), share,
               has_time ? (step.median_seconds < 2 * 86'400 ? minutes(step.median_seconds / 60)
                                                            : days(step.median_seconds / 86'400))
                        : "–"});
  }
  return figure(chart,
                "How many of those who began came to each step, and the median time it took. " +
                    funnel.reading,
                table);
}

Section funnels_section(const Content& content) {
  Section section{"funnels", "How far learners come", {}};
  for (const Funnel& funnel : content.funnels) {
    const std::int64_t learners = funnel.steps.empty() ? 0 : funnel.steps.front().learners;
    section.body += learners < content.smallest_group
                        ? note(title_of(funnel.name) + ": " +
                               learners_text(learners, content.smallest_group) + " began.")
                        : funnel_figure(funnel, content.smallest_group);
  }
  return section;
}

// --- retention -----------------------------------------------------------------------------------

// "1 week", "4–7 weeks"
std::string after_words(const RetentionPeriod& period, const std::string& unit) {
  return (period.last_period > period.period ? count(period.period) + "–" : "") +
         count(std::max(period.period, period.last_period), unit);
}

Html retention_figure(const Retention& retention, std::int64_t least) {
  BarChart chart{title_of(retention.name), "", {}, 1};
  Table table;
  table.column("After").column("Share", Align::kNumber).column("95 % interval", Align::kNumber);
  table.column("Of learners", Align::kNumber);
  const auto is_closed = [](const RetentionPeriod& period) {
    return period.open_share < kHardlyClosed;
  };
  const bool has_closed = std::ranges::any_of(retention.periods, is_closed);
  if (has_closed) table.column("Days open", Align::kNumber);
  std::size_t drawn = 0, known = 0;
  for (const RetentionPeriod& period : retention.periods) {
    if (period.observed == 0) continue;
    const bool hidden = period.observed < least;
    const std::string after = after_words(period, retention.unit);
    const std::string share = hidden ? "hidden" : percent(period.share.value);
    const bool has_share = !hidden && std::isfinite(period.share.value);
    known += has_share;
    if (drawn < kMostPeriods && has_share) {
      ++drawn;
      chart.bars.push_back(
          {.label = after,
           .value = period.share.value,
           .text = is_closed(period) ? share + " (" + percent(period.open_share) + " of days open)"
                                     : share,
           .low = period.share.low,
           .high = period.share.high});
    }
    std::vector<Html> cells{
        after, share,
        has_share ? percent(period.share.low) + " to " + percent(period.share.high) : "",
        learners_number(period.observed, least)};
    if (has_closed) cells.emplace_back(percent(period.open_share));
    table.row(cells);
  }
  std::string explanation =
      "Of those who began so long ago that it can be told, the share who came back. Whiskers show "
      "the 95 % interval.";
  if (!retention.reading.empty()) explanation += " " + retention.reading;
  if (drawn < known) explanation += fmt::format(" Drawn are the first {} of {}.", drawn, known);
  return figure(chart, explanation, table);
}

Section retention_section(const Content& content) {
  Section section{"retention", "Who comes back", {}};
  for (const Retention& retention : content.retentions) {
    section.body += retention_figure(retention, content.smallest_group);
  }
  if (section.body.empty()) section.body = note("No period is over yet for anybody.");
  return section;
}

// --- cohorts -------------------------------------------------------------------------------------

Section cohorts_section(const Content& content) {
  Section section{"cohorts", "Who belongs together", {}};
  Table table;
  table.column("Cohort").column("In it now", Align::kNumber).column("Ever in it", Align::kNumber);
  Html rules;
  for (const Cohort& cohort : content.cohorts) {
    table.row({title_of(cohort.name), learners_number(cohort.members, content.smallest_group),
               learners_number(cohort.ever_members, content.smallest_group)});
    Html lines;
    for (const std::string& line : cohort.words) {
      lines += element("span", {{"class", "rule"}}, line);
    }
    rules += element("pre", {}, lines);
  }
  section.body =
      lead("“Now” is the end of the data. What follows the table says who is in, and when.") +
      table.html() + rules;
  return section;
}

// --- paths ---------------------------------------------------------------------------------------

Section paths_section(const Content& content) {
  Section section{"paths", "What follows what", {}};
  for (const Paths& paths : content.paths) {
    Table table;
    table.column("After").column("Comes").column("Times", Align::kNumber);
    table.column("Learners", Align::kNumber).column("Share of what follows", Align::kNumber);
    table.column("");
    for (const Transition& one : paths.transitions) {
      if (one.learners < content.smallest_group) continue;
      table.row({one.from, one.to, count(one.count), count(one.learners), percent(one.share),
                 share_bar(one.share, one.from + " → " + one.to)});
    }
    if (table.empty()) continue;
    section.body += heading(title_of(paths.name)) + table.html(kMostTransitions);
  }
  section.body = section.body.empty()
                     ? note("Too few learners went any one way for it to be shown.")
                     : lead(
                           "The most frequent steps within a session, from what learners did to "
                           "what they did next.") +
                           section.body;
  return section;
}

}  // namespace

std::vector<Section> measure_sections(const Content& content) {
  std::vector<Section> sections;
  if (!content.metrics.empty()) sections.push_back(metrics_section(content));
  if (!content.anomalies.empty()) sections.push_back(alerts_section(content));
  if (!content.funnels.empty()) sections.push_back(funnels_section(content));
  if (!content.retentions.empty()) sections.push_back(retention_section(content));
  if (!content.lifecycles.empty()) sections.push_back(stages_section(content));
  if (!content.tiers.empty()) sections.push_back(tiers_section(content));
  if (!content.clusters.empty()) sections.push_back(clusters_section(content));
  if (!content.masteries.empty()) sections.push_back(mastery_section(content));
  if (!content.cohorts.empty()) sections.push_back(cohorts_section(content));
  if (!content.paths.empty()) sections.push_back(paths_section(content));
  if (!content.survivals.empty()) sections.push_back(survival_section(content));
  return sections;
}

}  // namespace waymark::report
