#include "fold/anomalies.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "stats/false_discovery.h"

namespace waymark::fold {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
// However many false alarms may be borne, what is odd is rarer than this.
constexpr double kMostLikely = 0.05;
// Half or twice of what was expected.
constexpr double kHalf = 0.5, kTwice = 2;

class Finder {
 public:
  Finder(const Watching& watching, std::span<const WatchedSeries> series)
      : watching_(watching),
        series_(series),
        calendar_(watching.definition.calendar ? &*watching.definition.calendar : nullptr),
        rate_(std::min(kMostLikely,
                       watching.definition.false_alarms / periods_of_a_year(watching.grain))),
        watches_(series.size(), stats::Watch(watching.kind, watching.grain == PeriodUnit::kDay)),
        rows_(series.size()) {}

  Anomalies run() {
    for (std::uint32_t period = 0; period < watching_.periods.size(); ++period) judge(period);
    Anomalies found;
    for (std::vector<JudgedPeriod>& rows : rows_) {
      add_alerts(rows, found.alerts);
      std::ranges::move(rows, std::back_inserter(found.periods));
    }
    std::ranges::stable_sort(found.alerts, [](const Alert& one, const Alert& other) {
      if (one.severity != other.severity) return one.severity > other.severity;
      return std::abs(one.peak.score) > std::abs(other.peak.score);
    });
    return found;
  }

 private:
  std::size_t season_of(const WatchedPeriod& period) const {
    if (watching_.grain == PeriodUnit::kDay) return static_cast<std::size_t>(period.first % 7);
    if (watching_.grain == PeriodUnit::kMonth || calendar_ == nullptr) return 0;
    return static_cast<std::size_t>(calendar_->week_of_term(period.first).value_or(-1) + 1);
  }

  // Why no series is judged or learned from in the period.
  std::string why_not(const WatchedPeriod& period) const {
    if (!period.complete) return "it is still running";
    return calendar_ == nullptr ? "" : calendar_->why_closed(period.first, period.end);
  }

  // One period of all series, which Benjamini and Hochberg look at together.
  void judge(std::uint32_t at) {
    const WatchedPeriod& period = watching_.periods[at];
    const std::string excluded = why_not(period);
    std::vector<double> chances(series_.size(), kMissing);
    std::vector<std::optional<stats::Watch::Judgement>> judgements(series_.size());
    std::vector<stats::Watch::Number> numbers(series_.size());
    std::size_t judged = 0;
    for (std::size_t i = 0; i < series_.size(); ++i) {
      const WatchedSeries& series = series_[i];
      JudgedPeriod row{.series = static_cast<std::uint32_t>(i),
                       .period = at,
                       .value = series.value[at],
                       .n = series.n[at],
                       .expected = kMissing,
                       .low = kMissing,
                       .high = kMissing,
                       .score = kMissing,
                       .effect = kMissing,
                       .excluded_because = excluded};
      numbers[i] = {series.value[at], series.n[at], season_of(period)};
      if (!excluded.empty() || std::isnan(row.value)) {
        watches_[i].skip(numbers[i].season);
      } else {
        const bool is_open = series.open_from <= period.first && period.end <= series.open_until;
        judgements[i] = watches_[i].judge(numbers[i]);
        if (!is_open) {
          row.excluded_because = "the course does not run";
        } else if (!judgements[i]) {
          row.excluded_because = "too little is known yet";
        } else {
          chances[i] = stats::tail_probability(judgements[i]->score);
          ++judged;
        }
      }
      if (!std::isnan(row.value)) rows_[i].push_back(std::move(row));
    }
    const std::vector<std::uint8_t> odd = stats::discoveries(chances, rate_);
    const double reach =
        stats::tail_score(rate_ / static_cast<double>(std::max<std::size_t>(1, judged)));
    for (std::size_t i = 0; i < series_.size(); ++i) {
      if (rows_[i].empty() || rows_[i].back().period != at) continue;
      const bool is_judged = !std::isnan(chances[i]);
      const bool is_odd = is_judged && (odd[i] != 0 || watches_[i].goes_on(*judgements[i]));
      if (is_judged) describe(*judgements[i], reach, is_odd, rows_[i].back());
      if (excluded.empty()) watches_[i].learn(numbers[i], is_odd);
    }
  }

  void describe(const stats::Watch::Judgement& judgement, double reach, bool is_odd,
                JudgedPeriod& row) const {
    row.expected = judgement.expected;
    row.low = judgement.value_at(-reach);
    row.high = judgement.value_at(reach);
    row.score = judgement.score;
    const double difference = row.value - row.expected;
    if (row.expected != 0) row.effect = difference / std::abs(row.expected);
    if (!is_odd) return;
    const double ratio = row.value / row.expected;
    row.severity = std::abs(row.effect) < watching_.definition.least_effect ? Severity::kNote
                   : ratio > kHalf && ratio < kTwice                        ? Severity::kWarning
                                                                            : Severity::kCritical;
  }

  static void add_alerts(const std::vector<JudgedPeriod>& rows, std::vector<Alert>& alerts) {
    Alert* open = nullptr;
    std::uint32_t between = 0;
    for (const JudgedPeriod& row : rows) {
      if (!row.excluded_because.empty()) continue;
      if (!row.is_alarming()) {
        if (open != nullptr) open->ongoing = false;
        if (++between > stats::Watch::kGap) open = nullptr;
        continue;
      }
      if (open == nullptr || std::signbit(open->peak.score) != std::signbit(row.score)) {
        if (open != nullptr) open->ongoing = false;
        open = &alerts.emplace_back(Alert{.series = row.series, .first = row.period, .peak = row});
      }
      between = 0;
      open->last = row.period;
      open->ongoing = true;
      ++open->alarming;
      open->severity = std::max(open->severity, row.severity);
      if (std::abs(row.score) > std::abs(open->peak.score)) open->peak = row;
    }
  }

  const Watching& watching_;
  std::span<const WatchedSeries> series_;
  const SeasonCalendar* calendar_;
  double rate_;
  std::vector<stats::Watch> watches_;
  std::vector<std::vector<JudgedPeriod>> rows_;
};

}  // namespace

double periods_of_a_year(PeriodUnit grain) {
  constexpr double kDays = 365.25;
  return grain == PeriodUnit::kDay ? kDays : grain == PeriodUnit::kWeek ? kDays / 7 : 12;
}

std::string_view name_of(Severity severity) {
  static constexpr std::string_view kNames[]{"", "note", "warning", "critical"};
  return kNames[static_cast<std::size_t>(severity)];
}

Anomalies find_anomalies(const Watching& watching, std::span<const WatchedSeries> series) {
  return Finder(watching, series).run();
}

}  // namespace waymark::fold
