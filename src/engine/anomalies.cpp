#include "engine/anomalies.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/hash.h"
#include "base/text.h"
#include "engine/measures.h"
#include "engine/metrics.h"
#include "query/session.h"

namespace waymark::engine {
namespace {

using fold::MetricDefinition;
using fold::MetricType;
using stats::NumberKind;

// Of both tables, besides a metric's.
constexpr std::string_view kOwnColumns[]{"expected",      "low",
                                         "high",          "score",
                                         "effect",        "severity",
                                         "rank",          "first",
                                         "last",          "direction",
                                         "periods",       "ongoing",
                                         "peak",          "excluded_because",
                                         "over",          "lasting_days",
                                         "lasting_value", "lasting_expected",
                                         "lasting_score", "lasting_severity"};

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

NumberKind kind_of(const MetricDefinition& metric) {
  using Aggregate = fold::MetricPart::Aggregate;
  if (metric.is_share()) return NumberKind::kShare;
  if (metric.type != MetricType::kSimple || !metric.terms[0].part.is_count())
    return NumberKind::kNumber;
  return metric.terms[0].part.aggregate == Aggregate::kSum ? NumberKind::kSum : NumberKind::kCount;
}

// Numbers as a metric's SELECT gives them, gathered into series that all have the same periods.
class Gatherer {
 public:
  // Periods are complete so long after them as the metric settles.
  Gatherer(Watched& watched, const Zone& zone, Micros known_until, Micros settling)
      : watched_(watched),
        periods_(watched.watching.grain, true),
        known_until_(zone.local_day(known_until - settling)),
        last_(periods_.cohort_of(zone.local_day(known_until - 1))) {}

  // Rows of period, the dimensions, value and n.
  void add(const sql::Chunk& rows) {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      std::vector<std::optional<std::string>> name;
      const std::size_t end = 1 + watched_.dimensions.size();
      for (std::size_t i = 1; i < end; ++i) {
        const sql::ColumnView& column = rows.column(i);
        name.push_back(column.is_null(row) ? std::nullopt : std::optional(column.to_text(row)));
      }
      const sql::ColumnView& value = rows.column(end);
      add(rows.column(0).integer(row), value.is_null(row) ? kMissing : value.number(row),
          static_cast<double>(rows.column(end + 1).integer(row)), name);
    }
  }

  void finish() {
    const NumberKind kind = watched_.watching.kind;
    const bool is_counted = kind == NumberKind::kCount || kind == NumberKind::kSum;
    watched_.series.resize(numbers_.size());
    if (numbers_.empty()) return;
    for (std::int64_t day = first_; day <= last_;) {
      const std::int64_t end = periods_.first_day(day, 1);
      watched_.watching.periods.push_back({day, end, end <= known_until_});
      for (std::size_t i = 0; i < numbers_.size(); ++i) {
        const auto found = numbers_[i].find(day);
        const bool has_begun = numbers_[i].begin()->first <= day;
        const Number none{is_counted && has_begun ? 0 : kMissing, 0};
        const Number& number = found != numbers_[i].end() ? found->second : none;
        watched_.series[i].value.push_back(number.value);
        watched_.series[i].n.push_back(number.n);
        // Only what is never below 0 is made up of things that are counted.
        if (number.value < 0) watched_.watching.kind = NumberKind::kNumber;
      }
      day = end;
    }
  }

 private:
  struct Number {
    double value, n;
  };

  void add(std::int64_t period, double value, double n,
           const std::vector<std::optional<std::string>>& name) {
    const auto [at, is_new] = index_.emplace(name, watched_.names.size());
    if (is_new) {
      watched_.names.push_back(name);
      numbers_.emplace_back();
    }
    numbers_[at->second][period] = {value, n};
    first_ = std::min(first_, period);
    last_ = std::max(last_, period);
  }

  Watched& watched_;
  fold::Periods periods_;
  std::int64_t known_until_;
  std::int64_t first_ = std::numeric_limits<std::int64_t>::max(), last_;
  std::map<std::vector<std::optional<std::string>>, std::size_t> index_;
  std::vector<std::map<std::int64_t, Number>> numbers_;
};

// What the definition takes from courses: it must watch days by course, and sources must say which
// presentations are of the same one.
void check_repeats(const fold::AnomaliesDefinition& anomalies, const Catalog& catalog,
                   workspace::Diagnostics& diagnostics) {
  const auto& [property, place] = anomalies.repeats;
  if (property.empty()) return;
  if (anomalies.grain != fold::PeriodUnit::kDay ||
      std::ranges::find(*anomalies.by, "course", &fold::Mention::word) == anomalies.by->end()) {
    return diagnostics.add(place, "anomalies.repeats",
                           "only days of courses are compared with earlier ones",
                           "write 'grain: day' and name 'course' in 'by', or leave 'repeats' out");
  }
  std::vector<std::string> known;
  for (const source::SourceDefinition& source : catalog.sources) {
    for (const source::CourseRule& rule : source.courses) {
      for (const auto& [name, value] : rule.properties) known.push_back(name);
    }
  }
  if (std::ranges::find(known, property) != known.end()) return;
  diagnostics.add(place, "anomalies.repeats_missing",
                  fmt::format("no source gives courses a property '{}'; there is: {}", property,
                              known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))),
                  did_you_mean(property, known));
}

// The presentations of courses among the series: their dates, and which repeats which.
class Presentations {
 public:
  Presentations(const Watched& watched, const fold::AnomaliesDefinition& definition,
                const fold::Calendar& calendar, const Zone& zone)
      : watched_(watched), definition_(definition), calendar_(calendar), zone_(zone) {
    const auto course = std::ranges::find(watched.dimensions, "course");
    if (course != watched.dimensions.end()) at_ = course - watched.dimensions.begin();
  }

  void describe(std::vector<fold::WatchedSeries>& series) const {
    if (!at_) return;
    for (std::size_t i = 0; i < series.size(); ++i) {
      series[i].course = course_of(i).value_or("");
      const fold::CourseDates* dates = dates_of(i);
      if (dates == nullptr) continue;
      series[i].open_from = zone_.local_day(dates->start);
      series[i].open_until = zone_.local_day(dates->end);
      series[i].landmarks = landmarks_of(series[i]);
      series[i].earlier = earlier_than(i);
    }
  }

 private:
  const std::optional<std::string>& course_of(std::size_t series) const {
    return watched_.names[series][static_cast<std::size_t>(*at_)];
  }
  const fold::CourseDates* dates_of(std::size_t series) const {
    const auto& course = course_of(series);
    const auto dates = course ? calendar_.find(*course) : calendar_.end();
    return dates == calendar_.end() ? nullptr : &dates->second;
  }

  fold::Landmarks landmarks_of(const fold::WatchedSeries& series) const {
    fold::Landmarks days{series.open_from};
    if (definition_.calendar) {
      for (const std::int64_t day : definition_.calendar->deadlines_of(series.course)) {
        if (series.open_from < day && day < series.open_until) days.push_back(day);
      }
    }
    days.push_back(series.open_until);
    return days;
  }

  // The last of those of the same course, alike in all else, that began before it.
  std::optional<std::uint32_t> earlier_than(std::size_t series) const {
    const std::string* same = repeated(series);
    std::optional<std::uint32_t> last;
    for (std::size_t i = 0; same != nullptr && i < watched_.names.size(); ++i) {
      const std::string* other = repeated(i);
      if (other == nullptr || *other != *same || !differ_in_course_alone(i, series)) continue;
      if (dates_of(i)->start >= dates_of(series)->start) continue;
      if (!last || dates_of(i)->start > dates_of(*last)->start) last = i;
    }
    return last;
  }
  const std::string* repeated(std::size_t series) const {
    const fold::CourseDates* dates = dates_of(series);
    if (dates == nullptr || dates->start >= dates->end) return nullptr;
    const auto property = dates->properties.find(definition_.repeats.word);
    return property == dates->properties.end() ? nullptr : &property->second;
  }
  bool differ_in_course_alone(std::size_t one, std::size_t other) const {
    auto names = watched_.names[one];
    names[static_cast<std::size_t>(*at_)] = course_of(other);
    return names == watched_.names[other];
  }

  const Watched& watched_;
  const fold::AnomaliesDefinition& definition_;
  const fold::Calendar& calendar_;
  const Zone& zone_;
  std::optional<std::ptrdiff_t> at_;  // where dimensions have the course
};

}  // namespace

void resolve_anomalies(Catalog& catalog, workspace::Diagnostics& diagnostics) {
  std::vector<std::string> known;
  for (const MetricDefinition& metric : catalog.metrics) known.push_back(metric.name);
  for (fold::AnomaliesDefinition& anomalies : catalog.anomalies) {
    const auto metric =
        std::ranges::find(catalog.metrics, anomalies.metric.word, &MetricDefinition::name);
    if (metric == catalog.metrics.end()) {
      diagnostics.add(
          anomalies.metric.place, "metric.missing",
          fmt::format("there is no metric '{}'; there is: {}", anomalies.metric.word,
                      known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))),
          did_you_mean(anomalies.metric.word, known));
      continue;
    }
    if (!anomalies.grain) anomalies.grain = metric->grain;
    if (!anomalies.by) anomalies.by = metric->dimensions;
    for (const fold::Mention& name : *anomalies.by) {
      if (std::ranges::find(kOwnColumns, name.word) == std::end(kOwnColumns)) continue;
      diagnostics.add(name.place, "anomalies.dimension",
                      fmt::format("'{}' stands in the tables of anomalies already", name.word));
    }
    check_repeats(anomalies, catalog, diagnostics);
    Hasher version;
    version.field(anomalies.version);
    version.field(metric->version);
    anomalies.version = to_hex(version.digest());
  }
}

Watched watched_by(const fold::AnomaliesDefinition& definition, const Catalog& catalog,
                   const trail::TrailReader& trails, const fold::Calendar& calendar,
                   sql::Connection& connection, std::optional<Micros> as_of,
                   std::optional<Micros> same_until) {
  MetricDefinition metric = catalog.metric(definition.metric.word);
  metric.grain = *definition.grain;
  Watched watched{.watching = {definition, metric.grain, kind_of(metric), {}}};
  std::vector<std::string> by{"period"}, where;
  std::string columns;
  for (const fold::Mention& name : *definition.by) {
    by.push_back(name.word);
    columns += ", " + sql::quoted_name(name.word);
  }
  watched.dimensions.assign(by.begin() + 1, by.end());
  for (const fold::Mention& condition : definition.where) where.push_back(condition.word);
  const Zone zone = catalog.zone();
  const Micros last = trails.state().last_time + 1;
  Gatherer gatherer(watched, zone, as_of ? std::min(*as_of, last) : last, metric.settling);
  const auto gather = [&](const std::string& rows) {
    sql::Result result = connection.query(
        fmt::format("SELECT period::DATE{}, value, n FROM {} ORDER BY ALL", columns, rows));
    while (const auto chunk = result.next()) gatherer.add(*chunk);
  };
  const MetricSql metrics(catalog, trails, connection, as_of);
  std::optional<MetricSql::Later> later;
  if (same_until) later = metrics.later(metric, by, where, *same_until);
  if (later) {
    gather(fmt::format("{} WHERE period < DATE '{}'", sql::quoted_name(definition.name),
                       later->first));
    gather("(" + later->select + ")");
  } else {
    gather("(" + metrics.select(metric, by, where) + ")");
  }
  gatherer.finish();
  Presentations(watched, definition, calendar, zone).describe(watched.series);
  return watched;
}

fold::Rehearsal rehearse_anomalies(const std::string& name, std::size_t trials, std::uint64_t seed,
                                   const Catalog& catalog, const journal::Journal& journal,
                                   Micros now, Progress& progress) {
  const fold::AnomaliesDefinition& definition = catalog.anomalies_named(name);
  const Derived derived = bring_up_to_date(catalog, journal, false, now, progress);
  query::Session session(
      {.trails = derived.reader, .warehouse = Folders(catalog.workspace).warehouse},
      sql_options(catalog));
  const Watched watched = watched_by(definition, catalog, derived.reader, calendar_of(journal),
                                     session.connection(), std::nullopt);
  return fold::rehearse(watched.watching, watched.series, trials, seed);
}

}  // namespace waymark::engine
