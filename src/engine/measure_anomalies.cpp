#include "engine/anomalies.h"
#include "engine/measure.h"

namespace waymark::engine {
namespace {

using fold::JudgedPeriod;
using fold::Severity;
using Definition = fold::AnomaliesDefinition;

std::string alerts_name(const Definition& definition) { return definition.name + "_alerts"; }

// What rows have in common: the series that they are of, and judged periods.
class SeriesRows {
 public:
  explicit SeriesRows(const Watched& watched) : watched_(watched) {}

  void add(const JudgedPeriod& judged) {
    series_.push_back(judged.series + 1);  // 0 is none
    value_.push_back(judged.value);
    expected_.push_back(judged.expected);
    low_.push_back(judged.low);
    high_.push_back(judged.high);
    score_.push_back(judged.score);
    effect_.push_back(judged.effect);
  }
  std::int32_t day(std::uint32_t period) const {
    return static_cast<std::int32_t>(watched_.watching.periods[period].first);
  }

  void add_dimensions(query::Table& table) {
    codes_.resize(watched_.dimensions.size());
    for (std::size_t i = 0; i < codes_.size(); ++i) {
      for (const Code series : series_) {
        codes_[i].push_back(watched_.names[series - 1][i] ? series : kNoCode);
      }
      const auto text = [this, i](Code series) { return *watched_.names[series - 1][i]; };
      table.columns.push_back({watched_.dimensions[i], query::Codes{codes_[i], text}});
    }
  }
  void add_numbers(query::Table& table) const {
    const auto add = [&](const char* name, const std::vector<double>& values) {
      table.columns.push_back({name, std::span(values)});
    };
    add("value", value_);
    add("expected", expected_);
    add("low", low_);
    add("high", high_);
    add("score", score_);
    add("effect", effect_);
  }
  static query::Codes severities(const std::vector<Code>& codes) {
    return {codes, [](Code code) { return std::string(name_of(static_cast<Severity>(code))); }};
  }

 private:
  const Watched& watched_;
  std::vector<Code> series_;
  std::vector<std::vector<Code>> codes_;
  std::vector<double> value_, expected_, low_, high_, score_, effect_;
};

// The second look at judged periods.
class LastingColumns {
 public:
  void add(const JudgedPeriod& judged) {
    const auto or_none = [&](double fold::Lasting::*number) {
      return judged.lasting ? (*judged.lasting).*number : std::numeric_limits<double>::quiet_NaN();
    };
    days_.push_back(judged.lasting ? static_cast<double>(judged.lasting->over)
                                   : std::numeric_limits<double>::quiet_NaN());
    value_.push_back(or_none(&fold::Lasting::value));
    expected_.push_back(or_none(&fold::Lasting::expected));
    score_.push_back(or_none(&fold::Lasting::score));
    severity_.push_back(static_cast<Code>(judged.lasting_severity));
  }
  void add_to(query::Table& table) const {
    table.columns.push_back({"lasting_days", std::span(days_)});
    table.columns.push_back({"lasting_value", std::span(value_)});
    table.columns.push_back({"lasting_expected", std::span(expected_)});
    table.columns.push_back({"lasting_score", std::span(score_)});
    table.columns.push_back({"lasting_severity", SeriesRows::severities(severity_)});
  }

 private:
  std::vector<double> days_, value_, expected_, score_;
  std::vector<Code> severity_;
};

void replace_periods(const Definition& definition, const Watched& watched,
                     const std::vector<JudgedPeriod>& periods, const Making& making) {
  SeriesRows rows(watched);
  std::vector<std::int32_t> period;
  std::vector<std::int64_t> n;
  std::vector<Code> severity, because;
  Dictionary reasons;
  LastingColumns lasting;
  for (const JudgedPeriod& judged : periods) {
    rows.add(judged);
    period.push_back(rows.day(judged.period));
    n.push_back(static_cast<std::int64_t>(judged.n));
    severity.push_back(static_cast<Code>(judged.severity));
    lasting.add(judged);
    because.push_back(judged.excluded_because.empty() ? kNoCode
                                                      : reasons.intern(judged.excluded_because));
  }
  query::Table table{definition.name, {{"period", query::Dates{period}}}};
  rows.add_dimensions(table);
  rows.add_numbers(table);
  table.columns.push_back({"n", std::span<const std::int64_t>(n)});
  table.columns.push_back({"severity", SeriesRows::severities(severity)});
  table.columns.push_back({"excluded_because", text_column(reasons, because)});
  if (!definition.repeats.word.empty()) lasting.add_to(table);
  making.warehouse.replace(table, making.origin);
}

void replace_alerts(const Definition& definition, const Watched& watched,
                    const std::vector<fold::Alert>& alerts, const Making& making) {
  SeriesRows rows(watched);
  std::vector<std::int64_t> rank, alarming, over;
  std::vector<std::int32_t> first, last, peak;
  std::vector<Code> severity;
  std::vector<std::string> direction;
  std::vector<std::uint8_t> ongoing;
  for (const fold::Alert& alert : alerts) {
    rows.add(alert.peak);
    rank.push_back(static_cast<std::int64_t>(rank.size()) + 1);
    severity.push_back(static_cast<Code>(alert.severity));
    direction.emplace_back(alert.peak.score < 0 ? "below" : "above");
    first.push_back(rows.day(alert.first));
    last.push_back(rows.day(alert.last));
    peak.push_back(rows.day(alert.peak.period));
    alarming.push_back(alert.alarming);
    over.push_back(static_cast<std::int64_t>(alert.over));
    ongoing.push_back(alert.ongoing);
  }
  query::Table table{alerts_name(definition), {{"rank", std::span<const std::int64_t>(rank)}}};
  rows.add_dimensions(table);
  table.columns.push_back({"severity", SeriesRows::severities(severity)});
  table.columns.push_back({"direction", std::span<const std::string>(direction)});
  table.columns.push_back({"first", query::Dates{first}});
  table.columns.push_back({"last", query::Dates{last}});
  table.columns.push_back({"periods", std::span<const std::int64_t>(alarming)});
  table.columns.push_back({"ongoing", query::Flags{ongoing}});
  table.columns.push_back({"peak", query::Dates{peak}});
  table.columns.push_back({"over", std::span<const std::int64_t>(over)});
  rows.add_numbers(table);
  making.warehouse.replace(table, making.origin);
}

}  // namespace

std::vector<std::string> tables_of(const Definition& definition) {
  return {definition.name, alerts_name(definition)};
}

Summary summary_of(const Definition& definition) {
  Summary summary{.sql = "SELECT * FROM asked ORDER BY rank",
                  .table = alerts_name(definition),
                  .unsampled =
                      "stands on how much numbers vary, and of a sample they vary more "
                      "than of all; it cannot be told from one",
                  .labels = {"first"},
                  .value = "score",
                  .words = "How far from what was expected at the worst, in usual deviations"};
  if (!definition.by) return summary;
  for (const fold::Mention& name : *definition.by) summary.by.push_back(name.word);
  return summary;
}

void make_tables(const Definition& definition, const Making& making) {
  making.warehouse.show_events(making.trails, making.only);
  const Watched watched =
      watched_by(definition, making.catalog, making.trails, making.calendar,
                 making.warehouse.connection(), making.as_of, making.same_until);
  const fold::Anomalies found = find_anomalies(watched.watching, watched.series);
  replace_periods(definition, watched, found.periods, making);
  replace_alerts(definition, watched, found.alerts, making);
}

}  // namespace waymark::engine
