#pragma once

// For the tests of anomalies.

#include <string>
#include <string_view>
#include <vector>

#include "fold/anomalies.h"

namespace waymark::fold {

// A definition of the metric `clicks`, with calendars/terms.yaml of this content if there is any.
AnomaliesDefinition anomalies_of(std::string_view yaml, std::string_view calendar = "");

// So many days, weeks or months from 2026-01-05 on, a Monday; the last may be running.
std::vector<WatchedPeriod> periods_from(PeriodUnit grain, std::size_t count, bool complete = true);

// "ann critical below 2026-03-02 to 2026-03-04 (3), 0 and not 97", a line each; series are a, b, c.
std::vector<std::string> in_words(const std::vector<Alert>& alerts,
                                  const std::vector<WatchedPeriod>& periods);

}  // namespace waymark::fold
