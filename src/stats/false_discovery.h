#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace waymark::stats {

// Which findings stand where many were looked for: the step-up procedure of Benjamini and Hochberg
// (1995, "Controlling the false discovery rate"). Of those it keeps, a share of at most `rate` is
// expected to be there by chance alone, and where all are, any is kept with at most that
// probability; also where tests rise and fall together (Benjamini and Yekutieli 2001). 1 for each
// that is kept, in the order of the probabilities; NaN never is.
std::vector<std::uint8_t> discoveries(std::span<const double> probability, double rate);

}  // namespace waymark::stats
