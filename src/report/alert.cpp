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

AlertNumbers numbers_of(const Anomalies& anomalies, const Alert& alert, std::int64_t least) {
  const WatchedPeriod& peak = anomalies.series[alert.series].periods[alert.peak];
  const double value = shown_value(peak, least);
  if (alert.over == 1) return {value, peak.expected};
  return {std::isfinite(value) ? alert.value : kUnknown, alert.expected};
}

std::string sentence_of(const Anomalies& anomalies, const Alert& alert, std::int64_t least) {
  const WatchedSeries& series = anomalies.series[alert.series];
  const auto [value, usual] = numbers_of(anomalies, alert, least);
  const std::string what =
      title_of(anomalies.metric) + (series.of.empty() ? "" : " in " + series.of);
  const std::string expected = amount(usual, anomalies);
  if (!std::isfinite(value)) {
    return fmt::format("{} stayed far {} the {} to be expected", what,
                       alert.above ? "above" : "below", expected);
  }
  if (alert.over > 1) {
    return fmt::format("{} averaged {} over {} {}s, where {} were to be expected", what,
                       amount(value, anomalies), alert.over, anomalies.grain, expected);
  }
  return fmt::format("{} {} to {}, where {} were to be expected", what,
                     alert.above ? "rose" : "fell", amount(value, anomalies), expected);
}

}  // namespace waymark::report
