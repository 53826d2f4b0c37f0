#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/time.h"

namespace waymark::stats {

// Answers to the items of one skill, one learner's after the other, each learner's in the order in
// which they were given.
struct AnswerSequences {
  std::vector<std::uint32_t> begin;   // where each learner's answers begin, and where the last end
  std::vector<std::uint8_t> correct;  // 1 or 0
  std::vector<std::uint32_t> item;    // 0 … items - 1; empty: all alike
  std::vector<Micros> time;           // none before the learner's last; empty: not known
  std::size_t items = 1;

  std::size_t learners() const { return begin.empty() ? 0 : begin.size() - 1; }
};

struct TracingOptions {
  bool forgets = false;       // what is known may be lost from one answer to the next
  std::size_t restarts = 20;  // from places drawn by chance; the likeliest end is kept
  std::uint64_t seed = 1;
};

// Of one item of a skill.
struct TracingParameters {
  double known_first = 0.5;      // before the first answer
  double learn = 0, forget = 0;  // from one answer to the next
  double guess = 0, slip = 0;    // right though not known; wrong though known
};

// How likely a skill is known to a learner, and is not: both, since 1 - p of what is all but sure
// is lost to rounding, and doubt with it.
struct SkillState {
  double unknown = 0.5, known = 0.5;

  static SkillState first(const TracingParameters& skill) {
    return {1 - skill.known_first, skill.known_first};
  }
  // That the answer will be right.
  double right(const TracingParameters& skill) const {
    return unknown * skill.guess + known * (1 - skill.slip);
  }
  // After an answer, and at the next.
  SkillState answered(const TracingParameters& skill, bool correct) const;
  SkillState onward(const TracingParameters& skill) const {
    return {unknown * (1 - skill.learn) + known * skill.forget,
            known * (1 - skill.forget) + unknown * skill.learn};
  }
  // After so many half-lives without an answer: what is known beyond `known_first` halves with each
  // (exponential forgetting, as Settles and Meeder 2016, "A trainable spaced repetition model for
  // language learning", have it). What lies below does not move.
  SkillState faded(const TracingParameters& skill, double half_lives) const;
  // After how many half-lives that comes to less than `least`, which is known now; infinity for
  // never.
  double half_lives_until(const TracingParameters& skill, double least) const;
};

// A learner knows a skill or does not, and each answer gives a chance to learn it.
struct TracingModel {
  double known_first = 0.5;      // before the first answer
  double learn = 0, forget = 0;  // from one answer to the next
  std::vector<double> guess;     // of each item: right though not known
  std::vector<double> slip;      // wrong though known
  double log_likelihood = 0;
  bool converged = false;

  TracingParameters of_item(std::uint32_t item) const {
    return {known_first, learn, forget, guess[item], slip[item]};
  }
  // Of an item of the skill, whichever: the mean of all.
  TracingParameters usual() const;
};

// Corbett and Anderson 1995, "Knowledge tracing: modeling the acquisition of procedural knowledge",
// by maximum likelihood (Baum and Welch), from several starts of which the likelier half goes on
// again and again. Every fit keeps guess and slip at one half or below, so
// that knowing a skill always makes right answers likelier; otherwise the same likelihood may call
// the ignorant knowing (Baker, Corbett and Aleven 2008). Items with few answers are drawn towards
// the mean of all. The same for equal arguments.
TracingModel fit_tracing(const AnswerSequences& answers, const TracingOptions& options = {});

// How likely each answer was to be right, by those before it.
std::vector<double> foretell(const TracingModel& model, const AnswerSequences& answers);

// How likely the skill is known to each learner after their last answer.
std::vector<double> mastery(const TracingModel& model, const AnswerSequences& answers);

}  // namespace waymark::stats
