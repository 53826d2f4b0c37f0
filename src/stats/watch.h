#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace waymark::stats {

// The probability of a score at least so far from 0, either way, by Student's t distribution with 4
// degrees of freedom: the tails that Lange, Little and Taylor (1989, "Robust statistical modeling
// using the t distribution") take where there are too few data to estimate them. A score of 5 then
// comes once in 130 periods; by the normal distribution it would never.
double tail_probability(double score);
// Its inverse, for 0 < probability <= 1, in closed form (Shaw 2006, "Sampling Student's T
// distribution").
double tail_score(double probability);

// How a number varies. Counts, and sums over things that are counted, vary in proportion to their
// size and by chance like Poisson's on top, shares like a binomial one; of other numbers nothing is
// known.
enum class NumberKind : unsigned char { kCount, kSum, kShare, kNumber };

// What the past of one series makes one expect of its next number, and how odd the number is.
// Causal: knows only what it was given before.
//
// Expected is the level, the median of the last kLevel numbers, and on top of it what the last
// kSame numbers of the same season stood above their own levels, in the median; so a steady trend
// is allowed for. Counts and sums are compared by their logarithms. The spread is the scaled median
// absolute deviation (Leys et al. 2013) of the last kErrors such expectations from what came, so it
// is that of forecasts and not of fits. A count's score is the difference of both numbers
// transformed so that their variance, mean + (spread * mean)^2, becomes 1 (Anscombe 1948, "The
// transformation of Poisson, binomial and negative-binomial data"): small counts cannot be odd.
class Watch {
 public:
  static constexpr std::size_t kLevel = 3, kBridge = 3;
  static constexpr std::size_t kSame = 8, kLeastSame = 2;
  static constexpr std::size_t kErrors = 56, kLeastErrors = 14;
  static constexpr std::size_t kPatience = 14, kGap = 2;
  static constexpr double kStillOdd = 0.2;

  struct Number {
    double value = 0;
    double n = 1;  // how many rows it rests on
    std::size_t season = 0;
    // What is known from elsewhere of how the period stands to others, such as what the same course
    // came to at the same time of an earlier presentation, as measured() says it. It is taken off
    // before numbers are compared, so only its ups and downs count.
    double reference = 0;
  };
  struct Judgement {
    double expected = 0;
    double score = 0;  // below 0: less than expected
    // The value that would have had this score; of counts and sums at least 0, of shares at most 1
    // too.
    double value_at(double score) const;

    NumberKind kind = NumberKind::kNumber;
    double spread = 0, unit = 1;
  };

  // `seasons_are_short`: they come again soon, such as days of the week, so a number is not judged
  // until its season has been seen kLeastSame times; up to kBridge periods without a number stand
  // in the level as they were expected, and after a longer break it must be learned again. Else,
  // such as for weeks of a term, a season that was never seen is taken for any other, and breaks do
  // not count.
  Watch(NumberKind kind, bool seasons_are_short)
      : kind_(kind), seasons_are_short_(seasons_are_short) {}

  // The number as it is compared with others: of counts and sums the logarithm. And back.
  double measured(double value) const;
  double value_of(double measure) const;
  // The variance of what is measured that chance alone explains.
  double chance_of(double expected, double n) const;
  // None while too little is known.
  std::optional<Judgement> judge(const Number& number) const;
  // Whether the number goes on with what has been odd before it: on the same side of what was
  // expected, and with a probability below kStillOdd. This is where a fault's end is told from an
  // hour of rest.
  bool goes_on(const Judgement& judgement) const;
  // Lets a period pass. A number that was found to be odd, or that goes on with such, is not
  // learned from, until after kPatience of them it is the new normal. More than kGap others between
  // two end a run.
  void learn(const Number& number, bool is_odd);
  // Whether there have been so many odd numbers in a row that they are learned from.
  bool has_new_normal() const { return odd_ > kPatience; }
  // Lets a period of this season pass whose number means nothing, if there is one.
  void skip(std::size_t season);

 private:
  struct Error {
    double size = 0;
    double chance = 0;  // the variance that chance alone explains
    double n = 1;
  };
  struct Recent {
    double value = 0, reference = 0;
  };
  double unit() const;
  std::optional<double> level() const;
  std::optional<double> rise(std::size_t season) const;
  double spread() const;

  NumberKind kind_;
  bool seasons_are_short_;
  std::deque<Recent> recent_;
  std::size_t skipped_ = 0;                          // since the last number
  std::map<std::size_t, std::deque<double>> rises_;  // above the level, by season
  std::deque<double> all_rises_;
  std::deque<Error> errors_;
  std::deque<double> units_;
  // The run of odd numbers: how many, how many others since the last, and on which side.
  std::size_t odd_ = 0, since_odd_ = 0;
  bool is_below_ = false;
};

}  // namespace waymark::stats
