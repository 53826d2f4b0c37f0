#include "stats/fading.h"

#include <Eigen/Core>
#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>

#include "base/error.h"
#include "stats/calibration.h"
#include "stats/descent.h"

namespace waymark::stats {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kDraw = 0.01;       // of the penalty on each number
constexpr double kLeast = 1e-9;      // of a share: no answer may be impossible
constexpr double kMostLogOdds = 5;   // to begin at: beyond, nothing moves any more
constexpr double kWithin = 1.92073;  // half the 95 % point of chi-squared with 1 degree of freedom
constexpr double kStep = 4;          // octaves of the first search
constexpr double kNear = 0.05;       // octaves to which the interval's ends are found
constexpr int kBits = 7;             // to which the top's octave is
constexpr std::uintmax_t kMostRounds = 20;

double days_between(const AnswerSequences& answers, std::size_t i) {
  return static_cast<double>(answers.time[i] - answers.time[i - 1]) /
         static_cast<double>(kMicrosPerDay);
}

double half_lives(double days, double half_life) { return days > 0 ? days / half_life : 0; }

// A number, and how it moves with the four that are free.
struct Moving {
  double value;
  Eigen::Array4d slope = Eigen::Array4d::Zero();
};
Moving operator+(const Moving& a, const Moving& b) {
  return {a.value + b.value, a.slope + b.slope};
}
Moving operator-(const Moving& a, const Moving& b) {
  return {a.value - b.value, a.slope - b.slope};
}
Moving operator*(const Moving& a, const Moving& b) {
  return {a.value * b.value, a.slope * b.value + a.value * b.slope};
}
Moving operator/(const Moving& a, const Moving& b) {
  const double inverse = 1 / b.value, value = a.value * inverse;
  return {value, (a.slope - value * b.slope) * inverse};
}
Moving operator*(double by, const Moving& a) { return {by * a.value, by * a.slope}; }
Moving rest_of(const Moving& a) { return {1 - a.value, -a.slope}; }

// How far each of the four has moved from where it began, in log-odds.
using Place = std::vector<double>;

double penalty(const Place& place) {
  return 0.5 * kDraw * std::inner_product(place.begin(), place.end(), place.begin(), 0.0);
}

// most * logistic(began + moved), of which the latter is coordinate `which`.
Moving share(double most, double began, const Place& moved, int which) {
  const double part = std::max(kLeast, logistic(began + moved[static_cast<std::size_t>(which)]));
  Moving share{most * part};
  share.slope[which] = most * part * (1 - part);
  return share;
}

// Log-odds of a share of `most`.
double log_odds(double share, double most) {
  return std::clamp(logit(share / most), -kMostLogOdds, kMostLogOdds);
}

// The likelihood of half-lives, the other numbers at their best for each.
class Profile {
 public:
  struct Top {
    double log_likelihood;  // less the penalty
    Place place;
  };

  Profile(const AnswerSequences& answers, const TracingModel& start)
      : answers_(answers),
        known_first_(log_odds(start.known_first, 1)),
        learn_(log_odds(start.learn, 1)),
        kept_(answers.correct.size(), 1) {
    for (const double guess : start.guess) guess_.push_back(log_odds(guess, kMostError));
    for (const double slip : start.slip) slip_.push_back(log_odds(slip, kMostError));
  }

  // By the logs to base 2 of half-lives in days.
  const std::map<double, Top>& tops() const { return tops_; }

  // Climbs from there, and keeps what is higher than what was known.
  const Top& climb(double octave, const Place& from) {
    for (std::size_t learner = 0; learner < answers_.learners(); ++learner) {
      for (std::size_t i = answers_.begin[learner] + 1; i < answers_.begin[learner + 1]; ++i) {
        kept_[i] = std::exp2(-half_lives(days_between(answers_, i), std::exp2(octave)));
      }
    }
    Top top{0, descend(from, {.epsilon = 1e-5, .max_iterations = 100},
                       [this](std::span<const double> x, std::span<double> gradient) {
                         const auto size = static_cast<double>(answers_.correct.size());
                         const double cost = this->cost({x.begin(), x.end()}, gradient);
                         for (double& slope : gradient) slope /= size;
                         return cost / size;
                       })};
    Place slopes(4);
    top.log_likelihood = -cost(top.place, slopes);
    const auto [known, is_new] = tops_.try_emplace(octave, top);
    if (!is_new && top.log_likelihood > known->second.log_likelihood) known->second = top;
    return known->second;
  }
  // The same, from the nearest that is known.
  double climb(double octave) {
    const auto above = tops_.lower_bound(octave);
    const bool is_below =
        above == tops_.end() ||
        (above != tops_.begin() && octave - std::prev(above)->first < above->first - octave);
    return climb(octave, Place((is_below ? std::prev(above) : above)->second.place)).log_likelihood;
  }

  TracingModel model(const Place& place) const {
    const Numbers at = numbers(place);
    TracingModel model{.known_first = at.known_first.value, .learn = at.learn.value};
    for (const Moving& guess : at.guess) model.guess.push_back(guess.value);
    for (const Moving& slip : at.slip) model.slip.push_back(slip.value);
    return model;
  }

 private:
  static constexpr double kMostError = 0.5;  // as fit_tracing() has it

  struct Numbers {
    Moving known_first, learn;
    std::vector<Moving> guess, slip;
  };
  Numbers numbers(const Place& place) const {
    Numbers at{share(1, known_first_, place, 0), share(1, learn_, place, 1), {}, {}};
    for (const double guess : guess_) at.guess.push_back(share(kMostError, guess, place, 2));
    for (const double slip : slip_) at.slip.push_back(share(kMostError, slip, place, 3));
    return at;
  }

  // The penalty less the log-likelihood, as SkillState follows answers.
  double cost(const Place& place, std::span<double> gradient) const {
    const Numbers at = numbers(place);
    Moving sum{0};
    for (std::size_t learner = 0; learner < answers_.learners(); ++learner) {
      const std::size_t begin = answers_.begin[learner];
      Moving known = at.known_first;
      for (std::size_t i = begin; i < answers_.begin[learner + 1]; ++i) {
        if (i > begin) {
          known = known + rest_of(known) * at.learn;
          if (known.value > at.known_first.value && kept_[i] < 1) {
            known = at.known_first + kept_[i] * (known - at.known_first);
          }
        }
        const std::size_t item = answers_.item.empty() ? 0 : answers_.item[i];
        const bool is_right = answers_.correct[i] != 0;
        const Moving if_known = is_right ? rest_of(at.slip[item]) : at.slip[item];
        const Moving if_unknown = is_right ? at.guess[item] : rest_of(at.guess[item]);
        const Moving way = known * if_known;
        const Moving all = way + rest_of(known) * if_unknown;
        sum.value -= std::log(all.value);
        sum.slope -= all.slope * (1 / all.value);
        known = way / all;
      }
    }
    for (std::size_t i = 0; i < place.size(); ++i) {
      gradient[i] = sum.slope[static_cast<Eigen::Index>(i)] + kDraw * place[i];
    }
    return sum.value + penalty(place);
  }

  const AnswerSequences& answers_;
  double known_first_, learn_;
  std::vector<double> guess_, slip_, kept_;
  std::map<double, Top> tops_;
};

using Tops = std::map<double, Profile::Top>;

Tops::const_iterator highest(const Tops& tops) {
  return std::ranges::max_element(tops, {},
                                  [](const auto& top) { return top.second.log_likelihood; });
}

// The places of the first search: from never down to at once, by steps from well beyond the longest
// time between two answers to well below the shortest. None where there are no such times.
std::vector<double> octaves(const AnswerSequences& answers) {
  double shortest = kNever, longest = 0;
  for (std::size_t learner = 0; learner < answers.learners(); ++learner) {
    for (std::size_t i = answers.begin[learner] + 1; i < answers.begin[learner + 1]; ++i) {
      const double days = days_between(answers, i);
      if (days <= 0) continue;
      shortest = std::min(shortest, days);
      longest = std::max(longest, days);
    }
  }
  if (longest == 0) return {};
  std::vector<double> octaves{kNever};
  for (double at = std::log2(longest) + 6; at > std::log2(shortest) - 2 - kStep; at -= kStep) {
    octaves.push_back(at);
  }
  octaves.push_back(-kNever);
  return octaves;
}

// Brent 1973, about the highest that is known.
void refine(Profile& profile) {
  const double middle = highest(profile.tops())->first;
  if (std::isinf(middle)) return;
  std::uintmax_t most = kMostRounds;
  boost::math::tools::brent_find_minima([&](double octave) { return -profile.climb(octave); },
                                        middle - kStep, middle + kStep, kBits, most);
}

// Where the likelihood crosses the bound between two neighbours, of which one lies below it
// (Alefeld, Potra and Shi 1995). Where either is without end, the one below: too wide rather than
// too narrow.
double edge(Profile& profile, Tops::value_type a, Tops::value_type b, double bound) {
  const auto above = [&](const Tops::value_type& at) { return at.second.log_likelihood - bound; };
  if (std::isinf(a.first) || std::isinf(b.first)) return above(a) < 0 ? a.first : b.first;
  std::uintmax_t most = kMostRounds;
  const auto [from, to] = boost::math::tools::toms748_solve(
      [&](double octave) { return profile.climb(octave) - bound; }, a.first, b.first, above(a),
      above(b), [](double x, double y) { return std::abs(x - y) < kNear; }, most);
  return (from + to) / 2;
}

Interval interval_of(Profile& profile) {
  const double bound = highest(profile.tops())->second.log_likelihood - kWithin;
  const auto is_within = [&](const auto& top) { return top.second.log_likelihood >= bound; };
  const Tops tops = profile.tops();
  const auto low = std::ranges::find_if(tops, is_within);
  const auto high = std::prev(std::find_if(tops.rbegin(), tops.rend(), is_within).base());
  return {low == tops.begin() ? 0 : std::exp2(edge(profile, *std::prev(low), *low, bound)),
          std::next(high) == tops.end() ? kNever
                                        : std::exp2(edge(profile, *high, *std::next(high), bound))};
}

}  // namespace

FadingModel fit_fading(const AnswerSequences& answers, const TracingModel& start,
                       bool with_interval) {
  WAYMARK_CHECK(answers.time.size() == answers.correct.size());
  Profile profile(answers, start);
  const std::vector<double> first = octaves(answers);
  FadingModel fading{.model = start, .half_life_days = {kNever, {0, kNever}}};
  fading.model.forget = 0;
  if (first.empty()) return fading;
  Place place(4, 0.0);
  for (const double at : first) place = profile.climb(at, place).place;
  // A top that only shows from the other side.
  for (auto at = first.rbegin(); at != first.rend(); ++at) place = profile.climb(*at, place).place;
  refine(profile);
  const auto top = highest(profile.tops());
  fading.model = profile.model(top->second.place);
  fading.model.log_likelihood = top->second.log_likelihood + penalty(top->second.place);
  fading.model.converged = start.converged;
  fading.half_life_days.value = std::exp2(top->first);
  if (with_interval) fading.half_life_days.interval = interval_of(profile);
  return fading;
}

std::vector<double> foretell(const FadingModel& fading, const AnswerSequences& answers) {
  std::vector<double> right;
  for (std::size_t learner = 0; learner < answers.learners(); ++learner) {
    SkillState now = SkillState::first(fading.model.of_item(0));
    for (std::size_t i = answers.begin[learner]; i < answers.begin[learner + 1]; ++i) {
      const TracingParameters item =
          fading.model.of_item(answers.item.empty() ? 0 : answers.item[i]);
      if (i > answers.begin[learner]) {
        now = now.onward(item).faded(
            item, half_lives(days_between(answers, i), fading.half_life_days.value));
      }
      right.push_back(now.right(item));
      now = now.answered(item, answers.correct[i] != 0);
    }
  }
  return right;
}

}  // namespace waymark::stats
