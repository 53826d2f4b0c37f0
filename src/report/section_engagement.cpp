#include <algorithm>
#include <cmath>

#include "report/figure.h"
#include "report/number.h"
#include "report/section.h"
#include "report/suppress.h"

namespace waymark::report {
namespace {

using Align = Table::Align;

constexpr std::size_t kMostModalities = 14;

Html learner_histogram(const Content& content, const std::vector<Bin>& bins, std::string_view title,
                       std::string_view explanation, double median) {
  std::vector<std::int64_t> groups;
  for (const Bin& bin : bins) groups.push_back(bin.learners);
  const auto hidden = hidden_groups(groups, content.smallest_group);
  Histogram chart{std::string(title), std::string(explanation), "days"};
  Table table;
  table.column("From day").column("To under").column("Learners", Align::kNumber);
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const Bin& bin = bins[i];
    chart.bins.push_back({bin.low, bin.high, static_cast<double>(bin.learners), hidden[i]});
    table.row({compact(bin.low), std::isfinite(bin.high) ? compact(bin.high) : "more",
               hidden[i] ? "hidden" : count(bin.learners)});
  }
  chart.mark = median;
  chart.mark_label = "median: " + days(median);
  return figure(chart, explanation, table);
}

Html modality_figure(const Content& content, const Engagement& engagement) {
  std::vector<std::int64_t> groups;
  double total = 0;
  for (const Modality& modality : engagement.modalities) {
    groups.push_back(modality.learners);
    total += static_cast<double>(modality.events);
  }
  const auto hidden = hidden_groups(groups, content.smallest_group);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < engagement.modalities.size(); ++i) {
    if (!hidden[i]) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return engagement.modalities[a].events > engagement.modalities[b].events;
  });
  BarChart chart{"Where the activity is", "Share of all events, by kind of activity.", {}};
  Table table;
  table.column("Activity").column("Events", Align::kNumber).column("Share", Align::kNumber);
  table.column("Learners", Align::kNumber).column("Hours", Align::kNumber);
  for (const std::size_t i : order) {
    const Modality& modality = engagement.modalities[i];
    const double share = total > 0 ? static_cast<double>(modality.events) / total : 0;
    const std::string name = modality.name.empty() ? "(none given)" : modality.name;
    if (chart.bars.size() < kMostModalities) {
      chart.bars.push_back({name, share, percent(share, share < 0.095 ? 1 : 0)});
    }
    table.row({name, count(modality.events), percent(share, 1), count(modality.learners),
               decimal(modality.hours, 0)});
  }
  Html explanation = "Share of all events, by kind of activity.";
  if (order.size() > kMostModalities) {
    explanation += " The " + count(kMostModalities) + " most used; the table has them all.";
  }
  if (order.size() < groups.size())
    explanation += " Kinds that too few learners used are left out.";
  return figure(chart, explanation, table);
}

bool measured(const Course& course) {
  return std::isfinite(course.active_days) || std::isfinite(course.abandoned) ||
         std::isfinite(course.first_action_days);
}

Html course_table(const Content& content) {
  std::vector<std::int64_t> sizes;
  for (const Course& course : content.courses) sizes.push_back(course.learners);
  const auto hidden = hidden_groups(sizes, content.smallest_group);
  Table table;
  table.column("Course").column("Learners", Align::kNumber);
  table.column("Active days (median)", Align::kNumber);
  table.column("Day of first action (median)", Align::kNumber);
  table.column("Went silent", Align::kNumber).column("");
  for (std::size_t i = 0; i < content.courses.size(); ++i) {
    const Course& course = content.courses[i];
    if (hidden[i] || !measured(course)) continue;
    table.row({course.name, count(course.learners), decimal(course.active_days, 0),
               decimal(course.first_action_days, 0), percent(course.abandoned),
               std::isfinite(course.abandoned)
                   ? share_bar(course.abandoned, course.name + ": went silent", Tone::kWarm)
                   : Html()});
  }
  return table.empty() ? Html() : heading("Course by course") + table.html();
}

Html facts(const Engagement& engagement, std::int64_t least) {
  const auto fact = [](std::string_view label, const std::string& value) {
    return element("div", {}, element("dt", {}, label) + element("dd", {}, value));
  };
  const double silent_days = static_cast<double>(engagement.abandoned_after) / kMicrosPerDay;
  Html all = fact("active days (median)", decimal(engagement.active_days, 0));
  all += fact("first action, from the course’s start (median)", days(engagement.first_action_days));
  all += fact("never came to a first action", learners_number(engagement.never_acted, least));
  all +=
      fact("went silent: no event in the last " + days(silent_days), percent(engagement.abandoned));
  return element("dl", {{"class", "facts"}}, all);
}

}  // namespace

Section engagement_section(const Content& content) {
  Section section{"engagement", "Engagement", {}};
  if (!content.engagement) {
    section.body = missing(
        "Engagement is not measured. Add a file to measures/ that says “measure: engagement”, "
        "then:",
        "waymark report");
    return section;
  }
  const Engagement& engagement = *content.engagement;
  if (engagement.learners < content.smallest_group) {
    section.body =
        note("The engagement of " + learners_text(engagement.learners, content.smallest_group) +
             " is not shown.");
    return section;
  }
  section.body =
      lead("How " + strong(count(engagement.learners)) +
           " enrolments kept up: on how many days learners came, when they first acted, "
           "and whether they stayed.") +
      facts(engagement, content.smallest_group) +
      learner_histogram(content, engagement.by_active_days, "Days on which learners came",
                        "Number of learners, by the days on which they were active in "
                        "their course.",
                        engagement.active_days) +
      learner_histogram(content, engagement.by_first_action, "When they first acted",
                        "Number of learners, by the day of their first action, counted "
                        "from the course’s start.",
                        engagement.first_action_days) +
      modality_figure(content, engagement) + course_table(content);
  return section;
}

}  // namespace waymark::report
