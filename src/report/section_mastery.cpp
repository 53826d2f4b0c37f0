// What learners know: measures of mastery.

#include <cmath>

#include "report/figure.h"
#include "report/number.h"
#include "report/section.h"
#include "report/suppress.h"

namespace waymark::report {
namespace {

using Align = Table::Align;

constexpr std::size_t kMostSkills = 24;  // before the rest folds away
constexpr Tone kTonesOf[kStandings.size()]{Tone::kGreen, Tone::kOchre, Tone::kMain, Tone::kWarm};

bool is_told(const Mastery& mastery, std::size_t standing) {
  return standing != kFaded || std::isfinite(mastery.half_life_days);
}

// Those that are hidden are one part of the bar.
std::vector<Html> cells_of(const Mastery& mastery, const Skill& skill, std::int64_t least) {
  const std::vector<bool> hidden =
      hidden_groups({skill.standing.begin(), skill.standing.end()}, least);
  std::vector<Html> cells{Html(skill.name) + element("small", {}, count(skill.learners, "learner")),
                          {}};
  std::vector<Part> parts;
  Part rest{0, Tone::kQuiet};
  std::string words = skill.name + ": ";
  for (std::size_t i = 0; i < kStandings.size(); ++i) {
    if (!is_told(mastery, i)) continue;
    const auto learners = static_cast<double>(skill.standing[i]);
    if (hidden[i]) {
      rest.value += learners;
      cells.push_back("hidden");
      continue;
    }
    const std::string share = percent(learners / static_cast<double>(skill.learners));
    parts.push_back({learners, kTonesOf[i]});
    words += std::string(kStandings[i]) + " " + share + ", ";
    cells.push_back(count(skill.standing[i]));
  }
  parts.push_back(rest);
  cells[1] = split_bar(parts, words.substr(0, words.size() - 2));
  cells.push_back(percent(skill.known));
  cells.push_back(percent(skill.next_right));
  return cells;
}

Html skills_part(const Mastery& mastery, std::int64_t least) {
  Table table;
  table.column("Skill").column("How they stand");
  std::vector<std::pair<std::string, Tone>> items;
  for (std::size_t i = 0; i < kStandings.size(); ++i) {
    if (!is_told(mastery, i)) continue;
    table.column(title_of(kStandings[i]), Align::kNumber);
    items.emplace_back(kStandings[i], kTonesOf[i]);
  }
  items.emplace_back("hidden", Tone::kQuiet);
  table.column("Known", Align::kNumber).column("Next right", Align::kNumber);
  std::int64_t left_out = 0;
  for (const Skill& skill : mastery.skills) {
    if (skill.learners < std::max<std::int64_t>(least, 1)) {
      ++left_out;
    } else {
      table.row(cells_of(mastery, skill, least));
    }
  }
  Html words = "Mastered is what a learner knows with a probability of " +
               percent(mastery.mastered_at) + " or more; likely known, of 50% or more.";
  if (is_told(mastery, kFaded)) {
    words += " Without an answer, half of what was learned is lost in " +
             days(mastery.half_life_days) +
             ": faded is what was mastered, and by the end of the data is not any more.";
  }
  words +=
      " Known and next right are means: how probable it is that a learner knows it, and would "
      "answer rightly next.";
  if (left_out > 0) {
    words += " Left out: " + count(left_out, "skill") + " with answers of fewer than " +
             count(least) + " learners.";
  }
  return heading(title_of(mastery.name)) + paragraph(words) +
         (table.empty() ? Html() : legend(items) + table.html(kMostSkills));
}

}  // namespace

Section mastery_section(const Content& content) {
  Section section{"mastery", "What learners know",
                  lead("How many know each skill, as their answers tell it. First come the skills "
                       "that most learners have answered to and not mastered.")};
  for (const Mastery& mastery : content.masteries) {
    section.body += skills_part(mastery, content.smallest_group);
  }
  return section;
}

}  // namespace waymark::report
