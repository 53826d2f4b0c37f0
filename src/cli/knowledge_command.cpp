// knowledge: what learners know of each skill, and how well that foretells their answers.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/table_argument.h"
#include "engine/knowledge.h"
#include "engine/prerequisites.h"
#include "engine/skills_file.h"

namespace waymark::cli {
namespace {

using query::Cell;

// Who is this likely to know a skill has mastered it: Corbett and Anderson's own bound.
constexpr double kMastered = 0.95;

double mastered(const engine::SkillStudy& skill) {
  const auto is_mastered = [](double known) { return known >= kMastered; };
  return static_cast<double>(std::ranges::count_if(skill.mastery, is_mastered)) /
         static_cast<double>(skill.mastery.size());
}

// "; 12 left out for want of a value: 10 of right, 2 of when".
std::string left_out(const engine::KnowledgeStudy& study) {
  std::string words;
  for (const auto& [column, rows] : study.missing) {
    words += fmt::format("{}{} of {}",
                         words.empty() ? fmt::format("; {} left out for want of a value: ",
                                                     with_thousands(study.left_out))
                                       : ", ",
                         with_thousands(rows), column);
  }
  return words;
}

// "1.5 d", "30 h", "10 min".
std::string time_of(double days) {
  const auto [length, unit] = days >= 2         ? std::pair(days, "d")
                              : days >= 2 / 24. ? std::pair(days * 24, "h")
                                                : std::pair(days * 24 * 60, "min");
  return fmt::format("{:.{}f} {}", length, length < 10 ? 1 : 0, unit);
}

// "7.2 d (5.1 d to 10 d)", or what the answers say of it at most.
std::string half_life(const stats::Estimate& days) {
  const auto& [low, high] = days.interval;
  if (low == 0 && std::isinf(high)) return "cannot tell";
  const std::string range = std::isinf(high) ? "over " + time_of(low)
                            : low == 0       ? "under " + time_of(high)
                                             : time_of(low) + " to " + time_of(high);
  if (days.value == 0 || std::isinf(days.value)) return range;
  return fmt::format("{} ({})", time_of(days.value), range);
}

void print_skills(const Arguments& arguments, const engine::KnowledgeStudy& study) {
  std::vector<query::Heading> headings{{"skill"}};
  for (const char* name :
       {"learners", "answers", "right", "known first", "learn", "guess", "slip"}) {
    headings.push_back({name, true});
  }
  if (arguments.forgets) headings.push_back({"forget", true});
  headings.push_back({"mastered", true});
  const bool is_timed = !study.skills.empty() && study.skills.front().fading.has_value();
  if (is_timed) headings.push_back({"half-life"});
  std::vector<std::vector<Cell>> rows;
  std::size_t restless = 0;
  for (const engine::SkillStudy& skill : study.skills) {
    restless += !skill.model.converged;
    const stats::TracingParameters usual = skill.model.usual();
    std::vector<Cell>& row = rows.emplace_back();
    row = {Cell::of(skill.skill), Cell::of(static_cast<std::int64_t>(skill.learners)),
           Cell::of(static_cast<std::int64_t>(skill.answers))};
    for (const double value :
         {static_cast<double>(skill.right) / static_cast<double>(skill.answers), usual.known_first,
          usual.learn, usual.guess, usual.slip}) {
      row.push_back(Cell::of(value, 3));
    }
    if (arguments.forgets) row.push_back(Cell::of(skill.model.forget, 3));
    row.push_back(Cell::of(mastered(skill), 3));
    if (is_timed) row.push_back(Cell::of(half_life(skill.fading->half_life_days)));
  }
  print_table(arguments, headings, rows);
  if (restless > 0) fmt::print("{} of the fits did not come to rest.\n", restless);
}

void print_trials(const Arguments& arguments, const engine::KnowledgeStudy& study) {
  fmt::print("\nOn learners held out:\n");
  std::vector<std::vector<Cell>> rows;
  for (const engine::KnowledgeTrial& trial : study.trials) {
    std::vector<Cell>& row = rows.emplace_back();
    row.push_back(Cell::of(trial.model));
    for (const double value : {trial.roc_auc, trial.log_loss, trial.calibration_error}) {
      row.push_back(number_or_dash(value, 3));
    }
    row.push_back(Cell::of(trial.seconds, 2));
  }
  print_table(arguments,
              {{"model"},
               {"ROC-AUC", true},
               {"log loss", true},
               {"calibration error", true},
               {"seconds", true}},
              rows);
}

void print_learners(const Arguments& arguments, const engine::KnowledgeStudy& study) {
  const auto printer = standard_printer(arguments.json ? "json" : arguments.format, 0);
  const std::vector<query::Heading> headings{{"learner"}, {"skill"}, {"known", true}};
  printer->begin(headings);
  for (const engine::SkillStudy& skill : study.skills) {
    for (std::size_t i = 0; i < skill.mastery.size(); ++i) {
      const std::vector<Cell> row{Cell::of(study.learners[skill.of[i]]), Cell::of(skill.skill),
                                  Cell::of(skill.mastery[i], 4)};
      printer->row(row);
    }
  }
  printer->end();
}

// "0.93 (0.90 to 0.95)", of counts.
std::string share_of(std::size_t part, std::size_t whole, const stats::Interval& interval) {
  return fmt::format("{:.2f} ({:.2f} to {:.2f})",
                     static_cast<double>(part) / static_cast<double>(whole), interval.low,
                     interval.high);
}

void print_prerequisites(const Arguments& arguments, const engine::KnowledgeStudy& study) {
  const auto printer = standard_printer(arguments.json ? "json" : arguments.format, 0);
  const std::vector<query::Heading> headings{{"skill"},
                                             {"requires"},
                                             {"learners", true},
                                             {"share_with_required"},
                                             {"share_of_required"},
                                             {"share_without"}};
  printer->begin(headings);
  for (const engine::Prerequisite& pair : engine::suggest_prerequisites(study, kMastered)) {
    const std::vector<Cell> row{
        Cell::of(study.skills[pair.skill].skill),
        Cell::of(study.skills[pair.needs].skill),
        Cell::of(static_cast<std::int64_t>(pair.learners)),
        Cell::of(share_of(pair.both, pair.both + pair.only_skill, pair.needs_of_skill)),
        Cell::of(share_of(pair.both, pair.both + pair.only_needs, pair.skill_of_needs)),
        Cell::of(share_of(pair.only_skill, pair.only_skill + pair.neither, pair.skill_without))};
    printer->row(row);
  }
  printer->end();
}

void print_next(const Arguments& arguments, const engine::KnowledgeStudy& study) {
  const engine::SkillNeeds needs =
      arguments.required.empty()
          ? engine::needs_of(study, engine::suggest_prerequisites(study, kMastered))
          : engine::needs_of(study, engine::read_table_file(arguments.required));
  const auto printer = standard_printer(arguments.json ? "json" : arguments.format, 0);
  const std::vector<query::Heading> headings{
      {"learner"}, {"skill"}, {"answered"}, {"known", true}, {"next_right", true}, {"missing"}};
  printer->begin(headings);
  for (const engine::NextSkill& next : engine::next_skills(study, needs, kMastered)) {
    std::string missing;
    for (const std::uint32_t skill : next.missing) {
      missing += (missing.empty() ? "" : ", ") + study.skills[skill].skill;
    }
    const std::vector<Cell> row{Cell::of(study.learners[next.learner]),
                                Cell::of(study.skills[next.skill].skill),
                                Cell::of(std::string(next.is_new ? "no" : "yes")),
                                Cell::of(next.known, 4),
                                Cell::of(next.right, 4),
                                Cell::of(missing)};
    printer->row(row);
  }
  printer->end();
}

void print_json(const engine::KnowledgeStudy& study) {
  JsonWriter out(JsonWriter::Style::kPretty);
  const auto write = [&out](std::string_view name, double value) { out.key(name).number(value); };
  const auto write_all = [&out](std::string_view name, const std::vector<double>& values) {
    out.key(name).begin_array();
    for (const double value : values) out.number(value);
    out.end_array();
  };
  out.begin_object();
  write("answers", static_cast<double>(study.answers));
  write("left_out", static_cast<double>(study.left_out));
  out.key("missing").begin_object();
  for (const auto& [column, rows] : study.missing) write(column, static_cast<double>(rows));
  out.end_object();
  write("learners", static_cast<double>(study.learners.size()));
  out.key("skills").begin_array();
  for (const engine::SkillStudy& skill : study.skills) {
    out.begin_object().key("skill").string(skill.skill);
    write("learners", static_cast<double>(skill.learners));
    write("answers", static_cast<double>(skill.answers));
    write("right", static_cast<double>(skill.right));
    write("known_first", skill.model.known_first);
    write("learn", skill.model.learn);
    write("forget", skill.model.forget);
    write_all("guess", skill.model.guess);
    write_all("slip", skill.model.slip);
    write("log_likelihood", skill.model.log_likelihood);
    out.key("converged").boolean(skill.model.converged);
    write("mastered", mastered(skill));
    if (skill.fading) {  // infinity is null
      const auto& [value, interval] = skill.fading->half_life_days;
      out.key("half_life_days").begin_object();
      write("estimate", value);
      write("low", interval.low);
      write("high", interval.high);
      out.end_object();
    }
    out.end_object();
  }
  out.end_array().key("held_out").begin_array();
  for (const engine::KnowledgeTrial& trial : study.trials) {
    out.begin_object().key("model").string(trial.model);
    write("roc_auc", trial.roc_auc);
    write("log_loss", trial.log_loss);
    write("calibration_error", trial.calibration_error);
    write("seconds", trial.seconds);
    out.end_object();
  }
  fmt::print("{}\n", out.end_array().end_object().take());
}

}  // namespace

int knowledge(const Arguments& arguments) {
  const bool is_list = arguments.learners || arguments.prerequisites || arguments.next;
  if (!is_list && arguments.format != "table") {
    throw Error(ErrorCode::kUsage, "knowledge.format",
                "--format is of a list: --learners, --prerequisites or --next");
  }
  engine::KnowledgeQuestion question{
      .learner = arguments.learner, .skill = arguments.skill, .correct = arguments.correct};
  question.item = arguments.item;
  question.time = arguments.time;
  question.order = arguments.order;
  question.held_out = arguments.held_out;
  question.forgets = arguments.forgets;
  question.restarts = arguments.restarts;
  question.try_out = !is_list;
  question.threads = std::max(1u, std::thread::hardware_concurrency());
  const engine::KnowledgeStudy study =
      engine::study_knowledge(read_table_argument(arguments), question);
  if (!arguments.save_to.empty()) {
    engine::save_skills(study, arguments.save_to);
    say(arguments, fmt::format("The numbers of {} skills are in {}.\n", study.skills.size(),
                               arguments.save_to.string()));
  }
  if (arguments.learners) {
    print_learners(arguments, study);
  } else if (arguments.prerequisites) {
    print_prerequisites(arguments, study);
  } else if (arguments.next) {
    print_next(arguments, study);
  } else if (arguments.json) {
    print_json(study);
  } else {
    fmt::print("{} answers of {} learners in {} skills{}.\n\n", with_thousands(study.answers),
               with_thousands(study.learners.size()), with_thousands(study.skills.size()),
               left_out(study));
    print_skills(arguments, study);
    print_trials(arguments, study);
  }
  return 0;
}

}  // namespace waymark::cli
