#pragma once

#include <string>

#include "report/content.h"

namespace waymark::report {

// The period's value, unless fewer than `least` learners are behind it.
double shown_value(const WatchedPeriod& period, std::int64_t least);

// As exactly as it matters: "730", "3.4", "12.5%".
std::string amount(double value, const Anomalies& anomalies);

// The alert's value and what was expected: of its worst period or, of what lasted, the mean of its
// periods. The value is hidden where that of its worst period is.
struct AlertNumbers {
  double value = kUnknown, expected = kUnknown;
  double share() const { return value / expected - 1; }  // -0.25: a quarter less
};
AlertNumbers numbers_of(const Anomalies& anomalies, const Alert& alert, std::int64_t least);

// "Active learners in BBB/2013J fell to 55, where 730 were to be expected"; "… averaged 221 over
// 14 days, where 352 were to be expected"
std::string sentence_of(const Anomalies& anomalies, const Alert& alert, std::int64_t least);

}  // namespace waymark::report
