#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "stats/bootstrap.h"

namespace waymark::stats {

// So many of so many.
struct Share {
  double part = 0, whole = 0;
  double value() const { return part / whole; }  // NaN of nothing
};

// The share with Wilson's score interval.
Estimate share_of(Share share);

// one - other, with the interval of Newcombe 1998, "Interval estimation for the difference between
// independent proportions: comparison of eleven methods", method 10 (Wilson's limits, combined):
// sound for small groups and for shares of 0 and 1.
Estimate share_difference(Share one, Share other);

// one / other, with the score interval of Koopman 1984, "Confidence intervals for the ratio of two
// binomial proportions". Infinite upwards where other.part is 0. Of selection rates this is the
// disparate impact of the four-fifths rule.
Estimate share_ratio(Share one, Share other);

// How a yes-or-no forecast treats one group.
struct GroupRates {
  std::size_t rows = 0, positives = 0;
  Share selected;        // called, of all
  Share true_positive;   // called, of those that came true
  Share false_positive;  // called, of those that did not
  double predicted = 0;  // mean probability; beside the share that came true: calibration
  Share observed;        // came true, of all
  double roc_auc = 0;
};
// `probability`, `called` (0 or 1) and `positive` of the group's rows.
GroupRates group_rates(std::span<const double> probability, std::span<const std::uint8_t> called,
                       std::span<const std::uint8_t> positive);

// Absolute between-ROC area (Gardner, Brooks and Baker 2019, "Evaluating the fairness of predictive
// student models through slicing analysis"): the area between the ROC curves of two groups, exact
// for curves of straight pieces. 0: one curve; at most 1. NaN where a group lacks a class. Of small
// groups it is above 0 by chance alone, so it comes with a permutation test: the share of
// `permutations` random assignments of rows to the two groups, of the same sizes, in which it is at
// least as large, counting the one there is (Phipson and Smyth 2010).
struct CurveGap {
  double area = 0;
  double probability = 1;
};
// `in_second`: 0 or 1, which of the two groups a row is of.
CurveGap curve_gap(std::span<const double> score, std::span<const std::uint8_t> positive,
                   std::span<const std::uint8_t> in_second, std::size_t permutations,
                   std::uint64_t seed);

}  // namespace waymark::stats
