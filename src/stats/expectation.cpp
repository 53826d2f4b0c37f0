#include "stats/expectation.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace waymark::stats {
namespace {

double longest_move(const std::vector<double>& from, const std::vector<double>& to) {
  double longest = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    longest = std::max(longest, std::abs(to[i] - from[i]));
  }
  return longest;
}

// Where two rounds from a place point to; empty where they point nowhere.
std::vector<double> leap(const std::vector<double>& place, const std::vector<double>& once,
                         const std::vector<double>& twice) {
  double step = 0, bend = 0;
  for (std::size_t i = 0; i < place.size(); ++i) {
    const double r = once[i] - place[i], v = twice[i] - once[i] - r;
    step += r * r;
    bend += v * v;
  }
  if (!(bend > 0)) return {};
  const double length = std::sqrt(step / bend);
  if (length <= 1) return {};
  std::vector<double> there(place.size());
  for (std::size_t i = 0; i < place.size(); ++i) {
    const double r = once[i] - place[i], v = twice[i] - once[i] - r;
    there[i] = place[i] + 2 * length * r + length * length * v;
  }
  return there;
}

}  // namespace

ExpectationTop climb_by_expectation(
    const std::function<ExpectationRound(const std::vector<double>&)>& round,
    std::vector<double> start, double tolerance, std::size_t most_rounds, double least_gain) {
  ExpectationTop top{.place = std::move(start)};
  ExpectationRound here = round(top.place);
  double before = -std::numeric_limits<double>::infinity();
  for (top.rounds = 1; top.rounds < most_rounds;) {
    top.converged = longest_move(top.place, here.next) <= tolerance ||
                    (least_gain > 0 && here.log_likelihood - before < least_gain);
    if (top.converged) break;
    before = here.log_likelihood;
    ExpectationRound once = round(here.next);
    ++top.rounds;
    const std::vector<double> far = leap(top.place, here.next, once.next);
    top.place = std::move(here.next);
    here = std::move(once);
    if (far.empty()) continue;
    ExpectationRound there = round(far);
    ++top.rounds;
    if (!(there.log_likelihood >= here.log_likelihood)) continue;
    top.place = far;
    here = std::move(there);
  }
  top.log_likelihood = here.log_likelihood;
  return top;
}

}  // namespace waymark::stats
