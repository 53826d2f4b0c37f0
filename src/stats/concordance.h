#pragma once

#include <cstdint>
#include <span>

#include "stats/lifetimes.h"

namespace waymark::stats {

// Pairs of rows of which one is known to have had the event first, while the other was at risk: a
// row censored at the very time counts as later, two events at one time as no pair.
struct Concordance {
  std::uint64_t concordant = 0, discordant = 0;
  std::uint64_t tied_score = 0;  // the scores say nothing of the pair
  std::uint64_t tied_time = 0;   // two events at one time, in none of the others

  // The share of pairs put in the right order, ties of scores counting half; NaN without pairs.
  double value() const;
};

// Harrell, Lee and Mark 1996, "Multivariable prognostic models", with ties as R's survival counts
// them. `score`: higher means earlier, such as the log of a risk; one for each row, not NaN. Pairs
// are made within strata. Takes O(rows log rows).
Concordance concordance(const Lifetimes& lifetimes, std::span<const double> score);

}  // namespace waymark::stats
