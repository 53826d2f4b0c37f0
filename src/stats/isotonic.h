#pragma once

#include <span>
#include <vector>

namespace waymark::stats {

// A curve that never falls: straight between its points, level outside of them.
struct RisingCurve {
  std::vector<double> at;     // rising
  std::vector<double> value;  // never falling; as many
  // NaN of a curve without points.
  double apply(double x) const;
};

// The curve that never falls and is nearest to `y` at `x` in the sum of squares, by pooling
// adjacent violators (Ayer et al. 1955, "An empirical distribution function for sampling with
// incomplete information"; of forecasts against what came true: Zadrozny and Elkan 2002,
// "Transforming classifier scores into accurate multiclass probability estimates"). Values at the
// same x are taken together first; a pool is level from its first x to its last. As many of both,
// none NaN.
RisingCurve fit_rising(std::span<const double> x, std::span<const double> y);

}  // namespace waymark::stats
