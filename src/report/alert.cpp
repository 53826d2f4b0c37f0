#include "report/alert.h"

#include <fmt/format.h>

#include <cmath>

#include "report/number.h"
#include "report/suppress.h"

namespace waymark::report {

double shown_value(const WatchedPeriod& period, std::int64_t least) {
  return too_few(period.learners, least) ? kUnknown : period.value;
}

std::string amount(double value, const Anomalies& anomalies) {
  if (anomalies.unit == "share") return percent(value, 1);
  return rounded(std::abs(value) >= 10 ? std::round(value) : value);
}

std::string sentence_of(const Anomalies& anomalies, const Alert& alert, std::int64_t least) {
  const WatchedSeries& series = anomalies.series[alert.series];
  const WatchedPeriod& peak = series.periods[alert.peak];
  const double value = shown_value(peak, least);
  const std::string what =
      title_of(anomalies.metric) + (series.of.empty() ? "" : " in " + series.of);
  const std::string expected = amount(peak.expected, anomalies);
  if (!std::isfinite(value)) {
    return fmt::format("{} stayed far {} the {} to be expected", what,
                       alert.above ? "above" : "below", expected);
  }
  return fmt::format("{} {} to {}, where {} were to be expected", what,
                     alert.above ? "rose" : "fell", amount(value, anomalies), expected);
}

}  // namespace waymark::report
