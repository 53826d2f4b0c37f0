#include "stats/tracing.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "base/error.h"
#include "stats/expectation.h"
#include "stats/random.h"

namespace waymark::stats {
namespace {

constexpr double kLeast = 1e-6;  // probabilities of 0 and 1 would never change again
constexpr double kMostError = 0.5;
// Answers that contradict each other for long must not make both states impossible.
constexpr double kHardly = 1e-300;
constexpr double kRough = 1e-3, kTolerance = 1e-6;
constexpr std::size_t kRoughRounds = 100, kRounds = 1000;
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

// How likely the skill is known at the next answer.
double onward(const TracingModel& model, double after) {
  return after * (1 - model.forget) + (1 - after) * model.learn;
}

// What is expected of the hidden states, summed over learners.
struct Expected {
  explicit Expected(std::size_t items)
      : unknown(items, 0), unknown_right(items, 0), known(items, 0), known_wrong(items, 0) {}

  double log_likelihood = 0, learners = 0, known_first = 0;
  double from_unknown = 0, learned = 0, from_known = 0, forgotten = 0;
  std::vector<double> unknown, unknown_right, known, known_wrong;  // answers of each item
};

// Rabiner 1989, forward and backward, scaled.
void expect(const TracingModel& model, const Sequence& one, std::vector<double>& before,
            Expected& sums) {
  const std::size_t size = one.correct.size();
  before.resize(size);
  double so_far = model.known_first, log_likelihood = 0;
  for (std::size_t i = 0; i < size; ++i) {
    before[i] = so_far;
    const auto [u, k] = emission(model, one.item_at(i), one.correct[i] != 0);
    const double likelihood = so_far * k + (1 - so_far) * u;
    log_likelihood += std::log(likelihood);
    so_far = onward(model, so_far * k / likelihood);
  }
  sums.log_likelihood += one.weight * log_likelihood;
  sums.learners += one.weight;
  // How likely what follows is from each state, up to a common factor.
  double later_unknown = 1, later_known = 1;
  for (std::size_t i = size; i-- > 0;) {
    const std::uint32_t item = one.item_at(i);
    const bool correct = one.correct[i] != 0;
    const auto [u, k] = emission(model, item, correct);
    // By the answers up to this one; from here the four ways on to the next.
    const double likelihood = before[i] * k + (1 - before[i]) * u;
    const double known = before[i] * k / likelihood, unknown = (1 - before[i]) * u / likelihood;
    double way_known = known, way_unknown = unknown;
    if (i + 1 < size) {
      const double stay = known * (1 - model.forget) * later_known;
      const double lose = known * model.forget * later_unknown;
      const double gain = unknown * model.learn * later_known;
      const double lack = unknown * (1 - model.learn) * later_unknown;
      const double scale = one.weight / (stay + lose + gain + lack);
      sums.from_known += (stay + lose) * scale;
      sums.forgotten += lose * scale;
      sums.from_unknown += (gain + lack) * scale;
      sums.learned += gain * scale;
      way_known = stay + lose;
      way_unknown = gain + lack;
    }
    const double known_here = one.weight * way_known / (way_known + way_unknown);
    const double unknown_here = one.weight - known_here;
    sums.known[item] += known_here;
    sums.unknown[item] += unknown_here;
    if (correct) {
      sums.unknown_right[item] += unknown_here;
    } else {
      sums.known_wrong[item] += known_here;
    }
    if (i == 0) sums.known_first += known_here;
    // Back over this answer and the step to it.
    const double from_known =
        i + 1 < size ? (1 - model.forget) * later_known + model.forget * later_unknown : 1;
    const double from_unknown =
        i + 1 < size ? model.learn * later_known + (1 - model.learn) * later_unknown : 1;
    later_known = k * from_known;
    later_unknown = u * from_unknown;
    const double scale = later_known + later_unknown;
    later_known = std::max(later_known / scale, kHardly);
    later_unknown = std::max(later_unknown / scale, kHardly);
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

// Calls visit(answer, probability that it is right, that the skill is known before it).
template <typename Visit>
double follow(const TracingModel& model, const Sequence& one, const Visit& visit) {
  double known = model.known_first, after = known;
  for (std::size_t i = 0; i < one.correct.size(); ++i) {
    const auto [u, k] = emission(model, one.item_at(i), true);
    const double right = known * k + (1 - known) * u;
    visit(i, right);
    after = one.correct[i] != 0 ? known * k / right : known * (1 - k) / (1 - right);
    known = onward(model, after);
  }
  return after;
}

}  // namespace

TracingModel fit_tracing(const AnswerSequences& answers, const TracingOptions& options) {
  WAYMARK_CHECK(answers.item.empty() || answers.item.size() == answers.correct.size());
  const std::vector<Sequence> sequences = distinct_sequences(answers);
  const std::size_t items = answers.items;
  std::vector<double> before;
  const auto round = [&](const std::vector<double>& place) {
    const TracingModel model = model_at(place, options, items);
    Expected sums(items);
    for (const Sequence& one : sequences) expect(model, one, before, sums);
    return ExpectationRound{sums.log_likelihood,
                            place_of(model_at(place_of(maximise(model, sums)), options, items))};
  };
  Random random(options.seed);
  const auto uniform = [&](double most) {
    return most * static_cast<double>(random.next() >> 11) * 0x1p-53;
  };
  ExpectationTop best;
  for (std::size_t restart = 0; restart < std::max<std::size_t>(1, options.restarts); ++restart) {
    TracingModel start{.known_first = uniform(1), .learn = uniform(0.5), .forget = uniform(0.2)};
    start.guess.assign(items, uniform(kMostError));
    start.slip.assign(items, uniform(kMostError));
    ExpectationTop top = climb_by_expectation(
        round, place_of(model_at(place_of(start), options, items)), kRough, kRoughRounds);
    if (restart == 0 || top.log_likelihood > best.log_likelihood) best = std::move(top);
  }
  best = climb_by_expectation(round, best.place, kTolerance, kRounds);
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
