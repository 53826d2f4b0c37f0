#include "engine/explain.h"

#include <fmt/format.h>

#include "engine/absent_names.h"
#include "engine/measures.h"
#include "engine/metrics.h"

namespace waymark::engine {
namespace {

std::string note_of(const trail::TrailState& state, std::int64_t day, fold::PeriodUnit grain,
                    const Zone& zone) {
  if (state.events == 0) return "There are no events yet.";
  const fold::Periods periods(grain, true);
  const std::int64_t first = zone.local_day(state.first_time);
  const std::int64_t last = zone.local_day(state.last_time), period = periods.cohort_of(day);
  if (periods.cohort_of(first) <= period && period <= last) return "";
  const auto date = [](std::int64_t at) { return to_iso_date(at * kMicrosPerDay); };
  return fmt::format("No event is in the {} from {}; there are events from {} to {}.",
                     word_of(grain), date(period), date(first), date(last));
}

}  // namespace

Explanation explain(const std::string& metric, std::int64_t day,
                    const std::vector<std::string>& where, const Catalog& catalog,
                    const journal::Journal& journal, Micros now, Progress& progress) {
  Explanation found{.metric = catalog.metric(metric)};
  const Derived derived = bring_up_to_date(catalog, journal, false, now, progress);
  found.sources = {.trails = derived.reader, .warehouse = Folders(catalog.workspace).warehouse};
  query::Session session(found.sources, sql_options(catalog));
  const MetricSql metrics(catalog, derived.reader, session.connection());
  const std::string_view unit = word_of(found.metric.grain);
  const std::string period =
      fmt::format("date_trunc('{}', DATE '1970-01-01' + {})::DATE", unit, day);
  found.period = session.query("SELECT " + period).next()->column(0).to_text(0);
  found.note = note_of(derived.reader.state(), day, found.metric.grain, catalog.zone());
  for (const std::string& line :
       absent_values(where, "", catalog.zone().name(), derived.reader, session.connection())) {
    found.note += (found.note.empty() ? "" : "\n") + line;
  }
  for (const MetricSql::Step& step : metrics.steps(found.metric, {"period"}, where)) {
    Explanation::Part& part = found.parts.emplace_back(Explanation::Part{
        step.name, step.version, step.formula, step.depth, std::nullopt, 0, "", 0});
    sql::Result values = session.query(
        fmt::format("SELECT value, n FROM ({}) WHERE period = {}", step.values, period));
    if (const auto row = values.next(); row && row->size() != 0) {
      if (!row->column(0).is_null(0)) part.value = row->column(0).number(0);
      part.n = row->column(1).integer(0);
    } else if (step.is_count) {
      part.value = 0;
    }
    if (step.rows.empty()) continue;
    const std::string since = step.window == 0 ? ""
                                               : fmt::format(" AND period > {} - INTERVAL {} {}",
                                                             period, step.window, unit);
    part.rows = fmt::format("SELECT * EXCLUDE (period) FROM ({}) WHERE period <= {}{} ORDER BY ALL",
                            step.rows, period, since);
    part.count = static_cast<std::uint64_t>(
        session.query("SELECT count(*) FROM (" + part.rows + ")").next()->column(0).integer(0));
  }
  return found;
}

}  // namespace waymark::engine
