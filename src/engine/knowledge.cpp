#include "engine/knowledge.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <tuple>

#include "base/error.h"
#include "base/parallel.h"
#include "base/stopwatch.h"
#include "stats/forecast.h"
#include "stats/performance.h"
#include "stats/random.h"
#include "stats/rating.h"

namespace waymark::engine {
namespace {

constexpr std::uint32_t kParts = 5;

using stats::Attempts;

// The attempts of some learners, by their number.
Attempts of_learners(const Attempts& all, const std::function<bool(std::size_t)>& wanted) {
  Attempts some{.begin = {0}, .skills = all.skills, .items = all.items};
  const auto add = [](auto& into, const auto& from, std::uint32_t begin, std::uint32_t end) {
    if (!from.empty()) into.insert(into.end(), from.begin() + begin, from.begin() + end);
  };
  for (std::size_t learner = 0; learner < all.learners(); ++learner) {
    if (!wanted(learner)) continue;
    const std::uint32_t begin = all.begin[learner], end = all.begin[learner + 1];
    add(some.skill, all.skill, begin, end);
    add(some.item, all.item, begin, end);
    add(some.correct, all.correct, begin, end);
    add(some.time, all.time, begin, end);
    some.begin.push_back(static_cast<std::uint32_t>(some.size()));
  }
  return some;
}

// The answers of one skill, and where each stands among all attempts.
struct OfSkill {
  stats::AnswerSequences answers;
  std::vector<std::uint32_t> learner;  // of each sequence
  std::vector<std::uint32_t> at;       // of each answer
};

// All attempts, and how the items of each skill are numbered by themselves.
struct Answers {
  Attempts attempts;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> own_item;  // (skill, item)
  std::vector<std::uint32_t> items_of_skill;

  std::vector<OfSkill> by_skill(const Attempts& some) const;
};

std::vector<OfSkill> Answers::by_skill(const Attempts& some) const {
  std::vector<OfSkill> skills(some.skills);
  for (std::size_t skill = 0; skill < skills.size(); ++skill) {
    skills[skill].answers.items = std::max<std::size_t>(1, items_of_skill[skill]);
  }
  for (std::uint32_t learner = 0; learner < some.learners(); ++learner) {
    for (std::uint32_t i = some.begin[learner]; i < some.begin[learner + 1]; ++i) {
      OfSkill& of = skills[some.skill[i]];
      if (of.learner.empty() || of.learner.back() != learner) {
        of.learner.push_back(learner);
        of.answers.begin.push_back(static_cast<std::uint32_t>(of.answers.correct.size()));
      }
      of.answers.correct.push_back(some.correct[i]);
      if (!some.item.empty()) {
        of.answers.item.push_back(own_item.at({some.skill[i], some.item[i]}));
      }
      if (!some.time.empty()) of.answers.time.push_back(some.time[i]);
      of.at.push_back(i);
    }
  }
  for (OfSkill& of : skills) {
    of.answers.begin.push_back(static_cast<std::uint32_t>(of.answers.correct.size()));
  }
  return skills;
}

KnowledgeTrial judged(const std::string& model, const std::vector<double>& right,
                      const std::vector<std::uint8_t>& correct, double seconds) {
  const stats::Forecast forecast(right, correct);
  return {model, forecast.roc_auc(), forecast.log_loss(), forecast.calibration_error(), seconds};
}

// In which part of the learners each is held out; beyond the parts: in none.
struct Parts {
  std::uint32_t parts = kParts;
  std::vector<std::uint32_t> of;
};

Parts parts_of(const Frame& frame, const KnowledgeQuestion& question, const Groups& learners) {
  Parts parts{.of = std::vector<std::uint32_t>(learners.names.size())};
  if (question.held_out.empty()) {
    for (std::uint32_t i = 0; i < parts.of.size(); ++i) parts.of[i] = i % kParts;
    stats::Random(1).shuffle(std::span(parts.of));
    return parts;
  }
  parts.parts = 1;
  const std::vector<std::uint8_t> held_out = flags_of(frame, parse_flag(question.held_out));
  for (std::size_t row = 0; row < frame.size(); ++row) {
    parts.of[learners.group[row]] = held_out[row] != 0 ? 0 : 1;
  }
  bool is_mixed = false;
  for (std::size_t row = 0; row < frame.size(); ++row) {
    is_mixed |= (parts.of[learners.group[row]] == 0) != (held_out[row] != 0);
  }
  const auto count = std::ranges::count(parts.of, 0u);
  if (is_mixed || count == 0 || static_cast<std::size_t>(count) == parts.of.size()) {
    throw Error(ErrorCode::kUsage, "knowledge.held_out",
                fmt::format("{} holds out {}; it must be some of the learners, with all their rows",
                            question.held_out,
                            is_mixed     ? "learners in part"
                            : count == 0 ? "nobody"
                                         : "everybody"));
  }
  return parts;
}

// Foretells the answers of `test` from what it learns from `learned`.
struct Contender {
  std::string name;
  std::function<std::vector<double>(const Attempts& learned, const Attempts& test)> foretell;
};

std::vector<Contender> contenders_of(const Attempts& all) {
  const auto regression = [](std::string name, stats::PerformanceTerms terms) {
    return Contender{std::move(name), [terms](const Attempts& learned, const Attempts& test) {
                       return stats::PerformanceModel(learned, terms).foretell(test);
                     }};
  };
  using enum stats::PerformanceTerms;
  const std::string what = all.items > 0 ? "skill, item" : "skill";
  std::vector<Contender> contenders{{"ratings (Elo)",
                                     [](const Attempts& learned, const Attempts& test) {
                                       return stats::RatingModel(learned).foretell(test);
                                     }},
                                    regression("skill and successes (PFA)", kSkill),
                                    regression("skill and late successes (R-PFA)", kRecent),
                                    regression(what + " and counts (Best-LR)", kCounts),
                                    regression(what + ", counts and late successes", kAll)};
  if (!all.time.empty()) {
    contenders.push_back(regression(what + " and counts in windows (DAS3H)", kWindows));
  }
  if (all.items > 0) contenders.insert(contenders.begin(), regression("item alone", kItem));
  return contenders;
}

double share_right(const Attempts& attempts) {
  return static_cast<double>(std::ranges::count(attempts.correct, 1)) /
         static_cast<double>(attempts.size());
}

std::vector<KnowledgeTrial> try_out(const KnowledgeQuestion& question, const Answers& answers,
                                    const Parts& parts) {
  const Attempts& all = answers.attempts;
  const stats::TracingOptions options{.forgets = question.forgets, .restarts = question.restarts};
  const std::vector<Contender> contenders = contenders_of(all);
  const bool is_timed = !all.time.empty();
  std::vector<double> traced, faded;
  std::vector<std::vector<double>> contended(contenders.size());
  std::vector<std::uint8_t> correct;
  // Of each contender, then of tracing each skill; with fading the latter take more.
  std::vector<double> seconds(contenders.size() + all.skills), more(all.skills);
  for (std::uint32_t held_out = 0; held_out < parts.parts; ++held_out) {
    const Attempts learned =
        of_learners(all, [&](std::size_t learner) { return parts.of[learner] != held_out; });
    const Attempts test =
        of_learners(all, [&](std::size_t learner) { return parts.of[learner] == held_out; });
    correct.insert(correct.end(), test.correct.begin(), test.correct.end());
    const std::vector<OfSkill> from = answers.by_skill(learned), to = answers.by_skill(test);
    const std::size_t begin = traced.size();
    // What nobody has answered before.
    traced.resize(begin + test.size(), share_right(learned));
    faded.resize(begin + test.size(), share_right(learned));
    parallel_for(seconds.size(), question.threads, [&](std::size_t i) {
      const Stopwatch watch;
      if (i < contenders.size()) {
        const auto right = contenders[i].foretell(learned, test);
        contended[i].insert(contended[i].end(), right.begin(), right.end());
        seconds[i] += watch.seconds();
        return;
      }
      const std::size_t skill = i - contenders.size();
      if (from[skill].at.empty()) return;
      const auto put = [&](const std::vector<double>& right, std::vector<double>& into) {
        for (std::size_t k = 0; k < right.size(); ++k) into[begin + to[skill].at[k]] = right[k];
      };
      const stats::TracingModel model = stats::fit_tracing(from[skill].answers, options);
      put(stats::foretell(model, to[skill].answers), traced);
      seconds[i] += watch.seconds();
      if (!is_timed) return;
      put(stats::foretell(stats::fit_fading(from[skill].answers, model, false), to[skill].answers),
          faded);
      more[skill] += watch.seconds();
    });
  }
  const double tracing = std::accumulate(
      seconds.begin() + static_cast<std::ptrdiff_t>(contenders.size()), seconds.end(), 0.0);
  std::vector<KnowledgeTrial> trials{
      judged(question.forgets ? "knowledge tracing, forgetting" : "knowledge tracing", traced,
             correct, tracing)};
  if (is_timed) {
    trials.push_back(judged("knowledge tracing, fading", faded, correct,
                            std::accumulate(more.begin(), more.end(), 0.0)));
  }
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    trials.push_back(judged(contenders[i].name, contended[i], correct, seconds[i]));
  }
  return trials;
}

// Nothing is learned of next to no answers, and none of answers that are all alike.
void check_answers(const Frame& frame, const KnowledgeQuestion& question) {
  if (frame.size() < kLeastAnswers) {
    throw Error(
        ErrorCode::kInvalid, "knowledge.nothing",
        fmt::format("there are {} complete answers; of fewer than {} nothing can be learned",
                    frame.size(), kLeastAnswers));
  }
  const std::vector<std::uint8_t> correct = flags_of(frame, parse_flag(question.correct));
  const auto right = static_cast<std::size_t>(std::ranges::count(correct, 1));
  if (right > 0 && right < correct.size()) return;
  throw Error(ErrorCode::kInvalid, "knowledge.nothing",
              fmt::format("all of {} answers are {}: they do not tell who knows what",
                          correct.size(), right > 0 ? "right" : "wrong"));
}

Answers answers_of(const Frame& frame, const KnowledgeQuestion& question, const Groups& learners,
                   const Groups& skills) {
  Answers answers;
  Attempts& attempts = answers.attempts;
  attempts.skills = skills.names.size();
  Groups items, order;
  if (!question.item.empty()) items = groups_of(frame, {question.item});
  if (!question.order.empty()) order = groups_of(frame, {question.order});
  std::vector<Micros> times;
  if (!question.time.empty()) times = times_of(frame, question.time);
  attempts.items = items.names.size();
  const std::vector<std::uint8_t> correct = flags_of(frame, parse_flag(question.correct));
  std::vector<std::uint32_t> rows(frame.size());
  std::iota(rows.begin(), rows.end(), 0u);
  std::ranges::stable_sort(rows, {}, [&](std::uint32_t row) {
    return std::tuple(learners.group[row], times.empty() ? 0 : times[row],
                      order.group.empty() ? 0 : order.group[row]);
  });
  answers.items_of_skill.assign(attempts.skills, 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::uint32_t row = rows[i];
    if (i == 0 || learners.group[rows[i - 1]] != learners.group[row]) {
      attempts.begin.push_back(static_cast<std::uint32_t>(i));
    }
    const std::uint32_t skill = skills.group[row];
    attempts.skill.push_back(skill);
    attempts.correct.push_back(correct[row]);
    if (!times.empty()) attempts.time.push_back(times[row]);
    if (items.group.empty()) continue;
    attempts.item.push_back(items.group[row]);
    std::uint32_t& next = answers.items_of_skill[skill];
    next += answers.own_item.try_emplace({skill, items.group[row]}, next).second;
  }
  attempts.begin.push_back(static_cast<std::uint32_t>(rows.size()));
  return answers;
}

}  // namespace

KnowledgeStudy study_knowledge(const Frame& all, const KnowledgeQuestion& question) {
  std::vector<std::string> needed{question.learner, question.skill,
                                  parse_flag(question.correct).column};
  for (const std::string* name : {&question.item, &question.time, &question.order}) {
    if (!name->empty()) needed.push_back(*name);
  }
  if (!question.held_out.empty()) needed.push_back(parse_flag(question.held_out).column);
  const Frame frame = all.rows(all.complete(needed));
  const Groups learners = groups_of(frame, {question.learner});
  const Groups skills = groups_of(frame, {question.skill});
  if (learners.names.size() < 2) {
    throw Error(ErrorCode::kInvalid, "knowledge.nothing",
                fmt::format("{} of {} rows are complete in all columns named, of fewer than two "
                            "learners",
                            frame.size(), all.size()));
  }
  check_answers(frame, question);
  const Parts parts = parts_of(frame, question, learners);
  const Answers answers = answers_of(frame, question, learners, skills);
  KnowledgeStudy study{.answers = frame.size(),
                       .left_out = all.size() - frame.size(),
                       .learners = learners.values(question.learner)};
  for (const std::string& name : needed) {
    const std::size_t missing = all.size() - all.complete({name}).size();
    if (missing > 0) study.missing[name] = missing;
  }
  std::vector<OfSkill> of_skills = answers.by_skill(answers.attempts);
  study.skills.resize(of_skills.size());
  const std::vector<std::string> names = skills.values(question.skill);
  parallel_for(of_skills.size(), question.threads, [&](std::size_t i) {
    const stats::AnswerSequences& sequences = of_skills[i].answers;
    SkillStudy& skill = study.skills[i];
    skill.skill = names[i];
    skill.learners = sequences.learners();
    skill.answers = sequences.correct.size();
    skill.right = static_cast<std::size_t>(std::ranges::count(sequences.correct, 1));
    skill.model =
        stats::fit_tracing(sequences, {.forgets = question.forgets, .restarts = question.restarts});
    skill.mastery = stats::mastery(skill.model, sequences);
    if (question.try_out && !sequences.time.empty()) {
      skill.fading = stats::fit_fading(sequences, skill.model);
    }
    skill.of = std::move(of_skills[i].learner);
  });
  if (question.try_out) study.trials = try_out(question, answers, parts);
  return study;
}

}  // namespace waymark::engine
