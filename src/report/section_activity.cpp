#include <algorithm>
#include <cmath>
#include <map>

#include "report/figure.h"
#include "report/finding.h"
#include "report/number.h"
#include "report/section.h"
#include "report/suppress.h"

namespace waymark::report {
namespace {

using Align = Table::Align;

constexpr std::size_t kRidges = 24;

// A point for each week from the first to the last, 0 where nothing happened, unknown where too
// few learners were active to show.
std::vector<Point> weekly(const std::vector<Week>& weeks, std::int64_t least,
                          std::int64_t Week::*value) {
  constexpr Day kMostFilled = 7 * 5200;
  std::vector<Point> points;
  Day expected = weeks.empty() ? 0 : weeks.front().start;
  for (const Week& week : weeks) {
    const bool fill = week.start - expected < kMostFilled;
    for (; fill && expected < week.start; expected += 7) {
      points.push_back({static_cast<double>(expected), 0});
    }
    points.push_back({static_cast<double>(week.start),
                      too_few(week.learners, least) ? kUnknown : static_cast<double>(week.*value)});
    expected = week.start + 7;
  }
  return points;
}

Table weekly_numbers(const Content& content) {
  Table table;
  table.column("Week from").column("Active learners", Align::kNumber);
  table.column("Events", Align::kNumber);
  for (const Week& week : content.weeks) {
    const bool few = too_few(week.learners, content.smallest_group);
    table.row({date(week.start), learners_number(week.learners, content.smallest_group),
               few ? "–" : count(week.events)});
  }
  return table;
}

Html weekly_figures(const Content& content) {
  TimeChart learners{"Active learners per week",
                     "Learners with at least one event, by week, over all courses.",
                     {{"Learners", weekly(content.weeks, content.smallest_group, &Week::learners)}},
                     {}};
  if (const Week* week = busiest(content.weeks, content.smallest_group)) {
    learners.peak = count(week->learners) + ", week of " + date(week->start);
  }
  TimeChart events{
      "Events per week",
      "Events of all learners, by week, over all courses.",
      {{"Events", weekly(content.weeks, content.smallest_group, &Week::events), Tone::kGreen}},
      {}};
  return figure(learners, "Learners with at least one event in that week, over all courses.",
                weekly_numbers(content)) +
         figure(events, "What they did in that week, over all courses.", Table());
}

// The largest courses, in the order in which they came.
std::vector<const Course*> ridged(const Content& content) {
  std::vector<const Course*> courses;
  for (const Course& course : content.courses) {
    if (course.learners >= content.smallest_group) courses.push_back(&course);
  }
  if (courses.size() <= kRidges) return courses;
  std::vector<const Course*> largest = courses;
  std::stable_sort(largest.begin(), largest.end(),
                   [](const Course* a, const Course* b) { return a->learners > b->learners; });
  largest.resize(kRidges);
  std::erase_if(courses, [&](const Course* course) {
    return std::find(largest.begin(), largest.end(), course) == largest.end();
  });
  return courses;
}

Html course_ridges(const Content& content) {
  const auto courses = ridged(content);
  RidgeChart chart{"Active learners per week, course by course",
                   "One row per course presentation, all on the same calendar.",
                   "best week",
                   {}};
  for (const Course* course : courses) {
    const Week* week = busiest(course->weeks, content.smallest_group);
    chart.rows.push_back({course->name, week == nullptr ? "–" : count(week->learners),
                          weekly(course->weeks, content.smallest_group, &Week::learners)});
  }
  Html explanation =
      "Each row has a scale of its own, up to the number at its end, so that the shape of small "
      "courses shows too.";
  if (courses.size() < content.courses.size() && courses.size() == kRidges) {
    explanation += " These are the " + count(kRidges) + " largest of " +
                   count(static_cast<std::int64_t>(content.courses.size())) + " courses.";
  }
  return figure(chart, explanation, Table());
}

Html course_table(const Content& content) {
  Table table;
  table.column("Course").column("Runs").column("Learners", Align::kNumber);
  table.column("Events", Align::kNumber).column("Events per learner", Align::kNumber);
  table.column("Active learners, by week");
  std::vector<std::int64_t> sizes;
  for (const Course& course : content.courses) sizes.push_back(course.learners);
  const auto hidden = hidden_groups(sizes, content.smallest_group);
  std::int64_t left_out = 0;
  for (std::size_t i = 0; i < content.courses.size(); ++i) {
    const Course& course = content.courses[i];
    if (hidden[i]) {
      ++left_out;
      continue;
    }
    const double each = course.learners == 0 ? kUnknown
                                             : static_cast<double>(course.events) /
                                                   static_cast<double>(course.learners);
    table.row({course.name, course.days ? date(*course.days) : "–", count(course.learners),
               count(course.events), decimal(each, 0),
               sparkline(weekly(course.weeks, content.smallest_group, &Week::learners),
                         course.name + ": active learners by week")});
  }
  Html out = heading("Course by course") + table.html();
  if (left_out > 0) {
    out += element("p", {{"class", "hint"}},
                   count(left_out, "course") + " not shown, to protect groups of fewer than " +
                       count(content.smallest_group) + " learners.");
  }
  return out;
}

std::string starts_anew(const Sessions& sessions) {
  std::string rule = "a pause of more than " + format_duration(sessions.gap);
  if (!sessions.switch_on.empty()) rule += ", a change of " + list(sessions.switch_on);
  return rule;
}

// Every definition of sessions beside the others.
Html definitions_table(const Content& content) {
  if (content.other_sessions.empty()) return {};
  std::vector<Sessions> all = content.other_sessions;
  all.insert(all.begin(), *content.sessions);
  Table table;
  table.column("Definition").column("A new one starts after");
  for (const char* title :
       {"Learners", "Sessions", "Per learner (median)", "Events (median)", "Length (median)"}) {
    table.column(title, Align::kNumber);
  }
  for (const Sessions& one : all) {
    std::vector<Html> cells{title_of(one.definition), starts_anew(one)};
    if (one.learners < content.smallest_group) {
      cells.emplace_back(learners_number(one.learners, content.smallest_group));
      cells.resize(7, "hidden");
    } else {
      cells.insert(cells.end(),
                   {count(one.learners), count(one.count), decimal(one.per_learner, 0),
                    decimal(one.events, 0), one.day_clock ? "–" : minutes(one.minutes)});
    }
    table.row(std::move(cells));
  }
  return heading("Sessions by each definition") + table.html();
}

Html episodes_table(const Content& content) {
  Table table;
  table.column("Definition").column("A new one starts after");
  for (const char* title :
       {"Learners", "Episodes", "Per learner (median)", "Sessions (median)", "Length (median)"}) {
    table.column(title, Align::kNumber);
  }
  const auto add = [&](const Sessions& sessions) {
    if (!sessions.episodes || sessions.episodes->learners < content.smallest_group) return;
    const Episodes& episodes = *sessions.episodes;
    table.row({title_of(sessions.definition),
               "a pause of more than " + format_duration(episodes.gap), count(episodes.learners),
               count(episodes.count), decimal(episodes.per_learner, 0),
               decimal(episodes.sessions, 0), days(episodes.days)});
  };
  add(*content.sessions);
  for (const Sessions& sessions : content.other_sessions) add(sessions);
  return table.empty() ? Html() : heading("Episodes, which sessions join to") + table.html();
}

Html session_rule(const Sessions& sessions) {
  Html rule = "A session is a stretch of one learner's events without a pause of more than " +
              format_duration(sessions.gap);
  if (!sessions.switch_on.empty()) {
    rule += "; a change of " + list(sessions.switch_on) + " starts a new one";
  }
  return rule + ".";
}

Html session_histogram(const Content& content, const std::vector<Bin>& bins, std::string_view title,
                       std::string_view unit, double median, const std::string& median_text) {
  std::vector<std::int64_t> groups;
  for (const Bin& bin : bins) groups.push_back(bin.learners);
  const auto hidden = hidden_groups(groups, content.smallest_group);
  Histogram chart{std::string(title), "Sessions, by " + std::string(unit) + ".", std::string(unit)};
  Table table;
  table.column("From").column("To under").column("Sessions", Align::kNumber);
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const Bin& bin = bins[i];
    chart.bins.push_back({bin.low, bin.high, static_cast<double>(bin.count), hidden[i]});
    table.row({compact(bin.low), std::isfinite(bin.high) ? compact(bin.high) : "more",
               hidden[i] ? "hidden" : count(bin.count)});
  }
  chart.mark = median;
  chart.mark_label = "median: " + median_text;
  return figure(chart, "Number of sessions, by " + std::string(unit) + ".", table);
}

}  // namespace

Section activity_section(const Content& content) {
  Section section{"activity", "Activity over time", {}};
  if (content.weeks.empty()) {
    section.body = missing("There are no events to count yet. When sources have been ingested:",
                           "waymark build");
    return section;
  }
  if (const Week* week = busiest(content.weeks, content.smallest_group)) {
    section.body += lead("Most learners were active in the week from " + strong(date(week->start)) +
                         ": " + strong(count(week->learners)) + " of them, with " +
                         count(week->events, "event") + ".");
  } else {
    section.body += note("No week has " + count(content.smallest_group) +
                         " active learners, so nothing is shown by week.");
  }
  section.body += weekly_figures(content) + course_ridges(content) + course_table(content);
  return section;
}

Section sessions_section(const Content& content) {
  Section section{"sessions", "Sessions", {}};
  if (!content.sessions) {
    section.body = missing(
        "No sessions are defined. Add a file to measures/ that says “measure: sessions”, then:",
        "waymark report");
    return section;
  }
  const Sessions& sessions = *content.sessions;
  if (sessions.learners < content.smallest_group) {
    section.body = note("Sessions of " + learners_text(sessions.learners, content.smallest_group) +
                        " are not shown.");
    return section;
  }
  section.body = lead("The events of " + strong(count(sessions.learners, "learner")) + " make " +
                      strong(count(sessions.count, "session")) + ". " + session_rule(sessions));
  if (sessions.day_clock) {
    section.body += note(strong("The clock of the sources knows only the day. ") +
                         "What is counted here are active days: how long a session took, or how "
                         "many there were in a "
                         "day, cannot be known from this data.");
  }
  const auto fact = [](std::string_view label, const std::string& value) {
    return element("div", {}, element("dt", {}, label) + element("dd", {}, value));
  };
  Html facts = fact("per learner (median)", decimal(sessions.per_learner, 0));
  facts += fact("events in a session (median)", decimal(sessions.events, 0));
  if (!sessions.day_clock) facts += fact("length (median)", minutes(sessions.minutes));
  section.body += element("dl", {{"class", "facts"}}, facts);
  if (!sessions.day_clock) {
    section.body += session_histogram(content, sessions.by_minutes, "How long sessions take",
                                      "minutes", sessions.minutes, minutes(sessions.minutes));
  }
  section.body += session_histogram(
      content, sessions.by_events,
      sessions.day_clock ? "How much happens on an active day" : "How much happens in a session",
      "events", sessions.events, decimal(sessions.events, 0));
  section.body += definitions_table(content) + episodes_table(content);
  return section;
}

}  // namespace waymark::report
