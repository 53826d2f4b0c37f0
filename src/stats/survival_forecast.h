#pragma once

#include <span>

#include "stats/lifetimes.h"

namespace waymark::stats {

// How far forecasts of being without the event at `time` lie from what was seen: the mean squared
// error, in which rows that were censored before count nothing and those that were not stand for
// them too, by the inverse of their probability of not having been censored (Graf et al. 1999,
// "Assessment and comparison of prognostic classification schemes for survival data"). That
// probability is Kaplan and Meier's of the censoring itself, just before a row's event or `time`;
// events at one time come before censoring, so that who is censored at `time` is known to be
// without the event then. `survival`: each row's forecast, in [0, 1]. 0.25 is what saying one half
// to all would give. NaN where nobody was watched for so long. Rows may not start late.
double brier_score_at(const Lifetimes& lifetimes, std::span<const double> survival, double time);

}  // namespace waymark::stats
