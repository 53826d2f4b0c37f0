#include "stats/proportion.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/distribution.h"

namespace waymark::stats {

Interval wilson_interval(double successes, double trials) {
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  constexpr double kZ = kNormal95;
  if (trials <= 0) return {kMissing, kMissing};
  const double share = successes / trials;
  const double center = share + kZ * kZ / (2 * trials);
  const double half =
      kZ * std::sqrt(share * (1 - share) / trials + kZ * kZ / (4 * trials * trials));
  const double scale = 1 + kZ * kZ / trials;
  // Rounding must not take the ends from where they are exactly.
  return {successes <= 0 ? 0 : std::max(0.0, (center - half) / scale),
          successes >= trials ? 1 : std::min(1.0, (center + half) / scale)};
}

}  // namespace waymark::stats
