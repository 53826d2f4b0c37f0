#include "stats/distribution.h"

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <numbers>

namespace waymark::stats {

ChiSquaredTest chi_squared_test(double statistic, std::size_t degrees) {
  if (degrees == 0) return {0, 0, 1};
  if (std::isnan(statistic)) return {statistic, degrees, statistic};
  // Rounding may leave a statistic of 0 a little below it.
  const double kept = std::fmax(statistic, 0);
  return {kept, degrees, boost::math::gamma_q(static_cast<double>(degrees) / 2, kept / 2)};
}

double two_sided_probability(double z) { return std::erfc(std::abs(z) / std::numbers::sqrt2); }

double normal_quantile(double probability) {
  return -std::numbers::sqrt2 * boost::math::erfc_inv(2 * probability);
}

double binomial_tail(double hits, double trials, double probability) {
  return hits <= 0 ? 1 : boost::math::ibeta(hits, trials - hits + 1, probability);
}

double log_normal_tail(double z) {
  // erfc underflows beyond 37; there a continued fraction has long converged.
  constexpr double kFar = 30;
  if (z < kFar) return std::log(0.5 * std::erfc(z / std::numbers::sqrt2));
  double fraction = z;
  for (int k = 20; k > 0; --k) fraction = z + k / fraction;
  return -0.5 * z * z - std::log(fraction) - 0.5 * std::log(2 * std::numbers::pi);
}

}  // namespace waymark::stats
