#include "report/text_measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/alert.h"
#include "report/lifecycle.h"
#include "report/number.h"
#include "report/suppress.h"

namespace waymark::report {
namespace {

constexpr std::size_t kListedAlerts = 6, kListedSkills = 8;
constexpr std::size_t kBar = 30;

// A group beside a bar, or that it is hidden.
void add_group(const std::string& name, std::int64_t learners, double share, bool hidden,
               TextPage& page) {
  page.line(hidden ? fmt::format("  {} {:>11}", padded(name, 24), "hidden")
                   : fmt::format("  {} {:>11} {:>5}  {}", padded(name, 24), count(learners),
                                 percent(share), text_bar(share, kBar)));
}

void add_groups(const auto& groups, const Content& content, TextPage& page, const auto& say_more) {
  std::vector<std::int64_t> learners;
  std::int64_t whole = 0;
  for (const auto& group : groups) learners.push_back(group.learners), whole += group.count;
  const std::vector<bool> hidden = hidden_groups(learners, content.smallest_group);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto& group = groups[i];
    add_group(
        title_of(group.name), group.count,
        static_cast<double>(group.count) / static_cast<double>(std::max<std::int64_t>(whole, 1)),
        hidden[i], page);
    if (!hidden[i]) say_more(group);
  }
}

void add_alerts(const Content& content, const Anomalies& anomalies, TextPage& page) {
  if (anomalies.alerts.empty()) return;
  page.heading("Unusual: " + title_of(anomalies.name));
  for (std::size_t i = 0; i < std::min(kListedAlerts, anomalies.alerts.size()); ++i) {
    const Alert& alert = anomalies.alerts[i];
    page.paragraph(alert.ongoing ? "! " : "- ",
                   date(alert.days) + ": " + sentence_of(anomalies, alert, content.smallest_group));
  }
  if (anomalies.alerts.size() > kListedAlerts) {
    page.line(fmt::format("  and {} more", anomalies.alerts.size() - kListedAlerts));
  }
}

void add_lifecycle(const Content& content, const Lifecycle& lifecycle, TextPage& page) {
  const StagePeriod* period = latest(lifecycle, content.smallest_group);
  if (period == nullptr) return;
  page.heading(fmt::format("{}, in the {} from {}", title_of(lifecycle.name), lifecycle.unit,
                           date(period->start)));
  const std::vector<bool> hidden = hidden_stages(*period, content.smallest_group);
  const auto whole = static_cast<double>(std::max<std::int64_t>(learners_in(*period), 1));
  for (std::size_t stage = 0; stage < kStages.size(); ++stage) {
    const std::int64_t learners = period->learners[stage];
    add_group(title_of(kStages[stage]), learners, static_cast<double>(learners) / whole,
              hidden[stage], page);
  }
}

void add_mastery(const Content& content, const Mastery& mastery, TextPage& page) {
  page.heading(title_of(mastery.name) + ": first what most learners have not mastered");
  page.line(fmt::format("  {} {:>9} {:>9} {:>9} {:>11}", padded("skill", 30), "learners",
                        "mastered", "known", "next right"));
  std::size_t shown = 0;
  for (const Skill& skill : mastery.skills) {
    if (skill.learners < std::max<std::int64_t>(content.smallest_group, 1)) continue;
    if (shown++ == kListedSkills) break;
    const bool hidden = hidden_groups({skill.standing.begin(), skill.standing.end()},
                                      content.smallest_group)[kMastered];
    page.line(fmt::format("  {} {:>9} {:>9} {:>9} {:>11}", padded(skill.name, 30),
                          count(skill.learners),
                          hidden ? "hidden"
                                 : percent(static_cast<double>(skill.standing[kMastered]) /
                                           static_cast<double>(skill.learners)),
                          percent(skill.known), percent(skill.next_right)));
  }
}

}  // namespace

void add_measures(const Content& content, TextPage& page) {
  for (const Anomalies& anomalies : content.anomalies) add_alerts(content, anomalies, page);
  for (const Lifecycle& lifecycle : content.lifecycles) add_lifecycle(content, lifecycle, page);
  for (const Tiers& tiers : content.tiers) {
    page.heading(fmt::format("{}, by {}", title_of(tiers.name), tiers.feature));
    add_groups(tiers.tiers, content, page, [](const Tier&) {});
  }
  for (const Clusters& clusters : content.clusters) {
    page.heading(title_of(clusters.name));
    add_groups(clusters.clusters, content, page, [&](const Cluster& cluster) {
      if (!cluster.profile.empty()) page.paragraph("    ", cluster.profile);
    });
  }
  for (const Mastery& mastery : content.masteries) add_mastery(content, mastery, page);
}

}  // namespace waymark::report
