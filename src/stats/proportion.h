#pragma once

#include "stats/bootstrap.h"

namespace waymark::stats {

// The 95 % score interval of a share, successes of trials (Wilson 1927, "Probable inference, the
// law of succession, and statistical inference"); NaN where there are no trials. Successes need not
// be whole.
Interval wilson_interval(double successes, double trials);

}  // namespace waymark::stats
