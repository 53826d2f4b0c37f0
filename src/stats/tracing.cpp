#include "stats/tracing.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <string>

#include "base/error.h"
#include "stats/expectation.h"
#include "stats/random.h"

namespace waymark::stats {
namespace {

constexpr double kLeast = 1e-6;  // probabilities of 0 and 1 would never change again
constexpr double kMostError = 0.5;
// Answers that contradict each other for long must not make both states impossible.
constexpr double kHardly = 1e-250, kSmall = 1e-20;
constexpr double kRough = 1e-3, kTolerance = 1e-6;
constexpr std::size_t kFirstRounds = 8, kRounds = 1000;
constexpr double kDraw = 4;  // answers' worth of the mean of all items that each item begins with

// A place: known_first, learn, forget, then guess of each item, then slip of each.
TracingModel model_at(const std::vector<double>& place, const TracingOptions& options,
                      std::size_t items) {
  const auto kept = [](double value, double most) { return std::clamp(value, kLeast, most); };
  TracingModel model{.known_first = kept(place[0], 1 - kLeast),
                     .learn = kept(place[1], 1 - kLeast),
                     .forget = options.forgets ? kept(place[2], 1 - kLeast) : 0,
                     .guess = {},
                     .slip = {}};
  for (std::size_t i = 0; i < items; ++i) {
    model.guess.push_back(kept(place[3 + i], kMostError));
    model.slip.push_back(kept(place[3 + items + i], kMostError));
  }
  return model;
}

std::vector<double> place_of(const TracingModel& model) {
  std::vector<double> place{model.known_first, model.learn, model.forget};
  place.insert(place.end(), model.guess.begin(), model.guess.end());
  place.insert(place.end(), model.slip.begin(), model.slip.end());
  return place;
}

// One learner's answers, or those of several who answered alike.
struct Sequence {
  std::span<const std::uint8_t> correct;
  std::span<const std::uint32_t> item;
  double weight = 1;

  std::uint32_t item_at(std::size_t i) const { return item.empty() ? 0 : item[i]; }
};

Sequence sequence(const AnswerSequences& answers, std::size_t learner) {
  const std::uint32_t begin = answers.begin[learner], size = answers.begin[learner + 1] - begin;
  return {std::span(answers.correct).subspan(begin, size),
          answers.item.empty() ? std::span<const std::uint32_t>()
                               : std::span(answers.item).subspan(begin, size),
          1};
}

// Where all items are alike, many learners answer alike.
std::vector<Sequence> distinct_sequences(const AnswerSequences& answers) {
  std::vector<Sequence> all;
  std::map<std::string, std::size_t> known;
  for (std::size_t learner = 0; learner < answers.learners(); ++learner) {
    const Sequence one = sequence(answers, learner);
    if (one.correct.empty()) continue;
    if (answers.item.empty()) {
      const auto [at, is_new] =
          known.emplace(std::string(one.correct.begin(), one.correct.end()), all.size());
      if (!is_new) {
        ++all[at->second].weight;
        continue;
      }
    }
    all.push_back(one);
  }
  return all;
}

// The likelihood of an answer where the skill is not known, and where it is.
struct Emission {
  double unknown, known;
};

Emission emission(const TracingModel& model, std::uint32_t item, bool correct) {
  return correct ? Emission{model.guess[item], 1 - model.slip[item]}
                 : Emission{1 - model.guess[item], model.slip[item]};
}

// What is expected of the hidden states, summed over learners.
struct Expected {
  explicit Expected(std::size_t items)
      : unknown(items, 0), unknown_right(items, 0), known(items, 0), known_wrong(items, 0) {}

  double log_likelihood = 0, learners = 0, known_first = 0;
  double from_unknown = 0, learned = 0, from_known = 0, forgotten = 0;
  std::vector<double> unknown, unknown_right, known, known_wrong;  // answers of each item
};

// Here a SkillState is how likely the answers on one side of a place are with each state there, up
// to a common factor. Brings it back from vanishing; the log of what it was divided by.
double rescale(SkillState& state) {
  const double sum = state.unknown + state.known;
  if (sum > kSmall) return 0;
  state.unknown /= sum;
  state.known /= sum;
  return std::log(sum);
}

// Rabiner 1989, forward and backward. `so_far` is room to work in.
void expect(const TracingModel& model, const Sequence& one, std::vector<SkillState>& so_far,
            Expected& sums) {
  const std::size_t size = one.correct.size();
  const double learn = model.learn, forget = model.forget;
  so_far.resize(size);
  const TracingParameters skill = model.of_item(0);
  SkillState now = SkillState::first(skill);
  double log_likelihood = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const auto [u, k] = emission(model, one.item_at(i), one.correct[i] != 0);
    now = {now.unknown * u, now.known * k};
    log_likelihood += rescale(now);
    so_far[i] = now;
    now = now.onward(skill);
  }
  log_likelihood += std::log(so_far.back().unknown + so_far.back().known);
  sums.log_likelihood += one.weight * log_likelihood;
  sums.learners += one.weight;
  SkillState next{1, 1};  // of the answer after this one and those that follow
  for (std::size_t i = size; i-- > 0;) {
    const std::uint32_t item = one.item_at(i);
    const bool correct = one.correct[i] != 0, is_last = i + 1 == size;
    const SkillState later = is_last
                                 ? SkillState{1, 1}
                                 : SkillState{(1 - learn) * next.unknown + learn * next.known,
                                              (1 - forget) * next.known + forget * next.unknown};
    const SkillState way{so_far[i].unknown * later.unknown, so_far[i].known * later.known};
    const double scale = one.weight / (way.unknown + way.known);
    const double unknown = way.unknown * scale, known = way.known * scale;
    if (!is_last) {
      sums.from_unknown += unknown;
      sums.learned += so_far[i].unknown * learn * next.known * scale;
      sums.from_known += known;
      sums.forgotten += so_far[i].known * forget * next.unknown * scale;
    }
    sums.unknown[item] += unknown;
    sums.known[item] += known;
    (correct ? sums.unknown_right[item] : sums.known_wrong[item]) += correct ? unknown : known;
    if (i == 0) sums.known_first += known;
    const auto [u, k] = emission(model, item, correct);
    next = {u * later.unknown, k * later.known};
    rescale(next);
    next = {std::max(next.unknown, kHardly), std::max(next.known, kHardly)};
  }
}

double share(double part, double whole, double otherwise) {
  return whole > 0 ? part / whole : otherwise;
}

TracingModel maximise(const TracingModel& model, const Expected& sums) {
  TracingModel next = model;
  next.known_first = share(sums.known_first, sums.learners, model.known_first);
  next.learn = share(sums.learned, sums.from_unknown, model.learn);
  next.forget = share(sums.forgotten, sums.from_known, model.forget);
  const auto total = [](const std::vector<double>& of) {
    double sum = 0;
    for (const double value : of) sum += value;
    return sum;
  };
  const double guess = share(total(sums.unknown_right), total(sums.unknown), model.guess[0]);
  const double slip = share(total(sums.known_wrong), total(sums.known), model.slip[0]);
  const std::size_t items = model.guess.size();
  const double draw = items > 1 ? kDraw : 0;
  for (std::size_t i = 0; i < items; ++i) {
    next.guess[i] = share(sums.unknown_right[i] + draw * guess, sums.unknown[i] + draw, guess);
    next.slip[i] = share(sums.known_wrong[i] + draw * slip, sums.known[i] + draw, slip);
  }
  return next;
}

// Calls visit(answer, probability that it is right); how likely the skill is known after the last.
template <typename Visit>
double follow(const TracingModel& model, const Sequence& one, const Visit& visit) {
  SkillState after{1 - model.known_first, model.known_first};
  for (std::size_t i = 0; i < one.correct.size(); ++i) {
    const TracingParameters item = model.of_item(one.item_at(i));
    const SkillState now = i == 0 ? after : after.onward(item);
    visit(i, now.right(item));
    after = now.answered(item, one.correct[i] != 0);
  }
  return after.known;
}

}  // namespace

SkillState SkillState::answered(const TracingParameters& skill, bool correct) const {
  const double if_unknown = unknown * (correct ? skill.guess : 1 - skill.guess);
  const double if_known = known * (correct ? 1 - skill.slip : skill.slip);
  const double sum = if_unknown + if_known;
  return {if_unknown / sum, if_known / sum};
}

SkillState SkillState::faded(const TracingParameters& skill, double half_lives) const {
  const double learned = known - skill.known_first;
  if (learned <= 0 || half_lives <= 0) return *this;
  const double kept = skill.known_first + learned * std::exp2(-half_lives);
  return {1 - kept, kept};
}

double SkillState::half_lives_until(const TracingParameters& skill, double least) const {
  if (least <= skill.known_first) return std::numeric_limits<double>::infinity();
  return std::log2((known - skill.known_first) / (least - skill.known_first));
}

TracingParameters TracingModel::usual() const {
  const auto mean = [](const std::vector<double>& of) {
    return std::reduce(of.begin(), of.end()) / static_cast<double>(of.size());
  };
  return {known_first, learn, forget, mean(guess), mean(slip)};
}

TracingModel fit_tracing(const AnswerSequences& answers, const TracingOptions& options) {
  WAYMARK_CHECK(answers.item.empty() || answers.item.size() == answers.correct.size());
  const std::vector<Sequence> sequences = distinct_sequences(answers);
  const std::size_t items = answers.items;
  std::vector<SkillState> room;
  const auto round = [&](const std::vector<double>& place) {
    const TracingModel model = model_at(place, options, items);
    Expected sums(items);
    for (const Sequence& one : sequences) expect(model, one, room, sums);
    return ExpectationRound{sums.log_likelihood,
                            place_of(model_at(place_of(maximise(model, sums)), options, items))};
  };
  Random random(options.seed);
  const auto uniform = [&](double most) {
    return most * static_cast<double>(random.next() >> 11) * 0x1p-53;
  };
  std::vector<ExpectationTop> tops;
  for (std::size_t restart = 0; restart < std::max<std::size_t>(1, options.restarts); ++restart) {
    TracingModel start{.known_first = uniform(1), .learn = uniform(0.5), .forget = uniform(0.2)};
    start.guess.assign(items, uniform(kMostError));
    start.slip.assign(items, uniform(kMostError));
    tops.push_back({.place = place_of(model_at(place_of(start), options, items))});
  }
  // Who lies behind after some rounds seldom wins: the likelier half goes on, twice as far.
  for (std::size_t rounds = kFirstRounds; tops.size() > 1; rounds *= 2) {
    for (ExpectationTop& top : tops) {
      top = climb_by_expectation(round, std::move(top.place), kRough, rounds);
    }
    std::ranges::stable_sort(tops, std::greater(), &ExpectationTop::log_likelihood);
    tops.resize((tops.size() + 1) / 2);
  }
  const ExpectationTop best =
      climb_by_expectation(round, std::move(tops[0].place), kTolerance, kRounds);
  TracingModel model = model_at(best.place, options, items);
  model.log_likelihood = best.log_likelihood;
  model.converged = best.converged;
  return model;
}

std::vector<double> foretell(const TracingModel& model, const AnswerSequences& answers) {
  std::vector<double> right(answers.correct.size());
  for (std::size_t learner = 0; learner < answers.learners(); ++learner) {
    const std::size_t begin = answers.begin[learner];
    follow(model, sequence(answers, learner),
           [&](std::size_t i, double probability) { right[begin + i] = probability; });
  }
  return right;
}

std::vector<double> mastery(const TracingModel& model, const AnswerSequences& answers) {
  std::vector<double> known;
  for (std::size_t learner = 0; learner < answers.learners(); ++learner) {
    known.push_back(follow(model, sequence(answers, learner), [](std::size_t, double) {}));
  }
  return known;
}

}  // namespace waymark::stats
