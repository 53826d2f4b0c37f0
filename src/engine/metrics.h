#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/catalog.h"
#include "engine/rows.h"
#include "engine/sample.h"

namespace waymark::engine {

// Looks up what the catalog's metrics refer to (each other, events, measures and their columns);
// what is not there, or refers to itself, is a mistake. A metric's version then covers all of it.
void resolve_metrics(Catalog& catalog, workspace::Diagnostics& diagnostics);

// The measures of whose rows the metric is made, by name.
std::set<std::string> measures_of(const fold::MetricDefinition& metric, const Catalog& catalog);
std::set<std::string> measures_of(const fold::AnomaliesDefinition& anomalies,
                                  const Catalog& catalog);

// Metrics as SQL over events and the tables of measures, which the connection sees.
class MetricSql {
 public:
  // Where `as_of` is given, only of events before it; the tables then are as of that moment.
  MetricSql(const Catalog& catalog, const trail::TrailReader& trails, sql::Connection& connection,
            std::optional<Micros> as_of = {})
      : catalog_(catalog), trails_(trails), connection_(connection), as_of_(as_of) {}

  // Of a sample: everything is also by `replicate`, and what counts learners or adds their rows up
  // is weighted. Throws Error{kUsage, "query.sample"} for what cannot be told from a sample.
  void sample(const Replicates& replicates) { replicates_ = &replicates; }

  // The metric's periods and dimensions: what its table is broken down by.
  static std::vector<std::string> usual(const fold::MetricDefinition& metric);

  // A SELECT of what it is by, value, numerator, denominator and n; and where it is by a period
  // (`period`, which is the metric's own, day, week or month), complete, baseline, band_low and
  // band_high.
  // Throws as Rows does.
  std::string select(const fold::MetricDefinition& metric, const std::vector<std::string>& by,
                     const std::vector<std::string>& where = {}) const;

  // Where it is known already for the events before `same_until`: the first day of the period in
  // which that lies, and a SELECT of what it is by, value, numerator, denominator and n for this
  // period and later ones. None where a period's number depends on more than the events in it and
  // what learners had said of themselves before. `by` begins with `period`.
  struct Later {
    std::string first, select;
  };
  std::optional<Later> later(const fold::MetricDefinition& metric,
                             const std::vector<std::string>& by,
                             const std::vector<std::string>& where, Micros same_until) const;
  // What select() gives of its usual periods and dimensions, where `table` holds that for the
  // events before `same_until`; none as for later().
  std::optional<std::string> carry_on(const fold::MetricDefinition& metric,
                                      const std::string& table, Micros same_until) const;

  // The metric, what it is made of, and what that is made of, in this order; the rows have columns
  // for what it is by, the first of which is `period`.
  struct Step {
    std::string name, version;  // version: none of an aggregate within a metric
    std::string formula;        // in words, or SQL
    bool is_count = false;      // 0 without rows
    std::size_t depth = 0;
    std::string values;      // SELECT of `period`, value, n
    std::string rows;        // SELECT of the rows that are aggregated; none where others are
    std::size_t window = 1;  // the periods whose rows are; 0: all up to it
  };
  std::vector<Step> steps(const fold::MetricDefinition& metric, const std::vector<std::string>& by,
                          const std::vector<std::string>& where) const;

 private:
  struct Asked;
  struct Seasons;
  static Seasons seasons_of(const fold::MetricDefinition& metric, const Asked& asked);
  std::string known_until(Micros settling) const;
  std::string weighted(const fold::MetricPart& part, const std::string& values) const;
  std::string compared(const fold::MetricDefinition& metric, const Asked& asked,
                       const std::string& known) const;
  bool is_of_events(const fold::MetricDefinition& metric) const;
  void add_steps(const fold::MetricDefinition& metric, const Asked& asked, std::size_t depth,
                 std::size_t window, std::vector<Step>& steps) const;
  Step step_of(const std::string& name, const fold::MetricPart& part, const Asked& asked) const;
  std::string values(const fold::MetricDefinition& metric, const Asked& asked) const;
  std::string values(const fold::MetricTerm& term, const Asked& asked) const;
  std::string values(const fold::MetricPart& part, const Asked& asked) const;
  std::string combined(const fold::MetricDefinition& metric, const Asked& asked) const;
  std::string cumulated(const fold::MetricDefinition& metric, const Asked& asked) const;
  Rows rows_of(const fold::MetricPart& part, const Asked& asked) const;
  const fold::MetricPart* count_of(const fold::MetricTerm& term) const;

  const Catalog& catalog_;
  const trail::TrailReader& trails_;
  sql::Connection& connection_;
  std::optional<Micros> as_of_;
  const Replicates* replicates_ = nullptr;
};

}  // namespace waymark::engine
