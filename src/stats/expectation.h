#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace waymark::stats {

// One round of expectation and maximisation: what the log-likelihood is at a place, and where the
// round leads from there.
struct ExpectationRound {
  double log_likelihood = 0;
  std::vector<double> next;
};

struct ExpectationTop {
  std::vector<double> place;
  double log_likelihood = 0;
  std::size_t rounds = 0;
  bool converged = false;
};

// Climbs by rounds that never lead down (Dempster, Laird and Rubin 1977), and by the leaps that
// they point to as long as those do not either (Varadhan and Roland 2008, "Simple and globally
// convergent methods for accelerating the convergence of any EM algorithm", S3). Near enough is
// where a round moves no coordinate by more than `tolerance`, or adds less than `least_gain` to the
// log-likelihood.
ExpectationTop climb_by_expectation(
    const std::function<ExpectationRound(const std::vector<double>&)>& round,
    std::vector<double> start, double tolerance, std::size_t most_rounds, double least_gain = 0);

}  // namespace waymark::stats
