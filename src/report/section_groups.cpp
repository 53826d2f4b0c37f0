// Groups of learners: stages of a lifecycle, tiers, clusters.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/figure.h"
#include "report/lifecycle.h"
#include "report/number.h"
#include "report/section.h"
#include "report/suppress.h"

namespace waymark::report {
namespace {

using Align = Table::Align;

constexpr std::array<Tone, kStages.size() + 1> kStageTones{Tone::kGreen, Tone::kMain, Tone::kViolet,
                                                           Tone::kOchre, Tone::kWarm, Tone::kQuiet,
                                                           Tone::kQuiet};
constexpr double kLeastApart = 0.25;  // the silhouette below which groups are none to speak of
constexpr Tone kTones[]{Tone::kMain, Tone::kGreen, Tone::kOchre, Tone::kWarm, Tone::kViolet};

Tone tone_of(std::size_t group) { return kTones[group % std::size(kTones)]; }

std::vector<bool> hidden_among(const auto& groups, std::int64_t least) {
  std::vector<std::int64_t> learners;
  for (const auto& group : groups) learners.push_back(group.learners);
  return hidden_groups(learners, least);
}

// What is counted: learners, or each of them once in each of their courses.
const char* counted(const auto& groups) {
  const auto is_of_learners = [](const auto& group) { return group.count == group.learners; };
  return std::ranges::all_of(groups, is_of_learners) ? "Learners" : "Enrolments";
}

std::int64_t count_of(const auto& groups) {
  std::int64_t all = 0;
  for (const auto& group : groups) all += group.count;
  return all;
}

double share_of(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? kUnknown : static_cast<double>(part) / static_cast<double>(whole);
}

// --- stages --------------------------------------------------------------------------------------

Html stages_figure(const Lifecycle& lifecycle, std::int64_t least) {
  LayerChart chart{title_of(lifecycle.name), "", {}, {}};
  Table table;
  table.column("From");
  std::vector<std::pair<std::string, Tone>> items;
  for (std::size_t stage = 0; stage < kStages.size(); ++stage) {
    chart.layers.push_back({std::string(kStages[stage]), kStageTones[stage], {}});
    table.column(title_of(kStages[stage]), Align::kNumber);
    items.emplace_back(kStages[stage], kStageTones[stage]);
  }
  table.column("Hidden, together", Align::kNumber);
  // What is hidden of a period is drawn as one, where the first of it would be.
  std::vector<Layer> joined(kStages.size(), {.label = "several together", .hidden = true});
  bool has_hidden = false;
  for (const StagePeriod& period : lifecycle.periods) {
    const std::vector<bool> hidden = hidden_stages(period, least);
    chart.days.push_back(static_cast<double>(period.start));
    std::int64_t hidden_learners = 0;
    std::size_t first_hidden = 0;
    std::vector<Html> cells{date(period.start)};
    for (std::size_t stage = 0; stage < kStages.size(); ++stage) {
      const std::int64_t learners = period.learners[stage];
      chart.layers[stage].values.push_back(hidden[stage] ? kUnknown
                                                         : static_cast<double>(learners));
      cells.push_back(hidden[stage] ? "hidden" : count(learners));
      if (hidden[stage] && hidden_learners == 0) first_hidden = stage;
      if (hidden[stage]) hidden_learners += learners;
      joined[stage].values.push_back(0);
    }
    const bool may_be_told = hidden_learners >= least;
    if (may_be_told) joined[first_hidden].values.back() = static_cast<double>(hidden_learners);
    has_hidden |= hidden_learners > 0;
    cells.push_back(hidden_learners == 0 ? "" : learners_number(hidden_learners, least));
    table.row(std::move(cells));
  }
  for (std::size_t stage = kStages.size(); stage-- > 0;) {
    if (std::ranges::max(joined[stage].values) > 0)
      chart.layers.insert(chart.layers.begin() + static_cast<std::ptrdiff_t>(stage),
                          std::move(joined[stage]));
  }
  const Html explanation = fmt::format(
      "Learners by where they stood, {0} by {0}. Engaged are those who came on {1} or more of a "
      "{0}; at risk, those who did nothing for {2} or longer, dormant for {3}; resurrected, those "
      "who came back from there.{4}",
      lifecycle.unit, days(static_cast<double>(lifecycle.engaged_days)),
      count(lifecycle.at_risk, lifecycle.unit), count(lifecycle.dormant, lifecycle.unit),
      has_hidden
          ? fmt::format(" Pale: stages together, where one has fewer than {} learners.", least)
          : "");
  return figure(chart, explanation + legend(items), table);
}

Html passings_figure(const Lifecycle& lifecycle, std::int64_t least) {
  FlowChart chart{fmt::format("What becomes of them a {} later", lifecycle.unit),
                  "",
                  "one " + lifecycle.unit,
                  "the next",
                  {},
                  {},
                  {}};
  for (std::size_t stage = 0; stage < kStages.size(); ++stage) {
    chart.left.push_back({std::string(kStages[stage]), kStageTones[stage]});
  }
  chart.right = chart.left;
  chart.right.push_back({"gone", kStageTones[kGone]});
  Table table;
  table.column("Of those who were").column("A " + lifecycle.unit + " later");
  table.column("Share", Align::kNumber).column("Learners", Align::kNumber);
  const std::vector<Passing>& all = lifecycle.passings;
  for (auto begin = all.begin(); begin != all.end();) {
    const auto end =
        std::find_if(begin, all.end(), [&](const Passing& one) { return one.from != begin->from; });
    const std::vector<Passing> group(begin, end);
    const std::vector<bool> hidden = hidden_among(group, least);
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (hidden[i]) continue;
      const Passing& one = group[i];
      const std::string& from = chart.left[one.from].label;
      const std::string& to = chart.right[one.to].label;
      const std::string share = percent(share_of(one.count, count_of(group)));
      chart.flows.push_back({one.from, one.to, static_cast<double>(one.count),
                             fmt::format("{} → {}: {}", from, to, share)});
      table.row({from, to, share, count(one.learners)});
    }
    begin = end;
  }
  return figure(chart,
                fmt::format("Where the learners of one {0} stood in the next, over all {0}s: the "
                            "thicker a ribbon, the more went that way. Gone are those who left, or "
                            "whose course was over.",
                            lifecycle.unit),
                table);
}

Html stages_lead(const Lifecycle& lifecycle, std::int64_t least) {
  Html text;
  if (const StagePeriod* last = latest(lifecycle, least)) {
    const std::vector<bool> hidden = hidden_stages(*last, least);
    if (std::ranges::find(hidden, true) == hidden.end()) {
      text += "In the " + lifecycle.unit + " from " + date(last->start) + ", " +
              strong(percent(share_of(learners_at_work(*last), learners_in(*last)))) + " of " +
              learners_text(learners_in(*last), least) + " were at work. ";
    }
  }
  const double back = back_at_work(lifecycle, kAtRisk, least);
  const double woken = back_at_work(lifecycle, kDormant, least);
  if (std::isfinite(back)) {
    text += "Of those at risk, " + strong(percent(back)) + " are back a " + lifecycle.unit +
            " later" + (std::isfinite(woken) ? "; of the dormant, " : ".");
    if (std::isfinite(woken)) text += strong(percent(woken)) + ".";
  }
  return text.empty() ? text : lead(text);
}

// --- tiers ---------------------------------------------------------------------------------------

Html tiers_figure(const Tiers& tiers, std::int64_t least) {
  const std::vector<bool> hidden = hidden_among(tiers.tiers, least);
  const std::int64_t learners = count_of(tiers.tiers);
  double total = 0;
  for (const Tier& tier : tiers.tiers) {
    if (std::isfinite(tier.total)) total += tier.total;
  }
  SplitChart split{
      title_of(tiers.name), "", {}, {{counted(tiers.tiers), {}}, {title_of(tiers.feature), {}}}};
  BarChart medians{title_of(tiers.name), "", {}};
  Table table;
  table.column("Tier").column(counted(tiers.tiers), Align::kNumber);
  table.column("Share", Align::kNumber);
  table.column("Median of " + tiers.feature, Align::kNumber);
  if (total > 0) table.column("Of all " + tiers.feature, Align::kNumber);
  for (std::size_t i = 0; i < tiers.tiers.size(); ++i) {
    const Tier& tier = tiers.tiers[i];
    const double share = share_of(tier.count, learners);
    std::vector<Html> cells{title_of(tier.name)};
    if (hidden[i]) {
      cells.insert(cells.end(), {"hidden", "hidden", "hidden"});
      if (total > 0) cells.emplace_back("hidden");
    } else {
      const double of_total = total > 0 ? tier.total / total : kUnknown;
      cells.insert(cells.end(), {count(tier.count), percent(share), rounded(tier.median)});
      if (total > 0) cells.emplace_back(percent(of_total));
      split.parts.push_back({tier.name, tone_of(i)});
      split.rows[0].shares.push_back(share);
      split.rows[1].shares.push_back(of_total);
      medians.bars.push_back({.label = title_of(tier.name),
                              .value = tier.median,
                              .text = rounded(tier.median),
                              .tone = tone_of(i)});
    }
    table.row(std::move(cells));
  }
  if (!(total > 0)) {
    return figure(medians, "The median of " + tiers.feature + " in each tier.", table);
  }
  std::vector<std::pair<std::string, Tone>> items;
  for (const SplitPart& part : split.parts) items.emplace_back(part.label, part.tone);
  return figure(split,
                Html("Above, how learners divide into tiers by their " + tiers.feature +
                     "; below, how all " + tiers.feature + " divide among them.") +
                    legend(items),
                table);
}

// --- clusters ------------------------------------------------------------------------------------

Html clusters_figure(const Clusters& clusters, std::int64_t least) {
  const std::vector<bool> hidden = hidden_among(clusters.clusters, least);
  const std::int64_t learners = count_of(clusters.clusters);
  ProfileChart chart{title_of(clusters.name), "", {}, {}};
  Table sizes, numbers;
  sizes.column("Group").column(counted(clusters.clusters), Align::kNumber);
  sizes.column("Share", Align::kNumber);
  sizes.column("What sets it apart").column("Found again", Align::kNumber);
  numbers.column("Group").column("Feature").column("Mean", Align::kNumber);
  numbers.column("Usual", Align::kNumber);
  for (std::size_t i = 0; i < clusters.clusters.size(); ++i) {
    const Cluster& cluster = clusters.clusters[i];
    if (hidden[i]) {
      sizes.row({title_of(cluster.name), "hidden", "hidden", "hidden", ""});
      continue;
    }
    const std::string share = percent(share_of(cluster.count, learners));
    sizes.row({title_of(cluster.name), count(cluster.count), share,
               cluster.profile.empty() ? "too little is known of them" : cluster.profile,
               percent(cluster.stability)});
    if (cluster.traits.empty()) continue;
    chart.groups.push_back({cluster.name, share, tone_of(i)});
    chart.rows.resize(cluster.traits.size());
    for (std::size_t t = 0; t < cluster.traits.size(); ++t) {
      const Trait& trait = cluster.traits[t];
      const std::string mean = rounded(trait.mean), usual = rounded(trait.usual);
      chart.rows[t].label = trait.feature;
      chart.rows[t].cells.push_back(
          {trait.difference,
           fmt::format("{}, {}: {}, usual is {}", cluster.name, trait.feature, mean, usual)});
      numbers.row({cluster.name, trait.feature, mean, usual});
    }
  }
  return figure(chart,
                "What is more than usual in a group reaches to the right of its line, what is less "
                "to the left; the longer, the farther from usual.",
                numbers) +
         sizes.html() +
         (clusters.silhouette < kLeastApart
              ? note("These groups hardly lie apart (silhouette " +
                     decimal(clusters.silhouette, 2) +
                     "): a way to divide learners rather than kinds of them.")
              : Html());
}

}  // namespace

Section stages_section(const Content& content) {
  Section section{"stages", "Where learners stand", {}};
  for (const Lifecycle& lifecycle : content.lifecycles) {
    if (latest(lifecycle, content.smallest_group) == nullptr) continue;
    section.body += stages_lead(lifecycle, content.smallest_group) +
                    stages_figure(lifecycle, content.smallest_group) +
                    passings_figure(lifecycle, content.smallest_group);
  }
  if (section.body.empty()) section.body = note("Too few learners stand anywhere to be shown.");
  return section;
}

Section tiers_section(const Content& content) {
  Section section{"tiers", "How much each does", {}};
  for (const Tiers& tiers : content.tiers)
    section.body += tiers_figure(tiers, content.smallest_group);
  if (section.body.empty()) section.body = note("Too few learners are in any tier to be shown.");
  return section;
}

Section clusters_section(const Content& content) {
  Section section{"clusters", "Who is alike", {}};
  for (const Clusters& clusters : content.clusters)
    section.body += clusters_figure(clusters, content.smallest_group);
  section.body = section.body.empty()
                     ? note("Too few learners are alike to be shown.")
                     : lead(
                           "Groups that the data itself falls into. “Found again” says how much of "
                           "a group stays together when learners are drawn anew; build nothing on "
                           "one below 60%.") +
                           section.body;
  return section;
}

}  // namespace waymark::report
