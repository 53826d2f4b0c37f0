#include "stats/survival_forecast.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "stats/survival_curve.h"

namespace waymark::stats {
namespace {

// The share not yet censored after each time, events at the same time having left before.
std::vector<SurvivalStep> censoring_curve(const Lifetimes& lifetimes) {
  Lifetimes pooled{.start = {}, .stop = lifetimes.stop, .event = lifetimes.event, .stratum = {}};
  auto curve = std::move(survival_curves(pooled).front());
  double share = 1;
  for (SurvivalStep& step : curve) {
    const double n = static_cast<double>(step.at_risk - step.events);
    if (step.censored > 0) share *= (n - static_cast<double>(step.censored)) / n;
    step.survival = share;
  }
  return curve;
}

}  // namespace

double brier_score_at(const Lifetimes& lifetimes, std::span<const double> survival, double time) {
  WAYMARK_CHECK(lifetimes.start.empty() && survival.size() == lifetimes.size());
  if (lifetimes.size() == 0 || std::ranges::max(lifetimes.stop) < time) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const auto curve = censoring_curve(lifetimes);
  const auto before = [&](double when) {
    const auto at = std::ranges::lower_bound(curve, when, {}, &SurvivalStep::time);
    return at == curve.begin() ? 1 : std::prev(at)->survival;
  };
  double sum = 0;
  for (std::size_t i = 0; i < lifetimes.size(); ++i) {
    const double stop = lifetimes.stop[i];
    if (stop <= time && lifetimes.event[i] != 0) {
      sum += survival[i] * survival[i] / before(stop);
    } else if (stop >= time) {
      sum += (1 - survival[i]) * (1 - survival[i]) / before(time);
    }
  }
  return sum / static_cast<double>(lifetimes.size());
}

}  // namespace waymark::stats
