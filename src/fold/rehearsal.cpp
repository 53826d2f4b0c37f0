#include "fold/rehearsal.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "stats/random.h"

namespace waymark::fold {
namespace {

std::vector<Fault> faults_of(PeriodUnit grain) {
  if (grain == PeriodUnit::kDay) {
    return {{"nothing recorded for a day", 1, 0, 0},
            {"half lost for a day", 1, 0.5, 0.5},
            {"everything twice for a day", 1, 2, 2},
            {"30 % lost for a week", 7, 0.7, 0.7},
            {"half lost for a week", 7, 0.5, 0.5},
            {"half lost little by little, in four weeks", 28, 1, 0.5},
            {"30 % lost for four weeks", 28, 0.7, 0.7}};
  }
  return {{"nothing recorded for a period", 1, 0, 0},
          {"30 % lost for a period", 1, 0.7, 0.7},
          {"half lost for a period", 1, 0.5, 0.5},
          {"everything twice for a period", 1, 2, 2},
          {"half lost little by little, in eight periods", 8, 1, 0.5}};
}

class Rehearser {
 public:
  Rehearser(const Watching& watching, const std::vector<WatchedSeries>& series, std::size_t trials,
            std::uint64_t seed)
      : watching_(watching), series_(series), trials_(trials), random_(seed) {}

  Rehearsal run() {
    observe();
    outcome_.alone = outcome_.everywhere = faults_of(watching_.grain);
    for (Fault& fault : outcome_.alone) plant(fault, false);
    for (Fault& fault : outcome_.everywhere) plant(fault, true);
    return std::move(outcome_);
  }

 private:
  struct Place {
    std::uint32_t series = 0, period = 0;
  };

  // Without a fault.
  void observe() {
    const Anomalies found = find_anomalies(watching_, series_);
    std::set<std::uint32_t> seen, judged, alarmed;
    for (const JudgedPeriod& row : found.periods) {
      if (!row.excluded_because.empty()) continue;
      seen.insert(row.series);
      judged.insert(row.period);
      ++outcome_.judged;
    }
    for (const Alert& alert : found.alerts) alarmed.insert(alert.raised);
    outcome_.series = seen.size();
    outcome_.years = static_cast<double>(judged.size()) / periods_of_a_year(watching_.grain);
    outcome_.alerts = found.alerts.size();
    outcome_.alarmed = alarmed.size();
    quiet_.assign(series_.size(), std::vector<bool>(watching_.periods.size()));
    for (const JudgedPeriod& row : found.periods) {
      quiet_[row.series][row.period] = row.excluded_because.empty() &&
                                       row.severity == Severity::kNone &&
                                       row.lasting_severity == Severity::kNone && row.value != 0;
    }
  }

  // Where the fault could begin: quiet while it lasts, and for so long before that nothing is held
  // against the numbers there.
  std::vector<Place> places_for(const Fault& fault) const {
    std::vector<Place> places;
    for (std::uint32_t series = 0; series < quiet_.size(); ++series) {
      std::size_t run = 0;
      for (std::size_t period = 0; period < quiet_[series].size(); ++period) {
        run = quiet_[series][period] ? run + 1 : 0;
        if (run < fault.periods + stats::Watch::kLevel) continue;
        places.push_back({series, static_cast<std::uint32_t>(period + 1 - fault.periods)});
      }
    }
    return places;
  }

  void plant(Fault& fault, bool everywhere) {
    const std::vector<Place> places = places_for(fault);
    if (places.empty()) return;
    for (std::size_t trial = 0; trial < trials_; ++trial) {
      const Place& place = places[random_.below(places.size())];
      ++fault.planted;
      const auto delay = delay_of(fault, place, everywhere);
      if (!delay) continue;
      ++fault.found;
      fault.delays.push_back(static_cast<double>(*delay));
    }
    std::ranges::sort(fault.delays);
  }

  std::optional<std::uint32_t> delay_of(const Fault& fault, const Place& place, bool everywhere) {
    const std::size_t end = place.period + fault.periods;
    Watching until{watching_.definition, watching_.grain, watching_.kind, watching_.periods};
    until.periods.resize(end);
    std::vector<WatchedSeries> planted = series_;
    for (std::uint32_t i = 0; i < planted.size(); ++i) {
      planted[i].value.resize(end);
      if (everywhere || i == place.series) plant_into(planted[i], fault, place.period);
    }
    for (const JudgedPeriod& row : find_anomalies(until, planted).periods) {
      if (row.series != place.series || row.period < place.period) continue;
      const bool is_above = fault.last > 1;
      if ((is_alarming(row.severity) && (row.score > 0) == is_above) ||
          (is_alarming(row.lasting_severity) && (row.lasting->score > 0) == is_above)) {
        return row.period - place.period;
      }
    }
    return std::nullopt;
  }

  void plant_into(WatchedSeries& series, const Fault& fault, std::uint32_t from) const {
    const bool is_counted = watching_.kind == stats::NumberKind::kCount;
    for (std::size_t i = 0; i < fault.periods; ++i) {
      const double at =
          fault.periods == 1 ? 1 : static_cast<double>(i + 1) / static_cast<double>(fault.periods);
      const double factor = fault.first + at * (fault.last - fault.first);
      double& value = series.value[from + i];
      value = is_counted ? std::round(value * factor) : value * factor;
    }
  }

  const Watching& watching_;
  const std::vector<WatchedSeries>& series_;
  std::size_t trials_;
  stats::Random random_;
  Rehearsal outcome_;
  std::vector<std::vector<bool>> quiet_;
};

}  // namespace

Rehearsal rehearse(const Watching& watching, const std::vector<WatchedSeries>& series,
                   std::size_t trials, std::uint64_t seed) {
  return Rehearser(watching, series, trials, seed).run();
}

}  // namespace waymark::fold
