#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "stats/watch.h"

namespace waymark::fold {

// What has lasted: the last so many periods of a series, taken together, against what those before
// them make one expect.
struct Lasting {
  std::uint32_t first = 0;  // the earliest of the periods
  std::size_t over = 0;     // how many they are
  // Means of the periods. Outside of [low, high] they are odd even where no other series is.
  double value = 0, expected = 0, low = 0, high = 0;
  double score = 0;  // in spreads; below 0: less than expected
  bool is_odd = false;
};

// The slow look beside stats::Watch, for what is too little to be odd on a day and goes on: some
// periods together against earlier ones. Numbers are compared after a reference was taken off, such
// as the same time of an earlier presentation, so that a season is no decline; and with periods
// that end before those looked at begin, so that the level does not follow a slow decline.
//
// The change over a window is the median of its numbers less the median of those before it. Its
// spread is the scaled median absolute deviation (Leys et al. 2013) of such changes in the past of
// the series. They overlap, so a window's length of them says little more than one; so that of all
// series stands beside it with the weight of kPrior of them, as in a shrinkage estimate. Chance
// variation is always in it. Windows are judged each by itself, at a rate as many times that of a
// period as it has periods, since it is a new one only so often. Causal: knows only what it was
// given before.
class LastingLook {
 public:
  struct Window {
    std::size_t periods, before;
  };
  static constexpr std::array<Window, 3> kWindows{{{7, 14}, {14, 28}, {28, 28}}};
  // A window may hold so many periods without a number.
  static constexpr std::size_t kMostWithout = 14;
  // Of how many periods changes are remembered, and of how many they must be.
  static constexpr std::size_t kChanges = 112, kLeastChanges = 28;
  static constexpr double kPrior = 4;
  // What was odd in so many periods in a row is the new normal.
  static constexpr std::size_t kPatience = 56;

  struct Number {
    std::uint32_t period = 0;
    double value = 0, n = 1;
    double reference = 0;  // see stats::Watch::Number
  };

  explicit LastingLook(std::size_t series) : pasts_(series) {}

  // Lets a period of a series pass whose number means something.
  void learn(std::size_t series, const stats::Watch& watch, const Number& number);
  // What was before in a series is nothing to compare with any more.
  void forget(std::size_t series);
  // What has lasted up to the period, of each series; none where too little is known. Of the
  // windows it is the one that tells most. `rate`: of periods in which any series may be odd by
  // chance.
  std::vector<std::optional<Lasting>> judge(std::uint32_t period, double rate);

 private:
  struct Seen {
    Number number;
    double measure = 0, chance = 0;
    bool is_odd = false;  // was in a window that was
  };
  struct Change {
    double size = 0;
    double before = 0;  // the level that it is from
    double chance = 0;  // the variance that chance alone explains
  };
  struct Past {
    const stats::Watch* watch = nullptr;
    std::deque<Seen> seen;
    std::size_t odd = 0;                                      // periods in a row
    std::array<std::deque<double>, kWindows.size()> changes;  // without their direction
  };
  // The changes of all series over one window.
  struct Spread {
    std::deque<std::vector<Change>> changes;  // by period
    std::optional<double> variance() const;   // more than chance explains
  };

  std::vector<std::optional<Lasting>> judge(std::size_t window, std::uint32_t period, double rate);
  static std::optional<Change> change_of(const Past& past, const Window& window);
  static double spread_of(const Past& past, std::size_t window, const Change& change,
                          double variance);
  static Lasting described(const Past& past, std::size_t periods, const Change& change,
                           double spread, double reach);
  static void mark_odd(Past& past, std::size_t periods);

  std::vector<Past> pasts_;
  std::array<Spread, kWindows.size()> spreads_;
};

}  // namespace waymark::fold
