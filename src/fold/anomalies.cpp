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

// What is watched of one series.
struct Sight {
  Sight(stats::NumberKind kind, bool seasons_are_short)
      : own(kind, seasons_are_short), beside(kind, seasons_are_short) {}
  stats::Watch own;     // by its own past alone
  stats::Watch beside;  // and by the presentation before
  std::optional<CourseDays> days;
  std::vector<bool> is_known;  // by period: it can be a reference
  std::vector<JudgedPeriod> rows;
};

// A period of one series, which is about to pass.
struct Passing {
  stats::Watch::Number number;
  std::optional<double> reference;
  bool is_open = false, is_closed = false;
  const stats::Watch* by = nullptr;  // who judged it
  std::optional<stats::Watch::Judgement> judgement;
};

class Finder {
 public:
  Finder(const Watching& watching, std::span<const WatchedSeries> series)
      : watching_(watching),
        series_(series),
        calendar_(watching.definition.calendar ? &*watching.definition.calendar : nullptr),
        rate_(watching.definition.false_alarms / periods_of_a_year(watching.grain)),
        sights_(series.size(), Sight(watching.kind, watching.grain == PeriodUnit::kDay)),
        lasting_(series.size()) {
    for (std::size_t i = 0; i < series.size(); ++i) {
      sights_[i].is_known.resize(watching.periods.size());
      if (watching.grain != PeriodUnit::kDay || !series[i].earlier) continue;
      sights_[i].days.emplace(series[i].landmarks, series[*series[i].earlier].landmarks);
      has_second_look_ = true;
    }
    if (has_second_look_) rate_ /= 2;
  }

  Anomalies run() {
    for (std::uint32_t period = 0; period < watching_.periods.size(); ++period) judge(period);
    Anomalies found;
    std::uint32_t newest = 0;  // that was judged
    for (Sight& sight : sights_) {
      add_alerts(sight.rows, sudden, found.alerts);
      add_alerts(sight.rows, lasting, found.alerts);
      for (const JudgedPeriod& row : sight.rows) {
        if (row.excluded_because.empty()) newest = std::max(newest, row.period);
      }
      std::ranges::move(sight.rows, std::back_inserter(found.periods));
    }
    // A series that ended, as a course does, has nothing that goes on.
    for (Alert& alert : found.alerts) alert.ongoing &= newest - alert.last <= stats::Watch::kGap;
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

  // Why the series is neither judged nor learned from in the period.
  std::string why_not(const WatchedPeriod& period, const WatchedSeries& series) const {
    if (!period.complete) return "it is still running";
    return calendar_ == nullptr ? ""
                                : calendar_->why_closed(period.first, period.end, series.course);
  }

  // What the presentation before came to at the same time.
  std::optional<double> reference_of(std::size_t series, std::uint32_t at) const {
    const Sight& sight = sights_[series];
    if (!sight.days) return std::nullopt;
    const std::uint32_t earlier = *series_[series].earlier;
    const std::int64_t then =
        sight.days->earlier(watching_.periods[at].first) - watching_.periods.front().first;
    if (then < 0 || then >= at || !sights_[earlier].is_known[static_cast<std::size_t>(then)])
      return std::nullopt;
    return sight.beside.measured(series_[earlier].value[static_cast<std::size_t>(then)]);
  }

  // One period of all series, which Benjamini and Hochberg look at together.
  void judge(std::uint32_t at) {
    const double rate = std::min(kMostLikely, rate_);
    std::vector<Passing> passing;
    std::vector<double> chances;
    for (std::size_t i = 0; i < series_.size(); ++i) {
      passing.push_back(met(i, at));
      const auto& judgement = passing.back().judgement;
      chances.push_back(judgement ? stats::tail_probability(judgement->score) : kMissing);
    }
    const std::vector<std::uint8_t> odd = stats::discoveries(chances, rate);
    const auto judged = std::ranges::count_if(chances, [](double p) { return !std::isnan(p); });
    const double reach =
        stats::tail_score(rate / static_cast<double>(std::max<std::ptrdiff_t>(1, judged)));
    for (std::size_t i = 0; i < series_.size(); ++i) {
      const auto& judgement = passing[i].judgement;
      const bool is_odd = judgement && (odd[i] != 0 || passing[i].by->goes_on(*judgement));
      if (judgement) describe(*judgement, reach, is_odd, sights_[i].rows.back());
      learn(i, at, passing[i], is_odd);
    }
    if (has_second_look_) judge_lasting(at);
  }

  // What a series shows in a period, judged where it can be.
  Passing met(std::size_t i, std::uint32_t at) {
    const WatchedPeriod& period = watching_.periods[at];
    const WatchedSeries& series = series_[i];
    Sight& sight = sights_[i];
    Passing passing{.number = {series.value[at], series.n[at], season_of(period)}};
    passing.reference = reference_of(i, at);
    const std::string excluded = why_not(period, series);
    passing.is_closed = !excluded.empty() || std::isnan(series.value[at]);
    passing.is_open = series.open_from <= period.first && period.end <= series.open_until;
    if (std::isnan(series.value[at])) return passing;
    JudgedPeriod& row =
        sight.rows.emplace_back(JudgedPeriod{.series = static_cast<std::uint32_t>(i),
                                             .period = at,
                                             .value = series.value[at],
                                             .n = series.n[at],
                                             .expected = kMissing,
                                             .low = kMissing,
                                             .high = kMissing,
                                             .score = kMissing,
                                             .effect = kMissing,
                                             .excluded_because = excluded});
    if (passing.is_closed) return passing;
    if (!passing.is_open) {
      row.excluded_because = "the course does not run";
      return passing;
    }
    if (passing.reference) {
      stats::Watch::Number number = passing.number;
      number.reference = *passing.reference;
      passing.by = &sight.beside;
      passing.judgement = sight.beside.judge(number);
    }
    if (!passing.judgement) {
      passing.by = &sight.own;
      passing.judgement = sight.own.judge(passing.number);
    }
    if (!passing.judgement) row.excluded_because = "too little is known yet";
    return passing;
  }

  void learn(std::size_t i, std::uint32_t at, const Passing& passing, bool is_odd) {
    Sight& sight = sights_[i];
    stats::Watch::Number beside = passing.number;
    beside.reference = passing.reference.value_or(0);
    if (passing.is_closed) {
      sight.own.skip(beside.season);
      return sight.beside.skip(beside.season);
    }
    sight.own.learn(passing.number, is_odd);
    const bool is_odd_beside = is_odd && passing.by == &sight.beside;
    passing.reference ? sight.beside.learn(beside, is_odd_beside)
                      : sight.beside.skip(beside.season);
    sight.is_known[at] = true;
    if (!passing.reference || !passing.is_open) return;
    if (sight.beside.has_new_normal()) lasting_.forget(i);
    if (is_odd_beside) return;
    lasting_.learn(i, sight.beside, {at, beside.value, beside.n, beside.reference});
  }

  void judge_lasting(std::uint32_t at) {
    const std::vector<std::optional<Lasting>> found = lasting_.judge(at, rate_);
    for (std::size_t i = 0; i < series_.size(); ++i) {
      if (!found[i]) continue;
      JudgedPeriod& row = sights_[i].rows.back();
      row.lasting = found[i];
      if (found[i]->is_odd) row.lasting_severity = severity_of(found[i]->value, found[i]->expected);
    }
  }

  static double effect_of(double value, double expected) {
    return expected != 0 ? (value - expected) / std::abs(expected) : kMissing;
  }

  Severity severity_of(double value, double expected) const {
    const double ratio = value / expected;
    return std::abs(effect_of(value, expected)) < watching_.definition.least_effect
               ? Severity::kNote
           : ratio > kHalf && ratio < kTwice ? Severity::kWarning
                                             : Severity::kCritical;
  }

  void describe(const stats::Watch::Judgement& judgement, double reach, bool is_odd,
                JudgedPeriod& row) const {
    row.expected = judgement.expected;
    row.low = judgement.value_at(-reach);
    row.high = judgement.value_at(reach);
    row.score = judgement.score;
    row.effect = effect_of(row.value, row.expected);
    if (is_odd) row.severity = severity_of(row.value, row.expected);
  }

  // What each look says of a period, as an alert of that one; none where it did not judge it.
  static std::optional<Alert> sudden(const JudgedPeriod& row) {
    if (!row.excluded_because.empty()) return std::nullopt;
    return Alert{.series = row.series,
                 .first = row.period,
                 .last = row.period,
                 .raised = row.period,
                 .alarming = 1,
                 .severity = row.severity,
                 .peak = row};
  }
  static std::optional<Alert> lasting(const JudgedPeriod& row) {
    if (!row.lasting) return std::nullopt;
    Alert alert{.series = row.series,
                .first = row.lasting->first,
                .last = row.period,
                .raised = row.period,
                .over = row.lasting->over,
                .alarming = 1,
                .severity = row.lasting_severity,
                .peak = row};
    alert.peak.value = row.lasting->value;
    alert.peak.expected = row.lasting->expected;
    alert.peak.low = row.lasting->low;
    alert.peak.high = row.lasting->high;
    alert.peak.score = row.lasting->score;
    alert.peak.effect = effect_of(row.lasting->value, row.lasting->expected);
    return alert;
  }

  static void add_alerts(const std::vector<JudgedPeriod>& rows,
                         std::optional<Alert> (*said)(const JudgedPeriod&),
                         std::vector<Alert>& alerts) {
    Alert* open = nullptr;
    std::uint32_t between = 0;
    for (const JudgedPeriod& row : rows) {
      std::optional<Alert> alert = said(row);
      if (!alert) continue;
      if (!is_alarming(alert->severity)) {
        if (open != nullptr) open->ongoing = false;
        if (++between > stats::Watch::kGap) open = nullptr;
        continue;
      }
      between = 0;
      alert->ongoing = true;
      if (open == nullptr || std::signbit(open->peak.score) != std::signbit(alert->peak.score)) {
        if (open != nullptr) open->ongoing = false;
        open = &alerts.emplace_back(std::move(*alert));
        continue;
      }
      open->last = alert->last;
      open->ongoing = true;
      ++open->alarming;
      open->severity = std::max(open->severity, alert->severity);
      if (std::abs(alert->peak.score) <= std::abs(open->peak.score)) continue;
      open->over = alert->over;
      open->peak = std::move(alert->peak);
    }
  }

  const Watching& watching_;
  std::span<const WatchedSeries> series_;
  const SeasonCalendar* calendar_;
  double rate_;
  bool has_second_look_ = false;
  std::vector<Sight> sights_;
  LastingLook lasting_;
};

}  // namespace

double periods_of_a_year(PeriodUnit grain) {
  constexpr double kDays = 365.25;
  return grain == PeriodUnit::kDay ? kDays : grain == PeriodUnit::kWeek ? kDays / 7 : 12;
}

bool is_alarming(Severity severity) { return severity >= Severity::kWarning; }

std::string_view name_of(Severity severity) {
  static constexpr std::string_view kNames[]{"", "note", "warning", "critical"};
  return kNames[static_cast<std::size_t>(severity)];
}

Anomalies find_anomalies(const Watching& watching, std::span<const WatchedSeries> series) {
  return Finder(watching, series).run();
}

}  // namespace waymark::fold
